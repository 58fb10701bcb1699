"""The ground as GeoJSON text, written by PostGIS in one statement each."""

from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

from areas.models import Municipality
from areas.querysets import AreaQuerySet
from mapfeedback.geo import BBox

#: Where a name lies: on the middle of the longest line, or well inside the largest part.
LABEL = """
SELECT ST_AsGeoJSON(CASE ST_Dimension(part.geom)
         WHEN 1 THEN ST_LineInterpolatePoint(part.geom, 0.5)
         ELSE ST_PointOnSurface(part.geom) END, 5)::json -> 'coordinates'
  FROM ST_Dump({geom}) AS part
 ORDER BY ST_Area(part.geom) DESC, ST_Length(part.geom) DESC
 LIMIT 1
"""

GROUND = f"""
WITH wanted AS ({{municipalities}}),
drawn AS (
    SELECT 0 AS nth, 'city' AS kind, 1 AS rank, m.name_fi, m.name_sv, m.outline AS geom
      FROM areas_municipality m WHERE m.id IN (SELECT id FROM wanted)
    UNION ALL
    SELECT g.id, g.kind, g.rank, g.name_fi, g.name_sv, g.geom
      FROM areas_groundfeature g WHERE g.municipality_id IN (SELECT id FROM wanted)
)
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
           'type', 'Feature',
           'properties', json_build_object(
               'kind', kind, 'rank', rank, 'name_fi', name_fi, 'name_sv', name_sv,
               'label', CASE WHEN name_fi <> '' AND kind <> 'city' THEN ({LABEL.format(geom="geom")}) END),
           'geometry', ST_AsGeoJSON(geom, 5)::json) ORDER BY nth), '[]'))::text
  FROM drawn
"""  # noqa: S608 - built from constants


def _features(*, geom: str, decimals: int, detail: str, within: str) -> str:
    """The statement that writes areas; `geom` is what is drawn of each."""
    return f"""
WITH wanted (id, residents, residents_year) AS ({{areas}})
SELECT json_build_object('type', 'FeatureCollection', 'detail', '{detail}', 'within_metres', min({within}),
           'features', COALESCE(json_agg(json_build_object(
           'type', 'Feature',
           'id', a.code,
           'properties', json_build_object(
               'code', a.code, 'name', a.name_fi, 'name_sv', a.name_sv, 'name_en', a.name_en,
               'population', wanted.residents, 'population_year', wanted.residents_year,
               'km2', round(a.km2::numeric, 3),
               'division', d.slug, 'kind', d.kind, 'example', e.is_example,
               'valid_from', e.valid_from, 'valid_to', e.valid_to,
               'label', ({LABEL.format(geom=geom)})),
           'geometry', ST_AsGeoJSON({geom}, {decimals})::json) ORDER BY a.code), '[]'))::text
  FROM areas_area a
  JOIN wanted ON wanted.id = a.id
  LEFT JOIN areas_areaoutline o ON o.area_id = a.id
  JOIN areas_edition e ON e.id = a.edition_id
  JOIN areas_division d ON d.id = e.division_id
"""  # noqa: S608


OUTLINES: Final = _features(
    # Borders laid down before outlines were kept have none: they are drawn whole.
    geom="COALESCE(o.geom, a.boundary)",
    decimals=5,
    detail="simplified",
    within="round(e.outline_metres::numeric)",
)
# Rounding would leave splinters of two corners; reducing the precision drops them and keeps the rest valid.
BOUNDARIES: Final = _features(geom="ST_ReducePrecision(a.boundary, 0.000001)", decimals=6, detail="full", within="0")


def ground(municipalities: QuerySet[Municipality]) -> str:
    """Outlines (`kind` "city"), water, parks, forest, roads and rails; five decimals, about a metre."""
    return _written(GROUND, "municipalities", municipalities.order_by().values("id"))


def outlines(areas: AreaQuerySet, *, year: int) -> str:
    """Areas with fewer corners, neighbours still side by side; `within_metres` of the real border, roughly.

    With code, names, how many live there (at the end of `year` or before), where the name lies, and whether the
    borders are an example. Five decimals, about a metre.
    """
    return _written(OUTLINES, "areas", _with_people(areas, year))


def boundaries(areas: AreaQuerySet, *, year: int) -> str:
    """As `outlines`, with every corner of the real border; six decimals."""
    return _written(BOUNDARIES, "areas", _with_people(areas, year))


def _with_people(areas: AreaQuerySet, year: int) -> QuerySet[Any, Any]:
    return areas.with_residents(year).order_by().values("id", "residents", "residents_year")


def _written(statement: str, name: str, wanted: QuerySet[Any, Any]) -> str:
    subquery, values = wanted.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**{name: subquery}), values)
        return str(cursor.fetchone()[0])


CORE = """
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_X(ST_Centroid(area.boundary))),
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ST_Y(ST_Centroid(area.boundary)))
  FROM areas_area area
  JOIN areas_edition edition ON edition.id = area.edition_id
                            AND edition.valid_to IS NULL AND edition.adopted_at IS NOT NULL
  JOIN areas_division division ON division.id = edition.division_id AND division.is_main
 WHERE division.municipality_id = %s
"""


def core(municipality: Municipality) -> BBox:
    """A box of some 7 × 5 km where most districts are: small districts lie in the built-up middle of a city.

    The whole municipality when it has no districts yet.
    """
    with connection.cursor() as cursor:
        cursor.execute(CORE, [municipality.pk])
        lon, lat = cursor.fetchone()
    if lon is None:
        return BBox(*municipality.outline.extent)
    return BBox(lon - 0.06, lat - 0.025, lon + 0.06, lat + 0.025)
