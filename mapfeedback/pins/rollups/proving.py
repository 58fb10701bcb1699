"""Are the rollups true? Everything counted anew from the pins, against rollups and deltas, in one moment."""

import logging
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import connection

from areas.models import Edition
from mapfeedback.pins.models import RolledEdition
from mapfeedback.pins.rollups.folding import RECOUNT, ROLLED, SPREAD, one_state, rebuild, values_of

log = logging.getLogger(__name__)

_DIFFERENCES: Final = f"""
    WITH kept AS (
        SELECT side, place, value, status, suspected, sum(n)::int AS n, sum(answered)::int AS answered
        FROM (
            SELECT side, place, value, status, suspected, n, answered FROM pins_rollup WHERE edition_id = %(edition)s
            UNION ALL
            SELECT side, place, value, status, suspected, n, answered
            FROM ({SPREAD.format(deltas="pins_delta", rolled=ROLLED)}) AS change WHERE edition_id = %(edition)s
        ) AS summed GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0 OR sum(answered) <> 0
    ),
    counted AS ({RECOUNT})
    SELECT side, place, value, status, suspected, kept.n, kept.answered, counted.n, counted.answered
    FROM kept FULL JOIN counted USING (side, place, value, status, suspected)
    WHERE (kept.n, kept.answered) IS DISTINCT FROM (counted.n, counted.answered)
    ORDER BY 1, 2, 3, 4, 5"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class Difference:
    """One number that is not what the pins say; None where one side has no row."""

    side: str
    place: int
    value: str
    status: str
    suspected: bool
    kept: int | None
    kept_answered: int | None
    counted: int | None
    counted_answered: int | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def differences(edition: Edition) -> list[Difference]:
    """Where the rollups of an edition are wrong; empty when they are right, which is always."""
    with one_state(), connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, values_of(edition))
        return [Difference(*row) for row in cursor.fetchall()]


def reconcile() -> int:
    """Prove the rollups of every edition, and count those anew that are wrong or missing; returns how many were wrong.

    A wrong one is an error in this service and is logged as one.
    """
    wrong = 0
    rolled = set(RolledEdition.objects.values_list("edition_id", flat=True))
    for edition in Edition.objects.select_related("division"):
        found = differences(edition) if edition.pk in rolled else []
        if found:
            wrong += 1
            log.error("%d rollups of %s were wrong, such as %s; they are counted anew", len(found), edition, found[0])
        if found or edition.pk not in rolled:
            rebuild(edition)
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM pins_rollup WHERE n = 0 AND answered = 0 OR edition_id NOT IN (SELECT id FROM areas_edition)"
        )
    return wrong
