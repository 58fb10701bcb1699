"""Figures from rollups and the deltas not folded yet, in one statement: exact at every moment."""

import datetime
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q

from areas.models import Edition
from mapfeedback.pins import figures
from mapfeedback.pins.figures import DefaultPlaces, EditionFigures, Figure
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Pin, RolledEdition
from mapfeedback.pins.rollups.folding import SPREAD, UNLOCATED

#: Which parts of a filter each side can answer, beside `status` and `answered`, which all can but `days`.
SIDES: Final = {
    "kind": frozenset({"kind"}),
    "topic": frozenset({"category"}),
    "month": frozenset({"since", "until"}),
}
EVERYWHERE: Final = frozenset({"status", "answered"})

# The rows of some sides of one edition, with what the deltas add.
_KEPT: Final = f"""
    SELECT side, place, value, status, suspected, n, answered FROM pins_rollup
    WHERE edition_id = %(edition)s AND side = ANY(%(sides)s)
    UNION ALL
    SELECT side, place, value, status, suspected, n, answered FROM (
        {
    SPREAD.format(
        deltas="pins_delta",
        rolled="(SELECT %(edition)s::bigint AS edition_id, %(municipality)s::bigint AS municipality_id)",
    )
}
    ) AS change WHERE side = ANY(%(sides)s)"""  # noqa: S608 - built from constants

_MATRIX: Final = f"""
    SELECT place, value, status, sum(n), sum(answered) FROM ({_KEPT}) AS kept
    GROUP BY 1, 2, 3 HAVING sum(n) > 0"""  # noqa: S608 - built from constants

_NARROWED: Final = """(%(values)s::text[] IS NULL OR value = ANY(%(values)s))
    AND (%(since)s::text IS NULL OR value >= %(since)s) AND (%(until)s::text IS NULL OR value <= %(until)s)
    AND (%(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s))"""

_PLACE: Final = f"""
    CASE WHEN %(apart)s AND suspected THEN 'suspected_default'
         WHEN place > 0 THEN place::text WHEN place = {UNLOCATED} THEN 'unlocated' ELSE 'outside' END"""

_N: Final = "CASE %(answered)s::boolean WHEN TRUE THEN answered WHEN FALSE THEN n - answered ELSE n END"

_BY_PLACE: Final = f"""
    WITH kept AS ({_KEPT}),
    hist AS (
        SELECT GROUPING(place) AS everywhere, place, days, sum(n) AS n
        FROM (SELECT {_PLACE} AS place, value::float8 AS days, n FROM kept
              WHERE side = 'days' AND %(answered)s IS DISTINCT FROM FALSE) AS answered
        GROUP BY GROUPING SETS ((place, days), (days)) HAVING sum(n) > 0
    ),
    run AS (
        SELECT hist.*, sum(n) OVER (PARTITION BY everywhere, place ORDER BY days) AS upto,
               sum(n) OVER (PARTITION BY everywhere, place) AS total FROM hist
    ),
    halves AS (
        SELECT everywhere, place, min(days) FILTER (WHERE upto * 2 >= total) AS low,
               min(days) FILTER (WHERE upto * 2 > total) AS high
        FROM run GROUP BY 1, 2
    ),
    counted AS (
        SELECT GROUPING(place) AS everywhere, place, COALESCE(sum(n), 0) AS n, COALESCE(sum(answered), 0) AS answered,
               COALESCE(sum(n) FILTER (WHERE suspected), 0) AS suspected
        FROM (SELECT {_PLACE} AS place, suspected, {_N} AS n,
                     CASE %(answered)s::boolean WHEN FALSE THEN 0 ELSE answered END AS answered
              FROM kept WHERE side <> 'days' AND {_NARROWED}) AS narrowed
        GROUP BY GROUPING SETS ((place), ())
    )
    SELECT counted.place, counted.n, counted.answered, low + 0.5 * (high - low), counted.suspected
    FROM counted LEFT JOIN halves
        ON halves.everywhere = counted.everywhere AND halves.place IS NOT DISTINCT FROM counted.place
    WHERE counted.n > 0 OR counted.everywhere = 1"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as rollups understand it: the side, which of its values, and what every side knows."""

    side: str
    values: list[str] | None = None
    since: str | None = None
    until: str | None = None
    statuses: list[str] | None = None
    answered: bool | None = None

    @classmethod
    def of(cls, pin_filter: PinFilter) -> "Asked | None":
        """None: rollups cannot say, count the pins."""
        names = {name for name, _value in pin_filter.items()}
        side = next((side for side, known in SIDES.items() if names <= known | EVERYWHERE), None)
        since, until = pin_filter.since, pin_filter.until
        if side is None or (since and since.day != 1) or (until and (until + datetime.timedelta(days=1)).day != 1):
            return None
        values: list[str] | None = list(pin_filter.kind) or None
        if pin_filter.category:
            slugs = pin_filter.category
            ids = Category.objects.filter(Q(slug__in=slugs) | Q(parent__slug__in=slugs)).values_list("pk", flat=True)
            values = [str(pk) for pk in ids]
        return cls(
            side,
            values,
            f"{since:%Y-%m}" if since else None,
            f"{until:%Y-%m}" if until else None,
            list(pin_filter.status) or None,
            pin_filter.answered,
        )

    @property
    def knows_medians(self) -> bool:
        """Days to the answer are kept for all pins together, not by what narrows them."""
        return not (self.values or self.since or self.until or self.statuses)


def by_area(
    edition: Edition, pin_filter: PinFilter, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED
) -> EditionFigures:
    """`figures.by_area` of the public's pins under this filter: from rollups where they can say, else from the pins."""
    asked = Asked.of(pin_filter)
    if asked is None or not asked.knows_medians or not is_rolled(edition):
        public = Pin.objects.visible_to(AnonymousUser())
        return figures.by_area(edition, pin_filter.apply(public), defaults=defaults)
    return figures.laid_out(edition, _by_place(edition, asked, defaults, sides=[asked.side, "days"]), defaults)


def numbers(
    edition: Edition, pin_filter: PinFilter, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED
) -> EditionFigures:
    """As `by_area`, but without medians, and so quick for a kind, topics, statuses and whole months as well."""
    asked = Asked.of(pin_filter)
    if asked is None or not is_rolled(edition):
        return by_area(edition, pin_filter, defaults=defaults).without_medians()
    return figures.laid_out(edition, _by_place(edition, asked, defaults, sides=[asked.side]), defaults)


def matrix(edition: Edition, side: str) -> list[tuple[int, str, str, int, int]]:
    """All places × values of a side × statuses: place, value, status, pins, answered. The edition must be rolled."""
    with connection.cursor() as cursor:
        cursor.execute(_MATRIX, _values(edition) | {"sides": [side]})
        return list(cursor.fetchall())


def is_rolled(edition: Edition) -> bool:
    return RolledEdition.objects.filter(edition=edition).exists()


def _by_place(edition: Edition, asked: Asked, defaults: DefaultPlaces, *, sides: list[str]) -> dict[str | None, Figure]:
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_PLACE,
            asdict(asked) | _values(edition) | {"sides": sides, "apart": defaults is DefaultPlaces.APART},
        )
        return {place: Figure(int(n), int(answered), days, int(few)) for place, n, answered, days, few in cursor}


def _values(edition: Edition) -> dict[str, Any]:
    return {"edition": edition.pk, "municipality": edition.division.municipality_id}
