"""From deltas to rollups, and from pins to rollups."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from areas.models import Edition
from mapfeedback.pins.figures import DAYS, MONTH, OUTSIDE, UNLOCATED
from mapfeedback.pins.models import Status
from mapfeedback.pins.rollups import cells

#: Folded at a time: some five seconds where the map has a million cells. What a killed worker did before is kept.
BATCH: Final = 20_000

#: What totals are kept by, as columns of a delta. The values are text, whatever they are elsewhere.
SIDES: Final = {
    "topic": "delta.category_id::text",
    "main": "COALESCE(topic.parent_id, topic.id)::text",
    "kind": "delta.kind",
    "channel": "delta.channel",
    "month": "delta.month",
    "days": "delta.days::text",
}
#: Nothing of any status, in the order of the arrays.
NONE: Final = f"ARRAY[{', '.join('0' for _status in Status)}]"


def by_status(number: str) -> str:
    """The array of a rollup from this aggregate, which is asked once for each status."""
    each = ", ".join(f"COALESCE({number} FILTER (WHERE status = '{status}'), 0)" for status in Status)
    return f"ARRAY[{each}]::int[]"


def added(one: str, other: str) -> str:
    """Two arrays of rollups, number by number."""
    return f"ARRAY[{', '.join(f'{one}[{at}] + {other}[{at}]' for at in range(1, len(Status) + 1))}]"


def spread(deltas: str, rolled: str, sides: Iterable[str] = SIDES) -> str:
    """The rows of `deltas` as changes of these sides of the editions `rolled` (edition_id, municipality_id)."""
    rows = ", ".join(f"('{side}', {SIDES[side]})" for side in sides)
    # Joined only where it is asked for; looked up for each delta it would cost more than all the rest.
    topics = "JOIN pins_category AS topic ON topic.id = delta.category_id" if "main" in sides else ""
    return f"""
        SELECT rolled.edition_id, side.side, found.place, side.value, delta.suspected,
               {by_status("sum(delta.sign)")} AS n,
               {by_status("sum(CASE WHEN delta.days IS NULL THEN 0 ELSE delta.sign END)")} AS answered
        FROM {deltas} AS delta {topics}
        JOIN {rolled} AS rolled ON rolled.municipality_id = delta.municipality_id
        CROSS JOIN LATERAL (SELECT COALESCE(
            delta.areas[array_position(delta.editions, rolled.edition_id)],
            CASE WHEN delta.placeless THEN {UNLOCATED} ELSE {OUTSIDE} END) AS place) AS found
        CROSS JOIN LATERAL (VALUES {rows}) AS side (side, value)
        WHERE side.value IS NOT NULL
        GROUP BY 1, 2, 3, 4, 5"""  # noqa: S608 - built from constants


ROLLED: Final = """(
    SELECT rolled.edition_id, division.municipality_id
    FROM pins_rollededition rolled
    JOIN areas_edition edition ON edition.id = rolled.edition_id
    JOIN areas_division division ON division.id = edition.division_id)"""

# In the order of the key, so that rows are always locked in the same one.
_FOLD: Final = f"""
    WITH gone AS (
        DELETE FROM pins_delta WHERE id IN (SELECT id FROM pins_delta ORDER BY id LIMIT {BATCH}) RETURNING *
    ), added AS (
        INSERT INTO pins_rollup AS had (edition_id, side, place, value, suspected, n, answered)
        SELECT * FROM ({spread("gone", ROLLED)}) AS change WHERE n <> {NONE} OR answered <> {NONE}
        ORDER BY edition_id, side, place, value, suspected
        ON CONFLICT (edition_id, side, place, value, suspected)
        DO UPDATE SET n = {added("had.n", "EXCLUDED.n")}, answered = {added("had.answered", "EXCLUDED.answered")}
    ), {cells.FOLD}
    SELECT count(*) FROM gone"""  # noqa: S608 - built from constants

#: Everything of one edition counted from its pins, as rows of its rollup.
RECOUNT: Final = f"""
    SELECT %(edition)s::bigint AS edition_id, side, place, value, suspected,
           {by_status("sum(n)")} AS n, {by_status("sum(answered)")} AS answered
    FROM (
        SELECT CASE GROUPING(category, main, kind, channel, month, days)
                   WHEN 31 THEN 'topic' WHEN 47 THEN 'main' WHEN 55 THEN 'kind' WHEN 59 THEN 'channel'
                   WHEN 61 THEN 'month' ELSE 'days' END AS side,
               place, COALESCE(category, main, kind, channel, month, days) AS value, status, suspected,
               count(*) AS n, count(answered_at) AS answered
        FROM (
            SELECT COALESCE(belongs.area_id, CASE WHEN pin.geom IS NULL THEN {UNLOCATED} ELSE {OUTSIDE} END) AS place,
                   topic.id::text AS category, COALESCE(topic.parent_id, topic.id)::text AS main,
                   pin.kind, pin.channel, {MONTH} AS month, ({DAYS})::text AS days,
                   pin.answered_at, pin.status, pin.suspected_default_place AS suspected
            FROM pins_pin pin
            JOIN pins_category topic ON topic.id = pin.category_id
            LEFT JOIN pins_membership belongs ON belongs.pin_id = pin.id AND belongs.edition_id = %(edition)s
            WHERE pin.municipality_id = %(municipality)s AND pin.visibility = 'published'
        ) AS pin
        GROUP BY GROUPING SETS (
            (place, category, status, suspected), (place, main, status, suspected), (place, kind, status, suspected),
            (place, channel, status, suspected), (place, month, status, suspected), (place, days, status, suspected))
        HAVING GROUPING(days) = 1 OR days IS NOT NULL
    ) AS counted
    GROUP BY side, place, value, suspected"""  # noqa: S608 - built from constants


def fold() -> int:
    """Add what was left since the last time to the rollups; returns how many deltas that were.

    One folds at a time: another call returns at once with 0. Readers see either state, never one in between.
    """
    folded = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            # What one person's change left, such as an answer to a whole plan, must not fail for ever.
            cursor.execute("SET LOCAL statement_timeout = 0")
            cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('pins.rollups'))")
            if not cursor.fetchone()[0]:
                return folded
            cursor.execute(_FOLD)
            batch = int(cursor.fetchone()[0])
        folded += batch
        if batch < BATCH:
            return folded


def rebuild(edition: Edition) -> None:
    """Count an edition's rollups anew from its pins, and keep them from now on. Nobody waits meanwhile.

    Afterwards rollups and deltas together say what the pins say, whoever placed and moved pins at the same time.
    """
    with _alone(), one_state(), connection.cursor() as cursor:
        # What everybody's deltas say is in the pins already, for this edition; for the others it is folded.
        forget(edition)
        _fold_all(cursor)
        count(edition)
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE pins_rollup")


def count(edition: Edition) -> None:
    """Count an edition, of which nothing is kept, while nobody writes pins or deltas; `rebuild` is for all others."""
    with connection.cursor() as cursor:
        cursor.execute(
            # In the order of the key: what is read together lies together.
            f"INSERT INTO pins_rollup (edition_id, side, place, value, suspected, n, answered) {RECOUNT}"
            " ORDER BY side, place, value, suspected",
            values_of(edition),
        )
        cursor.execute("INSERT INTO pins_rollededition VALUES (%s, %s)", [edition.pk, timezone.now()])


def rebuild_cells() -> None:
    """Count the cells of the map anew from the pins, and keep them from now on. Nobody waits meanwhile."""
    with _alone(), one_state(), connection.cursor() as cursor:
        _fold_all(cursor)
        cells.rebuild()
    if not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE pins_cell, pins_markedcell")


def forget(edition: Edition) -> None:
    """Drop what is kept of an edition about to be thrown away."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pins_rollededition WHERE edition_id = %s", [edition.pk])
        cursor.execute("DELETE FROM pins_rollup WHERE edition_id = %s", [edition.pk])


