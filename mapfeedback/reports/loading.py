"""What a page of this room is about: found by its address and query string, or refused."""

import datetime
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, QueryDict
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _

from areas.models import Area, Edition
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import BadQuery, day_in, one_of


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the figures: which pins, and what to do with suspected default places."""

    pin_filter: PinFilter
    defaults: DefaultPlaces = DefaultPlaces.COUNTED
    #: By the borders that were in force on this day; None: by those of today.
    edition: datetime.date | None = None

    @classmethod
    def parse(cls, query: QueryDict, *own: str) -> "Question":
        """From a query string; `own` are parameters the view reads itself. Raises BadQuery."""
        return cls(
            PinFilter.parse(query, "defaults", "edition", *own),
            one_of(query, "defaults", DefaultPlaces, DefaultPlaces.COUNTED),
            day_in(query, "edition"),
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
        if self.edition is not None:
            more.append(("edition", self.edition.isoformat()))
        return urlencode([*self.pin_filter.items(), *more], safe=",/")


def area_value(area: Area) -> str:
    """This area as the filter writes it."""
    return f"{area.division.slug}/{area.code}"


def edition_or_404(division: str, day: datetime.date | None = None) -> Edition:
    """The borders of today or of another day, with division and municipality at hand. Raises BadQuery."""
    editions = (
        Edition.objects.filter(division__slug=division)
        .select_related("division__municipality")
        .defer("division__municipality__outline")
    )
    if day is None:
        # Borders that ended without others in their place: the last that were in force.
        newest = editions.in_force().first() or editions.published().order_by("-valid_from").first()
        if newest is None:
            raise Http404
        return newest
    found = editions.on(day).first()
    if found is None and not editions.published().exists():
        raise Http404
    if found is None:
        first = editions.published().order_by("valid_from")[0].valid_from
        raise BadQuery("edition", _("The oldest borders here are from %(day)s.") % {"day": first.isoformat()})
    return found


def area_or_404(division: str, code: str, day: datetime.date | None = None) -> Area:
    """An area by today's borders or those of another day, without its heavy boundary.

    A code that today's borders do not hold: the last area that bore it, so that a link never leads nowhere.
    """
    areas = Area.objects.with_names().filter(edition__division__slug=division, code=code)
    if day is not None:
        return get_object_or_404(areas, edition=edition_or_404(division, day))
    found = areas.current().first() or areas.published().last()
    if found is None:
        raise Http404
    return found
