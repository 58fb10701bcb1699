"""What every change of pins adds to the deltas, in the transaction of the change."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final

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

_WRITE: Final = f"""
    INSERT INTO pins_delta ({DELTA_COLUMNS})
    SELECT %(sign)s, {STATE}
    FROM pins_pin pin
    CROSS JOIN LATERAL (
        SELECT array_agg(edition_id) AS editions, array_agg(area_id) AS areas
        FROM pins_membership WHERE pin_id = pin.id
    ) AS belongs
    WHERE pin.id = ANY(%(pins)s) AND pin.visibility = 'published'"""  # noqa: S608 - built from constants


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


def _write(sign: int, pin_ids: Collection[int]) -> None:
    if pin_ids:
        with connection.cursor() as cursor:
            cursor.execute(_WRITE, {"sign": sign, "pins": list(pin_ids), "zone": settings.TIME_ZONE})
