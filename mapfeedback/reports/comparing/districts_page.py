"""What the page of two districts shows: the figures of both beside one another, on one scale."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _

from areas.models import Area, Municipality
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.pins.filterform import filter_form
from mapfeedback.reports import wording
from mapfeedback.reports.comparing import linking, places
from mapfeedback.reports.comparing.columns import Chart, charts
from mapfeedback.reports.comparing.pairing import Row, in_time, months_of
from mapfeedback.reports.comparing.side_by_side import SideBySide
from mapfeedback.reports.district import DistrictFigures
from mapfeedback.reports.drawing import Drawing, drawing_of_city
from mapfeedback.reports.loading import Question, area_value
from mapfeedback.reports.pages import Link


@dataclass(frozen=True, slots=True)
class Cell:
    """One number of one district. `note` says where it comes from; `is_untold` greys it."""

    text: str
    url: str = ""
    note: str = ""
    is_untold: bool = False


@dataclass(frozen=True, slots=True)
class Measure:
    label: str
    cells: tuple[Cell, Cell]


@dataclass(frozen=True, slots=True)
class PartLine:
    """One row of a table of parts. `bars` are from 0 to 100, of the largest share in the table."""

    label: str
    cells: list[tuple[str, str]]
    shares: list[str]
    untold: list[bool]
    bars: list[float]
    difference: str
    may_be_chance: bool
    inner: bool
    code: str


@dataclass(frozen=True, slots=True)
class PartTable:
    code: str
    heading: str
    lines: list[PartLine]


def query_of(one: str, other: str, question: Question) -> str:
    """The canonical query string of this page."""
    names = [(name, value) for name, value in (("one", one), ("other", other)) if value]
    return "&".join(filter(None, (urlencode(names, safe="/"), question.query())))


def about(compared: SideBySide) -> dict[str, Any]:
    question, both = compared.question, compared.both
    one, other = (area_value(figures.area) for figures in both)
    common, of_one, of_other = compared.caveats
    drawing, shapes = _map(both[0].area, both[1].area)
    return {
        "compared": compared,
        "areas": [figures.area for figures in both],
        "own": [figures.drawn_by for figures in both],
        "measures": measures_of(compared),
        "tables": [PartTable(side.code, side.heading, _lines(side.rows, compared)) for side in compared.sides],
        "charts": _charts(compared),
        "common": common,
        "apart_caveats": [(both[0].area, of_one), (both[1].area, of_other)],
        "shared": compared.shared,
        "drawing": drawing,
        "shapes": shapes,
        "query": query_of(one, other, question),
        "swapped": query_of(other, one, question),
        "borders_are_examples": any(figures.area.edition.is_example for figures in both),
    }


def chooser(
    question: Question, one: Area | None, other: Area | None, cities: Sequence[Municipality], city: Municipality | None
) -> dict[str, Any]:
    """The form, with the districts of the cities that are chosen from."""
    chosen = [area for area in (one, other) if area is not None]
    open_cities = {area.division.municipality for area in chosen} | ({city} if city else set())
    first, second = (area_value(area) if area else "" for area in (one, other))
    options = places.by_division(places.areas_to_choose(list(open_cities)))
    offered = {option.value for group in options for option in group.options}
    # An area that ended, or one too many for the list, stays chosen.
    ended = [places.Option(area_value(area), area.name) for area in chosen if area_value(area) not in offered]
    if ended:
        options.append(places.Options(_("Chosen now"), ended))
    form = filter_form(question.pin_filter, [])
    bare = Question(type(question.pin_filter)(), question.defaults, question.edition)
    return {
        "values": [first, second],
        "options": options,
        "cities": [
            Link(each.name, f"{query_of(first, second, question)}&city={each.slug}".lstrip("&"), each in open_cities)
            for each in cities
        ],
        "chosen": question.pin_filter,
        "form": form,
        "apart": question.defaults is DefaultPlaces.APART,
        "edition_day": question.edition.isoformat() if question.edition else "",
        "period": wording.period(question.pin_filter.since, question.pin_filter.until),
        "chips": [
            (chip.label, "&".join(filter(None, (query_of(first, second, bare), chip.query)))) for chip in form.chips
        ],
        "without_apart": query_of(first, second, Question(question.pin_filter, edition=question.edition)),
    }


def measures_of(compared: SideBySide) -> list[Measure]:
    rows = [_measured(figures) for figures in compared.both]
    return [Measure(label, (cell, rows[1][label])) for label, cell in rows[0].items()]


def _map(one: Area, other: Area) -> tuple[Drawing, list[dict[str, str]]]:
    """Both, and around them the other areas of the first one's division, unless they lie in different cities."""
    wanted = Q(pk__in=[one.pk, other.pk])
    if one.division.municipality_id == other.division.municipality_id:
        wanted |= Q(edition=one.edition_id)
    drawing = drawing_of_city(Area.objects.filter(wanted))
    ours = {one.pk: "compare-area compare-area--1", other.pk: "compare-area compare-area--2"}
    around = [{"d": path, "name": "compare-area"} for key, path in drawing.by_key.items() if key not in ours]
    # The larger one first: the other may lie on it.
    first, second = sorted((one, other), key=lambda area: -area.km2)
    both = [{"d": drawing.by_key[key], "name": ours[key]} for key in (first.pk, second.pk)]
    return drawing, [*around, *both]


