"""A Mapbox vector tile of pins, for map programs: one by one while they are few, else counted by cells."""

from typing import Final

from mapfeedback.geo import CODE_BITS, Tile
from mapfeedback.maptiles.asking import drawn_in, inside, named, one_value
from mapfeedback.maptiles.pintile import CELL_BITS
from mapfeedback.pins.querysets import PinQuerySet

EXTENT: Final = 4096
#: Beside a tile's edge, in its units: lines and areas are cut there, so that no edge of a tile shows.
BUFFER: Final = 64
#: Up to this many pins of a tile are given one by one.
PINS: Final = 2000
SHAPES: Final = 1000

# Plan wanted: the tile's range of pin_tile, and those few rows; pin_drawn_gist for lines and areas. NULL: too many.
ONE_BY_ONE: Final = """
WITH fetched AS MATERIALIZED (SELECT * FROM ({found}) AS found LIMIT %(most)s + 1),
points AS (
    SELECT public_id::text AS id, kind, category__slug AS category, status, answered_at IS NOT NULL AS answered,
           ST_AsMVTGeom(spot, ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 0, FALSE) AS geom
      FROM fetched
),
shapes AS (
    SELECT public_id::text AS id, kind, status,
           ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s) AS geom
      FROM ({drawn}) AS found ORDER BY found.id LIMIT %(shapes)s
)
SELECT CASE WHEN (SELECT count(*) FROM fetched) <= %(most)s THEN
    COALESCE((SELECT ST_AsMVT(points, 'pins', %(extent)s, 'geom') FROM points), '')
    || COALESCE((SELECT ST_AsMVT(shapes, 'shapes', %(extent)s, 'geom') FROM shapes), '')
END
"""

# Plan wanted: the tile's range of pin_tile, index only, grouped in one pass.
BY_CELL: Final = """
WITH cells AS (
    SELECT tile_code >> %(cell_shift)s AS cell, kind, count(*)::int AS n FROM ({found}) AS found GROUP BY 1, 2
),
clusters AS (
    SELECT sum(n)::int AS n, jsonb_object_agg(kind, n) AS kinds,
           ST_AsMVTGeom(ST_Centroid(ST_TileEnvelope(%(cell_zoom)s, (tile_axis(cell) & %(mask)s)::int,
                                                    (tile_axis(cell >> 1) & %(mask)s)::int)),
                        ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 0, FALSE) AS geom
      FROM cells GROUP BY cell
)
SELECT ST_AsMVT(clusters, 'clusters', %(extent)s, 'geom') FROM clusters
"""


def vector_tile(pins: PinQuerySet, tile: Tile) -> bytes:
    """Layers `pins` (id, kind, category, status, answered) or, over 2,000 pins, `clusters` (n, and n by kind).

    A pin is in the one tile its spot lies in, a cluster in the middle of its cell: the sum over tiles is the total.
    `shapes` (id, kind, status) are lines and areas as drawn, cut a little outside the tile. Empty layers are
    left out; a tile of nothing has no bytes.
    """
    within = inside(pins, tile)
    frame = {"z": tile.z, "x": tile.x, "y": tile.y, "extent": EXTENT}
    found, values = named(within.values("public_id", "kind", "category__slug", "status", "answered_at", "spot"), "f")
    drawn, drawn_values = named(drawn_in(pins, tile).values("id", "public_id", "kind", "status", "geom"), "d")
    limits = {"most": PINS, "buffer": BUFFER, "shapes": SHAPES}
    made = one_value(ONE_BY_ONE.format(found=found, drawn=drawn), values | drawn_values | frame | limits)
    if made is not None:
        return bytes(made)
    cell_zoom = tile.z + CELL_BITS
    found, values = named(within.values("tile_code", "kind"), "f")
    cells = {"cell_shift": 2 * (CODE_BITS - cell_zoom), "cell_zoom": cell_zoom, "mask": 2**cell_zoom - 1}
    return bytes(one_value(BY_CELL.format(found=found), values | frame | cells))
