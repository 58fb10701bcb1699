"""How many pins: per area of an edition, and by kind, category, status, channel and month.

Counted from remembered memberships, never from geometry. The pins of an edition are those of its municipality, and
every one of them is in exactly one place: an area, "unlocated" (it has no geometry and named no area) or "outside"
(its geometry lies in no area). So the parts always add up to the total.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection

from areas.models import Area, Edition
from mapfeedback.pins.models import Status
from mapfeedback.pins.querysets import PinQuerySet

#: Below this many contributions a share or a median says more about chance than about the city.
TOO_FEW: Final = 5

#: Days from placing to the first answer, of a row `pin`: to a tenth below ten days, else whole. So coarse that they can
#: be counted beforehand, and fine enough for every page and file, which all show medians of these.
DAYS: Final = """CASE
    WHEN pin.answered_at - pin.placed_at < interval '10 days'
    THEN round(extract(epoch FROM pin.answered_at - pin.placed_at) / 86400, 1)
    ELSE round(extract(epoch FROM pin.answered_at - pin.placed_at) / 86400) END::numeric(9, 1)"""
#: `2026-05`, in the city's time zone, of a row `pin`; the zone is bound.
MONTH: Final = "to_char(pin.placed_at AT TIME ZONE %(zone)s, 'YYYY-MM')"

#: The place of pins in no area of an edition: with a geometry, and without a place at all.
OUTSIDE: Final = 0
UNLOCATED: Final = -1
#: The place of pins on a form's default place, where those are kept apart.
SUSPECTED: Final = -2
#: What these places are called.
NAMES: Final = {OUTSIDE: "outside", UNLOCATED: "unlocated", SUSPECTED: "suspected_default"}
#: Pins of a place (an area's id, `OUTSIDE` or `UNLOCATED`) and topic (category id), by status in the order of `Status`.
Matrix = dict[tuple[int, int], list[int]]

# Of rows with `days`, worked out beforehand: else every way of grouping would round them once more.
_MEDIAN: Final = "percentile_cont(0.5) WITHIN GROUP (ORDER BY days)"

#: All of a pin that figures count.
THIN: Final = """
    pins_pin.id AS pin_id, pins_pin.municipality_id, pins_pin.kind, pins_pin.category_id, pins_pin.status,
    pins_pin.channel, pins_pin.placed_at, pins_pin.answered_at, pins_pin.suspected_default_place AS suspected,
    pins_pin.geom IS NULL AS placeless"""


class DefaultPlaces(StrEnum):
    """What to do with pins on a coordinate that is probably a form's default and not a place."""

    COUNTED = "with"
    APART = "without"


class Topics(StrEnum):
    """Each topic and sub-topic by itself, or sub-topics with their main topic."""

    ALL = "all"
    MAIN = "main"


@dataclass(frozen=True, slots=True)
class Figure:
    """Some pins in numbers. `median_days` is from placing to the first answer, of the answered ones."""

    n: int = 0
    answered: int = 0
    median_days: float | None = None
    suspected: int = 0

    def __add__(self, other: "Figure") -> "Figure":
        """Two disjoint sets together. Medians do not add: the sum has none."""
        return Figure(self.n + other.n, self.answered + other.answered, suspected=self.suspected + other.suspected)

    @property
    def unanswered(self) -> int:
        return self.n - self.answered

    @property
    def answered_share(self) -> float | None:
        """From 0 to 1; None when there are too few to say."""
        return None if self.n < TOO_FEW else self.answered / self.n

    @property
    def typical_days(self) -> float | None:
        """The median days to an answer; None when too few were answered to say."""
        return None if self.answered < TOO_FEW else self.median_days


@dataclass(frozen=True, slots=True)
class AreaFigure:
    area: Area
    figure: Figure


