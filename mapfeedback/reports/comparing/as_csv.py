"""A comparison as CSV: one row for each thing compared, the numbers of both beside one another.

Codes are stable and names are the reader's. What is too little to say is empty. The form for a Finnish Excel has
semicolons, a byte order mark and decimal commas: a decimal point would make a day of 12.5.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from mapfeedback.reports.comparing.change import Change
from mapfeedback.reports.comparing.over_time import OverTime
from mapfeedback.reports.comparing.pairing import in_time, months_of
from mapfeedback.reports.comparing.side_by_side import SideBySide
from mapfeedback.reports.district import DistrictFigures
from mapfeedback.reports.loading import area_value
from mapfeedback.spreadsheets import Separator, harmless

Value = str | int | float | None

PERIODS: Final = (
    "part", "code", "name", "earlier_since", "earlier_until", "later_since", "later_until", "earlier", "later",
    "earlier_per_month", "later_per_month", "change", "change_percent", "may_be_chance",
    "earlier_per_1000", "later_per_1000", "earlier_answered", "later_answered",
)  # fmt: skip
DISTRICTS: Final = ("part", "code", "name", "one_area", "other_area", "one", "other", "one_share", "other_share")


def of_periods(compared: OverTime, separator: Separator) -> bytes:
    """Rates and changes of uneven periods are by the month, as on the page."""
    return _written(PERIODS, _changes(compared), separator)


def of_districts(compared: SideBySide, separator: Separator) -> bytes:
    """Measures, then the parts of both; shares are of each district's own messages."""
    return _written(DISTRICTS, _sides(compared), separator)


def _changes(compared: OverTime) -> Iterator[Sequence[Value]]:
    pair = compared.pair
    days = [day.isoformat() for one in (pair.before, pair.after) for day in (one.since, one.until)]

    def row(part: str, code: str, name: str, change: Change) -> Sequence[Value]:
        by_month = [
            figure.n / months for figure, months in zip((change.before, change.after), pair.months, strict=True)
        ]
        few = change.is_too_few
        return (
            part, code, name, *days, change.before.n, change.after.n, *by_month,
            None if few else change.value, None if change.percent is None else change.percent * 100,
            "" if few else "yes" if change.may_be_chance else "no",
            *change.per_1000, change.before.answered, change.after.answered,
        )  # fmt: skip

    for one in compared.areas:
        yield row("area", area_value(one.area), one.area.name, one.change)
    for name, change in (
        ("outside", compared.outside),
        ("unlocated", compared.unlocated),
        ("left_out", compared.left_out),
    ):
        if change is not None:
            yield row(name, "", "", change)
    for side in compared.sides:
        for each in side.rows:
            part = f"{side.code}_inner" if each.inner else side.code
            yield row(part, each.part[1], each.label, Change(*each.figures, pair.months))
    yield row("total", compared.place.value, compared.place.name, compared.total)


def _sides(compared: SideBySide) -> Iterator[Sequence[Value]]:
    one, other = compared.both
    names = (area_value(one.area), area_value(other.area))

    def row(
        part: str,
        code: str,
        name: str,
        values: tuple[Value, Value],
        shares: tuple[float | None, float | None] = (None, None),
    ) -> Sequence[Value]:
        return (part, code, name, *names, *values, *shares)

    yield row("name", "", "", (one.area.name, other.area.name))
    yield from (
        row(code, "", "", (first, second))
        for (code, first), (_code, second) in zip(_measures(one), _measures(other), strict=True)
    )
    for side in compared.sides:
        for each in side.rows:
            part = f"{side.code}_inner" if each.inner else side.code
            first, second = each.figures
            yield row(part, each.part[1], each.label, (first.n, second.n), each.shares)
    codes = months_of(one.counted, other.counted)
    for code, first, second in zip(codes, in_time(one.counted, codes), in_time(other.counted, codes), strict=True):
        yield row("month" if len(code) > 4 else "year", code, "", (first.n, second.n))


def _measures(figures: DistrictFigures) -> list[tuple[str, Value]]:
    mine, total = figures.mine, figures.counted.total
    return [
        ("messages", total.n),
        ("per_1000_residents", mine.per_1000),
        ("messages_per_km2", total.n / figures.area.km2 if figures.area.km2 else None),
        ("answered", total.answered),
        ("answered_share", total.answered_share),
        ("median_days_to_answer", total.typical_days),
        ("residents", figures.residents.persons),
        ("residents_year", figures.residents.year),
        ("km2", figures.area.km2),
    ]


def _written(columns: Sequence[str], rows: Iterable[Sequence[Value]], separator: Separator) -> bytes:
    finnish = separator is Separator.SEMICOLON
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";" if finnish else ",")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value, "," if finnish else ".") for value in row])
    return (b"\xef\xbb\xbf" if finnish else b"") + file.getvalue().encode()


def _cell(value: Value, point: str) -> str:
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".").replace(".", point)
    return "" if value is None else harmless(value) if isinstance(value, str) else str(value)
