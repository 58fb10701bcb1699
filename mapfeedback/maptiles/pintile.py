"""Pins of one map tile, as clusters or one by one, made in one SQL statement from a PinFilter's queryset.

A pin belongs to the tile and the cell its spot lies in: north and west edges belong to a tile, south and east edges
to its neighbour, and the world's own edges to the outermost tiles. So every located pin is in exactly one tile of each
zoom, and the sum over the tiles is the filter's total.
"""

import math
import re
from typing import Final

from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import FloatField, Func

from mapfeedback.geo import MERCATOR_EDGE, WEB_MERCATOR, Tile
from mapfeedback.pins.querysets import PinQuerySet

#: A tile is cut into this many cells each way; a cell with several pins is one cluster.
CELLS: Final = 8
#: Up to this many pins of a tile are given one by one; more of them where the map is close.
FEW: Final = 60
FEW_CLOSE: Final = 200
CLOSE_ZOOM: Final = 14
#: From here on every pin is given by itself.
NEAREST_ZOOM: Final = 17
#: More pins than this on one spot stay a cluster at every zoom: its bounds are that spot.
CROWD: Final = 40

# Plan wanted: the spot's GiST index finds the tile's pins, one pass groups them; only single pins are read whole.
STATEMENT: Final = """
WITH found AS MATERIALIZED ({pins}),
inside AS (
    SELECT id, kind, x, y,
           floor((x - %(west)s) / %(cell)s)::int AS cell_x,
           floor((%(north)s - y) / %(cell)s)::int AS cell_y,
           count(*) OVER () AS total,
           count(*) OVER (PARTITION BY x, y) AS on_spot
      FROM found
     WHERE x >= %(from_x)s AND x < %(to_x)s AND y <= %(from_y)s AND y > %(to_y)s
),
judged AS (
    SELECT *, on_spot > %(crowd)s AS crowd,
           on_spot <= %(crowd)s
           AND (total <= %(few)s OR count(*) OVER (PARTITION BY cell_x, cell_y) = 1) AS single
      FROM inside
),
grouped AS (
    SELECT kind, count(*) AS n, cell_x, cell_y,
           CASE WHEN crowd THEN x END AS spot_x, CASE WHEN crowd THEN y END AS spot_y,
           avg(x) AS x, avg(y) AS y, min(x) AS west, min(y) AS south, max(x) AS east, max(y) AS north
      FROM judged WHERE NOT single
     GROUP BY kind, cell_x, cell_y, 5, 6
),
clusters AS (
    SELECT sum(n)::int AS n, json_object_agg(kind, n ORDER BY kind) AS kinds,
           ST_Transform(ST_SetSRID(ST_MakePoint(sum(x * n) / sum(n), sum(y * n) / sum(n)), 3857), 4326) AS middle,
           ST_Transform(ST_SetSRID(ST_MakePoint(min(west), min(south)), 3857), 4326) AS low,
           ST_Transform(ST_SetSRID(ST_MakePoint(max(east), max(north)), 3857), 4326) AS high
      FROM grouped
     GROUP BY cell_x, cell_y, spot_x, spot_y
),
pins AS (
    SELECT pin.id, json_strip_nulls(json_build_object(
               'id', pin.public_id, 'kind', pin.kind, 'category', category.slug, 'status', pin.status,
               'headline', CASE WHEN length(words.first) <= 90 THEN words.first
                                ELSE regexp_replace(left(words.first, 88), ' [^ ]*$', '') || ' …' END,
               'answered', pin.answered_at IS NOT NULL, 'language', pin.language,
               'lon', round(ST_X(at.spot)::numeric, 6), 'lat', round(ST_Y(at.spot)::numeric, 6),
               'geometry', CASE WHEN GeometryType(pin.geom) <> 'POINT' THEN ST_AsGeoJSON(pin.geom, 6)::json END
           )) AS item
      FROM judged
      JOIN pins_pin pin ON pin.id = judged.id
      JOIN pins_category category ON category.id = pin.category_id,
   LATERAL (SELECT ST_Transform(pin.spot, 4326) AS spot) AS at,
   LATERAL (SELECT COALESCE(NULLIF(pin.title, ''),
                            split_part(btrim(pin.text, E' \\n\\r\\t'), E'\\n', 1)) AS first) AS words
     WHERE judged.single
)
SELECT json_build_object(
    'n', (SELECT count(*) FROM inside),
    'clusters', COALESCE((SELECT json_agg(json_build_object(
        'n', n, 'lon', round(ST_X(middle)::numeric, 6), 'lat', round(ST_Y(middle)::numeric, 6),
        'bounds', json_build_array(round(ST_X(low)::numeric, 6), round(ST_Y(low)::numeric, 6),
                                   round(ST_X(high)::numeric, 6), round(ST_Y(high)::numeric, 6)),
        'kinds', kinds) ORDER BY n DESC, middle) FROM clusters), '[]'),
    'pins', COALESCE((SELECT json_agg(item ORDER BY id DESC) FROM pins), '[]')
)::text
"""


def pin_tile(pins: PinQuerySet, tile: Tile) -> str:
    """JSON of a tile: `n`, `clusters` (n, lon, lat, bounds, kinds) and `pins`; n is the sum of both.

    A cluster whose bounds are one point is a crowd on one spot. Lines and areas carry their `geometry`.
    """
    west, south, east, north = tile.bounds
    last = 2**tile.z - 1
    edges = {
        "from_x": -math.inf if tile.x == 0 else _edge(tile.x, tile),
        "to_x": math.inf if tile.x == last else _edge(tile.x + 1, tile),
        "from_y": math.inf if tile.y == 0 else -_edge(tile.y, tile),
        "to_y": -math.inf if tile.y == last else -_edge(tile.y + 1, tile),
    }
    box = Polygon.from_bbox((west - 1, south - 1, east + 1, north + 1))
    box.srid = WEB_MERCATOR
    found = pins.located().filter(spot__bboverlaps=box).order_by().annotate(x=_axis("ST_X"), y=_axis("ST_Y"))
    subquery, values = found.values("id", "kind", "x", "y").query.sql_with_params()
    if tile.z >= NEAREST_ZOOM:
        few: float = math.inf
    else:
        few = FEW_CLOSE if tile.z >= CLOSE_ZOOM else FEW
    named = edges | {"west": west, "north": north, "cell": tile.size / CELLS, "crowd": CROWD, "few": few}
    # The queryset's values have positions, ours have names: psycopg takes one kind, so positions get names too.
    names = {f"q{nth}": value for nth, value in enumerate(values)}
    left = iter(names)
    subquery = re.sub("%[%s]", lambda mark: f"%({next(left)})s" if mark[0] == "%s" else mark[0], subquery)
    with connection.cursor() as cursor:
        cursor.execute(STATEMENT.format(pins=subquery), named | names)
        return str(cursor.fetchone()[0])


def _edge(nth: int, tile: Tile) -> float:
    """One formula for both neighbours of an edge, so that they agree to the last bit."""
    return nth * tile.size - MERCATOR_EDGE


def _axis(function: str) -> Func:
    return Func("spot", function=function, output_field=FloatField())
