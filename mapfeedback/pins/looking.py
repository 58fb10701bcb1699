"""In which way the map page shows what the filter chose; every way shows all of it, and its numbers add up to the list.

The way is no part of the filter: it stands beside it in an address and is left out where it is the usual one.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from areas.models import Division
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.web import BadQuery, one_of

#: The query parameters this module reads; pass them to PinFilter.parse as the view's own.
LOOKING: Final = ("show", "division", "measure")


class Way(StrEnum):
    """What the map draws."""

    CLUSTERS = "clusters"
    DOTS = "dots"
    HEAT = "heat"
    DISTRICTS = "districts"

    @property
    def label(self) -> object:
        return _LABELS[self]


class Measure(StrEnum):
    """What districts are painted by."""

    PINS = "pins"
    PER_1000 = "per_1000"
    ANSWERED = "answered"
    DAYS = "days"

    @property
    def label(self) -> object:
        return _MEASURES[self]


_LABELS: Final = {
    Way.CLUSTERS: pgettext_lazy("map", "Groups"),
    Way.DOTS: pgettext_lazy("map", "Dots"),
    Way.HEAT: pgettext_lazy("map", "Density"),
    Way.DISTRICTS: pgettext_lazy("map", "Districts"),
}
_MEASURES: Final = {
    Measure.PINS: _("Messages"),
    Measure.PER_1000: _("Per 1,000 residents"),
    Measure.ANSWERED: _("Answered share"),
    Measure.DAYS: _("Typical time to an answer"),
}


@dataclass(frozen=True, slots=True)
class Looking:
    """A way of looking; `division` (a slug, or empty: the main one of the city) and `measure` matter to districts."""

    way: Way = Way.CLUSTERS
    division: str = ""
    measure: Measure = Measure.PINS

    @classmethod
    def parse(cls, query: QueryDict) -> "Looking":
        """From a query string. Raises BadQuery with what is allowed; one query when a division is named."""
        division = query.get("division", "")
        if division and ("\x00" in division or not Division.objects.in_force().filter(slug=division).exists()):
            known = " ".join(Division.objects.in_force().order_by("slug").values_list("slug", flat=True)[:50])
            raise BadQuery("division", _("Allowed: %(values)s.") % {"values": known})
        return cls(one_of(query, "show", Way, Way.CLUSTERS), division, one_of(query, "measure", Measure, Measure.PINS))

    def items(self) -> list[tuple[str, str]]:
        """Name and value of what is not as usual, in one fixed order."""
        found = [("show", self.way.value)] if self.way is not Way.CLUSTERS else []
        if self.way is Way.DISTRICTS:
            found += [("division", self.division)] if self.division else []
            found += [("measure", self.measure.value)] if self.measure is not Measure.PINS else []
        return found

    @property
    def part(self) -> str:
        """These as a part of a query string."""
        return urlencode(self.items(), safe=",/")

    def __bool__(self) -> bool:
        """Whether it is another way than the usual."""
        return self.way is not Way.CLUSTERS

    def query(self, chosen: PinFilter) -> str:
        """The canonical query string of a filter looked at in this way."""
        return urlencode([*chosen.items(), *self.items()], safe=",/")

    def measures(self) -> list[tuple[Measure, object, bool]]:
        """What districts can be painted by, and whether it is this."""
        return [(measure, measure.label, measure is self.measure) for measure in Measure]

    def ways(self, path: str, chosen: PinFilter) -> list[tuple[Way, str, bool]]:
        """All ways with the address of each, and whether it is this one."""
        return [(way, _address(path, Looking(way).query(chosen)), way is self.way) for way in Way]


def _address(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path
