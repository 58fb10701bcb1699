"""Two periods to set side by side: read from a query string, offered ready-made, and how alike they are."""

import datetime
from calendar import monthrange
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from mapfeedback.pins.filterreading import choices, day, single
from mapfeedback.web import BadQuery

#: The parameters of a pair beside `since` and `until`, which are the later period's.
PARAMETERS: Final = ("before_since", "before_until", "around", "months")
#: How many months before and after a day.
SPANS: Final = (1, 3, 6, 12, 24)
DAY: Final = datetime.timedelta(days=1)
MONTH_DAYS: Final = 365.25 / 12
#: Periods whose lengths differ by no more than this share are told as equal: a leap year is a year.
ALIKE: Final = 0.02
#: Two periods whose days lie in other months of the year, from 0 to 1, by more than this have other seasons.
OTHER_SEASONS: Final = 0.1


class Impossible(ValueError):
    """These two periods cannot be compared; the message says why and what to do (translated)."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days in the city's time zone, both ends included; `since` is not after `until`."""

    since: datetime.date
    until: datetime.date

    @property
    def days(self) -> int:
        return (self.until - self.since).days + 1

    @property
    def whole_months(self) -> int | None:
        """From one day of the month to the day before the same day of another month; None for anything else."""
        after = self.until + DAY
        count = (after.year - self.since.year) * 12 + after.month - self.since.month
        return count if count > 0 and later(self.since, count) == after else None

    @property
    def months(self) -> float:
        return self.whole_months or self.days / MONTH_DAYS

    def until_today(self, today: datetime.date) -> "Period":
        """The part that is over, today included. The period must have begun."""
        return Period(self.since, min(self.until, today))

    def in_months(self) -> list[str]:
        """Every month that it touches, as `2026-05`."""
        first, last = (one.year * 12 + one.month - 1 for one in (self.since, self.until))
        return [f"{month // 12}-{month % 12 + 1:02}" for month in range(first, last + 1)]

    def by_month_of_year(self) -> list[float]:
        """The share of its days in each of the twelve months."""
        found = [0] * 12
        month = self.since.replace(day=1)
        while month <= self.until:
            end = later(month, 1) - DAY
            found[month.month - 1] += (min(end, self.until) - max(month, self.since)).days + 1
            month = end + DAY
        return [one / self.days for one in found]


@dataclass(frozen=True)
class Pair:
    """`before` begins first. `today` is the last day of which anything is known."""

    before: Period
    after: Period
    today: datetime.date

    @classmethod
    def of(cls, one: Period, other: Period, today: datetime.date) -> "Pair":
        """In their order, whichever is given first. Raises Impossible when one has not begun."""
        before, after = sorted((one, other), key=lambda period: (period.since, period.until))
        if after.since > today:
            raise Impossible(_("A period has not begun yet. Choose days that have passed."))
        return cls(before, after, today)

    @cached_property
    def known(self) -> tuple[Period, Period]:
        """The parts of both that are over."""
        return self.before.until_today(self.today), self.after.until_today(self.today)

    @cached_property
    def months(self) -> tuple[float, float]:
        """How long both are so far; equal for periods that are as good as equally long."""
        before, after = self.known
        return (before.months, before.months) if self.is_even else (before.months, after.months)

    @cached_property
    def is_even(self) -> bool:
        """As good as equally long, so that their numbers can be compared as they are."""
        before, after = self.known
        if before.whole_months and before.whole_months == after.whole_months:
            return True
        return abs(before.days - after.days) <= ALIKE * max(before.days, after.days)

    @property
    def reaches_into_the_future(self) -> bool:
        return self.today < max(self.before.until, self.after.until)

    @property
    def overlaps(self) -> bool:
        return self.after.since <= self.before.until

    @property
    def has_other_seasons(self) -> bool:
        before, after = (period.by_month_of_year() for period in self.known)
        return sum(abs(one - other) for one, other in zip(before, after, strict=True)) / 2 > OTHER_SEASONS

    def items(self) -> list[tuple[str, str]]:
        """The parameters that name this pair, beside the filter's own `since` and `until`, which come last."""
        return [
            ("before_since", self.before.since.isoformat()),
            ("before_until", self.before.until.isoformat()),
            ("since", self.after.since.isoformat()),
            ("until", self.after.until.isoformat()),
        ]


def later(start: datetime.date, months: int) -> datetime.date:
    """The same day so many months on (or back, when negative); a shorter month's last day instead of none."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def read(query: QueryDict, today: datetime.date) -> Pair:
    """The two periods that are asked for; without any, the last twelve whole months and the twelve before them.

    `around` and `months`: so long before a day, and from that day on. One period alone: the other is the same days a
    year earlier, or, for more than a year, as many days before it. Raises BadQuery, and Impossible for what can be
    read but makes no sense.
    """
    around = day(query, "around")
    days = {name: day(query, name) for name in ("since", "until", "before_since", "before_until")}
    choices(query, "months", [str(span) for span in SPANS])
    months = int(single(query, "months") or 12)
    if around is not None:
        given = [name for name, value in days.items() if value is not None]
        if given:
            raise BadQuery(given[0], _("Give either a day with months around it or two periods."))
        return around_day(around, months, today)
    after = _period(days["since"], days["until"], today)
    before = _period(days["before_since"], days["before_until"], today)
    if after is None and before is None:
        return whole_months(12, today)
    if after is None:
        raise Impossible(_("The later period is missing. Choose its first and last day."))
    return Pair.of(before or _year_earlier(after), after, today)


def _period(since: datetime.date | None, until: datetime.date | None, today: datetime.date) -> Period | None:
    if since is None and until is None:
        return None
    if since is None:
        raise Impossible(_("A period needs its first day."))
    until = until or max(since, today)
    if since > until:
        raise Impossible(_("The first day is after the last day. Change one of them."))
    return Period(since, until)


def _year_earlier(period: Period) -> Period:
    if period.days <= 366:
        return Period(later(period.since, -12), later(period.until + DAY, -12) - DAY)
    return Period(period.since - datetime.timedelta(days=period.days), period.since - DAY)


def around_day(around: datetime.date, months: int, today: datetime.date) -> Pair:
    """So many months before a day, and as many from that day on."""
    before = Period(later(around, -months), around - DAY)
    return Pair.of(before, Period(around, later(around, months) - DAY), today)


def longest_span(around: datetime.date, today: datetime.date) -> int | None:
    """How many months, at most twelve, have passed since a day: of SPANS; None when not even one has."""
    passed = [span for span in SPANS if span <= 12 and later(around, span) - DAY <= today]
    return max(passed, default=None)


def whole_months(count: int, today: datetime.date) -> Pair:
    """The last so many months that are over, and the same months a year (or, if more, as long) before."""
    end = today.replace(day=1)
    start = later(end, -count)
    back = max(count, 12)
    return Pair.of(Period(later(start, -back), later(end, -back) - DAY), Period(start, end - DAY), today)


def year_so_far(today: datetime.date) -> Pair:
    """This year until today, and the same days of last year."""
    so_far = Period(today.replace(month=1, day=1), today)
    return Pair.of(_year_earlier(so_far), so_far, today)


def last_year(today: datetime.date) -> Pair:
    """Last year and the year before it."""
    start = datetime.date(today.year - 1, 1, 1)
    return Pair.of(Period(later(start, -12), start - DAY), Period(start, later(start, 12) - DAY), today)
