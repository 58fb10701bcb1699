"""What every change of pins adds to the deltas, in the transaction of the change."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction

from mapfeedback.pins.figures import DAYS, MONTH

#: What a delta holds, from a relation `pin` like pins_pin and its memberships `belongs`. One value is bound: the zone.
DELTA_COLUMNS: Final = (
    "sign, municipality_id, kind, category_id, status, channel, month, days, suspected, placeless, tile_code,"
    " editions, areas"
)
STATE: Final = f"""
    pin.municipality_id, pin.kind, pin.category_id, pin.status, pin.channel, {MONTH}, {DAYS},
    pin.suspected_default_place, pin.geom IS NULL, pin.tile_code,
    COALESCE(belongs.editions, '{{}}'), COALESCE(belongs.areas, '{{}}')"""

#: From so many rows on, their words are sorted into the index by the thousand: in half the time of a few at once. The
#: last of them at once too, so that nobody who sends one message has to.
MANY: Final = 1_000

_WRITE: Final = f"""
    INSERT INTO pins_delta ({DELTA_COLUMNS})
    SELECT %(sign)s, {STATE}
    FROM pins_pin pin
    CROSS JOIN LATERAL (
        SELECT array_agg(edition_id) AS editions, array_agg(area_id) AS areas
        FROM pins_membership WHERE pin_id = pin.id
    ) AS belongs
    WHERE pin.id = ANY(%(pins)s) AND pin.visibility = 'published'"""  # noqa: S608 - built from constants

# The row as it was and as it becomes, from the one statement that changes it: its areas are looked up once for both.
_RESTATE: Final = f"""
    WITH restated AS (
        UPDATE pins_pin AS pin SET {{assigned}}
        FROM (SELECT id, status, answered_at FROM pins_pin WHERE id = ANY(%(pins)s)) AS had
        WHERE pin.id = had.id
        RETURNING pin.id, pin.visibility, pin.municipality_id, pin.kind, pin.category_id, pin.channel, pin.placed_at,
                  pin.suspected_default_place, pin.geom, pin.tile_code,
                  had.status AS had_status, had.answered_at AS had_answered_at, pin.status, pin.answered_at
    )
    INSERT INTO pins_delta ({DELTA_COLUMNS})
    SELECT sign, {STATE}
    FROM restated
    CROSS JOIN LATERAL (
        SELECT array_agg(edition_id) AS editions, array_agg(area_id) AS areas
        FROM pins_membership WHERE pin_id = restated.id
    ) AS belongs
    CROSS JOIN LATERAL (
        VALUES (-1, had_status, had_answered_at), (1, restated.status, restated.answered_at)
    ) AS state (sign, status, answered_at)
    CROSS JOIN LATERAL (
        SELECT restated.municipality_id, restated.kind, restated.category_id, restated.channel, restated.placed_at,
               restated.geom, restated.suspected_default_place, restated.tile_code, state.status, state.answered_at
    ) AS pin
    WHERE restated.visibility = 'published'"""  # noqa: S608 - built from constants


def count_new(pin_ids: Collection[int]) -> None:
    """These pins were just stored, with their areas: totals will hold them."""
    _write(1, pin_ids)


@contextmanager
def recounted(pin_ids: Collection[int]) -> Iterator[None]:
    """Whatever happens to these pins inside is counted; they are locked first, so that nothing happens in between.

    Must be called inside the transaction of the change. Nothing is counted when it raises: the transaction goes too.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a change of totals belongs in the transaction of its change")
    if pin_ids:
        with connection.cursor() as cursor:
            cursor.execute("SELECT FROM pins_pin WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(pin_ids)])
    # A statement of its own: it sees what those did for whose locks the one before has waited.
    _write(-1, pin_ids)
    yield
    _write(1, pin_ids)


def restate(pin_ids: Collection[int], *, only: str, assigned: str, values: Mapping[str, Any]) -> None:
    """Give those of these pins that `only` names another status or answered time, counted, in one UPDATE.

    `only` and `assigned` are SQL about a row `pin`, with `values` bound by name. As `recounted` for what changes
    nothing else: pins that stay as they are cost neither a lock nor a delta, and any number of others no more
    statements. Must be called inside the transaction of the change.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("a change of totals belongs in the transaction of its change")
    if not pin_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM pins_pin AS pin WHERE id = ANY(%(pins)s) AND ({only})"  # noqa: S608 - SQL from code
            " ORDER BY id FOR NO KEY UPDATE",
            {**values, "pins": list(pin_ids)},
        )
        changing = [row[0] for row in cursor.fetchall()]
        if not changing:
            return
        if len(changing) > MANY:
            cursor.execute("SET LOCAL gin_pending_list_limit = '8MB'")
        # A statement of its own: it sees what those did for whose locks the one before has waited.
        bound = {**values, "pins": changing, "zone": settings.TIME_ZONE}
        cursor.execute(_RESTATE.replace("{assigned}", assigned), bound)
        if len(changing) > MANY:
            cursor.execute("SELECT gin_clean_pending_list('pin_words')")


def _write(sign: int, pin_ids: Collection[int]) -> None:
    if pin_ids:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, {"sign": sign, "pins": list(pin_ids), "zone": settings.TIME_ZONE})
