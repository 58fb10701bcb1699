"""What a page of this room is about: found by its address and query string, or refused."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from django.shortcuts import get_object_or_404

from areas.models import Area, Edition
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import one_of


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

    def pins(self) -> PinQuerySet:
        """Always the public view: a figure is the same for whoever asks."""
        return self.pin_filter.apply(Pin.objects.visible_to(AnonymousUser()))


def edition_or_404(division: str) -> Edition:
    """The edition in force, with division and municipality at hand."""
    return get_object_or_404(
        Edition.objects.select_related("division__municipality").defer("division__municipality__outline"),
        division__slug=division,
        valid_to=None,
    )


def area_or_404(division: str, code: str) -> Area:
    """An area of the edition in force, with division and municipality at hand, without its heavy boundary."""
    return get_object_or_404(Area.objects.current().with_names(), edition__division__slug=division, code=code)
