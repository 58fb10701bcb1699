"""What the pages of districts show: figures put beside words, links and drawings."""

import datetime
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.contrib.gis.db.models import Extent
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from areas.hierarchy import LADDER
from areas.models import Area, Division, Edition
from mapfeedback.accounts.rules import association_behind
from mapfeedback.pins import figures
from mapfeedback.pins.figures import DefaultPlaces, EditionFigures
from mapfeedback.pins.filterform import filter_form
from mapfeedback.pins.listing import first_of_each
from mapfeedback.pins.looking import Measure
from mapfeedback.pins.models import Category, Kind
from mapfeedback.pins.workflow import OPEN
from mapfeedback.reports import borders, sorting, wording
from mapfeedback.reports.choropleth import painted
from mapfeedback.reports.district import DistrictFigures
from mapfeedback.reports.drawing import drawing_of_city
from mapfeedback.reports.ground import Ground
from mapfeedback.reports.loading import Question, area_value
from mapfeedback.reports.rates import Rated, years
from mapfeedback.reports.sorting import Sort

LISTED = 5


@dataclass(frozen=True, slots=True)
class Link:
    label: str
    query: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class AgeRow:
    label: str
    persons: str
    share: str
    #: From 0 to 1: how long its bar is.
    bar: float | None


@dataclass(frozen=True, slots=True)
class TableRow:
    area: Area
    n: int
    shown: wording.Shown
    #: End of the class name of its colour on the map.
    code: str


def about_division(
    counted: EditionFigures, rated: tuple[Rated, ...], question: Question, sort: Sort, measure: Measure
) -> dict[str, Any]:
    edition, colours = counted.edition, painted(rated, measure)
    areas = edition.areas.all()
    drawing = drawing_of_city(areas)
    rows = [row_of(one, colours.classes) for one in sorting.in_order(rated, sort)]
    return {
        "edition": edition,
        "borders": borders.of_division(edition, question),
        "drawn_by": association_behind(edition.division),
        "division": edition.division,
        "trail": trail(edition.division),
        "counted": counted,
        "rows": rows,
        "columns": sorting.columns(sort),
        "legend": colours.legend,
        "residents_year": wording.residents_year(years(rated)) if any(one.residents.persons for one in rated) else "",
        "drawing": drawing,
        "shapes": [{"d": path, "name": f"mf-class-{colours.classes[code]}"} for code, path in drawing.paths.items()],
        "files_query": _of_the_city(edition, question),
        "painted": {row.area.code: on_the_map(row, question) for row in rows},
        "bounds": _bounds(areas),
        "measures": [Link(str(choice.label), _query(question, sort, choice), choice is measure) for choice in Measure],
        "shows": measure.value,
        "sorted": sort.value,
        "borders_are_examples": edition.is_example,
    } | _about_question(question)


def about_district(counted: DistrictFigures, ground: Ground, today: datetime.date) -> dict[str, Any]:
    area, question = counted.area, counted.question
    pins = figures.in_area(question.pins(), area, defaults=question.defaults)
    open_ones = pins.filter(answered_at=None, status__in=list(OPEN)).order_by("placed_at", "pk")
    newest, waiting = first_of_each([pins, open_ones], LISTED)
    return {
        "area": area,
        "borders": borders.of_district(area, question),
        "drawn_by": association_behind(area.division),
        "division": area.division,
        "trail": trail(area.division, area, ground.parents),
        "beside": [one for one in ground.parents if one.division.kind not in LADDER],
        "ages": [
            AgeRow(wording.ages(age.band), wording.count(age.persons), wording.share(age.share), age.share)
            for age in ground.ages
        ],
        "parts": ground.parts and ground.parts.division,
        "part_rows": [wording.Shown(one) for one in ground.parts.areas] if ground.parts else [],
        "figures": counted,
        "total": counted.counted.total,
        "shown": wording.Shown(counted.mine),
        "newest": newest,
        "waiting": waiting,
        "list_query": _list_query("area", area, question),
        "reaching": wording.reaching_in(counted.reaching),
        "reaching_query": _list_query("reaching", area, question) if counted.reaching.n else "",
        "bounds": _bounds(Area.objects.filter(pk=area.pk)),
        "kinds": {code: str(label) for code, label in Kind.choices},
        "periods": _periods(question, today),
        "borders_are_examples": area.edition.is_example,
    } | _about_question(question, counted.categories)


