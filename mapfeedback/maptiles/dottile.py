"""Pins of one map tile as dots: none is left out, and a dot that stands for several says for how many."""

from typing import Final

from mapfeedback.geo import CODE_BITS, Tile
from mapfeedback.maptiles.asking import inside, named, one_value
from mapfeedback.pins.querysets import PinQuerySet

#: Places of dots are told in 2^this parts of a tile each way: a pixel or less where tiles are shown 512 wide.
FINE_BITS: Final = 9
#: With more dots than MOST the parts are 2, 4 and at last 8 pixels wide, about a dot: then dots touch anyway.
COARSEST_BITS: Final = 6
MOST: Final = 4**COARSEST_BITS

# Plan wanted: the tile's range of pin_tile, index only, grouped in one pass; what follows has at most as many rows as
# the tile has pixels.
STATEMENT: Final = """
WITH parts AS MATERIALIZED (
    SELECT tile_code >> %(shift)s AS part, count(*)::int AS n, min(tile_code) AS low, max(tile_code) AS high
      FROM ({inside}) AS found GROUP BY 1
),
joined AS MATERIALIZED (
    SELECT CASE WHEN (SELECT count(*) FROM parts) <= %(most)s THEN 0
                WHEN (SELECT count(DISTINCT part >> 2) FROM parts) <= %(most)s THEN 1
                WHEN (SELECT count(DISTINCT part >> 4) FROM parts) <= %(most)s THEN 2
                ELSE 3 END AS bits
),
dots AS (
    SELECT part >> 2 * bits AS part, sum(n)::int AS n, min(low) = max(high) AS one_spot
      FROM parts, joined GROUP BY 1
)
SELECT json_build_object(
    'n', COALESCE(sum(n), 0)::int,
    'parts', %(parts)s >> (SELECT bits FROM joined),
    'dots', COALESCE(json_agg(
        CASE WHEN n = 1 THEN json_build_array(x, y)
             WHEN one_spot THEN json_build_array(x, y, n, 1) ELSE json_build_array(x, y, n) END ORDER BY n, y, x), '[]')
)::text
  FROM (SELECT n, one_spot, tile_axis(part) & mask AS x, tile_axis(part >> 1) & mask AS y
          FROM dots, (SELECT (%(parts)s >> bits) - 1 AS mask FROM joined) AS masked) AS placed
"""


def dot_tile(pins: PinQuerySet, tile: Tile) -> str:
    """JSON of a tile: `n`, into how many `parts` each of its sides is cut, and `dots`, those of one pin first.

    A dot is [x, y], its part from the upper left corner; [x, y, n] when n pins lie in that part; [x, y, n, 1] when
    these lie on exactly one spot. The sum over the dots is `n`.
    """
    found, values = named(inside(pins, tile).values("tile_code"), "f")
    bits = min(FINE_BITS, CODE_BITS - tile.z)
    made = one_value(
        STATEMENT.format(inside=found),
        values | {"shift": 2 * (CODE_BITS - tile.z - bits), "parts": 2**bits, "most": MOST},
    )
    return str(made)
