"""Figures from rollups and the deltas not folded yet, in one statement: exact at every moment."""

import datetime
from collections import defaultdict
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any, Final

import psycopg
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Q

from areas.models import Area, Edition
from mapfeedback import prepared
from mapfeedback.pins import figures
from mapfeedback.pins.figures import (
    UNLOCATED,
    Breakdown,
    DefaultPlaces,
    EditionFigures,
    Elsewhere,
    Figure,
    Matrix,
    Topics,
)
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Pin, Status
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups.folding import spread
from mapfeedback.pins.rollups.months import months_and_days

#: Which parts of a filter each side can answer, beside `status` and `answered`, which all can.
KNOWN: Final = {
    "kind": frozenset({"kind"}),
    "topic": frozenset({"category"}),
    "month": frozenset({"since", "until"}),
}
EVERYWHERE: Final = frozenset({"status", "answered"})

_ASKED: Final = "(SELECT %(edition)s::bigint AS edition_id, %(municipality)s::bigint AS municipality_id)"

_NARROWED: Final = """(%(values)s::text[] IS NULL OR value = ANY(%(values)s))
    AND (%(since)s::text IS NULL OR value >= %(since)s) AND (%(until)s::text IS NULL OR value <= %(until)s)"""

_PLACE: Final = f"""
    CASE WHEN %(apart)s AND suspected THEN 'suspected_default'
         WHEN place > 0 THEN place::text WHEN place = {UNLOCATED} THEN 'unlocated' ELSE 'outside' END"""


def _of_asked(numbers: str) -> str:
    """The numbers of those statuses that were asked for, added up."""
    return " + ".join(f"{numbers}[{at}] * (%(weights)s::int[])[{at}]" for at in range(1, len(Status) + 1))


_COLUMNS: Final = "side, place, value, suspected, n, answered"

# Of all or of the unanswered, as asked for, from such numbers.
_N_AND_ANSWERED: Final = """
    CASE %(answered)s::boolean WHEN TRUE THEN answered WHEN FALSE THEN n - answered ELSE n END AS n,
    CASE %(answered)s::boolean WHEN FALSE THEN 0 ELSE answered END AS answered"""

_BY_PLACE: Final = f"""
    WITH kept AS (
        SELECT side, {_PLACE} AS place, value, suspected, {_N_AND_ANSWERED}
        FROM (SELECT side, place, value, suspected, {_of_asked("n")} AS n, {_of_asked("answered")} AS answered
              FROM ({{kept}}) AS by_status) AS asked
    ),
    hist AS (
        SELECT GROUPING(place) AS everywhere, place, days, sum(n) AS n
        FROM (SELECT place, value::float8 AS days, answered AS n FROM kept WHERE side = 'days') AS answered
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
        FROM kept WHERE side <> 'days' AND {_NARROWED}
        GROUP BY GROUPING SETS ((place), ())
    )
    SELECT counted.place, counted.n, counted.answered, low + 0.5 * (high - low), counted.suspected
    FROM counted LEFT JOIN halves
        ON halves.everywhere = counted.everywhere AND halves.place IS NOT DISTINCT FROM counted.place
    WHERE counted.n > 0 OR counted.everywhere = 1"""  # noqa: S608 - built from constants


@cache
def _kept(columns: str, *sides: str) -> str:
    """The rows of some sides of one edition, with what the deltas add as rows of their own."""
    named = ", ".join(f"'{side}'" for side in sides)
    return f"""
        SELECT {columns} FROM pins_rollup WHERE edition_id = %(edition)s AND side IN ({named})
        UNION ALL
        SELECT {columns} FROM ({spread("pins_delta", _ASKED, sides)}) AS change"""  # noqa: S608 - built from constants


