"""The order of the table of districts, chosen by a link in the head of each column."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _

from mapfeedback.reports.rates import Rated


class Sort(StrEnum):
    NAME = "name"
    NAME_DOWN = "-name"
    PINS = "pins"
    PINS_DOWN = "-pins"
    RESIDENTS = "residents"
    RESIDENTS_DOWN = "-residents"
    PER_1000 = "per_1000"
    PER_1000_DOWN = "-per_1000"
    ANSWERED = "answered"
    ANSWERED_DOWN = "-answered"
    DAYS = "days"
    DAYS_DOWN = "-days"

    @property
    def column(self) -> str:
        return self.value.removeprefix("-")

    @property
    def is_down(self) -> bool:
        return self.value.startswith("-")


_KEYS: Final[dict[str, Callable[[Rated], float | None]]] = {
    "pins": lambda one: one.figure.n,
    "residents": lambda one: one.residents.persons,
    "per_1000": lambda one: one.per_1000,
    "answered": lambda one: one.figure.answered_share,
    "days": lambda one: one.figure.typical_days,
}


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a column. `sort` is what its link asks for; `order` is said of the column in force."""

    label: str
    sort: str
    order: str = ""
    is_number: bool = True


def in_order(areas: tuple[Rated, ...], sort: Sort) -> list[Rated]:
    """What is not known or too little to say stands last, whichever way."""
    by_name = sorted(areas, key=lambda one: one.area.name.casefold(), reverse=sort is Sort.NAME_DOWN)
    if sort.column == "name":
        return by_name
    key = _KEYS[sort.column]
    said = [(value, one) for one in by_name if (value := key(one)) is not None]
    said.sort(key=lambda pair: pair[0], reverse=sort.is_down)
    return [one for _value, one in said] + [one for one in by_name if key(one) is None]


def columns(sort: Sort) -> list[Column]:
    """Names begin at A, numbers at the largest; the column in force turns round."""
    found = []
    for name, label, first in (
        ("name", _("District"), Sort.NAME),
        ("pins", _("Messages"), Sort.PINS_DOWN),
        ("residents", _("Residents"), Sort.RESIDENTS_DOWN),
        ("per_1000", _("Per 1,000 residents"), Sort.PER_1000_DOWN),
        ("answered", _("Answered"), Sort.ANSWERED_DOWN),
        ("days", _("Typical time to an answer"), Sort.DAYS),
    ):
        order = ""
        following = first
        if sort.column == name:
            order = "descending" if sort.is_down else "ascending"
            following = Sort(name if sort.is_down else f"-{name}")
        found.append(Column(label, following.value, order, is_number=name != "name"))
    return found
