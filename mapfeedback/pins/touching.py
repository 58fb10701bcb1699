"""Lines and drawn areas that reach over borders: which areas a pin touches, and which pins reach into an area.

Told beside a message and beside a figure, and counted nowhere: a message counts once, in the area of its spot, so
that the parts of every figure add up to its total.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Sum
from django.utils.formats import number_format

from areas.models import Area, Edition
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.pins.models import Pin, Reach
from mapfeedback.pins.querysets import PinQuerySet, ReachQuerySet


@dataclass(frozen=True, slots=True)
class Touched:
    """An area and how much of the line or drawn area lies in it, from 0 to 1."""

    area: Area
    share: float


@dataclass(frozen=True, slots=True)
class ReachingIn:
    """Lines and drawn areas that lie partly in an area and count elsewhere; their sizes inside it together."""

    lines: int = 0
    metres: float = 0
    drawn: int = 0
    square_metres: float = 0

    @property
    def n(self) -> int:
        return self.lines + self.drawn


def touched_areas(pin: Pin) -> list[Touched]:
    """The districts by today's borders that a line or a drawn area lies in, the largest share first.

    Empty for points and pins without a place. Shares add up to 1 at most: less when a part lies outside.
    """
    if pin.geom is None or pin.geom.dims == 0:
        return []
    shares = dict(
        Reach.objects.worth_telling()
        .filter(pin=pin, area__edition__in=Edition.objects.in_force().of_main_divisions())
        .order_by("-share", "area__code")
        .values_list("area", "share")
    )
    areas = Area.objects.with_names().in_bulk(shares)
    return [Touched(areas[area], share) for area, share in shares.items()]


def shares_in_words(pin: Pin) -> list[tuple[Area, str]]:
    """Areas with whole per cent, for a page; empty when there is only the one in which it counts."""
    touched = touched_areas(pin)
    if [each.area for each in touched] in ([], [pin.area]):
        return []
    return [(each.area, number_format(max(1, round(each.share * 100)))) for each in touched]


def reaching_in(
    edition: Edition, pins: PinQuerySet, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED
) -> Mapping[int, ReachingIn]:
    """Of these pins, those that reach into each area beside the ones counted there, by the area's id: one statement.

    Areas into which nothing reaches are absent. `PinFilter(reaching=…)` finds the same pins by today's borders.
    """
    return _reaching(Reach.objects.filter(area__edition=edition), edition, pins, defaults)


def reaching_into(area: Area, pins: PinQuerySet, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED) -> ReachingIn:
    """The same of one area: it reads no more than what reaches into it."""
    parts = Reach.objects.filter(area=area)
    return _reaching(parts, area.edition, pins, defaults).get(area.pk, ReachingIn())


def _reaching(
    parts: ReachQuerySet, edition: Edition, pins: PinQuerySet, defaults: DefaultPlaces
) -> Mapping[int, ReachingIn]:
    pins = pins.filter(municipality=edition.division.municipality_id)
    if defaults is DefaultPlaces.APART:
        pins = pins.filter(suspected_default_place=False)
    counted = (
        parts.worth_telling()
        .counted_elsewhere()
        .filter(pin__in=pins.order_by().values("pk"))
        .values("area")
        .annotate(
            lines=Count("metres"), drawn=Count("square_metres"), length=Sum("metres"), ground=Sum("square_metres")
        )
    )
    return {
        one["area"]: ReachingIn(one["lines"], one["length"] or 0, one["drawn"], one["ground"] or 0) for one in counted
    }
