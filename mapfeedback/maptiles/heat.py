"""How dense pins lie: squares of the tile grid with their pins and how many these are on a square kilometre.

The squares are the same for everybody, wherever the map stands, so a number never changes by panning. A pin is in the
one square its tile code begins with: the sum over the squares is the filter's located pins.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from mapfeedback.geo import CODE_BITS, Tile
from mapfeedback.maptiles.asking import inside, named, one_value
from mapfeedback.pins.figures import TOO_FEW
from mapfeedback.pins.querysets import PinQuerySet

#: A tile has 2^this squares each way.
SQUARE_BITS: Final = 4
#: The finest squares are of this zoom (some 150 m in Finland): smaller ones would only say where single pins stand.
FINEST: Final = 17
#: The coarsest that a map shows.
COARSEST: Final = 7
#: Tiles are made up to here; a closer map shows these larger.
CLOSEST_TILE: Final = FINEST - SQUARE_BITS
#: A grid tells enough when this part of the pins lies in squares that hold enough pins to say; else a map shows a
#: coarser one, but no more than so many zooms.
ENOUGH: Final = 0.5
COARSER: Final = 2
#: At most so many classes.
CLASSES: Final = 5
#: Classes end at these and their tens.
_LADDER: Final = (1, 2, 5)

# Square kilometres of a square in row `y` of a grid of `side` rows, on the ellipsoid WGS 84: its edges are meridians
# and parallels, so the area is known in closed form. ST_Area would take the parallels for shortest ways.
_ECCENTRICITY: Final = "0.0818191908426215"
_BAND: Final = f"""(SELECT s / (1 - ({_ECCENTRICITY} * s) ^ 2)
    + ln((1 + {_ECCENTRICITY} * s) / (1 - {_ECCENTRICITY} * s)) / (2 * {_ECCENTRICITY})
    FROM (SELECT tanh(pi() * (1 - 2 * ({{row}})::float8 / %(side)s)) AS s) AS sine)"""  # noqa: S608 - constants of this module
KM2: Final = f"pi() / %(side)s * 6356.752314245 ^ 2 * ({_BAND.format(row='y')} - {_BAND.format(row='y + 1')})"

# Plan wanted: the tile's range of pin_tile, index only, grouped in one pass; the area once for each row.
TILE: Final = f"""
WITH squares AS MATERIALIZED ({{counted}}),
placed AS MATERIALIZED (SELECT tile_axis(square) AS x, tile_axis(square >> 1) AS y, n FROM squares),
rows AS MATERIALIZED (SELECT y, {KM2} AS km2 FROM (SELECT DISTINCT y FROM placed) AS each_row)
SELECT json_build_object('n', COALESCE(sum(n), 0)::int, 'zoom', %(zoom)s, 'squares',
    COALESCE(json_agg(json_build_array(x, y, n, {{density}}) ORDER BY y, x), '[]'))::text
  FROM placed JOIN rows USING (y)
"""  # noqa: S608 - constants of this module
DENSITY: Final = "round((n / km2)::numeric, 4)::float8"

# Each grid is summed from the next finer one, so all of them cost hardly more than the finest.
EXTREMES: Final = f"""
SELECT {{zoom}} AS zoom, min({DENSITY}) AS least, max({DENSITY}) AS most, sum(n) AS told,
       (SELECT sum(n) FROM {{grid}}) AS n
  FROM (SELECT n, {KM2} AS km2 FROM (
    SELECT tile_axis(square >> 1) AS y, n FROM {{grid}} WHERE n >= {TOO_FEW}
  ) AS enough) AS known
"""  # noqa: S608 - constants of this module

DENSEST: Final = f"""
WITH squares AS MATERIALIZED ({{counted}}),
known AS (
    SELECT x, y, n, {KM2} AS km2 FROM (
        SELECT tile_axis(square) AS x, tile_axis(square >> 1) AS y, n FROM squares WHERE n >= {TOO_FEW}
    ) AS enough
),
densest AS (SELECT x, y, n, {DENSITY} AS density FROM known ORDER BY density DESC, n DESC, x, y LIMIT %(most)s)
SELECT COALESCE((SELECT json_agg(json_build_array(x, y, n, density)) FROM densest), '[]'),
       (SELECT COALESCE(sum(n), 0)::int FROM squares), (SELECT count(*)::int FROM squares)
