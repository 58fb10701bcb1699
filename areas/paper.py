"""The ground as paths on a sheet of paper, cut out by PostGIS: for pictures that need no script."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from areas.models import Area
from mapfeedback.geo import MERCATOR_EDGE, BBox, mercator
from mapfeedback.languages import in_reader_language

#: Pixels of the whole world at zoom 0, as web maps count.
WORLD: Final = 256
#: What a map offers; a view beyond is refused where it is parsed.
LOWEST_ZOOM: Final = 4
HIGHEST_ZOOM: Final = 19
#: So much of a line or an area is drawn beyond the edge: its own outline there stays out of sight.
BLEED: Final = 12

# What is to be drawn comes as WGS84 rows of `drawn`; the box finds them by index, and only what lies in it is kept.
# The name lies on what is left in sight: on the middle of the longest line, or well inside the largest part.
_CUT: Final = """
WITH frame AS (SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857) AS box),
world AS (SELECT box, ST_Transform(box, 4326) AS degrees FROM frame),
drawn AS ({drawn}),
cut AS (
    SELECT kind, rank, name_fi, name_sv, name_en, code,
           ST_SnapToGrid(
               ST_Affine(ST_ClipByBox2D(ST_Transform(geom, 3857), box),
                         %(scale)s, 0, 0, %(scale)s, -%(left)s * %(scale)s, -%(top)s * %(scale)s), 0.25) AS geom
      FROM drawn, world
)
SELECT kind, rank, name_fi, name_sv, name_en, code, ST_AsSVG(cut.geom, 0, 2), ST_X(label.at), -ST_Y(label.at)
  FROM cut LEFT JOIN LATERAL (
    SELECT CASE ST_Dimension(part.geom) WHEN 1 THEN ST_LineInterpolatePoint(part.geom, 0.5)
           ELSE ST_PointOnSurface(ST_MakeValid(part.geom)) END AS at
      FROM ST_Dump(cut.geom) AS part
     ORDER BY ST_Area(part.geom) DESC, ST_Length(part.geom) DESC LIMIT 1
  ) AS label ON true
 WHERE NOT ST_IsEmpty(cut.geom)
 ORDER BY rank DESC, code
"""

_GROUND: Final = """
SELECT 'city' AS kind, 1 AS rank, name_fi, name_sv, name_en, slug AS code, outline AS geom
  FROM areas_municipality, world WHERE outline && degrees
 UNION ALL
SELECT kind, rank, name_fi, name_sv, '' AS name_en, '' AS code, geom
  FROM areas_groundfeature, world WHERE geom && degrees
"""

_BORDERS: Final = """
SELECT 'district' AS kind, 1 AS rank, area.name_fi, area.name_sv, area.name_en,
       division.slug || '/' || area.code AS code, area.boundary AS geom
  FROM areas_area area
  JOIN areas_edition edition ON edition.id = area.edition_id
  JOIN areas_division division ON division.id = edition.division_id, world
 WHERE area.boundary && degrees AND area.id IN ({areas})
"""


@dataclass(frozen=True, slots=True)
class Paper:
    """A rectangle with the world on it: `zoom` and middle as on the map, width and height in the map's pixels."""

    zoom: float
    lat: float
    lon: float
    width: int
    height: int

    @classmethod
    def around(cls, box: BBox, width: int, height: int, margin: int = 8) -> "Paper":
        """As a map fits a box: the nearest quarter of a zoom at which all of it is seen."""
        west, south = mercator(box.west, box.south)
        east, north = mercator(box.east, box.north)
        wide, high = max(east - west, 1.0), max(north - south, 1.0)
        fits = min((width - 2 * margin) / wide, (height - 2 * margin) / high) * 2 * MERCATOR_EDGE / WORLD
        zoom = min(max(math.floor(math.log2(fits) * 4) / 4, LOWEST_ZOOM), HIGHEST_ZOOM)
        y = (north + south) / 2
        lat = math.degrees(2 * math.atan(math.exp(y * math.pi / MERCATOR_EDGE)) - math.pi / 2)
        return cls(zoom, lat, (box.west + box.east) / 2, width, height)

    @property
    def scale(self) -> float:
        """Pixels per EPSG:3857 metre."""
        return float(WORLD * 2**self.zoom / (2 * MERCATOR_EDGE))

    @property
    def metres_per_pixel(self) -> float:
        """On the ground, in the middle of the paper."""
        return math.cos(math.radians(self.lat)) / self.scale

    @property
    def corner(self) -> tuple[float, float]:
        """West and north in EPSG:3857 metres."""
        x, y = mercator(self.lon, self.lat)
        return x - self.width / 2 / self.scale, y + self.height / 2 / self.scale

    def place(self, lon: float, lat: float) -> tuple[float, float]:
        """Pixels from the upper left corner."""
        west, north = self.corner
        x, y = mercator(lon, lat)
        return (x - west) * self.scale, (north - y) * self.scale

    def holds(self, x: float, y: float) -> bool:
        return 0 <= x <= self.width and 0 <= y <= self.height


@dataclass(frozen=True, slots=True)
class Shape:
    """A piece of ground on the paper: `path` is the `d` of an SVG path, `x` and `y` where its name lies."""

    kind: str
    rank: int
    name_fi: str
    name_sv: str
    name_en: str
    #: A district's as the filter writes it, a municipality's slug, else empty.
    code: str
    path: str
    x: float
    y: float

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")


def ground_on(paper: Paper) -> list[Shape]:
    """Outlines (`city`), water, parks, forest, roads and rails; the least important first. One statement."""
    return _cut(paper, _GROUND, {})


def borders_on(paper: Paper, areas: QuerySet[Area]) -> list[Shape]:
    """These areas (`district`). One statement."""
    subquery, values = areas.order_by().values("pk").query.sql_with_params()
    names = {f"q{nth}": value for nth, value in enumerate(values)}
    return _cut(paper, _BORDERS.format(areas=subquery % _placeholders(names)), names)


def _placeholders(names: dict[str, Any]) -> tuple[str, ...]:
    """The queryset's values have positions, ours have names: psycopg takes one kind."""
    return tuple(f"%({name})s" for name in names)


def _cut(paper: Paper, drawn: str, values: dict[str, Any]) -> list[Shape]:
    west, north = paper.corner
    bleed = BLEED / paper.scale
    frame = {
        "west": max(west - bleed, -MERCATOR_EDGE),
        "north": min(north + bleed, MERCATOR_EDGE),
        "east": min(west + paper.width / paper.scale + bleed, MERCATOR_EDGE),
        "south": max(north - paper.height / paper.scale - bleed, -MERCATOR_EDGE),
        "left": west,
        "top": north,
        "scale": paper.scale,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CUT.format(drawn=drawn), frame | values)
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    return [Shape(*row) for row in rows]
