"""Which areas a pin belongs to: the one rule, looked up for a new pin and remembered for those that are there.

A place belongs, in every edition of its municipality's divisions, drafts included, to the area it lies in; on a shared
border to the one whose code sorts first. A pin without a geometry belongs to the areas of the division and code its
author chose.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction

from areas.models import Edition, Municipality

#: Pins handled at a time: so long is a transaction, and so often progress is told.
BATCH: Final = 5000
#: Told after each batch: pins done, pins in all.
Progress = Callable[[int, int], None]

# The rule. {places} is a relation (id, municipality_id, geom, district_chosen), {editions} one like areas_edition;
# the answer is one row per place and edition.
BELONGING: Final = """
    SELECT place.id AS pin_id, edition.id AS edition_id, found.id AS area_id
    FROM {places} AS place
    JOIN areas_division division ON division.municipality_id = place.municipality_id
    JOIN {editions} AS edition ON edition.division_id = division.id
    CROSS JOIN LATERAL (
        SELECT area.id
        FROM areas_areapiece piece JOIN areas_area area ON area.id = piece.area_id
        WHERE piece.edition_id = edition.id AND ST_Intersects(piece.geom, ST_PointOnSurface(place.geom))
        ORDER BY area.code LIMIT 1
    ) AS found
    WHERE place.geom IS NOT NULL
    UNION ALL
    SELECT place.id, edition.id, area.id
    FROM {places} AS place
    JOIN areas_division division ON division.municipality_id = place.municipality_id
                                AND division.slug = split_part(place.district_chosen, '/', 1)
    JOIN {editions} AS edition ON edition.division_id = division.id
    JOIN areas_area area ON area.edition_id = edition.id AND area.code = split_part(place.district_chosen, '/', 2)
    WHERE place.geom IS NULL AND place.district_chosen <> ''"""

# One batch of an edition: pins that have no area of it yet. What is there was written by somebody who knew the draft
# and never changes but with its pin, so a second run after a kill goes on where the first one ended.
_BATCH: Final = f"""
    INSERT INTO pins_membership (pin_id, edition_id, area_id)
    SELECT pin_id, edition_id, area_id FROM ({
    BELONGING.format(
        places='''(
            SELECT id, municipality_id, geom, district_chosen FROM pins_pin pin
            WHERE pin.municipality_id = %(municipality)s AND pin.id > %(after)s AND pin.id <= %(upto)s
              AND NOT EXISTS (
                SELECT FROM pins_membership had WHERE had.pin_id = pin.id AND had.edition_id = %(edition)s))''',
        editions="(SELECT id, division_id FROM areas_edition WHERE id = %(edition)s)",
    )
}) AS found
    ON CONFLICT (pin_id, edition_id) DO NOTHING"""  # noqa: S608 - built from constants

# Whoever moves a pin and whoever works through many of them at once keep apart: else the second could store an area
# for a place where the pin no longer is.
_LOCK: Final = "hashtext('pins.memberships')"


@dataclass(frozen=True, slots=True)
class Belonging:
    """One edition's area of a place."""

    edition_id: int
    area_id: int


def look_up(*, municipality: Municipality, geom: GEOSGeometry | None, district_chosen: str = "") -> list[Belonging]:
    """The memberships of a pin about to be placed: at most one per edition, drafts and ended ones included."""
    if geom is None and not district_chosen:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH new (id, municipality_id, geom, district_chosen) AS (VALUES (0, %s, %s::geometry, %s))
            SELECT edition_id, area_id FROM ({BELONGING.format(places="new", editions="areas_edition")}) AS found
            """,  # noqa: S608
            [municipality.pk, geom.hexewkb.decode() if geom else None, district_chosen],
        )
        return [Belonging(*row) for row in cursor.fetchall()]


def keep_batches_away() -> None:
    """Until this transaction ends no batch of memberships is written: call it before a pin gets another place."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({_LOCK})")


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
            WITH found AS MATERIALIZED ({BELONGING.format(places=pins, editions="areas_edition")}),
            gone AS (
                DELETE FROM pins_membership had WHERE {ours} AND NOT EXISTS (
                    SELECT FROM found WHERE found.pin_id = had.pin_id AND found.edition_id = had.edition_id)
            ),
            kept AS (
                INSERT INTO pins_membership AS had (pin_id, edition_id, area_id)
                SELECT pin_id, edition_id, area_id FROM found
                ON CONFLICT (pin_id, edition_id) DO UPDATE SET area_id = EXCLUDED.area_id
                WHERE had.area_id <> EXCLUDED.area_id
            )
            SELECT count(*) FROM found
            """,  # noqa: S608
            {"pins": pin_ids},
        )
        return int(cursor.fetchone()[0])


def remember_edition(edition: Edition, *, progress: Progress = lambda done, total: None) -> None:
    """Work out the areas of one edition for all pins of its municipality, a batch and a transaction at a time.

    Afterwards every pin has its area of it, and keeps it: whoever places or moves a pin knows the edition too.
    Nobody waits meanwhile. Killed and called again, it goes on with what is missing. Not for use in a transaction.
    """
    municipality = edition.division.municipality_id
    wait_for_earlier_writers()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(id) FROM pins_pin WHERE municipality_id = %s", [municipality])
        total, end = cursor.fetchone()
        done = after = 0
        while True:
            progress(min(done, total), total)
            with transaction.atomic():
                cursor.execute(f"SELECT pg_advisory_xact_lock({_LOCK})")
                cursor.execute(
                    "SELECT count(*), max(id) FROM (SELECT id FROM pins_pin"
                    " WHERE municipality_id = %s AND id > %s AND id <= %s ORDER BY id LIMIT %s) AS batch",
                    [municipality, after, end, BATCH],
                )
                count, upto = cursor.fetchone()
                if not count:
                    return
                cursor.execute(
                    _BATCH, {"municipality": municipality, "after": after, "upto": upto, "edition": edition.pk}
                )
            done, after = done + count, upto


def wait_for_earlier_writers(*, pause: float = 0.05) -> None:
    """Return when every transaction that read the borders before this moment has ended.

    One of them may be placing a pin and have looked up its areas before a draft was there; it is not seen yet. Later
    ones know the draft. Nobody waits for us.
    """
    busy = """
        SELECT DISTINCT virtualtransaction FROM pg_locks
        WHERE relation = 'areas_areapiece'::regclass AND database = (
            SELECT oid FROM pg_database WHERE datname = current_database())
          AND pid <> pg_backend_pid()"""
    with connection.cursor() as cursor:
        cursor.execute(busy)
        earlier = {row[0] for row in cursor.fetchall()}
        while earlier:
            time.sleep(pause)
            cursor.execute(busy)
            earlier &= {row[0] for row in cursor.fetchall()}


def forget_edition(edition: Edition) -> int:
    """Drop what is remembered of an edition about to be thrown away; returns how many memberships that were."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM pins_membership WHERE area_id IN (SELECT id FROM areas_area WHERE edition_id = %s)",
            [edition.pk],
        )
        return int(cursor.rowcount)