# Parts of one area's numbers: a status is what all rows of a side say of it.
_OF_AREA: Final = f"""
    WITH kept AS (
        SELECT side, value, status, suspected, {_N_AND_ANSWERED}
        FROM (SELECT side, value, suspected, told.*
              FROM ({_kept(_COLUMNS, "topic", "kind", "channel", "month", "days")}) AS had,
                   unnest(ARRAY{Status.values}, n, answered) AS told (status, n, answered)
              WHERE place = %(area)s AND NOT (%(apart)s AND suspected)) AS by_status
        WHERE %(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s)
    ),
    days AS (
        SELECT days, sum(n) OVER (ORDER BY days) AS upto, sum(n) OVER () AS total
        FROM (SELECT value::float8 AS days, sum(answered) AS n FROM kept WHERE side = 'days'
              GROUP BY 1 HAVING sum(answered) > 0) AS hist
    ),
    parts AS (
        SELECT side, value, suspected, n, answered FROM kept WHERE side <> 'days'
        UNION ALL
        SELECT 'status', status, suspected, n, answered FROM kept WHERE side = 'kind'
        UNION ALL
        SELECT 'total', '', suspected, n, answered FROM kept WHERE side = 'kind'
    )
    SELECT side, value, sum(n), sum(answered),
           CASE side WHEN 'total' THEN (
               SELECT low + 0.5 * (high - low)
               FROM (SELECT min(days) FILTER (WHERE upto * 2 >= total) AS low,
                            min(days) FILTER (WHERE upto * 2 > total) AS high FROM days) AS halves) END,
           COALESCE(sum(n) FILTER (WHERE suspected), 0)
    FROM parts GROUP BY side, value HAVING sum(n) > 0 ORDER BY side, value"""  # noqa: S608 - built from constants

_TOPICS: Final = {
    topics: f"SELECT place, value::int, n FROM ({_kept('place, value, suspected, n', side)}) AS kept"  # noqa: S608
    " WHERE NOT (%(apart)s AND suspected)"
    for topics, side in ((Topics.ALL, "topic"), (Topics.MAIN, "main"))
}


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
        side = next((side for side, known in KNOWN.items() if names <= known | EVERYWHERE), None)
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
        """Days to the answer are kept by status, for all kinds, topics and months together."""
        return not (self.values or self.since or self.until)

    @property
    def weights(self) -> list[int]:
        """1 for each status asked for, in their order."""
        return [int(self.statuses is None or status in self.statuses) for status in Status]


def by_area(
    edition: Edition, pin_filter: PinFilter, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED
) -> EditionFigures:
    """`figures.by_area` of the public's pins under this filter: from rollups where they can say, else from the pins."""
    asked = Asked.of(pin_filter)
    if asked is None or not asked.knows_medians or not is_rolled(edition):
        return figures.by_area(edition, _public(pin_filter), defaults=defaults)
    return figures.laid_out(edition, _by_place(edition, asked, defaults, sides=[asked.side, "days"]), defaults)


def numbers(
    edition: Edition, pin_filter: PinFilter, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED
) -> EditionFigures:
    """As `by_area`, but without medians, and so quick for a kind, topics, statuses and periods as well."""
    counted = _numbers(edition, pin_filter, defaults)
    if counted is None:
        counted = figures.numbers_by_place(edition, _public(pin_filter), defaults)
    return figures.laid_out(edition, counted, defaults)


def elsewhere(edition: Edition, pin_filter: PinFilter, *, defaults: DefaultPlaces) -> Elsewhere:
    """`figures.elsewhere` of the public's pins under this filter; from rollups where `numbers` is."""
    counted = _numbers(edition, pin_filter, defaults)
    if counted is None:
        return figures.elsewhere(edition, _public(pin_filter), defaults=defaults)
    unlocated, outside, suspected = (
        counted.get(place, Figure()).n for place in ("unlocated", "outside", "suspected_default")
    )
    return Elsewhere(unlocated, outside, suspected if defaults is DefaultPlaces.APART else None)


def total(edition: Edition, pin_filter: PinFilter) -> int:
    """How many public pins of the edition's municipality this filter means; from rollups where `numbers` is."""
    counted = _numbers(edition, pin_filter, DefaultPlaces.COUNTED)
    if counted is None:
        return _public(pin_filter).filter(municipality=edition.division.municipality_id).count()
    return counted.get(None, Figure()).n


