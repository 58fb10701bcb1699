"""What the page of two periods shows: changes put beside words, links, bars and maps."""

import datetime
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from areas.models import Edition
from mapfeedback.accounts.rules import association_behind
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.pins.filterform import filter_form
from mapfeedback.reports import wording
from mapfeedback.reports.catalogue import divisions_in_force
from mapfeedback.reports.comparing import diverging, linking, ordering, places, presets
from mapfeedback.reports.comparing.asking import Asked
from mapfeedback.reports.comparing.change import Change
from mapfeedback.reports.comparing.columns import charts
from mapfeedback.reports.comparing.diverging import Measure
from mapfeedback.reports.comparing.maps import atlas_of
from mapfeedback.reports.comparing.over_time import OverTime
from mapfeedback.reports.comparing.pairing import Row, in_time
from mapfeedback.reports.comparing.periods import SPANS, Pair, Period
from mapfeedback.reports.loading import area_value
from mapfeedback.reports.pages import Link
from mapfeedback.reports.sides import MONTHS


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of messages; `monthly` is said of periods of different length, `url` leads to just these messages."""

    n: str
    monthly: str
    url: str


@dataclass(frozen=True, slots=True)
class Line:
    """One row of any table of changes. `bar` is from -100 to 100, of the largest change in the table."""

    label: str
    url: str
    cells: list[Cell]
    change: str
    percent: str
    per_1000: str
    is_too_few: bool
    may_be_chance: bool
    knows_percent: bool
    knows_rate: bool
    bar: float
    inner: bool = False
    #: The code of what it is about, for a file.
    code: str = ""

    @property
    def bar_start(self) -> float:
        return 100 + min(self.bar, 0)

    @property
    def bar_length(self) -> float:
        return abs(self.bar)


@dataclass(frozen=True, slots=True)
class PartTable:
    code: str
    heading: str
    lines: list[Line]


def about(asked: Asked, compared: OverTime, today: datetime.date) -> dict[str, Any]:
    pair, place = compared.pair, compared.place
    query = asked.query(pair)
    more = _of_every_area(asked, compared) if place.is_every_area else _of_one_place(compared)
    return (
        _around(asked, pair, today)
        | more
        | {
            "compared": compared,
            "pair": pair,
            "earlier": wording.period(pair.before.since, pair.before.until),
            "later": wording.period(pair.after.since, pair.after.until),
            "is_even": pair.is_even,
            "total": line(_("Together"), compared.total, compared, _anywhere(compared), largest=0),
            "query": query,
            "drawn_by": None if place.is_whole_city else association_behind(place.edition.division),
            "borders_are_examples": place.edition.is_example,
        }
    )


def without_numbers(asked: Asked, typed: QueryDict, problem: str, today: datetime.date) -> dict[str, Any]:
    """The page with its form and what was typed, when the periods make no sense."""
    return _around(asked, None, today) | {"problem": problem, "typed": typed}


def _around(asked: Asked, pair: Pair | None, today: datetime.date) -> dict[str, Any]:
    """The form, the ready-made pairs, and the other cities."""
    place = asked.place
    entries = divisions_in_force()
    # The main division of every city comes first.
    cities = {entry.municipality: entry.division.slug for entry in reversed(entries)}
    areas = places.areas_to_choose([place.municipality]) if place else []
    chosen = asked.question.pin_filter
    form = filter_form(chosen, [])
    return {
        "place": place,
        "chosen": chosen,
        "form": form,
        "apart": asked.question.defaults is DefaultPlaces.APART,
        "edition_day": asked.question.edition.isoformat() if asked.question.edition else "",
        "shows": asked.measure.value,
        "sorted": asked.sort.value,
        "options": places.every_place(entries, areas, place.municipality) if place else [],
        "cities": [
            Link(city.name, asked.about(division).query(pair), place is not None and city == place.municipality)
            for city, division in reversed(cities.items())
        ],
        "dates": pair.items() if pair else [],
        "spans": SPANS,
        "presets": [Link(one.label, asked.query(one.pair), one.pair == pair) for one in presets.calendar(today)],
        "moments": [
            (one, asked.query(one.pair), one.pair == pair)
            for one in (presets.moments(place.municipality, today) if place else [])
        ],
        "chips": [(chip.label, "&".join(filter(None, (_own(asked, pair), chip.query)))) for chip in form.chips],
        "without_apart": replace(asked, question=replace(asked.question, defaults=DefaultPlaces.COUNTED)).query(pair),
    }


def _own(asked: Asked, pair: Pair | None) -> str:
    """The query without the filter, to which a chip adds what is left of the filter."""
    bare = replace(asked.question, pin_filter=type(asked.question.pin_filter)())
    return replace(asked, question=bare).query(pair)


def _of_every_area(asked: Asked, compared: OverTime) -> dict[str, Any]:
    pair, edition = compared.pair, compared.place.edition
    every = [one.change for one in compared.areas] + [one for one in (compared.outside, compared.unlocated) if one]
    largest = max((abs(one.value) for one in every if not one.is_too_few), default=0)
    lines = [
        line(
            one.area.name,
            one.change,
            compared,
            area_value(one.area),
            largest=largest,
            url=asked.about(area_value(one.area)).query(pair),
            code=one.area.code,
        )
        for one in ordering.in_order(compared.areas, asked.sort)
    ]
    slug = edition.division.slug
    beside = [
        (_("Outside the districts"), compared.outside, f"{slug}/outside"),
        (_("Without a place"), compared.unlocated, f"{slug}/unlocated"),
        (_("Left out: probable default places"), compared.left_out, ""),
    ]
    residents = {each.year for one in compared.areas for each in one.change.residents if each.year}
    knows_people = any(each.persons for one in compared.areas for each in one.change.residents)
    return {
        "lines": lines,
        "columns": [
            (column, replace(asked, sort=ordering.Sort(column.sort)).query(pair))
            for column in ordering.columns(asked.sort, is_even=pair.is_even)
        ],
        "beside": [
            line(label, change, compared, value, largest=largest, code=value)
            for label, change, value in beside
            if change is not None
        ],
        "residents_year": wording.residents_year(sorted(residents, reverse=True)) if knows_people else "",
        "atlas": atlas_of(compared, asked.measure),
        "measures": [
            Link(label, replace(asked, measure=measure).query(pair), measure is asked.measure)
            for measure, label in (
                (Measure.CHANGE, pgettext("between two periods", "Change")),
                (Measure.PERCENT, _("Change in per cent")),
                (Measure.PER_1000, _("Change per 1,000 residents")),
            )
        ],
        "has_chance": any(one.may_be_chance and not one.is_too_few for one in lines),
    }


def _of_one_place(compared: OverTime) -> dict[str, Any]:
    value = _anywhere(compared)
    tables = []
    for side in compared.sides:
        changes = [_change_of(row, compared) for row in side.rows]
        largest = max((abs(change.value) for change in changes if not change.is_too_few), default=0)
        lines = [
            replace(
                line(row.label, change, compared, value, row.part, largest=largest, code=row.part[1]), inner=row.inner
            )
            for row, change in zip(side.rows, changes, strict=True)
        ]
        tables.append(PartTable(side.code, side.heading, lines))
    before, after = compared.total.before, compared.total.after
    return {
        "tables": tables,
        "answered": [
            Cell(wording.count(one.answered), "", linking.to_list(asked, _edition(compared), value, linking.ANSWERED))
            for one, asked in zip((before, after), _questions(compared), strict=True)
        ],
        "shares": [wording.share(one.answered_share) for one in (before, after)],
        "days": [wording.days(one.typical_days) for one in (before, after)],
        "few": [(one.answered_share is None, one.typical_days is None) for one in (before, after)],
        "rates": [
            (_("not known") if persons.persons is None else _("too few")) if rate is None else wording.decimal(rate, 1)
            for rate, persons in zip(compared.total.per_1000, compared.total.residents, strict=True)
        ],
        "people": [wording.residents(one) for one in compared.total.residents],
        "people_years": [
            wording.residents_year([one.year] if one.year else []) if one.persons is not None else ""
            for one in compared.total.residents
        ],
        "charts": _months(compared),
        "has_chance": any(one.may_be_chance and not one.is_too_few for table in tables for one in table.lines),
    }


def _months(compared: OverTime) -> list[Any]:
    """The months of both periods below one another; nothing of so many that nobody could read them."""
    if compared.parts is None:
        return []
    codes = [period.in_months() for period in compared.pair.known]
    if max(map(len, codes)) > MONTHS or min(map(len, codes)) < 2:
        return []
    numbers = [[figure.n for figure in in_time(part, its)] for part, its in zip(compared.parts, codes, strict=True)]
    periods = [wording.period(one.since, one.until) for one in (compared.pair.before, compared.pair.after)]
    return charts(periods, [[wording.month(code) for code in its] for its in codes], numbers)


def _change_of(row: Row, compared: OverTime) -> Change:
    return Change(row.figures[0], row.figures[1], compared.pair.months)


def line(
    label: str,
    change: Change,
    compared: OverTime,
    area: str,
    *parts: tuple[str, str],
    largest: float = 0,
    url: str = "",
    code: str = "",
) -> Line:
    edition = _edition(compared)
    cells = [
        Cell(
            wording.count(figure.n),
            "" if change.is_even else _("%(number)s a month") % {"number": wording.decimal(rate, 1)},
            linking.to_list(asked, edition, area, *parts) if area and figure.n else "",
        )
        for figure, rate, asked in zip((change.before, change.after), change.rates, _questions(compared), strict=True)
    ]
    return Line(
        label=label,
        url=url,
        cells=cells,
        change=diverging.written(diverging.value_of(change, Measure.CHANGE), Measure.CHANGE, is_even=change.is_even),
        percent=diverging.written(change.percent, Measure.PERCENT, is_even=change.is_even),
        per_1000=_rate(change),
        is_too_few=change.is_too_few,
        may_be_chance=change.may_be_chance,
        knows_percent=change.percent is not None,
        knows_rate=change.per_1000_change is not None,
        bar=round(100 * change.value / largest, 1) if largest else 0,
        code=code,
    )


def _rate(change: Change) -> str:
    if change.per_1000_change is not None:
        return wording.signed(change.per_1000_change, 1)
    return _("not known") if None in [one.persons for one in change.residents] else _("too few")


def _questions(compared: OverTime) -> list[Any]:
    periods: tuple[Period, Period] = (compared.pair.before, compared.pair.after)
    return [compared.asked(period) for period in periods]


def _edition(compared: OverTime) -> Edition | None:
    return None if compared.place.is_whole_city else compared.place.edition


def _anywhere(compared: OverTime) -> str:
    """All messages of the comparison, as the filter writes their place."""
    place = compared.place
    return place.municipality.slug if place.area is None else area_value(place.area)
