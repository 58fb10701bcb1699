"""A Mapbox vector tile of pins, for map programs: one by one while they are few, else as the clusters of `pintile`."""

from typing import Final

from mapfeedback.geo import Tile
from mapfeedback.maptiles.asking import drawn_in, inside, named, one_value
from mapfeedback.maptiles.pintile import CELL_BITS
from mapfeedback.pins.querysets import PinQuerySet

EXTENT: Final = 4096
#: Beside a tile's edge, in its units: lines and areas are cut there, so that no edge of a tile shows.
BUFFER: Final = 64
#: Up to this many pins of a tile are given one by one.
PINS: Final = 2000
SHAPES: Final = 1000

# Plan wanted: count the tile's range of pin_tile, index only and no further than needed; then read those few pins.
STATEMENT: Final = """
WITH counted AS MATERIALIZED (SELECT count(*) AS n FROM (SELECT FROM ({inside}) AS found LIMIT %(pins)s + 1) AS enough),
points AS (
    SELECT pin.public_id::text AS id, pin.kind, category.slug AS category, pin.status,
           pin.answered_at IS NOT NULL AS answered,
           ST_AsMVTGeom(pin.spot, frame.box, %(extent)s, 0, FALSE) AS geom
      FROM ({inside}) AS found
      JOIN pins_pin pin USING (id)
      JOIN pins_category category ON category.id = pin.category_id,
           (SELECT ST_TileEnvelope(%(z)s, %(x)s, %(y)s) AS box) AS frame
     WHERE (SELECT n FROM counted) <= %(pins)s
),
cells AS (
    SELECT tile_code >> %(cell_shift)s AS cell, kind, count(*)::int AS n
      FROM ({inside}) AS found WHERE (SELECT n FROM counted) > %(pins)s GROUP BY 1, 2
),
clusters AS (
    SELECT sum(n)::int AS n, jsonb_object_agg(kind, n) AS kinds,
           ST_AsMVTGeom(ST_Centroid(ST_TileEnvelope(%(cell_zoom)s, (tile_axis(cell) & %(mask)s)::int,
                                                    (tile_axis(cell >> 1) & %(mask)s)::int)),
                        ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, 0, FALSE) AS geom
      FROM cells GROUP BY cell
),
shapes AS (
    SELECT public_id::text AS id, kind, status,
           ST_AsMVTGeom(ST_Transform(geom, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s) AS geom
      FROM ({drawn}) AS found
     WHERE (SELECT n FROM counted) <= %(pins)s
     ORDER BY found.id LIMIT %(shapes)s
)
SELECT COALESCE((SELECT ST_AsMVT(points, 'pins', %(extent)s, 'geom') FROM points), '')
    || COALESCE((SELECT ST_AsMVT(clusters, 'clusters', %(extent)s, 'geom') FROM clusters), '')
    || COALESCE((SELECT ST_AsMVT(shapes, 'shapes', %(extent)s, 'geom') FROM shapes), '')
"""


def vector_tile(pins: PinQuerySet, tile: Tile) -> bytes:
    """Layers `pins` (id, kind, category, status, answered) or, over 2,000 pins, `clusters` (n, and n by kind).

    A pin is in the one tile its spot lies in, a cluster in the middle of its cell: the sum over tiles is the total.
    `shapes` (id, kind, status) are lines and areas as drawn, cut a little outside the tile. Empty layers are
    left out; a tile of nothing has no bytes.
    """
    found, found_values = named(inside(pins, tile).values("id", "kind", "tile_code"), "f")
    drawn, drawn_values = named(drawn_in(pins, tile).values("id", "public_id", "kind", "status", "geom"), "d")
    made = one_value(
        STATEMENT.format(inside=found, drawn=drawn),
        found_values
        | drawn_values
        | {
            "z": tile.z,
            "x": tile.x,
            "y": tile.y,
            "cell_shift": 2 * (31 - tile.z - CELL_BITS),
            "cell_zoom": tile.z + CELL_BITS,
            "mask": 2 ** (tile.z + CELL_BITS) - 1,
            "extent": EXTENT,
            "buffer": BUFFER,
            "pins": PINS,
            "shapes": SHAPES,
        },
    )
    return bytes(made)
