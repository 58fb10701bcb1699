"""What a page of this room is about: found by its address and query string, or refused."""

import datetime
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from areas.models import Area, Edition
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import BadQuery, one_of


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the figures: which pins, and what to do with suspected default places."""

    pin_filter: PinFilter
    defaults: DefaultPlaces = DefaultPlaces.COUNTED

    @classmethod
    def parse(cls, query: QueryDict, *own: str) -> "Question":
        """From a query string; `own` are parameters the view reads itself. Raises BadQuery."""
        return cls(
            PinFilter.parse(query, "defaults", *own), one_of(query, "defaults", DefaultPlaces, DefaultPlaces.COUNTED)
        )

    @classmethod
    def about(cls, area: Area, query: QueryDict) -> "Question":
        """As `parse`, for an address that names its district already: `area` may only repeat it."""
        asked = cls.parse(query)
        if asked.pin_filter.area not in {(), (area_value(area),)}:
            raise BadQuery("area", _("This address is about one district already. Leave the area out."))
        return replace(asked, pin_filter=replace(asked.pin_filter, area=()))

    def between(self, since: datetime.date | None, until: datetime.date | None) -> "Question":
        """The same of another period."""
        return replace(self, pin_filter=replace(self.pin_filter, since=since, until=until))

    def pins(self) -> PinQuerySet:
        """Always the public view: a figure is the same for whoever asks."""
        return self.pin_filter.apply(Pin.objects.visible_to(AnonymousUser()))

    def query(self) -> str:
        """The canonical query string; parsing it gives the question back."""
        more = [("defaults", self.defaults.value)] if self.defaults is not DefaultPlaces.COUNTED else []
        return urlencode([*self.pin_filter.items(), *more], safe=",/")


def area_value(area: Area) -> str:
    """This area as the filter writes it."""
    return f"{area.division.slug}/{area.code}"


def edition_or_404(division: str) -> Edition:
    """The edition in force, with division and municipality at hand."""
    return get_object_or_404(
        Edition.objects.in_force().select_related("division__municipality").defer("division__municipality__outline"),
        division__slug=division,
    )


def area_or_404(division: str, code: str) -> Area:
    """An area of the edition in force, with division and municipality at hand, without its heavy boundary."""
    return get_object_or_404(Area.objects.current().with_names(), edition__division__slug=division, code=code)
