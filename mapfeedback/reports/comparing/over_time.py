"""Two periods side by side: every district of a division, or one district (or the city) with its parts."""

from dataclasses import dataclass, replace

from areas.models import Area
from mapfeedback.pins import figures
from mapfeedback.pins.figures import Breakdown, DefaultPlaces, EditionFigures, Figure
from mapfeedback.pins.models import Category
from mapfeedback.pins.rollups import reading
from mapfeedback.reports.comparing import remarks
from mapfeedback.reports.comparing.change import Change
from mapfeedback.reports.comparing.pairing import Side, paired
from mapfeedback.reports.comparing.periods import Pair, Period
from mapfeedback.reports.comparing.places import Place
from mapfeedback.reports.loading import Question
from mapfeedback.reports.rates import Residents, residents_of


@dataclass(frozen=True, slots=True)
class AreaChange:
    area: Area
    change: Change


@dataclass(frozen=True)
class OverTime:
    """One place in two periods. `areas`, `outside` and the like are of a division, `parts` of one area or a city."""

    place: Place
    #: Without a period of its own.
    question: Question
    pair: Pair
    total: Change
    remarks: list[str]
    areas: tuple[AreaChange, ...] = ()
    outside: Change | None = None
    unlocated: Change | None = None
    #: Only when suspected default places are left out.
    left_out: Change | None = None
    parts: tuple[Breakdown, Breakdown] | None = None
    categories: tuple[Category, ...] = ()

    @property
    def sides(self) -> list[Side]:
        return paired(*self.parts, self.categories) if self.parts else []

    def asked(self, period: Period) -> Question:
        return self.question.between(period.since, period.until)


def compare(place: Place, question: Question, pair: Pair) -> OverTime:
    """Some ten statements, however many messages and areas there are."""
    question = question.between(None, None)
    found = _every_area(place, question, pair) if place.is_every_area else _one_place(place, question, pair)
    return replace(found, remarks=remarks.of(found.place, found.question, pair, found.total))


def _every_area(place: Place, question: Question, pair: Pair) -> OverTime:
    counted: list[EditionFigures] = []
    for period in (pair.before, pair.after):
        narrowed = question.between(period.since, period.until).pin_filter
        counted.append(reading.numbers(place.edition, narrowed, defaults=question.defaults))
    before, after = counted
    years = _years(pair)
    residents = {year: residents_of(place.edition.areas.all(), year) for year in set(years)}

    def change(one: Figure, other: Figure, area: int = 0) -> Change:
        first, second = (residents[year].get(area, Residents()) for year in years)
        return Change(one, other, pair.months, (first, second))

    return OverTime(
        place,
        question,
        pair,
        total=change(before.total, after.total),
        remarks=[],
        areas=tuple(
            AreaChange(one.area, change(one.figure, other.figure, one.area.pk))
            for one, other in zip(before.areas, after.areas, strict=True)
        ),
        outside=change(before.outside, after.outside),
        unlocated=change(before.unlocated, after.unlocated),
        left_out=change(before.suspected_default or Figure(), after.suspected_default or Figure())
        if question.defaults is DefaultPlaces.APART
        else None,
    )


def _one_place(place: Place, question: Question, pair: Pair) -> OverTime:
    before, after = (
        figures.breakdown(place.narrow(question.between(period.since, period.until)))
        for period in (pair.before, pair.after)
    )
    residents = (Residents(), Residents())
    if place.area is not None:
        of_area = Area.objects.filter(pk=place.area.pk)
        first, second = (residents_of(of_area, year)[place.area.pk] for year in _years(pair))
        residents = (first, second)
    return OverTime(
        place,
        question,
        pair,
        total=Change(before.total, after.total, pair.months, residents),
        remarks=[],
        parts=(before, after),
        categories=tuple(Category.objects.all()),
    )


def _years(pair: Pair) -> tuple[int, int]:
    """The years in which both periods end: those of the residents to set them against."""
    before, after = (period.until.year for period in pair.known)
    return before, after
