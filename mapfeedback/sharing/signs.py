"""The signs of a map on paper: the same tiles, the same merging, so the same numbers as on the screen."""

import json
import math
from dataclasses import dataclass
from typing import Any, Final

from areas.paper import Paper
from mapfeedback.geo import MERCATOR_EDGE, Tile
from mapfeedback.maptiles.pintile import pin_tile
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups.cells import Asked

# As in static/js/pinlayer.js; a journey compares the two.
TILE: Final = 512
WIDEST: Final = 35
GAP: Final = 4


@dataclass(slots=True)
class Sign:
    """One or many contributions at a place of the paper. `kind` is set when it is one."""

    n: int
    x: float
    y: float
    kind: str
    #: Drawn lines and areas of what it stands for, as paths.
    paths: list[str]

    @property
    def size(self) -> int:
        return width_of(self.n)

    @property
    def radius(self) -> float:
        return self.size / 2 - 2

    @property
    def left(self) -> float:
        return self.x - self.size / 2

    @property
    def top(self) -> float:
        return self.y - self.size / 2

    @property
    def letters(self) -> float:
        """Size of the number, so that all its figures fit: on paper nobody can look closer."""
        return {1: 18, 2: 18, 3: 19, 4: 19}.get(len(str(self.n)), 15)


def width_of(n: int) -> int:
    """Width of the sign of this many, in pixels."""
    return 44 if n < 10 else 54 if n < 100 else 66


def signs_on(paper: Paper, pins: PinQuerySet, kept: Asked | None = None) -> list[Sign]:
    """The signs a map of this size would show, the largest first; some may lie just outside the paper.

    `kept` as for `pin_tile`: without it far tiles are counted from the pins.
    """
    found = []
    for tile in tiles_on(paper, zoom_of(paper)):
        told = json.loads(pin_tile(pins, tile, kept))
        found += [_sign(paper, cluster) for cluster in told["clusters"]]
        found += [_sign(paper, {"n": 1} | pin) for pin in told["pins"]]
    return _merged(found, pixels_to(paper))


def _sign(paper: Paper, item: dict[str, Any]) -> Sign:
    x, y = paper.place(item["lon"], item["lat"])
    return Sign(item["n"], x, y, item.get("kind", ""), _paths(paper, item.get("geometry")))


def zoom_of(paper: Paper) -> int:
    """Of which zoom the tiles are that are shown some 512 pixels wide, as on the map."""
    return max(0, math.floor(paper.zoom + 0.5) - 1)


def tiles_on(paper: Paper, zoom: int) -> list[Tile]:
    """The tiles of a zoom that are in sight."""
    wide = TILE * 2 ** (paper.zoom - zoom - 1)
    west, north = pixels_to(paper)

    last: int = 2**zoom - 1

    def nth(pixels: float) -> int:
        return min(last, max(0, math.floor(pixels / wide)))

    return [
        Tile(zoom, x, y)
        for x in range(nth(west), nth(west + paper.width) + 1)
        for y in range(nth(north), nth(north + paper.height) + 1)
    ]


def pixels_to(paper: Paper) -> tuple[float, float]:
    """Where the paper's upper left corner lies in the whole world's picture of this zoom."""
    west, north = paper.corner
    return (west + MERCATOR_EDGE) * paper.scale, (MERCATOR_EDGE - north) * paper.scale


def _merged(signs: list[Sign], corner: tuple[float, float]) -> list[Sign]:
    """Signs that would lie on one another, as one: the larger takes in the smaller near it.

    `corner` is the paper's in the whole world's picture: cells of nearness lie there, whatever part is drawn.
    """
    kept: list[Sign] = []
    grid: dict[tuple[int, int], list[Sign]] = {}
    for sign in sorted(signs, key=lambda one: (-one.n, one.x, -one.y)):
        column = math.floor((sign.x + corner[0]) / (2 * WIDEST))
        row = math.floor((sign.y + corner[1]) / (2 * WIDEST))
        near = (
            one
            for x in (column - 1, column, column + 1)
            for y in (row - 1, row, row + 1)
            for one in grid.get((x, y), ())
            if math.hypot(one.x - sign.x, one.y - sign.y) < (one.size + sign.size) / 2 + GAP
        )
        host = next(near, None)
        if host is None:
            kept.append(sign)
            grid.setdefault((column, row), []).append(sign)
        else:
            host.n += sign.n
            host.kind = ""
            host.paths += sign.paths
    return kept


def _paths(paper: Paper, geometry: dict[str, Any] | None) -> list[str]:
    """A drawn line or area as SVG paths; points are what the sign itself shows."""
    if geometry is None or geometry["type"].endswith("Point"):
        return []
    depth = {"LineString": 1, "MultiLineString": 2, "Polygon": 2, "MultiPolygon": 3}[geometry["type"]]
    runs = [geometry["coordinates"]]
    for _level in range(depth - 1):
        runs = [run for group in runs for run in group]
    end = "Z" if "Polygon" in geometry["type"] else ""
    return ["".join(_run(paper, run) + end for run in runs)]


def _run(paper: Paper, places: list[list[float]]) -> str:
    corners = (paper.place(lon, lat) for lon, lat, *_height in places)
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)