def trail(division: Division, area: Area | None = None, parents: Sequence[Area] = ()) -> list[tuple[str, str]]:
    """Where the reader is; the last part is the page itself. Of `parents` only the city's own ladder is shown."""
    city = division.municipality
    index = reverse("reports:divisions")
    steps = [(_("Districts"), index)]
    above = [one for one in parents if one.division.kind in LADDER]
    if area is None or not above:
        steps.append((division_name(division), division.get_absolute_url()))
    else:
        steps.append((city.name, f"{index}#city-{city.slug}"))
        steps += [(one.name, one.get_absolute_url()) for one in above]
    return [*steps, (area.name, area.get_absolute_url())] if area else steps


def division_name(division: Division) -> str:
    return _("%(city)s: %(division)s") % {"city": division.municipality.name, "division": division.name}


def _list_query(name: str, area: Area, question: Question) -> str:
    """The same messages for the list and the map, which know today's borders only: empty for older ones.

    `name` is the parameter that the area is for: `area` or `reaching`.
    """
    if not area.edition.is_in_force:
        return ""
    return urlencode([(name, area_value(area)), *question.pin_filter.items()], safe=",/")


def _of_the_city(edition: Edition, question: Question) -> str:
    """The question for the files of all messages, which know several cities: narrowed to this one."""
    narrowed = question.pin_filter
    if not narrowed.area:
        narrowed = replace(narrowed, area=(edition.division.municipality.slug,))
    return narrowed.query()


def _about_question(question: Question, categories: Iterable[Category] | None = None) -> dict[str, Any]:
    return {
        "chosen": question.pin_filter,
        "form": filter_form(question.pin_filter, [], categories=categories),
        "period": wording.period(question.pin_filter.since, question.pin_filter.until),
        "query": question.query(),
        "edition_day": question.edition.isoformat() if question.edition else "",
        "apart": question.defaults is DefaultPlaces.APART,
    }


def row_of(one: Rated, classes: dict[str, str]) -> TableRow:
    return TableRow(one.area, one.figure.n, wording.Shown(one), classes[one.area.code])


def on_the_map(row: TableRow, question: Question) -> dict[str, str]:
    """What static/js/painted.js shows and opens for a district."""
    query = question.query()
    return {
        "code": row.code,
        "name": row.area.name,
        "url": row.area.get_absolute_url() + (f"?{query}" if query and not question.pin_filter.area else ""),
        "messages": wording.messages(row.n),
        "per_1000": row.shown.per_1000,
        "answered": row.shown.answered_share,
        "days": row.shown.typical_days,
    }


def _query(question: Question, sort: Sort, measure: Measure) -> str:
    own = {"sort": sort.value, "show": measure.value}
    return "&".join(filter(None, (question.query(), urlencode(own))))


def _periods(question: Question, today: datetime.date) -> list[Link]:
    """Quick choices; the rest of the question stays as it is."""
    this_year = today.replace(month=1, day=1)
    last_year = this_year.replace(year=today.year - 1)
    a_year_ago = today - datetime.timedelta(days=365)
    chosen = (question.pin_filter.since, question.pin_filter.until)
    choices: list[tuple[str, datetime.date | None, datetime.date | None]] = [
        (_("All the time"), None, None),
        (_("This year"), this_year, None),
        (_("Last year"), last_year, this_year - datetime.timedelta(days=1)),
        (_("Last 12 months"), a_year_ago, None),
    ]
    return [
        Link(label, question.between(since, until).query(), chosen == (since, until)) for label, since, until in choices
    ]


def _bounds(areas: QuerySet[Area]) -> str:
    """ "west,south,east,north" for the map; empty without areas."""
    extent = areas.order_by().aggregate(extent=Extent("boundary"))["extent"]
    return ",".join(f"{edge:.5f}" for edge in extent) if extent else ""
