"""Areas put into a few classes for a map: quantiles of what was measured, with what cannot be said apart."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mapfeedback.pins.figures import TOO_FEW, AreaFigure
from mapfeedback.reports import wording

CLASSES = 4


class Measure(StrEnum):
    """What the map is painted by."""

    PINS = "pins"
    PER_1000 = "per_1000"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class LegendRow:
    #: `0` to `4`, `few` or `unknown`: the end of the class name `mf-class-…`.
    code: str
    label: str
    areas: int


@dataclass(frozen=True, slots=True)
class Painted:
    """Every area's class by its code, and the legend with how many areas each class has."""

    classes: dict[str, str]
    legend: tuple[LegendRow, ...]


def painted(areas: tuple[AreaFigure, ...], measure: Measure) -> Painted:
    classes = {one.area.code: _apart(one, measure) for one in areas}
    values = {one.area.code: _value(one, measure) for one in areas if not classes[one.area.code]}
    ranked = sorted(values.values())
    for code, value in values.items():
        # Equal values share a class, whatever their number.
        classes[code] = str(1 + ranked.index(value) * CLASSES // len(ranked))
    legend = []
    for code in ("few", "unknown", "0", "1", "2", "3", "4"):
        members = [values.get(area, 0.0) for area, its in classes.items() if its == code]
        if members:
            legend.append(LegendRow(code, _label(code, measure, min(members), max(members)), len(members)))
    return Painted(classes, tuple(legend))


def _apart(one: AreaFigure, measure: Measure) -> str:
    """The class of an area that has no value to rank; empty when it has one."""
    if measure is Measure.PER_1000 and one.per_1000 is None:
        return "unknown"
    if one.figure.n == 0:
        return "0"
    return "few" if measure is not Measure.PINS and one.figure.n < TOO_FEW else ""


def _value(one: AreaFigure, measure: Measure) -> float:
    if measure is Measure.PINS:
        return one.figure.n
    if measure is Measure.PER_1000:
        return round(one.per_1000 or 0.0, 1)
    return round(one.figure.answered_share or 0.0, 2)


def _label(code: str, measure: Measure, low: float, high: float) -> str:
    if code == "few":
        return ngettext("Fewer than %(n)d message", "Fewer than %(n)d messages", TOO_FEW) % {"n": TOO_FEW}
    if code == "unknown":
        return _("Population not known")
    if code == "0":
        return _("No messages")
    if measure is Measure.PINS:
        ends = [number_format(int(low)), number_format(int(high))]
    else:
        ends = [wording.rate(end) if measure is Measure.PER_1000 else wording.share(end) for end in (low, high)]
    return ends[0] if low == high else _("%(low)s to %(high)s") % {"low": ends[0], "high": ends[1]}