def breakdown(area: Area, pin_filter: PinFilter, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED) -> Breakdown:
    """`figures.breakdown` of an area's public pins under this filter.

    From rollups when it asks for nothing but statuses and whether there is an answer, else from the pins.
    """
    asked = Asked.of(pin_filter)
    if asked is None or not asked.knows_medians or not is_rolled(area.edition):
        return figures.breakdown(figures.in_area(_public(pin_filter), area, defaults=defaults))
    sides: dict[str, dict[str, Figure]] = defaultdict(dict)
    with connection.cursor() as cursor:
        cursor.execute(
            _OF_AREA,
            asdict(asked) | _values(area.edition) | {"area": area.pk, "apart": defaults is DefaultPlaces.APART},
        )
        for side, value, n, answered, days, suspected in cursor:
            sides[side][value] = Figure(int(n), int(answered), days, int(suspected))
    return Breakdown(
        total=sides["total"].get("", Figure()),
        kind=sides["kind"],
        category={int(topic): figure for topic, figure in sides["topic"].items()},
        status=sides["status"],
        channel=sides["channel"],
        month=sides["month"],
    )


def by_topic_and_status(
    edition: Edition,
    pin_filter: PinFilter,
    *,
    topics: Topics = Topics.ALL,
    defaults: DefaultPlaces = DefaultPlaces.COUNTED,
) -> Matrix:
    """`figures.by_topic_and_status` of the public's pins under this filter; from rollups when it is empty.

    Where all pins have left there may be a row of zeros.
    """
    if pin_filter or not is_rolled(edition):
        return figures.by_topic_and_status(edition, _public(pin_filter), topics=topics, defaults=defaults)
    apart = defaults is DefaultPlaces.APART
    connection.ensure_connection()
    # Thousands of arrays: as bytes they are handed over in two thirds of the time.
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        rows = cursor.execute(_TOPICS[topics], _values(edition) | {"apart": apart}, binary=True).fetchall()
    found: Matrix = {}
    for place, topic, numbers in rows:
        # Few come twice: those of which something is not folded yet, and those on a form's default place.
        had = found.setdefault((place, topic), numbers)
        if had is not numbers:
            found[place, topic] = [one + other for one, other in zip(had, numbers, strict=True)]
    return found


def is_rolled(edition: Edition) -> bool:
    return bool(prepared.rows("SELECT 1 FROM pins_rollededition WHERE edition_id = %s", [edition.pk]))


def _public(pin_filter: PinFilter) -> PinQuerySet:
    return pin_filter.apply(Pin.objects.visible_to(AnonymousUser()))


def _numbers(edition: Edition, pin_filter: PinFilter, defaults: DefaultPlaces) -> dict[str | None, Figure] | None:
    """Without medians, from rollups, and of the days that are no whole month from their pins. None: count all pins."""
    months, days = months_and_days(pin_filter)
    asked = Asked.of(months)
    if asked is None or not is_rolled(edition):
        return None
    counted = _by_place(edition, asked, defaults, sides=[asked.side])
    for left in days:
        for place, figure in figures.numbers_by_place(edition, _public(left), defaults).items():
            counted[place] = counted.get(place, Figure()) + figure
    return counted


def _by_place(edition: Edition, asked: Asked, defaults: DefaultPlaces, *, sides: list[str]) -> dict[str | None, Figure]:
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_PLACE.format(kept=_kept(_COLUMNS, *sides)),
            asdict(asked) | _values(edition) | {"weights": asked.weights, "apart": defaults is DefaultPlaces.APART},
        )
        return {place: Figure(int(n), int(answered), days, int(few)) for place, n, answered, days, few in cursor}


def _values(edition: Edition) -> dict[str, Any]:
    return {"edition": edition.pk, "municipality": edition.division.municipality_id}