"""  # noqa: S608 - constants of this module


@dataclass(frozen=True, slots=True)
class Square:
    """A square of the grid with its pins; `density` is pins on a square kilometre of ground."""

    tile: Tile
    n: int
    density: float


@dataclass(frozen=True, slots=True)
class Densest:
    """The densest squares first; `n` pins lie in `squares` of them altogether."""

    top: list[Square]
    n: int
    squares: int


@dataclass(frozen=True, slots=True)
class Scale:
    """How these pins are shown. `ends` are those of the classes of density of each grid, by its zoom; empty where no
    square holds enough pins to say. `telling` are the grids whose squares can tell of ENOUGH of the pins.
    """

    ends: dict[int, list[float]]
    telling: set[int]

    def grid_at(self, zoom: float) -> int:
        """The zoom of the grid that a map of this zoom shows: the finest that tells enough, else a coarser one."""
        finest = max(COARSEST, min(CLOSEST_TILE, math.floor(zoom + 0.5) - 1) + SQUARE_BITS)
        coarser = range(finest, max(COARSEST, finest - COARSER) - 1, -1)
        return next((grid for grid in coarser if grid in self.telling), coarser[-1])

    def as_json(self) -> dict[str, Any]:
        """`grids`: which one a map shows whose finest is this; `ends` of the classes of each."""
        grids = {grid: self.grid_at(grid - SQUARE_BITS + 1) for grid in self.ends}
        return {"grids": grids, "ends": self.ends}


def heat_tile(pins: PinQuerySet, tile: Tile) -> str:
    """JSON of a tile: `n`, the `zoom` of the grid, and `squares` as [x, y, n, density], all that hold a pin.

    Only for tiles up to CLOSEST_TILE.
    """
    zoom = tile.z + SQUARE_BITS
    counted, values = _counted(inside(pins, tile), zoom)
    made = one_value(TILE.format(counted=counted, density=DENSITY), values | {"side": 2**zoom, "zoom": zoom})
    return str(made)


def scale_of(pins: PinQuerySet) -> Scale:
    """Grids and classes for these pins. They follow from the whole set and from no view: panning changes nothing."""
    finest, values = _counted(pins.filter(tile_code__isnull=False).order_by(), FINEST)
    grids = [f"grid_{FINEST} AS MATERIALIZED ({finest})"]
    grids += [
        f"grid_{zoom} AS MATERIALIZED (SELECT square >> 2 AS square, sum(n)::int AS n FROM grid_{zoom + 1} GROUP BY 1)"  # noqa: S608
        for zoom in range(FINEST - 1, COARSEST - 1, -1)
    ]
    asked = [
        EXTREMES.format(zoom=zoom, grid=f"grid_{zoom}").replace("%(side)s", f"{2.0**zoom}")
        for zoom in range(COARSEST, FINEST + 1)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {', '.join(grids)} {' UNION ALL '.join(asked)}", values)
        rows = sorted(cursor.fetchall())
    return Scale(
        {zoom: steps(least, most) if most else [] for zoom, least, most, _told, _n in rows},
        {zoom for zoom, _least, _most, told, n in rows if (told or 0) >= (n or 0) * ENOUGH},
    )


def densest(pins: PinQuerySet, zoom: int, most: int) -> Densest:
    """The densest squares of a grid that hold at least TOO_FEW pins."""
    counted, values = _counted(pins.filter(tile_code__isnull=False).order_by(), zoom)
    with connection.cursor() as cursor:
        cursor.execute(DENSEST.format(counted=counted), values | {"side": 2**zoom, "most": most})
        top, n, squares = cursor.fetchone()
    return Densest([Square(Tile(zoom, x, y), n, density) for x, y, n, density in top], n, squares)


def steps(least: float, most: float) -> list[float]:
    """Ends of at most CLASSES classes that hold both densities: of 1, 2, 5, 10, 20, 50 … every one, second or third.

    The first end is not above `least`, the last one above `most`; a class holds its lower end and not its upper one.
    """
    low, high = _at_or_below(least), _at_or_below(most) + 1
    apart = math.ceil((high - low) / CLASSES)
    count = math.ceil((high - low) / apart)
    return [_step(high - nth * apart) for nth in range(count, -1, -1)]


def class_of(n: int, density: float, ends: list[float]) -> int:
    """From 1 to the number of classes; 0 when there are too few pins to say."""
    if n < TOO_FEW or len(ends) < 2:
        return 0
    return max(1, min(len(ends) - 1, sum(density >= end for end in ends)))


def _counted(pins: PinQuerySet, zoom: int) -> tuple[str, dict[str, Any]]:
    """SQL and values of rows `square`, `n`: the one place that counts, wherever the counts are kept."""
    found, values = named(pins.values("tile_code"), "f")
    counted = f"SELECT tile_code >> {2 * (CODE_BITS - zoom)} AS square, count(*)::int AS n FROM ({found}) AS found"  # noqa: S608
    return f"{counted} GROUP BY 1", values


def _step(nth: int) -> float:
    return float(f"{_LADDER[nth % 3]}e{nth // 3}")


def _at_or_below(value: float) -> int:
    """Which step is the last that is not above a value."""
    nth = 3 * math.floor(math.log10(value))
    while _step(nth + 1) <= value:
        nth += 1
    while _step(nth) > value:
        nth -= 1
    return nth
