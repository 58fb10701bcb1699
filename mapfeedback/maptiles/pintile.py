"""Pins of one map tile, as clusters or one by one, made in one SQL statement from a PinFilter's queryset.

A pin belongs to the tile and the cell its tile code begins with, so every located pin is in exactly one tile and one
cell of each zoom, and the sum over the tiles is the filter's total.
"""

from typing import Final

from mapfeedback.geo import CODE_BITS, Tile
from mapfeedback.maptiles.asking import drawn_in, inside, named, one_value
from mapfeedback.pins.querysets import PinQuerySet

#: A tile has 2^this cells each way; a cell with several pins is one cluster.
CELL_BITS: Final = 4
#: Up to this many pins of a tile are given one by one; more of them where the map is close.
FEW: Final = 60
FEW_CLOSE: Final = 200
CLOSE_ZOOM: Final = 14
FEW_NEAREST: Final = 2000
NEAREST_ZOOM: Final = 17
#: More pins than this on one spot stay a cluster at every zoom: its bounds are that spot.
CROWD: Final = 40
#: Where a cluster lies is told in parts of a tile: 2^6 each way, finer where tiles hold fewer pins, never over 2.4 km.
PART_BITS: Final = 6
CLOSE_PART_BITS: Final = 10
CLOSE_PART_ZOOM: Final = 12
COARSEST_PART: Final = 14
#: Lines and areas that reach into a tile are told from this zoom on, the largest first.
SHAPES_ZOOM: Final = 9
SHAPES: Final = 100

# Plan wanted: the tile's range of pin_tile, index only, grouped in one pass; only single pins are read whole.
# A cell whose first and last code are one is a crowd on one spot.
STATEMENT: Final = """
WITH parts AS MATERIALIZED (
    SELECT tile_code >> %(part_shift)s AS part, kind, count(*) AS n, min(id) AS id,
           min(tile_code) AS low, max(tile_code) AS high
      FROM ({inside}) AS found GROUP BY 1, 2
),
total AS MATERIALIZED (SELECT COALESCE(sum(n), 0)::int AS n FROM parts),
few AS MATERIALIZED (
    SELECT id, kind, tile_code, count(*) OVER (PARTITION BY tile_code) > %(crowd)s AS crowd
      FROM ({inside}) AS found WHERE (SELECT n FROM total) <= %(few)s
),
grouped AS (
    SELECT part >> %(cell_shift)s AS cell, kind, n, id, low, high, tile_axis(part) AS x, tile_axis(part >> 1) AS y
      FROM parts WHERE (SELECT n FROM total) > %(few)s
    UNION ALL
    SELECT tile_code, kind, count(*), min(id), tile_code, tile_code, 0, 0 FROM few WHERE crowd GROUP BY 1, 2
),
by_kind AS (SELECT cell, kind, sum(n)::int AS n FROM grouped GROUP BY 1, 2),
cells AS (
    SELECT n, id, low, high, kinds, x / %(world)s AS x, y / %(world)s AS y, west / %(world)s AS west,
           north / %(world)s AS north, east / %(world)s AS east, south / %(world)s AS south
      FROM (SELECT cell, sum(n)::int AS n, min(id) AS id, min(low) AS low, max(high) AS high,
                   sum(n * (x + 0.5)) / sum(n) AS x, sum(n * (y + 0.5)) / sum(n) AS y,
                   min(x) AS west, min(y) AS north, max(x) + 1 AS east, max(y) + 1 AS south
              FROM grouped GROUP BY 1) AS summed
      JOIN (SELECT cell, json_object_agg(kind, n ORDER BY kind) AS kinds FROM by_kind GROUP BY 1) AS told USING (cell)
),
clusters AS (
    SELECT n, kinds, lon, lat, json_build_array(west_lon, south_lat, east_lon, north_lat) AS bounds
      FROM cells, LATERAL (
        SELECT {lon_x} AS lon, {lat_y} AS lat, {lon_west} AS west_lon, {lat_south} AS south_lat,
               {lon_east} AS east_lon, {lat_north} AS north_lat) AS placed
     WHERE n > 1 AND low < high
    UNION ALL
    SELECT n, kinds, lon, lat, json_build_array(lon, lat, lon, lat)
      FROM cells JOIN pins_pin pin USING (id), LATERAL (SELECT ST_Transform(pin.spot, 4326) AS spot) AS at,
   LATERAL (SELECT round(ST_X(at.spot)::numeric, 6) AS lon, round(ST_Y(at.spot)::numeric, 6) AS lat) AS placed
     WHERE n > 1 AND low = high
),
single AS (SELECT id FROM few WHERE NOT crowd UNION ALL SELECT id FROM cells WHERE n = 1),
pins AS (
    SELECT pin.id, json_strip_nulls(json_build_object(
               'id', pin.public_id, 'kind', pin.kind, 'category', category.slug, 'status', pin.status,
               'headline', CASE WHEN length(words.first) <= 90 THEN words.first
                                ELSE regexp_replace(left(words.first, 88), ' [^ ]*$', '') || ' …' END,
               'photo', CASE WHEN pin.photo_count > 0 THEN
                   (SELECT public_id FROM pins_photo
                     WHERE pin_id = pin.id AND visibility = 'published' ORDER BY id LIMIT 1) END,
               'answered', pin.answered_at IS NOT NULL, 'language', pin.language,
               'lon', round(ST_X(at.spot)::numeric, 6), 'lat', round(ST_Y(at.spot)::numeric, 6),
               'geometry', CASE WHEN GeometryType(pin.geom) <> 'POINT' THEN ST_AsGeoJSON(pin.geom, 6)::json END
           )) AS item
      FROM single
      JOIN pins_pin pin USING (id)
      JOIN pins_category category ON category.id = pin.category_id,
   LATERAL (SELECT ST_Transform(pin.spot, 4326) AS spot) AS at,
   LATERAL (SELECT COALESCE(NULLIF(pin.title, ''),
                            split_part(btrim(pin.text, E' \\n\\r\\t'), E'\\n', 1)) AS first) AS words
),
shapes AS (
    SELECT public_id, kind, ST_AsGeoJSON(geom, 6)::json AS geometry
      FROM ({drawn}) AS found
     WHERE id NOT IN (SELECT id FROM single)
     ORDER BY ST_Length(ST_BoundingDiagonal(geom)) DESC, id LIMIT %(shapes)s
)
SELECT json_build_object(
    'n', (SELECT n FROM total),
    'clusters', COALESCE((SELECT json_agg(json_build_object(
        'n', n, 'lon', lon, 'lat', lat, 'bounds', bounds, 'kinds', kinds) ORDER BY n DESC, lon, lat)
        FROM clusters), '[]'),
    'pins', COALESCE((SELECT json_agg(item ORDER BY id DESC) FROM pins), '[]'),
    'shapes', COALESCE((SELECT json_agg(json_build_object('id', public_id, 'kind', kind, 'geometry', geometry))
        FROM shapes), '[]')
)::text
"""

