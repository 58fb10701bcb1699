"""Areas put into a few classes for a map: quantiles of what was measured, with what cannot be said apart.

Every class has a colour and a pattern of its own. Its ends are values that areas have, as they are shown, and areas
that show the same value are in the same class.
"""

from dataclasses import dataclass
from typing import Final

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mapfeedback.pins.figures import TOO_FEW
from mapfeedback.pins.looking import Measure
from mapfeedback.reports import wording
from mapfeedback.reports.rates import FEW_RESIDENTS, Rated

CLASSES: Final = 4
#: All classes in the order of the legend: what cannot be said first, then from none to most.
_CODES: Final = ("few", "unknown", "sparse", "0", "1", "2", "3", "4")


@dataclass(frozen=True, slots=True)
class LegendRow:
    #: `0` to `4`, `few`, `sparse` or `unknown`: the end of the class name `mf-class-…`.
    code: str
    label: str
    areas: int


@dataclass(frozen=True, slots=True)
class Painted:
    """Every area's class by its code, and the legend with how many areas each class has."""

    classes: dict[str, str]
    legend: tuple[LegendRow, ...]


def painted(areas: tuple[Rated, ...], measure: Measure) -> Painted:
    classes = {one.area.code: _apart(one, measure) for one in areas}
    values = {one.area.code: _value(one, measure) for one in areas if not classes[one.area.code]}
    ranked = sorted(values.values())
    for code, value in values.items():
        # Equal values share a class, whatever their number.
        classes[code] = str(1 + ranked.index(value) * CLASSES // len(ranked))
    legend = []
    for code in _CODES:
        members = [values.get(area, 0.0) for area, its in classes.items() if its == code]
        if members:
            legend.append(LegendRow(code, _label(code, measure, min(members), max(members)), len(members)))
    return Painted(classes, tuple(legend))


def _apart(one: Rated, measure: Measure) -> str:
    """The class of an area that has no value to rank; empty when it has one."""
    if measure is Measure.PER_1000 and one.per_1000 is None:
        return "unknown" if one.residents.persons is None else "sparse"
    if one.figure.n == 0:
        return "0"
    if measure is Measure.DAYS:
        return "few" if one.figure.typical_days is None else ""
    return "few" if measure is not Measure.PINS and one.figure.n < TOO_FEW else ""


def _value(one: Rated, measure: Measure) -> float:
    """As it is shown: what a reader cannot tell apart is equal."""
    if measure is Measure.PER_1000:
        return round(one.per_1000 or 0.0, 1)
    if measure is Measure.ANSWERED:
        return round(one.figure.answered_share or 0.0, 2)
    return max(1, round(one.figure.typical_days or 0.0)) if measure is Measure.DAYS else one.figure.n


def _label(code: str, measure: Measure, low: float, high: float) -> str:
    if code == "few":
        return _few(measure)
    if code == "unknown":
        return _("Population not known")
    if code == "sparse":
        return _("Fewer than %(n)d residents") % {"n": FEW_RESIDENTS}
    if code == "0":
        return _("No messages")
    ends = [_written(low, measure), _written(high, measure)]
    return ends[0] if low == high else _("%(low)s to %(high)s") % {"low": ends[0], "high": ends[1]}


def _few(measure: Measure) -> str:
    if measure is Measure.DAYS:
        return _("Fewer than %(n)d answered messages") % {"n": TOO_FEW}
    return ngettext("Fewer than %(n)d message", "Fewer than %(n)d messages", TOO_FEW) % {"n": TOO_FEW}


def _written(value: float, measure: Measure) -> str:
    if measure is Measure.ANSWERED:
        return wording.share(value)
    if measure is Measure.DAYS:
        return wording.days(value)
    return wording.decimal(value, 1) if measure is Measure.PER_1000 else number_format(int(value))
