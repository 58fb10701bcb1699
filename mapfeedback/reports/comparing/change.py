"""What changed between two counts, and when nothing can be said of it."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from mapfeedback.pins.figures import TOO_FEW, Figure
from mapfeedback.reports.rates import FEW_RESIDENTS, Residents

#: Numbers of things that happen on their own stray so many times the root of their size, 19 times of 20.
STRAYS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Change:
    """The messages of two periods. Over periods of different length, all but `n` is by the month."""

    before: Figure
    after: Figure
    #: How many months both are long; equal when their numbers are compared as they are.
    months: tuple[float, float] = (1.0, 1.0)
    residents: tuple[Residents, Residents] = (Residents(), Residents())

    @property
    def is_even(self) -> bool:
        return self.months[0] == self.months[1]

    @property
    def rates(self) -> tuple[float, float]:
        """Messages as they are compared: all of them, or those of a month."""
        if self.is_even:
            return float(self.before.n), float(self.after.n)
        return self.before.n / self.months[0], self.after.n / self.months[1]

    @property
    def value(self) -> float:
        before, after = self.rates
        return after - before

    @property
    def is_too_few(self) -> bool:
        """Neither period has enough messages to say anything of a change."""
        return max(self.before.n, self.after.n) < TOO_FEW

    @property
    def percent(self) -> float | None:
        """From -1 on; None when the earlier period has too few messages to be the measure of anything."""
        before, after = self.rates
        return after / before - 1 if self.before.n >= TOO_FEW else None

    @property
    def may_be_chance(self) -> bool:
        """The same messages, strewn over both periods by nothing but chance, would often differ as much."""
        n = self.before.n + self.after.n
        share = self.months[1] / sum(self.months)
        return abs(self.after.n - n * share) <= STRAYS * sqrt(n * share * (1 - share))

    @property
    def per_1000(self) -> tuple[float | None, float | None]:
        """Of both periods, per 1 000 residents of its own time; None when they are not known or too few."""
        before, after = (
            None if one.persons is None or one.persons < FEW_RESIDENTS else rate / one.persons * 1000
            for one, rate in zip(self.residents, self.rates, strict=True)
        )
        return before, after

    @property
    def per_1000_change(self) -> float | None:
        before, after = self.per_1000
        return None if before is None or after is None or self.is_too_few else after - before
