"""Maps of a comparison: SVG of the server's own, one drawing painted three times, with the change written on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.contrib.gis.db.models.functions import PointOnSurface
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from areas.models import Area
from mapfeedback.reports import wording
from mapfeedback.reports.choropleth import LegendRow
from mapfeedback.reports.comparing import diverging
from mapfeedback.reports.comparing.change import Change
from mapfeedback.reports.comparing.diverging import Measure
from mapfeedback.reports.comparing.over_time import AreaChange, OverTime
from mapfeedback.reports.drawing import Drawing, drawing_of_city

#: The side of a square as large as the area, in units of the drawing, that a written change needs.
ROOM: Final = 62
#: A square kilometre of ground on the paper: its side in units is this much times the drawing's scale at 60° north.
_METRES: Final = 1000


@dataclass(frozen=True, slots=True)
class Shape:
    """`key` is the id of the path that is drawn once; `name` the class; `title` shows on hover."""

    key: int
    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One painted map with its legend. `labels`: x, y and a text."""

    title: str
    shapes: list[Shape]
    legend: list[LegendRow]
    labels: list[tuple[int, int, str]]


@dataclass(frozen=True, slots=True)
class Atlas:
    drawing: Drawing
    change: Sheet
    before: Sheet
    after: Sheet


def atlas_of(compared: OverTime, measure: Measure) -> Atlas:
    """Two statements."""
    areas = compared.place.edition.areas.all()
    drawing = drawing_of_city(areas)
    changes = {one.area.pk: one.change for one in compared.areas}
    painted = diverging.painted(changes, measure)
    pair = compared.pair
    before, after = diverging.on_one_scale(
        {key: _amount(change, 0, measure) for key, change in changes.items()},
        {key: _amount(change, 1, measure) for key, change in changes.items()},
        lambda value: _amount_in_words(value, measure, is_even=pair.is_even),
    )
    names = {one.area.pk: one.area.name for one in compared.areas}

    def sheet(title: str, painted: diverging.Painted, side: int | None) -> Sheet:
        shapes = [
            Shape(key, f"mf-class-{painted.classes[key]}", f"{names[key]}: {_told(changes[key], side, measure)}")
            for key in drawing.by_key
        ]
        labels = _labels(drawing, compared.areas, measure) if side is None else []
        return Sheet(title, shapes, painted.legend, labels)

    return Atlas(
        drawing,
        sheet(_("Map of the change in every district"), painted, None),
        sheet(wording.period(pair.before.since, pair.before.until), before, 0),
        sheet(wording.period(pair.after.since, pair.after.until), after, 1),
    )


def _amount(change: Change, side: int, measure: Measure) -> float | None:
    """What the map of one period is painted by: per 1 000 residents, else messages; by the month when uneven."""
    if measure is Measure.PER_1000:
        rate = change.per_1000[side]
        return None if rate is None else round(rate, 1)
    return round(change.rates[side], 0 if change.is_even else 1)


def _amount_in_words(value: float, measure: Measure, *, is_even: bool) -> str:
    return wording.decimal(value, 0 if is_even and measure is not Measure.PER_1000 else 1)


def _told(change: Change, side: int | None, measure: Measure) -> str:
    if side is None:
        value = diverging.value_of(change, measure)
        return f"{change.before.n} → {change.after.n} ({diverging.written(value, measure, is_even=change.is_even)})"
    amount = _amount(change, side, measure)
    return _("not known") if amount is None else _amount_in_words(amount, measure, is_even=change.is_even)


def _labels(drawing: Drawing, areas: Iterable[AreaChange], measure: Measure) -> list[tuple[int, int, str]]:
    """The change, written on every area that has room for it and of which it can be said."""
    said = {
        one.area.pk: diverging.written(diverging.value_of(one.change, measure), measure, is_even=one.change.is_even)
        for one in areas
        if not one.change.is_too_few and diverging.value_of(one.change, measure) is not None
    }
    spots = (
        Area.objects.filter(pk__in=said)
        .annotate(spot=PointOnSurface(Coalesce("outline__geom", "boundary")))
        .values_list("pk", "spot", "km2")
    )
    found = []
    for key, spot, km2 in spots.order_by():
        # Twice as many units a metre up here as on the equator, where the drawing's projection is true.
        if km2**0.5 * _METRES * drawing.scale * 2 >= ROOM:
            found.append((*drawing.place(spot.x, spot.y), said[key]))
    return found
