"""The densest squares in words: where they are, how many messages they hold, and the list of these."""

import math
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import IntegerField, Value
from django.urls import reverse
from django.utils.formats import number_format

from areas.models import Area
from areas.paper import Paper
from mapfeedback.accounts.rules import Person
from mapfeedback.geo import BBox, point
from mapfeedback.maptiles.heat import Densest, Square, densest, scale_of
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.filterplaces import read_box
from mapfeedback.pins.looking import Looking, Way
from mapfeedback.pins.models import Pin

#: So many are named; the map shows all.
NAMED: Final = 10
#: A map of a city is about so wide and high, in pixels: so the page knows the grid before any map is drawn.
FRAME: Final = 720


@dataclass(frozen=True, slots=True)
class Row:
    """A square as a line of the table; `area` is the district in its middle, None outside all of them."""

    area: Area | None
    n: int
    density: str
    #: Query string of the map and list narrowed to the square.
    query: str


def about_squares(chosen: PinFilter, grid: int, reader: Person) -> dict[str, Any]:
    """What `maptiles/_densest.html` takes: three statements."""
    found = densest(chosen.apply(Pin.objects.visible_to(reader)), grid, NAMED)
    areas = _in_the_middle(found.top)
    rows = [
        Row(areas.get(nth), one.n, written(one.density), Looking(Way.HEAT).query(_narrowed(chosen, one)))
        for nth, one in enumerate(found.top)
    ]
    cities = {row.area.division.municipality_id for row in rows if row.area}
    return {
        "address": reverse("pins:map"),
        "grid": grid,
        "rows": rows,
        "several_cities": len(cities) > 1,
        "side": _side(found),
        "n": found.n,
        "others": found.n - sum(one.n for one in found.top),
        "squares": found.squares,
    }


def grid_first_shown(chosen: PinFilter, bounds: str, reader: Person) -> int:
    """The grid that a map of these bounds ("west,south,east,north") shows before it is moved: one statement."""
    zoom = Paper.around(BBox.parse(bounds), FRAME, FRAME).zoom if bounds else 0
    return scale_of(chosen.apply(Pin.objects.visible_to(reader))).grid_at(zoom)


def written(density: float) -> str:
    """A density as people read it: two figures are more than chance leaves certain, but few enough to compare."""
    if density >= 100:
        return number_format(round(density, 1 - math.floor(math.log10(density))), 0)
    digits = max(0, 1 - math.floor(math.log10(density))) if density > 0 else 0
    # Rounded first: number_format cuts off.
    return number_format(round(density, digits), digits)


def _in_the_middle(squares: list[Square]) -> dict[int, Area]:
    """The district in the middle of each square, by the square's place in the list: two statements at most."""
    if not squares:
        return {}
    current = Area.objects.current().of_main_divisions()
    sought = []
    for nth, one in enumerate(squares):
        west, south, east, north = one.tile.degrees
        middle = point((west + east) / 2, (south + north) / 2)
        found = current.covering(middle).order_by().annotate(nth=Value(nth, IntegerField()))
        sought.append(found.values_list("nth", "pk"))
    pairs = dict(sought[0].union(*sought[1:], all=True))
    areas = Area.objects.with_names().in_bulk(pairs.values())
    return {nth: areas[pk] for nth, pk in pairs.items()}


def _narrowed(chosen: PinFilter, square: Square) -> PinFilter:
    """The filter within the square; a box that the filter has already goes on holding."""
    west, south, east, north = square.tile.degrees
    if chosen.bbox:
        box = BBox.parse(chosen.bbox)
        west, south = max(west, box.west), max(south, box.south)
        east, north = min(east, box.east), min(north, box.north)
    return replace(chosen, bbox=read_box("bbox", f"{west:.7f},{south:.7f},{east:.7f},{north:.7f}"))


def _side(found: Densest) -> str:
    """How long the side of a square is on the ground, in words; empty without a square to tell of."""
    if not found.top:
        return ""
    metres = math.sqrt(found.top[0].n / found.top[0].density) * 1000
    rounded = round(metres, 1 - math.floor(math.log10(metres)))
    if rounded < 1000:
        return f"{rounded:.0f} m"
    return f"{number_format(rounded / 1000, 0 if rounded % 1000 == 0 else 1)} km"
