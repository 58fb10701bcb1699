"""The order of the table of changes, chosen by a link in the head of each column."""

from collections.abc import Callable
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from mapfeedback.reports.comparing.change import Change
from mapfeedback.reports.comparing.over_time import AreaChange
from mapfeedback.reports.sorting import Column


class Sort(StrEnum):
    NAME = "name"
    NAME_DOWN = "-name"
    BEFORE = "before"
    BEFORE_DOWN = "-before"
    AFTER = "after"
    AFTER_DOWN = "-after"
    CHANGE = "change"
    CHANGE_DOWN = "-change"
    PERCENT = "percent"
    PERCENT_DOWN = "-percent"
    PER_1000 = "per_1000"
    PER_1000_DOWN = "-per_1000"

    @property
    def column(self) -> str:
        return self.value.removeprefix("-")

    @property
    def is_down(self) -> bool:
        return self.value.startswith("-")


_KEYS: Final[dict[str, Callable[[Change], float | None]]] = {
    "before": lambda change: change.rates[0],
    "after": lambda change: change.rates[1],
    "change": lambda change: None if change.is_too_few else change.value,
    "percent": lambda change: change.percent,
    "per_1000": lambda change: change.per_1000_change,
}


def in_order(areas: tuple[AreaChange, ...], sort: Sort) -> list[AreaChange]:
    """What is not known or too little to say stands last, whichever way."""
    by_name = sorted(areas, key=lambda one: one.area.name.casefold(), reverse=sort is Sort.NAME_DOWN)
    if sort.column == "name":
        return by_name
    key = _KEYS[sort.column]
    said = [(value, one) for one in by_name if (value := key(one.change)) is not None]
    said.sort(key=lambda pair: pair[0], reverse=sort.is_down)
    return [one for _value, one in said] + [one for one in by_name if key(one.change) is None]


def columns(sort: Sort, *, is_even: bool) -> list[Column]:
    """Names begin at A, numbers at the largest; the column in force turns round."""
    found = []
    for name, label, first in (
        ("name", _("District"), Sort.NAME),
        ("before", _("Earlier"), Sort.BEFORE_DOWN),
        ("after", _("Later"), Sort.AFTER_DOWN),
        ("change", pgettext("between two periods", "Change") if is_even else _("Change in a month"), Sort.CHANGE_DOWN),
        ("percent", _("In per cent"), Sort.PERCENT_DOWN),
        ("per_1000", _("Per 1,000 residents"), Sort.PER_1000_DOWN),
    ):
        order, following = "", first
        if sort.column == name:
            order = "descending" if sort.is_down else "ascending"
            following = Sort(name if sort.is_down else f"-{name}")
        found.append(Column(label, following.value, order, is_number=name != "name"))
    return found
