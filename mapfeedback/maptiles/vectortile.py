"""A Mapbox vector tile of pins, for map programs: one by one while they are few, else counted by cells."""

from typing import Any, Final

from mapfeedback.geo import Tile
from mapfeedback.maptiles.asking import drawn_in, inside, named, one_value
from mapfeedback.maptiles.parts import KINDS_SUM, KINDS_TOLD, ROUGHLY, Parts, from_cells, from_pins
from mapfeedback.maptiles.pintile import CELL_BITS
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups.cells import Asked

EXTENT: Final = 4096
#: Beside a tile's edge, in its units: lines and areas are cut there, so that no edge of a tile shows.
BUFFER: Final = 64
#: Up to this many pins of a tile are given one by one.
PINS: Final = 2000
SHAPES: Final = 1000

# Plan wanted: the tile's range of pin_tile and its rows, once; pin_drawn_gist for lines and areas. NULL: too many.
ONE_BY_ONE: Final = """
SELECT CASE WHEN {may_be_few} THEN (SELECT CASE WHEN few.n <= %(most)s THEN
    COALESCE(few.made, '')
    || COALESCE((SELECT ST_AsMVT(shapes, 'shapes', %(extent)s, 'geom') FROM (
        SELECT public_id::text AS id, kind, status,
               ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s)
               AS geom
          FROM ({drawn}) AS found ORDER BY found.id LIMIT %(shapes)s) AS shapes), '')
END FROM (
    SELECT count(*) AS n, ST_AsMVT(points, 'pins', %(extent)s, 'geom') AS made FROM (
        SELECT public_id::text AS id, kind, category__slug AS category, status, answered_at IS NOT NULL AS answered,
               ST_AsMVTGeom(spot, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 0, FALSE) AS geom
          FROM ({found}) AS found LIMIT %(most)s + 1) AS points) AS few) END
"""

# Where cells tell of twice as many, no row is read to find that there are too many.
NOT_SURELY_MANY: Final = f"{ROUGHLY} <= 2 * %(most)s"
# Plan wanted: the same range, index only, before any row is read.
FEW: Final = "(SELECT count(*) FROM (SELECT FROM ({found}) AS found LIMIT %(most)s + 1) AS counted) <= %(most)s"

# NULL where nothing is kept yet.
BY_CELL: Final = """
WITH {parts},
clusters AS (
    SELECT n, ({kinds_told})::jsonb AS kinds,
           ST_AsMVTGeom(ST_Centroid(ST_TileEnvelope(%(cell_zoom)s, x, y)),
                        ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 0, FALSE) AS geom
      FROM (SELECT x::int AS x, y::int AS y, sum(n)::int AS n, {kinds_sum} AS kinds FROM placed GROUP BY 1, 2
             ORDER BY 1, 2) AS cells
)
SELECT CASE WHEN {answers} THEN
    (SELECT ST_AsMVT(clusters, 'clusters', %(extent)s, 'geom') FROM clusters)
END
"""


def vector_tile(pins: PinQuerySet, tile: Tile, kept: Asked | None = None) -> bytes:
    """Layers `pins` (id, kind, category, status, answered) or, over 2,000 pins, `clusters` (n, and n by kind).

    A pin is in the one tile its spot lies in, a cluster in the middle of its cell: the sum over tiles is the total.
    `shapes` (id, kind, status) are lines and areas as drawn, cut a little outside the tile. Empty layers are
    left out; a tile of nothing has no bytes. `kept` as for `pin_tile`.
    """
    frame = {"z": tile.z, "x": tile.x, "y": tile.y, "extent": EXTENT, "most": PINS}
    level = tile.z + CELL_BITS
    cells = from_cells(tile, level, kept)
    if cells is None:
        made = _one_by_one(pins, tile, frame)
    else:
        # Whoever asks for few of many is told by the pins' index, whoever asks for all by the cells.
        made = _one_by_one(pins, tile, frame | cells.values, FEW if kept and kept.marks else NOT_SURELY_MANY)
        if made is None:
            made = _by_cell(cells, tile, frame)
    if made is None:
        made = _by_cell(from_pins(pins, tile, level), tile, frame)
    assert made is not None, "pins can always be counted"
    return bytes(made)


def _by_cell(source: Parts, tile: Tile, frame: dict[str, int]) -> bytes | None:
    statement = BY_CELL.format(parts=source.ctes, answers=source.answers, kinds_sum=KINDS_SUM, kinds_told=KINDS_TOLD)
    made: bytes | None = one_value(statement, source.values | frame | {"cell_zoom": tile.z + CELL_BITS})
    return made


def _one_by_one(pins: PinQuerySet, tile: Tile, frame: dict[str, Any], may_be_few: str = "TRUE") -> bytes | None:
    """None: there are too many. `may_be_few` is asked before any row is read; `frame` holds what it binds."""
    found, values = named(
        inside(pins, tile).values("public_id", "kind", "category__slug", "status", "answered_at", "spot"), "f"
    )
    drawn, drawn_values = named(drawn_in(pins, tile).values("id", "public_id", "kind", "status", "geom"), "d")
    statement = ONE_BY_ONE.format(may_be_few=may_be_few.format(found=found), found=found, drawn=drawn)
    limits = {"buffer": BUFFER, "shapes": SHAPES}
    made: bytes | None = one_value(statement, values | drawn_values | frame | limits)
    return made
