"""Which areas a pin belongs to: the one rule, looked up for a new pin and remembered for those that are there.

A place belongs, in every edition of its municipality's divisions, drafts included, to the area it lies in; on a shared
border to the one whose code sorts first. A pin without a geometry belongs to the areas of the division and code its
author chose.

Lines and drawn areas lie in further areas too: `reaching` remembers those, always together with the one area here.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any, Final

from django.db import connection, transaction

from areas.models import AreaPiece, Edition
from mapfeedback.pins import reaching

#: Pieces of borders handled at a time: so long is a transaction, and so often progress is told.
BATCH: Final = 500
#: Told after each batch: steps done, steps in all.
Progress = Callable[[int, int], None]
#: A statement and its values.
Step = tuple[str, dict[str, Any]]

# The rule. {places} is a relation (id, municipality_id, geom, district_chosen); the answer is one row per place and
# edition.
BELONGING: Final = """
    SELECT place.id AS pin_id, edition.id AS edition_id, found.id AS area_id
    FROM {places} AS place
    JOIN areas_division division ON division.municipality_id = place.municipality_id
    JOIN areas_edition edition ON edition.division_id = division.id
    CROSS JOIN LATERAL (
        SELECT area.id
        FROM areas_areapiece piece JOIN areas_area area ON area.id = piece.area_id
        WHERE piece.edition_id = edition.id AND ST_Intersects(piece.geom,
            CASE WHEN GeometryType(place.geom) = 'POINT' THEN place.geom ELSE ST_PointOnSurface(place.geom) END)
        ORDER BY area.code LIMIT 1
    ) AS found
    WHERE place.geom IS NOT NULL
    UNION ALL
    SELECT place.id, edition.id, area.id
    FROM {places} AS place
    JOIN areas_division division ON division.municipality_id = place.municipality_id
                                AND division.slug = split_part(place.district_chosen, '/', 1)
    JOIN areas_edition edition ON edition.division_id = division.id
    JOIN areas_area area ON area.edition_id = edition.id AND area.code = split_part(place.district_chosen, '/', 2)
    WHERE place.geom IS NULL AND place.district_chosen <> ''"""

#: The same rule for one new place as the CTE `found` (edition_id, area_id), all editions at one go: twice as quick.
#: `municipality_id`, `geom` and `district_chosen` are bound.
FOUND_FOR_ONE: Final = """
    found AS MATERIALIZED (
        (SELECT DISTINCT ON (edition.id) edition.id AS edition_id, area.id AS area_id
        FROM areas_division division
        JOIN areas_edition edition ON edition.division_id = division.id
        JOIN areas_areapiece piece ON piece.edition_id = edition.id
        JOIN areas_area area ON area.id = piece.area_id
        WHERE division.municipality_id = %(municipality_id)s
          AND ST_Intersects(piece.geom, ST_PointOnSurface(%(geom)s::geometry))
        ORDER BY edition.id, area.code)
        UNION ALL
        SELECT edition.id, area.id
        FROM areas_division division
        JOIN areas_edition edition ON edition.division_id = division.id
        JOIN areas_area area ON area.edition_id = edition.id
        WHERE %(geom)s::geometry IS NULL AND %(district_chosen)s <> ''
          AND division.municipality_id = %(municipality_id)s
          AND division.slug = split_part(%(district_chosen)s, '/', 1)
          AND area.code = split_part(%(district_chosen)s, '/', 2)
    )"""

# The same rule for one edition and all pins, from the pieces' side: PostGIS prepares a piece once for all pins in it,
# many times faster than a piece for each pin. Pieces come by the code of their area, so the first code has a pin on a
# shared border. What is there already was written by somebody who knew the edition, and changes only with its pin; a
# pin is seen here together with it, so nothing has to be tried and refused. It is looked for in the order of the pins,
# as it lies in its index: asked for in the order of the pieces it took as long as finding the pins.
_INSIDE: Final = """
    INSERT INTO pins_membership (pin_id, edition_id, area_id)
    SELECT pin_id, edition_id, area_id FROM (
        SELECT DISTINCT ON (pin.id) pin.id AS pin_id, piece.edition_id, piece.area_id
        FROM unnest(%(pieces)s::bigint[]) WITH ORDINALITY AS step (piece_id, nth)
        JOIN areas_areapiece piece ON piece.id = step.piece_id
        JOIN pins_pin pin ON ST_Intersects(piece.geom, pin.geom)
        WHERE pin.municipality_id = %(municipality)s
          AND (GeometryType(pin.geom) = 'POINT' OR ST_Intersects(piece.geom, ST_PointOnSurface(pin.geom)))
        ORDER BY pin.id, step.nth) AS found
    WHERE NOT EXISTS (
        SELECT FROM pins_membership had WHERE had.pin_id = found.pin_id AND had.edition_id = found.edition_id)"""
_CHOSEN: Final = """
    INSERT INTO pins_membership (pin_id, edition_id, area_id)
    SELECT pin.id, area.edition_id, area.id
    FROM pins_pin pin
    JOIN areas_area area ON area.edition_id = %(edition)s AND area.code = split_part(pin.district_chosen, '/', 2)
    WHERE pin.geom IS NULL AND pin.municipality_id = %(municipality)s
      AND split_part(pin.district_chosen, '/', 1) = %(division)s
    ON CONFLICT (pin_id, edition_id) DO NOTHING"""

# Whoever moves a pin and whoever works through many of them at once keep apart: else the second could store an area
# for a place where the pin no longer is. Two, so that areas and parts need not wait for each other.
_LOCK: Final = "hashtext('pins.memberships')"
_LOCK_OF_PARTS: Final = "hashtext('pins.memberships.parts')"


def keep_batches_away() -> None:
    """Until this transaction ends no batch of memberships is written: call it before a pin gets another place."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock_shared({_LOCK}), pg_advisory_xact_lock_shared({_LOCK_OF_PARTS})")


