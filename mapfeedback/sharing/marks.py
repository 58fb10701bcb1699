"""Dots and density on paper: the same tiles, classes and looks as on the screen."""

import json
import math
from dataclasses import dataclass, field
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from areas.paper import WORLD, Paper
from mapfeedback.maptiles.dottile import dot_tile
from mapfeedback.maptiles.heat import SQUARE_BITS, class_of, heat_tile, scale_of
from mapfeedback.pins.figures import TOO_FEW
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.sharing.layout import Key, Square
from mapfeedback.sharing.signs import pixels_to, tiles_on, zoom_of

#: The custom properties `--heat-…` and `--dot` of static/css/mapfeedback.css (a test compares them).
HEAT: Final = {
    "1": "#fde3b8",
    "2": "#f9b872",
    "3": "#e8824a",
    "4": "#bd4a26",
    "5": "#7d2112",
    "few": "#fff",
    "edge": "#5b190d",
    "dot": "#0c3f5c",
}
#: What part of its square a class fills, as in static/js/heatkey.js.
PARTS: Final = {"few": 0.2, "1": 0.4, "2": 0.55, "3": 0.7, "4": 0.85, "5": 1.0}
LOOKS: Final = 5
#: Middle of a sign in the legend, and the side of the largest square there.
KEY: Final = (17, 8, 26)


@dataclass(frozen=True, slots=True)
class Dot:
    n: int
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Density:
    """Squares on the paper, and the ends of their classes."""

    squares: list[Square] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)

    def keys(self) -> list[Key]:
        """The legend: what is too few, and a row for each class; nothing without squares."""
        if not self.squares:
            return []
        few = ngettext("Fewer than %(n)d message", "Fewer than %(n)d messages", TOO_FEW) % {"n": TOO_FEW}
        rows = [("few", few)]
        for nth, (low, high) in enumerate(zip(self.ends, self.ends[1:], strict=False), start=1):
            between = {"low": _end(low), "high": _end(high)}
            rows.append((_look(nth, len(self.ends) - 1), _("%(low)s–%(high)s messages per km²") % between))
        return [Key("", label, _in_legend(look)) for look, label in rows]


def dots_on(paper: Paper, pins: PinQuerySet) -> list[Dot]:
    """Every pin in sight under a dot; some dots may lie just outside the paper."""
    west, north = pixels_to(paper)
    found = []
    for tile in tiles_on(paper, zoom_of(paper)):
        told = json.loads(dot_tile(pins, tile))
        wide = WORLD * 2**paper.zoom / 2**tile.z / told["parts"]
        for x, y, *more in told["dots"]:
            left = (tile.x * told["parts"] + x + 0.5) * wide - west
            top = (tile.y * told["parts"] + y + 0.5) * wide - north
            found.append(Dot(more[0] if more else 1, left, top))
    return sorted(found, key=lambda dot: dot.n)


def dot_keys(dots: list[Dot]) -> list[Key]:
    """The legend of dots: what is on this sheet."""
    keys = [Key("dot", pgettext("dot", "One message"))] if any(dot.n == 1 for dot in dots) else []
    return [*keys, Key("dots", _("Several, too close to draw apart"))] if any(dot.n > 1 for dot in dots) else keys


def density_on(paper: Paper, pins: PinQuerySet) -> Density:
    """Squares in sight, in the grid and the classes that the map shows at this zoom."""
    scale = scale_of(pins)
    grid = scale.grid_at(paper.zoom)
    ends = scale.ends[grid]
    wide = WORLD * 2**paper.zoom / 2**grid
    west, north = pixels_to(paper)
    squares = []
    for tile in tiles_on(paper, grid - SQUARE_BITS):
        for x, y, n, density in json.loads(heat_tile(pins, tile))["squares"]:
            nth = class_of(n, density, ends)
            look = _look(nth, len(ends) - 1) if nth else "few"
            side = wide * PARTS[look]
            left, top = (x + 0.5) * wide - west - side / 2, (y + 0.5) * wide - north - side / 2
            if -side < left < paper.width and -side < top < paper.height:
                squares.append(Square(left, top, side, HEAT[look], n))
    return Density(squares, ends)


def _end(value: float) -> str:
    """The end of a class, without noughts behind it."""
    return number_format(value, max(0, -math.floor(math.log10(value))))


def _look(nth: int, classes: int) -> str:
    """Few classes are spread over all looks: the last is always the darkest and fullest."""
    return str(LOOKS - round((classes - nth) * (LOOKS - 1) / max(1, classes - 1)))


def _in_legend(look: str) -> Square:
    x, y, most = KEY
    side = most * PARTS[look]
    return Square(x - side / 2, y - side / 2, side, HEAT[look])
