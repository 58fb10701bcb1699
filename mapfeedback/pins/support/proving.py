"""Are the counters of supports true? Counted anew from the rows."""

import logging
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import connection, transaction

log = logging.getLogger(__name__)

#: Pins put right in one transaction.
BATCH: Final = 1000

# One statement sees one state of both tables.
_DIFFERENCES: Final = """
    SELECT pin.id, pin.public_id::text, pin.supports, pin.supports_verified, COALESCE(rows.n, 0),
           COALESCE(rows.verified, 0)
    FROM pins_pin pin
    LEFT JOIN (SELECT pin_id, count(*) AS n, count(*) FILTER (WHERE device IS NULL) AS verified
               FROM pins_support GROUP BY 1) AS rows ON rows.pin_id = pin.id
    WHERE (pin.supports, pin.supports_verified) IS DISTINCT FROM (COALESCE(rows.n, 0), COALESCE(rows.verified, 0))
    ORDER BY pin.id"""
_HOLD: Final = "SELECT FROM pins_pin WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_PUT_RIGHT: Final = """
    UPDATE pins_pin pin SET supports = rows.n, supports_verified = rows.verified
    FROM unnest(%s::bigint[]) AS wrong (id), LATERAL (
        SELECT count(*) AS n, count(*) FILTER (WHERE device IS NULL) AS verified
        FROM pins_support WHERE pin_id = wrong.id) AS rows
    WHERE pin.id = wrong.id"""


@dataclass(frozen=True, slots=True)
class Difference:
    """A pin whose counters are not what its rows say."""

    pk: int
    pin: str
    kept: int
    kept_verified: int
    counted: int
    counted_verified: int

    def as_dict(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "pk"}


def differences() -> list[Difference]:
    """Empty when all are right, which is always."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # nobody waits for a page here
        cursor.execute(_DIFFERENCES)
        return [Difference(*row) for row in cursor.fetchall()]


def put_right() -> list[Difference]:
    """Count those anew that are wrong, and tell which they were; one that is wrong is an error of ours, and logged."""
    found = differences()
    for begun in range(0, len(found), BATCH):
        ids = [one.pk for one in found[begun : begun + BATCH]]
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_HOLD, [ids])
            # A statement of its own: it sees what those did for whose locks the one before has waited.
            cursor.execute(_PUT_RIGHT, [ids])
    if found:
        log.error("%d counters of supports were wrong, such as %s; they are counted anew", len(found), found[0])
    return found
