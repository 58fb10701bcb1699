"""Borders as paths of an SVG, drawn by PostGIS: a map that needs no script, prints sharp, and opens anywhere."""

import math
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import QuerySet

from areas.models import Area
from mapfeedback.geo import mercator

#: The longer side of the drawing, in its own units.
SIDE: Final = 1000

# One grid for all borders: neighbours stay neighbours, where simplifying each alone would tear gaps between them.
_PATHS: Final = """
WITH shape AS (
    SELECT a.id, a.code, ST_Transform({border}, 3857) AS geom
    FROM areas_area a LEFT JOIN areas_areaoutline o ON o.area_id = a.id WHERE a.id IN ({areas})
), frame AS (
    SELECT ST_XMin(box) AS west, ST_YMax(box) AS north, ST_XMax(box) - ST_XMin(box) AS wide,
           ST_YMax(box) - ST_YMin(box) AS high
    FROM (SELECT ST_Extent(geom) AS box FROM shape) AS extent
)
SELECT shape.id, shape.code, frame.west, frame.north, frame.wide, frame.high,
    ST_AsSVG(ST_SnapToGrid(ST_Affine(geom, scale, 0, 0, scale, -west * scale, -north * scale), 0.5), 0, 1)
FROM shape, frame, LATERAL (SELECT %s / GREATEST(wide, high) AS scale) AS size
ORDER BY shape.code
"""


#: Every corner, and the borders that were simplified together for maps of a whole city.
_EXACT: Final = "a.boundary"
_SIMPLIFIED: Final = "COALESCE(o.geom, a.boundary)"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Paths by area code inside `0 0 width height`; `place` puts a WGS84 coordinate on the same paper.

    Of areas of several divisions, which may share a code, ask `by_key`: the same paths by the areas' keys.
    """

    paths: dict[str, str]
    by_key: dict[int, str]
    width: int
    height: int
    west: float
    north: float
    scale: float

    def place(self, lon: float, lat: float) -> tuple[int, int]:
        x, y = mercator(lon, lat)
        return round((x - self.west) * self.scale), round((self.north - y) * self.scale)


def drawing_of(areas: QuerySet[Area]) -> Drawing:
    """Of one area or a few, with every corner: one statement. Without areas the drawing is empty."""
    return _drawn(areas, _EXACT)


def drawing_of_city(areas: QuerySet[Area]) -> Drawing:
    """As `drawing_of`, of all areas of an edition: a tenth of the weight, and nobody sees a difference."""
    return _drawn(areas, _SIMPLIFIED)


def _drawn(areas: QuerySet[Area], border: str) -> Drawing:
    wanted, values = areas.order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_PATHS.format(areas=wanted, border=border), [*values, SIDE])
        rows = cursor.fetchall()
    if not rows:
        return Drawing({}, {}, SIDE, SIDE, 0.0, 0.0, 1.0)
    _key, _code, west, north, wide, high, _path = rows[0]
    scale = SIDE / max(wide, high)
    return Drawing(
        {row[1]: row[6] for row in rows},
        {row[0]: row[6] for row in rows},
        math.ceil(wide * scale),
        math.ceil(high * scale),
        west,
        north,
        scale,
    )
