"""Two rows of upright bars on one scale, aligned month by month: drawn by the server, the same numbers as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: Of the drawing, in its own units.
WIDE: Final = 720
HIGH: Final = 100


@dataclass(frozen=True, slots=True)
class Bar:
    x: float
    y: float
    width: float
    height: float
    #: What it stands for, in words.
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One row of bars. `first` and `last` name the ends of its axis."""

    name: str
    bars: list[Bar]
    first: str
    last: str
    total: int


def charts(names: Sequence[str], labels: Sequence[Sequence[str]], numbers: Sequence[Sequence[int]]) -> list[Chart]:
    """A row for each name. Bars of one height mean one number, whichever row; positions are shared."""
    slots = max((len(row) for row in numbers), default=0) or 1
    top = max((number for row in numbers for number in row), default=0) or 1
    step = WIDE / slots
    found = []
    for name, its_labels, row in zip(names, labels, numbers, strict=True):
        bars = [
            Bar(
                x=round(place * step + step * 0.1, 2),
                y=round(HIGH - HIGH * number / top, 2),
                width=round(step * 0.8, 2),
                height=round(HIGH * number / top, 2),
                title=f"{label}: {number}",
            )
            for place, (label, number) in enumerate(zip(its_labels, row, strict=True))
        ]
        found.append(
            Chart(name, bars, its_labels[0] if its_labels else "", its_labels[-1] if its_labels else "", sum(row))
        )
    return found
