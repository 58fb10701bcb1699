"""Are the rollups true? Everything counted anew from the pins, against rollups and deltas, in one moment."""

import logging
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.db import connection

from areas.models import Edition
from mapfeedback.pins.models import Status
from mapfeedback.pins.rollups import cells
from mapfeedback.pins.rollups.folding import NONE, RECOUNT, ROLLED, one_state, rebuild, rebuild_cells, spread, values_of
from mapfeedback.pins.rollups.models import RolledEdition

log = logging.getLogger(__name__)

_SUMS: Final = ", ".join(
    f"ARRAY[{', '.join(f'sum({name}[{at}])::int' for at in range(1, len(Status) + 1))}] AS {name}"
    for name in ("n", "answered")
)
_DIFFERENCES: Final = f"""
    WITH kept AS (
        SELECT * FROM (
            SELECT side, place, value, suspected, {_SUMS}
            FROM (
                SELECT side, place, value, suspected, n, answered FROM pins_rollup WHERE edition_id = %(edition)s
                UNION ALL
                SELECT side, place, value, suspected, n, answered
                FROM ({spread("pins_delta", ROLLED)}) AS change WHERE edition_id = %(edition)s
            ) AS both_parts GROUP BY 1, 2, 3, 4
        ) AS summed WHERE n <> {NONE} OR answered <> {NONE}
    ),
    counted AS ({RECOUNT})
    SELECT side, place, value, suspected, kept.n, kept.answered, counted.n, counted.answered
    FROM kept FULL JOIN counted USING (side, place, value, suspected)
    WHERE (kept.n, kept.answered) IS DISTINCT FROM (counted.n, counted.answered)
    ORDER BY 1, 2, 3, 4"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class Difference:
    """Numbers that are not what the pins say, by status as in `Rollup`; None where one side has no row."""

    side: str
    place: int
    value: str
    suspected: bool
    kept: list[int] | None
    kept_answered: list[int] | None
    counted: list[int] | None
    counted_answered: list[int] | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def differences(edition: Edition) -> list[Difference]:
    """Where the rollups of an edition are wrong; empty when they are right, which is always."""
    with one_state(), connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, values_of(edition))
        return [Difference(*row) for row in cursor.fetchall()]


def reconcile() -> int:
    """Prove the rollups of every edition and the cells of the map, and count those anew that are wrong or missing.

    Returns how many were wrong, the cells together being one.

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
    wrong += _reconcile_cells()
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM pins_rollup WHERE n = {NONE} AND answered = {NONE}"  # noqa: S608 - a constant
            " OR edition_id NOT IN (SELECT id FROM areas_edition)"
        )
    return wrong


def cells_that_differ() -> int:
    """How many cells of the map are wrong, 0 when they are right, which is always."""
    with one_state():
        return cells.differences()


def _reconcile_cells() -> bool:
    kept = cells.are_kept()
    wrong = cells_that_differ() if kept else 0
    if wrong:
        log.error("%d cells of the map were wrong; they are counted anew", wrong)
    if wrong or not kept:
        rebuild_cells()
    cells.sweep()
    return wrong > 0