@dataclass(frozen=True, slots=True)
class EditionFigures:
    """All areas of one edition, zero included, and the places that are in none."""

    edition: Edition
    areas: tuple[AreaFigure, ...]
    unlocated: Figure
    outside: Figure
    #: Only when they were asked to be kept apart.
    suspected_default: Figure | None
    total: Figure


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """How many pins no area of an edition counts. `suspected_default` only when they were asked to be kept apart."""

    unlocated: int
    outside: int
    suspected_default: int | None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """One set of pins by each of its sides; every side adds up to the total, which alone knows its median.

    Keys are stored codes or ids; what no pin has is absent.
    """

    total: Figure
    kind: Mapping[str, Figure]
    #: By category id.
    category: Mapping[int, Figure]
    status: Mapping[str, Figure]
    channel: Mapping[str, Figure]
    #: By `2026-05`, in the city's time zone.
    month: Mapping[str, Figure]


def in_area(pins: PinQuerySet, area: Area, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED) -> PinQuerySet:
    """The pins that `by_area` counts for this area."""
    pins = pins.filter(memberships__area=area, municipality=area.edition.division.municipality_id)
    return pins if defaults is DefaultPlaces.COUNTED else pins.filter(suspected_default_place=False)


def by_area(edition: Edition, pins: PinQuerySet, *, defaults: DefaultPlaces = DefaultPlaces.COUNTED) -> EditionFigures:
    """Count `pins` in every area of the edition: one statement, beside the one that names the areas."""
    return laid_out(edition, by_place(edition, pins, defaults), defaults)


def by_place(edition: Edition, pins: PinQuerySet, defaults: DefaultPlaces) -> dict[str | None, Figure]:
    """Figures by place: an area's id, `unlocated`, `outside`, `suspected_default`; None is the total."""
    return _by_place(edition, pins, defaults, _MEDIAN)


def numbers_by_place(edition: Edition, pins: PinQuerySet, defaults: DefaultPlaces) -> dict[str | None, Figure]:
    """As `by_place`, but without medians, for which everything would have to be sorted."""
    return _by_place(edition, pins, defaults, "NULL::float8")


def _by_place(edition: Edition, pins: PinQuerySet, defaults: DefaultPlaces, median: str) -> dict[str | None, Figure]:
    place = f"COALESCE(area_id, CASE WHEN placeless THEN {UNLOCATED} ELSE {OUTSIDE} END)"
    if defaults is DefaultPlaces.APART:
        place = f"CASE WHEN suspected THEN {SUSPECTED} ELSE {place} END"
    return {
        None if whole else NAMES.get(place, str(place)): Figure(*measures)
        for whole, place, *measures in _rows(
            pins,
            f"""
            SELECT GROUPING(place), place, count(*), count(answered_at), {median}, count(*) FILTER (WHERE suspected)
            FROM (
                SELECT suspected, answered_at, ({DAYS})::float8 AS days, {place} AS place {_belonging(edition)}
                OFFSET 0
            ) AS pin
            GROUP BY GROUPING SETS ((place), ())
            """,  # noqa: S608 - built from constants
        )
    }


def elsewhere(edition: Edition, pins: PinQuerySet, *, defaults: DefaultPlaces) -> Elsewhere:
    """Those of `pins` that `by_area` counts in no area of the edition: one statement."""
    apart = defaults is DefaultPlaces.APART
    rows = _rows(
        pins,
        f"""
        SELECT count(*) FILTER (WHERE nowhere AND placeless), count(*) FILTER (WHERE nowhere AND NOT placeless),
               count(*) FILTER (WHERE apart)
        FROM (
            SELECT placeless, {apart} AND suspected AS apart,
                   belongs.area_id IS NULL AND NOT ({apart} AND suspected) AS nowhere
            {_belonging(edition)} AND (belongs.area_id IS NULL OR ({apart} AND suspected))
        ) AS pin
        """,  # noqa: S608 - built from constants
    )
    unlocated, outside, suspected = rows[0] if rows else (0, 0, 0)
    return Elsewhere(unlocated, outside, suspected if apart else None)


