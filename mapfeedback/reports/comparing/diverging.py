"""Areas in classes by how they changed: fewer, the same, more; and by how much they had, on one scale for two maps.

Every class has a colour and a pattern of its own. The ends of a class are changes that areas have, as they are shown,
and the classes of fewer and of more begin at the same sizes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mapfeedback.pins.figures import TOO_FEW
from mapfeedback.reports import wording
from mapfeedback.reports.choropleth import CLASSES, LegendRow
from mapfeedback.reports.comparing.change import Change
from mapfeedback.reports.rates import FEW_RESIDENTS

#: Classes of fewer, and as many of more.
STEPS: Final = 2
_CODES: Final = ("few", "unknown", "sparse", "less-2", "less-1", "same", "more-1", "more-2")


class Measure(StrEnum):
    """Which change the map is painted by."""

    CHANGE = "change"
    PERCENT = "percent"
    PER_1000 = "per_1000"


@dataclass(frozen=True, slots=True)
class Painted:
    """Every area's class by its key, and the legend with how many areas each class has."""

    classes: dict[int, str]
    legend: list[LegendRow]


def value_of(change: Change, measure: Measure) -> float | None:
    """As it is shown: what a reader cannot tell apart is equal."""
    if measure is Measure.PERCENT:
        return None if change.percent is None else round(change.percent, 2)
    if measure is Measure.PER_1000:
        return None if change.per_1000_change is None else round(change.per_1000_change, 1)
    return round(change.value, 0 if change.is_even else 1)


def painted(changes: Mapping[int, Change], measure: Measure) -> Painted:
    classes = {key: _apart(change, measure) for key, change in changes.items()}
    values = {key: value_of(changes[key], measure) or 0.0 for key, code in classes.items() if not code}
    sizes = sorted(abs(value) for value in values.values())
    for key, value in values.items():
        # Equal changes share a class, whatever their number.
        step = 1 + sizes.index(abs(value)) * STEPS // len(sizes)
        classes[key] = f"{'less' if value < 0 else 'more'}-{step}"
    is_even = all(change.is_even for change in changes.values())
    legend = []
    for code in _CODES:
        members = sorted(values.get(key, 0.0) for key, its in classes.items() if its == code)
        if members:
            legend.append(LegendRow(code, _label(code, measure, members, is_even=is_even), len(members)))
    return Painted(classes, legend)


def on_one_scale(
    before: Mapping[int, float | None], after: Mapping[int, float | None], written: Callable[[float], str]
) -> tuple[Painted, Painted]:
    """Two maps whose colours mean the same: quantiles of the values of both together; None is not known."""
    ranked = sorted(value for value in (*before.values(), *after.values()) if value)

    def code_of(value: float | None) -> str:
        if value is None:
            return "unknown"
        return str(1 + ranked.index(value) * CLASSES // len(ranked)) if value else "0"

    ends: dict[str, list[float]] = {}
    for value in ranked:
        ends.setdefault(code_of(value), []).append(value)
    labels = {"unknown": _("Not known"), "0": _("No messages")} | {
        code: written(members[0]) if members[0] == members[-1] else _ends(written(members[0]), written(members[-1]))
        for code, members in ends.items()
    }

    def paint(values: Mapping[int, float | None]) -> Painted:
        classes = {key: code_of(value) for key, value in values.items()}
        used = list(classes.values())
        shown = [code for code in ("unknown", "0", "1", "2", "3", "4") if code in ends or code in used]
        return Painted(classes, [LegendRow(code, labels[code], used.count(code)) for code in shown])

    return paint(before), paint(after)


def _apart(change: Change, measure: Measure) -> str:
    """The class of an area whose change is not ranked; empty when it is."""
    persons = [one.persons for one in change.residents]
    if measure is Measure.PER_1000 and None in persons:
        return "unknown"
    if measure is Measure.PER_1000 and min(one or 0 for one in persons) < FEW_RESIDENTS:
        return "sparse"
    if change.is_too_few or value_of(change, measure) is None:
        return "few"
    return "same" if change.may_be_chance or not value_of(change, measure) else ""


def _label(code: str, measure: Measure, members: list[float], *, is_even: bool) -> str:
    if code == "few":
        return _few(measure)
    if code == "unknown":
        return _("Population not known")
    if code == "sparse":
        return _("Fewer than %(n)d residents") % {"n": FEW_RESIDENTS}
    if code == "same":
        return _("No change, or so little that it can be chance")
    ends = [written(value, measure, is_even=is_even) for value in (members[0], members[-1])]
    return ends[0] if ends[0] == ends[1] else _ends(*ends)


def _few(measure: Measure) -> str:
    if measure is Measure.PERCENT:
        return _("Fewer than %(n)d messages in the earlier period") % {"n": TOO_FEW}
    return ngettext("Fewer than %(n)d message in each period", "Fewer than %(n)d messages in each period", TOO_FEW) % {
        "n": TOO_FEW
    }


def _ends(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def written(value: float | None, measure: Measure, *, is_even: bool) -> str:
    """A change with its sign, in the reader's language; of uneven periods, which count by the month, with a decimal."""
    if value is None:
        return _("too few")
    if measure is Measure.PERCENT:
        return wording.signed_share(value)
    return wording.signed(value, 0 if is_even and measure is Measure.CHANGE else 1)
