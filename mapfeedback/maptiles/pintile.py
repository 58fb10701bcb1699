"""Pins of one map tile, as clusters or one by one, made in one SQL statement from a PinFilter's queryset.

A pin belongs to the tile and the cell its tile code begins with, so every located pin is in exactly one tile and one
cell of each zoom, and the sum over the tiles is the filter's total.
"""

from typing import Final

from mapfeedback.geo import CODE_BITS, Tile
from mapfeedback.maptiles.asking import inside, named, one_value
from mapfeedback.maptiles.parts import KINDS_SUM, KINDS_TOLD, sources
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups.cells import Asked, by_kind

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
CLOSE_PART_ZOOM: Final = 13
COARSEST_PART: Final = 14
#: Lines and areas that reach into a tile are told from this zoom on, the largest first.
SHAPES_ZOOM: Final = 9
SHAPES: Final = 100
#: The part of a tile's width that one must measure to be seen under its sign.
SEEN: Final = 1 / 64

# Few pins of a tile, as each source of parts finds them: in its range, or in the ranges of the parts that hold any.
_FEW: Final = {
    False: "({inside}) AS found WHERE (SELECT n FROM total) <= %(few)s",
    True: """(SELECT DISTINCT part FROM parts WHERE (SELECT n FROM total) <= %(few)s) AS there,
        LATERAL (SELECT * FROM ({inside}) AS found
                  WHERE tile_code >= part << %(part_shift)s AND tile_code < part + 1 << %(part_shift)s
                  OFFSET 0) AS found""",
}
# The first id, first and last tile code of a cell. Cells know no pins: those of one part alone are asked for them,
# the others hold more than one pin and more than one spot.
_CELLS: Final = {
    False: """
    SELECT part >> %(cell_shift)s AS cell, min(id) AS id, min(low) AS low, max(high) AS high, {sums}
      FROM placed WHERE (SELECT n FROM total) > %(few)s GROUP BY 1""",
    True: """
    SELECT * FROM (
        SELECT part >> %(cell_shift)s AS cell, min(part) AS part, max(part) AS last_part, {sums}
          FROM placed WHERE (SELECT n FROM total) > %(few)s GROUP BY 1) AS grouped
      LEFT JOIN LATERAL (
        SELECT id, tile_code AS low FROM ({inside}) AS found
         WHERE part = last_part
           AND tile_code >= part << %(part_shift)s AND tile_code < part + 1 << %(part_shift)s
         ORDER BY tile_code LIMIT 1) AS first ON TRUE
      LEFT JOIN LATERAL (
        SELECT tile_code AS high FROM ({inside}) AS found
         WHERE part = last_part AND n > 1
           AND tile_code >= part << %(part_shift)s AND tile_code < part + 1 << %(part_shift)s
         ORDER BY tile_code DESC LIMIT 1) AS last ON TRUE""",
}
_SUMS: Final = f"""
           sum(n)::int AS n, {KINDS_SUM} AS kinds, sum(n * (x + 0.5)) / sum(n) AS x, sum(n * (y + 0.5)) / sum(n) AS y,
           min(x) AS west, min(y) AS north, max(x) + 1 AS east, max(y) + 1 AS south"""

#: In degrees; as in the index pin_drawn_size, which nothing but exactly this finds.
_SIZE: Final = "ST_Length(ST_BoundingDiagonal(drawn.geom))"

