"""The filter as a person meets it: groups of choices, and a chip for each part in force that takes it away."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from areas.models import Area
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import Precision
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Channel, Kind, Status
from mapfeedback.pins.support.wording import at_least

#: "At least so many agree" is offered for these.
SUPPORTS: Final = (1, 5, 10, 25, 100)


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool
    #: A sub-topic, shown indented under its topic.
    inner: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """One parameter's choices; several groups may bear one name (districts of each city)."""

    name: str
    legend: str
    choices: list[Choice]
    #: Long lists start closed unless something in them is chosen.
    folded: bool = False

    @property
    def chosen(self) -> int:
        return sum(choice.chosen for choice in self.choices)


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of the filter in force; `query` is the query string without it."""

    label: str
    query: str


@dataclass(frozen=True, slots=True)
class FilterForm:
    groups: list[Group]
    chips: list[Chip]
    #: Parts without a control of their own here, carried along when the form is sent.
    hidden: list[tuple[str, str]]
    #: How many agree at least.
    support: list[Choice] = field(default_factory=list)

    @property
    def said(self) -> str:
        """The filter in words, on one line."""
        return ", ".join(chip.label for chip in self.chips)


def filter_form(
    chosen: PinFilter,
    areas: Sequence[Area],
    kept: Sequence[tuple[str, str]] = (),
    *,
    categories: Iterable[Category] | None = None,
) -> FilterForm:
    """Controls and chips for this filter. `areas` are the districts to offer, `with_names()`.

    `kept` are names and values of the page that stay when the filter changes. Two further queries, one where the page
    has all `categories` anyway.
    """
    groups = [
        _group(chosen, "kind", _("Kind"), Kind.choices),
        _group(chosen, "status", _("Status"), Status.choices),
        *_area_groups(chosen, areas),
        _category_group(chosen, Category.objects.all() if categories is None else categories),
        _group(
            chosen,
            "consultation",
            _("Consultation"),
            [(one.slug, one.name) for one in Consultation.objects.defer("place")],
            folded=True,
        ),
        _group(chosen, "language", _("Language of the text"), _languages(chosen), folded=True),
        _group(chosen, "channel", _("How it came"), Channel.choices, folded=True),
        _group(chosen, "precision", _("How well the place is known"), Precision.choices, folded=True),
    ]
    groups = [group for group in groups if group.choices]
    hidden = [(name, value) for name, value in chosen.items() if name in {"near", "within", "bbox", "reaching"}]
    offered = {(group.name, choice.value) for group in groups for choice in group.choices}
    hidden += [(name, value) for name, value in chosen.items() if name == "area" and (name, value) not in offered]
    return FilterForm(groups, _chips(chosen, groups, kept), [*hidden, *kept], _supports(chosen))


def _group(
    chosen: PinFilter, name: str, legend: str, choices: Iterable[tuple[str, object]], *, folded: bool = False
) -> Group:
    values = getattr(chosen, name)
    return Group(
        name, legend, [Choice(value, capfirst(str(label)), value in values) for value, label in choices], folded=folded
    )


def _area_groups(chosen: PinFilter, areas: Sequence[Area]) -> list[Group]:
    """One group for each main division: the whole city, its districts, and the pins in none of them."""
    groups: dict[int, Group] = {}
    for area in areas:
        division = area.division
        if division.pk not in groups:
            city = division.municipality
            group = Group("area", _("Districts of %(city)s") % {"city": city.name}, [], folded=True)
            group.choices.append(
                Choice(city.slug, _("All of %(city)s") % {"city": city.name}, city.slug in chosen.area)
            )
            groups[division.pk] = group
        value = f"{division.slug}/{area.code}"
        groups[division.pk].choices.append(Choice(value, area.name, value in chosen.area, inner=True))
    for division in {area.edition.division_id: area.division for area in areas}.values():
        for code, label in (("outside", _("Outside the districts")), ("unlocated", _("Without a place"))):
            value = f"{division.slug}/{code}"
            groups[division.pk].choices.append(Choice(value, label, value in chosen.area, inner=True))
    return list(groups.values())


def _category_group(chosen: PinFilter, categories: Iterable[Category]) -> Group:
    offered = [category for category in categories if category.is_active]
    choices = []
    for topic in (category for category in offered if category.parent_id is None):
        inner = [category for category in offered if category.parent_id == topic.pk]
        for category in (topic, *inner):
            choices.append(
                Choice(category.slug, category.name, category.slug in chosen.category, inner=category is not topic)
            )
    return Group("category", _("Topic"), choices, folded=True)


def _supports(chosen: PinFilter) -> list[Choice]:
    """What is offered, and whatever else the filter asks for."""
    offered = sorted({*SUPPORTS, chosen.support} - {0})
    return [Choice(str(n), at_least(n), n == chosen.support) for n in offered]


def _languages(chosen: PinFilter) -> list[tuple[str, object]]:
    """What the interface speaks, and whatever else the filter asks for."""
    spoken = [(code, label) for code, label in settings.LANGUAGES if "-" not in code]
    others = [(code, code) for code in chosen.language if code not in dict(spoken)]
    return [*spoken, *others]


def _chips(chosen: PinFilter, groups: list[Group], kept: Sequence[tuple[str, str]]) -> list[Chip]:
    labels = {(group.name, choice.value): choice.label for group in groups for choice in group.choices}
    items = chosen.items()
    return [
        Chip(
            labels.get(item) or _in_words(*item),
            urlencode([*(other for other in items if other != item), *kept], safe=",/"),
        )
        for item in items
    ]


def _in_words(name: str, value: str) -> str:
    match name:
        case "since" | "until":
            day = date_format(_day(value), "SHORT_DATE_FORMAT")
            return (_("From %(day)s") if name == "since" else _("Until %(day)s")) % {"day": day}
        case "answered":
            return pgettext("filter", "Answered") if value == "yes" else pgettext("filter", "Not answered")
        case "photo":
            return pgettext("filter", "With a photo") if value == "yes" else pgettext("filter", "Without a photo")
        case "near":
            return _("Within %(metres)s m of a place") % {"metres": value.rpartition(",")[2]}
        case "within":
            return _("Inside a drawn area")
        case "bbox":
            return _("Inside a box on the map")
        case "reaching":
            return _("Reaching into %(area)s") % {"area": _area_name(value)}
        case "support":
            return at_least(int(value))
        case "q":
            return _("Words: %(words)s") % {"words": value}
        case _:
            return value


def _area_name(value: str) -> str:
    """A district's name; as it was written, should it have ended in the meantime."""
    division, _slash, code = value.partition("/")
    area = Area.objects.current().defer("boundary").filter(edition__division__slug=division, code=code).first()
    return area.name if area is not None else value


def _day(value: str) -> datetime.date:
    return datetime.date.fromisoformat(value)


def in_words(chosen: PinFilter) -> list[tuple[str, str]]:
    """Parameter and label of every part in force, as the chips say them."""
    areas = Area.objects.current().of_main_divisions().with_names() if chosen.area else []
    form = filter_form(chosen, list(areas)) if chosen else FilterForm([], [], [])
    return [(name, chip.label) for (name, _value), chip in zip(chosen.items(), form.chips, strict=True)]
