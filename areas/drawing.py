"""The ground as GeoJSON text, written by PostGIS in one statement each."""

from typing import Any

from django.db import connection
from django.db.models import QuerySet

from areas.models import Area, Municipality
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

# Not simplified: areas share borders, and simplifying each by itself would tear gaps between them.
OUTLINES = f"""
WITH wanted AS ({{areas}})
SELECT json_build_object('type', 'FeatureCollection', 'features', COALESCE(json_agg(json_build_object(
           'type', 'Feature',
           'id', a.code,
           'properties', json_build_object(
               'code', a.code, 'name', a.name_fi, 'name_sv', a.name_sv, 'name_en', a.name_en,
               'population', a.population, 'km2', round(a.km2::numeric, 3),
               'division', d.slug, 'example', e.is_example, 'valid_from', e.valid_from, 'valid_to', e.valid_to,
               'label', ({LABEL.format(geom="a.boundary")})),
           'geometry', ST_AsGeoJSON(a.boundary, 6)::json) ORDER BY a.code), '[]'))::text
  FROM areas_area a
  JOIN areas_edition e ON e.id = a.edition_id
  JOIN areas_division d ON d.id = e.division_id
 WHERE a.id IN (SELECT id FROM wanted)
"""  # noqa: S608


def ground(municipalities: QuerySet[Municipality]) -> str:
    """Outlines (`kind` "city"), water, parks, forest, roads and rails; five decimals, about a metre."""
    return _written(GROUND, "municipalities", municipalities)


def outlines(areas: QuerySet[Area]) -> str:
    """Areas with code, names, population, where the name lies, and whether the borders are an example."""
    return _written(OUTLINES, "areas", areas)


def _written(statement: str, name: str, wanted: QuerySet[Any]) -> str:
    subquery, values = wanted.order_by().values("id").query.sql_with_params()
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