def remember_areas(pin_ids: list[int] | None = None) -> int:
    """Work out anew the areas of these pins, `None` means all; returns how many memberships they have.

    Parts of lines and drawn areas with them. Only rows that were wrong are written: a second run writes nothing.
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
            )
            SELECT count(*) FROM found
            """,  # noqa: S608
            {"pins": pin_ids},
        )
        remembered = int(cursor.fetchone()[0])
        reaching.remember_parts(pin_ids)
    return remembered


def remember_edition(edition: Edition, *, progress: Progress = lambda done, total: None) -> None:
    """Work out the areas of one edition for all pins of its municipality, a batch and a transaction at a time.

    Parts of lines and drawn areas are worked out meanwhile in a database session of their own: they take as long.

    Afterwards every pin has its area of it, and keeps it: whoever places or moves a pin knows the edition too.
    Nobody waits meanwhile. Killed and called again, it adds what is missing. Not for use in a transaction: it
    would hold the locks of its batches to the end of it, and do one after the other.
    """
    values: dict[str, Any] = {
        "edition": edition.pk,
        "division": edition.division.slug,
        "municipality": edition.division.municipality_id,
    }
    wait_for_earlier_writers()
    pieces = list(AreaPiece.objects.filter(edition=edition).order_by("area__code", "pk").values_list("pk", flat=True))
    steps: list[Step] = [(_CHOSEN, values)]
    steps += [(_INSIDE, values | {"pieces": pieces[at : at + BATCH]}) for at in range(0, len(pieces), BATCH)]
    parts = reaching.batches_for(edition)
    total = len(steps) + len(parts)
    progress(0, total)
    if connection.in_atomic_block:
        for done, step in enumerate(steps + parts, start=1):
            _take(step, _LOCK)
            progress(done, total)
        return
    with _Aside(parts, _LOCK_OF_PARTS) as aside:
        seen = 0
        for done, step in enumerate(steps, start=1):
            _take(step, _LOCK)
            seen = aside.done
            progress(done + seen, total)
        while (more := aside.after(seen)) > seen:
            seen = more
            progress(len(steps) + seen, total)


def _take(step: Step, lock: str) -> None:
    statement, bound = step
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a piece may hold any number of pins
        cursor.execute(f"SELECT pg_advisory_xact_lock({lock})")
        cursor.execute(statement, bound)


class _Aside:
    """Steps taken by a thread with a session of its own, until the end or a failure.

    Leaving waits for the step that is under way; what is left then is left undone.
    """

    def __init__(self, steps: list[Step], lock: str) -> None:
        self.done = 0
        self._steps, self._lock = steps, lock
        self._left = False
        self._threads = ThreadPoolExecutor(1)

    def after(self, seen: int) -> int:
        """How many steps are done, once they are more than `seen` or all. Raises what went wrong there."""
        while not self._work.done() and self.done == seen:
            wait([self._work], timeout=0.1)
        if self._work.done():
            self._work.result()
        return self.done

    def __enter__(self) -> "_Aside":
        self._work = self._threads.submit(self._take_all)
        return self

    def __exit__(self, *failure: object) -> None:
        self._left = True
        self._threads.shutdown()

    def _take_all(self) -> None:
        try:
            for step in self._steps:
                if self._left:
                    return
                _take(step, self._lock)
                self.done += 1
        finally:
            connection.close()


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
    reaching.forget_parts(edition)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM pins_membership WHERE area_id IN (SELECT id FROM areas_area WHERE edition_id = %s)",
            [edition.pk],
        )
        return int(cursor.rowcount)