def _measured(figures: DistrictFigures) -> dict[str, Cell]:
    area, total, shown = figures.area, figures.counted.total, wording.Shown(figures.mine)
    density = total.n / area.km2 if area.km2 else None
    return {
        _("Messages"): Cell(wording.count(total.n), _to_list(figures)),
        _("Per 1,000 residents"): Cell(shown.per_1000, is_untold=figures.mine.per_1000 is None),
        _("Messages per km²"): Cell(
            _("not known") if density is None else wording.decimal(density, 1 if density < 100 else 0),
            is_untold=density is None,
        ),
        _("Answered"): Cell(
            wording.count(total.answered), _to_list(figures, linking.ANSWERED) if total.answered else ""
        ),
        _("Answered share"): Cell(shown.answered_share, is_untold=total.answered_share is None),
        _("Typical time to an answer"): Cell(shown.typical_days, is_untold=total.typical_days is None),
        _("Residents"): Cell(shown.residents, note=shown.residents_year, is_untold=figures.residents.persons is None),
        _("Size"): Cell(shown.km2),
        _("Residents per km²"): Cell(shown.per_km2, is_untold=figures.mine.per_km2 is None),
    }


def _lines(rows: list[Row], compared: SideBySide) -> list[PartLine]:
    largest = max((share or 0 for row in rows for share in row.shares), default=0) or 1
    return [
        PartLine(
            label=row.label,
            cells=[
                (wording.count(figure.n), _to_list(figures, row.part) if figure.n else "")
                for figure, figures in zip(row.figures, compared.both, strict=True)
            ],
            shares=[wording.share(share) for share in row.shares],
            untold=[share is None for share in row.shares],
            bars=[round(100 * (share or 0) / largest, 1) for share in row.shares],
            difference=_("too few") if None in row.shares else wording.signed(row.difference * 100, 0),
            may_be_chance=None not in row.shares and row.may_be_chance,
            inner=row.inner,
            code=row.part[1],
        )
        for row in rows
    ]


def _charts(compared: SideBySide) -> list[Chart]:
    codes = months_of(compared.one.counted, compared.other.counted)
    labels = [wording.month(code) if len(code) > 4 else code for code in codes]
    if len(codes) < 2:
        return []
    numbers = [[figure.n for figure in in_time(figures.counted, codes)] for figures in compared.both]
    return charts([figures.area.name for figures in compared.both], [labels, labels], numbers)


def _to_list(figures: DistrictFigures, *parts: tuple[str, str]) -> str:
    return linking.to_list(figures.question, figures.area.edition, area_value(figures.area), *parts)
