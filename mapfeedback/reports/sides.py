"""A breakdown as tables in the reader's language: one side after another, each adding up to the same total."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from mapfeedback.pins.figures import Breakdown, Figure
from mapfeedback.pins.models import Category, Channel, Kind, Status
from mapfeedback.reports import wording

#: More months than this are told as years: nobody reads a table of ten years' months.
MONTHS = 36


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    figure: Figure
    #: From 0 to 100, of the largest row: how long its bar is, as a drawing wants it.
    bar: str = "0"
    #: A sub-topic: its number is also in its topic's.
    inner: bool = False

    @property
    def few(self) -> bool:
        return self.figure.answered_share is None

    @property
    def answered_share(self) -> str:
        return wording.share(self.figure.answered_share)


@dataclass(frozen=True, slots=True)
class Side:
    """One table: `rows` that are not `inner` add up to the total."""

    code: str
    heading: str
    rows: tuple[Row, ...]


def sides_of(counted: Breakdown, categories: Iterable[Category]) -> list[Side]:
    """By kind, status, channel, topic and month; codes nobody used are left out, months between are not."""
    return [
        _side("kind", _("By kind"), [Row(str(label), counted.kind[code]) for code, label in _used(Kind, counted.kind)]),
        _side(
            "status",
            _("By status"),
            [Row(str(label), counted.status[code]) for code, label in _used(Status, counted.status)],
        ),
        _side(
            "channel",
            _("By how it came"),
            [Row(str(label).capitalize(), counted.channel[code]) for code, label in _used(Channel, counted.channel)],
        ),
        _side("category", _("By topic"), _topics(counted.category, list(categories))),
        _side("month", *_months(counted.month)),
    ]


def _used(
    choices: type[Kind] | type[Status] | type[Channel], counted: Mapping[str, Figure]
) -> list[tuple[str, object]]:
    return [(code, label) for code, label in choices.choices if code in counted]


def _side(code: str, heading: str, rows: list[Row]) -> Side:
    largest = max((row.figure.n for row in rows), default=0) or 1
    return Side(code, heading, tuple(replace(row, bar=str(round(100 * row.figure.n / largest))) for row in rows))


def _topics(counted: Mapping[int, Figure], categories: list[Category]) -> list[Row]:
    """Topics with what was said in them and in their sub-topics; then each used sub-topic below its topic."""
    rows: list[Row] = []
    for topic in (category for category in categories if category.parent_id is None):
        inner = [category for category in categories if category.parent_id == topic.pk and category.pk in counted]
        whole = sum([counted[category.pk] for category in inner], counted.get(topic.pk, Figure()))
        if whole.n:
            rows.append(Row(topic.name, whole))
            rows += [Row(category.name, counted[category.pk], inner=True) for category in inner]
    return rows


def _months(counted: Mapping[str, Figure]) -> tuple[str, list[Row]]:
    months = _between(min(counted), max(counted)) if counted else []
    if len(months) <= MONTHS:
        return _("By month"), [Row(wording.month(code), counted.get(code, Figure())) for code in months]
    years: dict[str, Figure] = {code[:4]: Figure() for code in months}
    for code, figure in counted.items():
        years[code[:4]] += figure
    return _("By year"), [Row(year, figure) for year, figure in years.items()]


def _between(first: str, last: str) -> list[str]:
    """Every month from `2025-11` to `2026-02`, both included."""
    start, end = (int(code[:4]) * 12 + int(code[5:]) - 1 for code in (first, last))
    return [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, end + 1)]