# A cell whose first and last code are one is a crowd on one spot. Only single pins are read whole, each by its key.
# Lines and areas come by size where many are in sight, else by place; then each is asked whether the filter wants it.
STATEMENT: Final = """
WITH {parts},
total AS MATERIALIZED (SELECT COALESCE(sum(n), 0)::int AS n FROM parts),
few AS MATERIALIZED (
    SELECT id, kind, tile_code, count(*) OVER (PARTITION BY tile_code) > %(crowd)s AS crowd FROM {few}
),
cells AS MATERIALIZED ({cells}),
clusters AS (
    SELECT n, kinds, lon, lat, json_build_array(west_lon, south_lat, east_lon, north_lat) AS bounds
      FROM (SELECT n, kinds, x / %(world)s AS x, y / %(world)s AS y, west / %(world)s AS west,
                   north / %(world)s AS north, east / %(world)s AS east, south / %(world)s AS south
              FROM cells WHERE n > 1 AND low = high IS NOT TRUE) AS apart, LATERAL (
        SELECT {lon_x} AS lon, {lat_y} AS lat, {lon_west} AS west_lon, {lat_south} AS south_lat,
               {lon_east} AS east_lon, {lat_north} AS north_lat) AS placed
    UNION ALL
    SELECT n, kinds, lon, lat, json_build_array(lon, lat, lon, lat)
      FROM (SELECT n, kinds, (tile_axis(low) + 0.5) / %(finest)s AS x, (tile_axis(low >> 1) + 0.5) / %(finest)s AS y
              FROM (SELECT n, kinds, low FROM cells WHERE n > 1 AND low = high
                    UNION ALL
                    SELECT count(*)::int, {kinds_of}, tile_code FROM few WHERE crowd GROUP BY tile_code) AS crowds
           ) AS spots, LATERAL (SELECT {lon_x} AS lon, {lat_y} AS lat) AS placed
),
single AS MATERIALIZED (SELECT id FROM few WHERE NOT crowd UNION ALL SELECT id FROM cells WHERE n = 1),
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
      FROM single,
   LATERAL (SELECT * FROM pins_pin WHERE pins_pin.id = single.id OFFSET 0) AS pin
      JOIN pins_category category ON category.id = pin.category_id,
   LATERAL (SELECT ST_Transform(pin.spot, 4326) AS spot) AS at,
   LATERAL (SELECT COALESCE(NULLIF(pin.title, ''),
                            split_part(btrim(pin.text, E' \\n\\r\\t'), E'\\n', 1)) AS first) AS words
),
shapes AS (
    SELECT found.public_id, found.kind, ST_AsGeoJSON(drawn.geom, 6)::json AS geometry
      FROM pins_pin AS drawn, LATERAL (SELECT * FROM ({chosen}) AS found WHERE found.id = drawn.id OFFSET 0) AS found
     WHERE drawn.visibility = 'published' AND GeometryType(drawn.geom) <> 'POINT'
       AND {size} >= %(seen)s
       AND ST_Intersects(drawn.geom, ST_MakeEnvelope(%(w)s, %(s)s, %(e)s, %(n)s, 4326))
       AND drawn.id NOT IN (SELECT id FROM single)
     ORDER BY {size} DESC, drawn.id LIMIT %(shapes)s
)
SELECT CASE WHEN {answers} THEN json_build_object(
    'n', (SELECT n FROM total),
    'clusters', COALESCE((SELECT json_agg(json_build_object(
        'n', n, 'lon', lon, 'lat', lat, 'bounds', bounds, 'kinds', {kinds_told}) ORDER BY n DESC, lon, lat)
        FROM clusters), '[]'),
    'pins', COALESCE((SELECT json_agg(item ORDER BY id DESC) FROM pins), '[]'),
    'shapes', COALESCE((SELECT json_agg(json_build_object('id', public_id, 'kind', kind, 'geometry', geometry))
        FROM shapes), '[]')
)::text END
"""

#: Parts of the world's width and height (0 to 1, y southwards) as degrees.
_LON: Final = "round(({} * 360 - 180)::numeric, 6)"
_LAT: Final = "round(degrees(atan(sinh(pi() * (1 - 2 * {}))))::numeric, 6)"
_DEGREES: Final = {f"lon_{name}": _LON.format(name) for name in ("x", "west", "east")} | {
    f"lat_{name}": _LAT.format(name) for name in ("y", "south", "north")
}


def pin_tile(pins: PinQuerySet, tile: Tile, kept: Asked | None = None) -> str:
    """JSON of a tile: `n`, `clusters` (n, lon, lat, bounds, kinds), `pins` and `shapes`; n is the sum of the first two.

    A cluster's bounds hold all its pins; a cluster whose bounds are one point is a crowd on one spot. Lines and areas
    carry their `geometry`, pins with a public photo the id of their first as `photo`. `shapes` (id, kind, geometry)
    are those that reach into the tile and are not in `pins`.
    With `kept`, which must say what the filter of `pins` says, a far tile is made from cells: the same, but quicker.
    """
    part = min(CODE_BITS, max(COARSEST_PART, tile.z + (PART_BITS if tile.z < CLOSE_PART_ZOOM else CLOSE_PART_BITS)))
    found, found_values = named(inside(pins, tile).values("id", "kind", "tile_code"), "f")
    chosen, chosen_values = named(pins.order_by().values("id", "public_id", "kind"), "d")
    values = found_values | chosen_values | dict(zip("wsen", tile.degrees, strict=True))
    values |= {
        "cell_shift": 2 * max(0, part - tile.z - CELL_BITS),
        "world": 2.0**part,
        "finest": 2.0**CODE_BITS,
        "few": few_at(tile.z),
        "crowd": CROWD,
        "shapes": SHAPES if tile.z >= SHAPES_ZOOM else 0,
        "seen": 360 / 2**tile.z * SEEN,
    }
    for source in sources(pins, tile, part, kept):
        statement = STATEMENT.format(
            parts=source.ctes,
            few=_FEW[source.kept].format(inside=found),
            cells=_CELLS[source.kept].format(inside=found, sums=_SUMS),
            chosen=chosen,
            size=_SIZE if tile.z < CLOSE_ZOOM else f"({_SIZE} + 0)",
            answers=source.answers,
            kinds_of=by_kind("1"),
            kinds_told=KINDS_TOLD,
            **_DEGREES,
        )
        made = one_value(statement, values | source.values)
        if made is not None:
            break
    return str(made)


def few_at(zoom: int) -> int:
    """How many pins of a tile of this zoom are given one by one."""
    if zoom >= NEAREST_ZOOM:
        return FEW_NEAREST
    return FEW_CLOSE if zoom >= CLOSE_ZOOM else FEW