def values_of(edition: Edition) -> dict[str, Any]:
    return {"edition": edition.pk, "municipality": edition.division.municipality_id, "zone": settings.TIME_ZONE}


def _fold_all(cursor: Any) -> None:
    while True:
        cursor.execute(_FOLD)
        if cursor.fetchone()[0] < BATCH:
            return


@contextmanager
def one_state() -> Iterator[None]:
    """Statements inside see the state of one moment, in which every change has both its pin and its delta."""
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if outermost:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL work_mem = '64MB'")
        yield


@contextmanager
def _alone() -> Iterator[None]:
    """Inside nobody folds, and whoever wrote a delta from older memberships than ours has ended."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtext('pins.rollups'))")
        try:
            if not connection.in_atomic_block:
                _wait_for_earlier_writers()
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(hashtext('pins.rollups'))")


def _wait_for_earlier_writers(*, pause: float = 0.02) -> None:
    """A statement that writes deltas locks their table before it looks at memberships: wait for those that hold it."""
    busy = """
        SELECT DISTINCT virtualtransaction FROM pg_locks
        WHERE relation = 'pins_delta'::regclass AND mode = 'RowExclusiveLock' AND pid <> pg_backend_pid()
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    with connection.cursor() as cursor:
        cursor.execute(busy)
        earlier = {row[0] for row in cursor.fetchall()}
        while earlier:
            time.sleep(pause)
            cursor.execute(busy)
            earlier &= {row[0] for row in cursor.fetchall()}