#: Parts of the world's width and height (0 to 1, y southwards) as degrees.
_LON: Final = "round(({} * 360 - 180)::numeric, 6)"
_LAT: Final = "round(degrees(atan(sinh(pi() * (1 - 2 * {}))))::numeric, 6)"
_DEGREES: Final = {f"lon_{name}": _LON.format(name) for name in ("x", "west", "east")} | {
    f"lat_{name}": _LAT.format(name) for name in ("y", "south", "north")
}


def pin_tile(pins: PinQuerySet, tile: Tile) -> str:
    """JSON of a tile: `n`, `clusters` (n, lon, lat, bounds, kinds), `pins` and `shapes`; n is the sum of the first two.

    A cluster's bounds hold all its pins; a cluster whose bounds are one point is a crowd on one spot. Lines and areas
    carry their `geometry`, pins with a public photo the id of their first as `photo`. `shapes` (id, kind, geometry)
    are those that reach into the tile and are not in `pins`.
    """
    part = min(CODE_BITS, max(COARSEST_PART, tile.z + (PART_BITS if tile.z < CLOSE_PART_ZOOM else CLOSE_PART_BITS)))
    found, found_values = named(inside(pins, tile).values("id", "kind", "tile_code"), "f")
    drawn, drawn_values = named(drawn_in(pins, tile).values("id", "public_id", "kind", "geom"), "d")
    made = one_value(
        STATEMENT.format(inside=found, drawn=drawn, **_DEGREES),
        found_values
        | drawn_values
        | {
            "part_shift": 2 * (CODE_BITS - part),
            "cell_shift": 2 * max(0, part - tile.z - CELL_BITS),
            "world": 2.0**part,
            "few": few_at(tile.z),
            "crowd": CROWD,
            "shapes": SHAPES if tile.z >= SHAPES_ZOOM else 0,
        },
    )
    return str(made)


def few_at(zoom: int) -> int:
    """How many pins of a tile of this zoom are given one by one."""
    if zoom >= NEAREST_ZOOM:
        return FEW_NEAREST
    return FEW_CLOSE if zoom >= CLOSE_ZOOM else FEW
