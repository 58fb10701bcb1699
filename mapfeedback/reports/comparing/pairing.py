"""Two breakdowns as one table after another: the same rows for both, each number with the filter that finds it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final

from django.utils.translation import gettext as _

from mapfeedback.pins.figures import TOO_FEW, Breakdown, Figure
from mapfeedback.pins.models import Category, Channel, Kind, Status
from mapfeedback.reports import wording
from mapfeedback.reports.comparing.change import STRAYS
from mapfeedback.reports.sides import MONTHS

NOTHING: Final = Figure()


@dataclass(frozen=True, slots=True)
class Row:
    """`figures` and `shares` (of each one's own total, None of too few) are of the first and of the second."""

    label: str
    #: The filter's parameter and value that find these messages.
    part: tuple[str, str]
    figures: tuple[Figure, Figure]
    shares: tuple[float | None, float | None] = (None, None)
    #: A sub-topic: its numbers are also in its topic's.
    inner: bool = False
    #: How many messages both have in all.
    totals: tuple[int, int] = (0, 0)

    @property
    def may_be_chance(self) -> bool:
        """The same messages, dealt out to both by nothing but chance, would often differ as much."""
        n = sum(self.totals)
        share = sum(figure.n for figure in self.figures) / n if n else 0.0
        spread = share * (1 - share) * sum(1 / total for total in self.totals if total)
        return abs(self.difference) <= STRAYS * sqrt(spread)

    @property
    def difference(self) -> float:
        """Of the shares, from -1 to 1; 0 when they cannot be told."""
        first, second = self.shares
        return 0.0 if first is None or second is None else second - first


@dataclass(frozen=True, slots=True)
class Side:
    """Rows that are not `inner` add up to the totals."""

    code: str
    heading: str
    rows: list[Row]


def paired(first: Breakdown, second: Breakdown, categories: Iterable[Category]) -> list[Side]:
    """By topic, kind, status and channel; what neither used is left out."""
    totals = (first.total, second.total)
    sides = [
        Side("category", _("By topic"), _topics(first.category, second.category, list(categories))),
        Side("kind", _("By kind"), _choices("kind", Kind, first.kind, second.kind)),
        Side("status", _("By status"), _choices("status", Status, first.status, second.status)),
        Side("channel", _("By how it came"), _choices("channel", Channel, first.channel, second.channel)),
    ]
    return [replace(side, rows=[_with_shares(row, totals) for row in side.rows]) for side in sides]


def by_difference(rows: list[Row]) -> list[Row]:
    """The topics whose shares differ most come first, each followed by its own sub-topics."""
    blocks: list[list[Row]] = []
    for row in rows:
        if row.inner:
            blocks[-1].append(row)
        else:
            blocks.append([row])
    blocks.sort(key=lambda block: -abs(block[0].difference))
    return [row for top, *inner in blocks for row in (top, *sorted(inner, key=lambda one: -abs(one.difference)))]


def months_of(first: Breakdown, second: Breakdown) -> list[str]:
    """Every month from the first to the last that either has messages in; years (`2026`) when they are many."""
    used = sorted({*first.month, *second.month})
    if not used:
        return []
    start, end = (int(code[:4]) * 12 + int(code[5:]) - 1 for code in (used[0], used[-1]))
    if end - start < MONTHS:
        return [f"{month // 12}-{month % 12 + 1:02}" for month in range(start, end + 1)]
    return [str(year) for year in range(start // 12, end // 12 + 1)]


def in_time(counted: Breakdown, codes: Iterable[str]) -> list[Figure]:
    """The figure of every month, or of every year, asked for."""
    return [
        sum((figure for month, figure in counted.month.items() if month.startswith(code)), NOTHING) for code in codes
    ]


def _choices(
    name: str,
    choices: type[Kind] | type[Status] | type[Channel],
    first: Mapping[str, Figure],
    second: Mapping[str, Figure],
) -> list[Row]:
    return [
        Row(wording.capital(label), (name, code), (first.get(code, NOTHING), second.get(code, NOTHING)))
        for code, label in choices.choices
        if code in first or code in second
    ]


def _topics(first: Mapping[int, Figure], second: Mapping[int, Figure], categories: list[Category]) -> list[Row]:
    """Topics with what was said in them and in their sub-topics; then each used sub-topic below its topic."""
    rows: list[Row] = []
    for topic in (category for category in categories if category.parent_id is None):
        inner = [one for one in categories if one.parent_id == topic.pk and (one.pk in first or one.pk in second)]
        whole = tuple(sum((one.get(each.pk, NOTHING) for each in (topic, *inner)), NOTHING) for one in (first, second))
        if whole[0].n or whole[1].n:
            rows.append(Row(topic.name, ("category", topic.slug), (whole[0], whole[1])))
            rows += [
                Row(
                    one.name,
                    ("category", one.slug),
                    (first.get(one.pk, NOTHING), second.get(one.pk, NOTHING)),
                    inner=True,
                )
                for one in inner
            ]
    return rows


def _with_shares(row: Row, totals: tuple[Figure, Figure]) -> Row:
    shares = [None if all_.n < TOO_FEW else one.n / all_.n for one, all_ in zip(row.figures, totals, strict=True)]
    return replace(row, shares=(shares[0], shares[1]), totals=(totals[0].n, totals[1].n))