def by_topic_and_status(edition: Edition, pins: PinQuerySet, *, topics: Topics, defaults: DefaultPlaces) -> Matrix:
    """How many of `pins` by place × topic × status: one statement. Default places kept apart are left out."""
    topic = "COALESCE(topic.parent_id, topic.id)" if topics is Topics.MAIN else "topic.id"
    counted: Matrix = {}
    for place, category, status, n in _rows(
        pins,
        f"""
        SELECT COALESCE(area_id, CASE WHEN placeless THEN {UNLOCATED} ELSE {OUTSIDE} END), {topic}, status, count(*)
        FROM (
            SELECT pin.*, belongs.area_id {_belonging(edition)}
            AND NOT ({defaults is DefaultPlaces.APART} AND suspected)
        ) AS pin
        JOIN pins_category topic ON topic.id = pin.category_id
        GROUP BY 1, 2, 3
        """,  # noqa: S608 - built from constants
    ):
        counted.setdefault((place, category), [0] * len(Status))[Status.values.index(status)] = n
    return counted


def laid_out(edition: Edition, counted: Mapping[str | None, Figure], defaults: DefaultPlaces) -> EditionFigures:
    """Figures by place, as `by_place` gives them, beside the areas; those without pins too."""
    areas = edition.areas.defer("boundary").order_by("code")
    return EditionFigures(
        edition=edition,
        areas=tuple(AreaFigure(area, counted.get(str(area.pk), Figure())) for area in areas),
        unlocated=counted.get("unlocated", Figure()),
        outside=counted.get("outside", Figure()),
        suspected_default=(counted.get("suspected_default", Figure()) if defaults is DefaultPlaces.APART else None),
        total=counted.get(None, Figure()),
    )


def breakdown(pins: PinQuerySet) -> Breakdown:
    """Count one set of pins by kind, category, status, channel and month: one statement."""
    sides: dict[int, dict[str, Figure]] = {side: {} for side in (15, 23, 27, 29, 30, 31)}
    # All sides in one pass, without sorting: the one median is asked for by itself.
    for side, value, *measures in _rows(
        pins,
        f"""
        , pin AS MATERIALIZED (
            SELECT kind, category_id, status, channel, suspected, {MONTH} AS month, ({DAYS})::float8 AS days
            FROM chosen AS pin
        )
        SELECT GROUPING(kind, category_id, status, channel, month) AS side,
            COALESCE(kind, category_id::text, status, channel, month, '') AS value, count(*), count(days),
            CASE WHEN GROUPING(kind, category_id, status, channel, month) = 31
                 THEN (SELECT {_MEDIAN} FROM pin) END,
            count(*) FILTER (WHERE suspected)
        FROM pin
        GROUP BY GROUPING SETS ((kind), (category_id), (status), (channel), (month), ())
        """,  # noqa: S608 - built from constants
        zone=settings.TIME_ZONE,
    ):
        sides[side][value] = Figure(*measures)
    # GROUPING sets a bit for every column that a row does *not* group by, the first column highest.
    kind, category, status, channel, month, total = sides.values()
    return Breakdown(
        total=total.get("", Figure()),
        kind=kind,
        category={int(key): figure for key, figure in category.items()},
        status=status,
        channel=channel,
        month=month,
    )


def _belonging(edition: Edition) -> str:
    """FROM and WHERE of `chosen AS pin` of the edition's municipality, each beside the area it `belongs` to."""
    return f"""
        FROM chosen AS pin
        LEFT JOIN pins_membership belongs ON belongs.pin_id = pin.pin_id AND belongs.edition_id = {edition.pk:d}
        WHERE pin.municipality_id = {edition.division.municipality_id:d}"""


def _rows(pins: PinQuerySet, statement: str, **values: str) -> list[tuple[Any, ...]]:
    """Run a statement over `chosen`, the thin rows of `pins`: texts and geometries stay where they are."""
    try:
        sql, parameters = pins.selecting(THIN)
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        # Those who chose bind by place, we by name: each binds its own.
        chosen = cursor.mogrify(sql, parameters)
        asked = cursor.mogrify(statement, values) if values else statement
        cursor.execute(f"WITH chosen AS ({chosen}) {asked}")
        return list(cursor.fetchall())
