"""Which areas a pin belongs to: the one rule, looked up for a new pin and remembered for those that are there.

A place belongs, in every edition of its municipality's divisions, to the area it lies in; on a shared border to the
one whose code sorts first. A pin without a geometry belongs to the areas of the division and code its author chose.
"""

from dataclasses import dataclass
from typing import Final

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction

from areas.models import Municipality

# The rule. {places} is a relation (id, municipality_id, geom, district_chosen); the answer is one row per place and
# edition. `is_main`: this edition's area is the one kept on the pin itself.
BELONGING: Final = """
    SELECT place.id AS pin_id, edition.id AS edition_id, found.id AS area_id,
           division.is_main AND edition.valid_to IS NULL AS is_main
    FROM {places} AS place
    JOIN areas_division division ON division.municipality_id = place.municipality_id
    JOIN areas_edition edition ON edition.division_id = division.id
    CROSS JOIN LATERAL (
        SELECT area.id
        FROM areas_areapiece piece JOIN areas_area area ON area.id = piece.area_id
        WHERE piece.edition_id = edition.id AND ST_Intersects(piece.geom, ST_PointOnSurface(place.geom))
        ORDER BY area.code LIMIT 1
    ) AS found
    WHERE place.geom IS NOT NULL
    UNION ALL
    SELECT place.id, edition.id, area.id, division.is_main AND edition.valid_to IS NULL
    FROM {places} AS place
    JOIN areas_division division ON division.slug = split_part(place.district_chosen, '/', 1)
    JOIN areas_edition edition ON edition.division_id = division.id
    JOIN areas_area area ON area.edition_id = edition.id AND area.code = split_part(place.district_chosen, '/', 2)
    WHERE place.geom IS NULL AND place.district_chosen <> ''"""


@dataclass(frozen=True, slots=True)
class Belonging:
    """One edition's area of a place. `is_main`: it is the area kept on the pin itself."""

    edition_id: int
    area_id: int
    is_main: bool


def look_up(*, municipality: Municipality, geom: GEOSGeometry | None, district_chosen: str = "") -> list[Belonging]:
    """The areas of a place that no pin holds yet, so that a new pin is written once, with its area."""
    if geom is None and not district_chosen:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH new (id, municipality_id, geom, district_chosen) AS (VALUES (0, %s, %s::geometry, %s))
            SELECT edition_id, area_id, is_main FROM ({BELONGING.format(places="new")}) AS found
            """,  # noqa: S608
            [municipality.pk, geom.hexewkb.decode() if geom else None, district_chosen],
        )
        return [Belonging(*row) for row in cursor.fetchall()]


def remember_areas(pin_ids: list[int] | None = None) -> int:
    """Work out anew the areas of these pins, `None` means all; returns how many memberships they have.

    One statement, and only rows that were wrong are written: a second run writes nothing.
    """
    # The only text that varies is this choice of pins; values are always bound.
    pins = "pins_pin" if pin_ids is None else "(SELECT * FROM pins_pin WHERE id = ANY(%(pins)s))"
    ours = "TRUE" if pin_ids is None else "pin_id = ANY(%(pins)s)"
    with transaction.atomic(), connection.cursor() as cursor:
        if pin_ids is None:
            cursor.execute("SET LOCAL statement_timeout = 0")  # a whole city takes longer than a page may
        cursor.execute(
            f"""
            WITH found AS MATERIALIZED ({BELONGING.format(places=pins)}),
            gone AS (
                DELETE FROM pins_membership had WHERE {ours} AND NOT EXISTS (
                    SELECT FROM found WHERE found.pin_id = had.pin_id AND found.edition_id = had.edition_id)
            ),
            kept AS (
                INSERT INTO pins_membership AS had (pin_id, edition_id, area_id)
                SELECT pin_id, edition_id, area_id FROM found
                ON CONFLICT (pin_id, edition_id) DO UPDATE SET area_id = EXCLUDED.area_id
                WHERE had.area_id <> EXCLUDED.area_id
            ),
            settled AS (
                UPDATE pins_pin pin SET area_id = main.area_id
                FROM {pins} AS same LEFT JOIN found main ON main.pin_id = same.id AND main.is_main
                WHERE pin.id = same.id AND pin.area_id IS DISTINCT FROM main.area_id
            )
            SELECT count(*) FROM found
            """,  # noqa: S608
            {"pins": pin_ids},
        )
        return int(cursor.fetchone()[0])
