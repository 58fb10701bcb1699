"""An area as ground and people: how large it is, who lives there, what it is part of and what it consists of."""

import datetime
from dataclasses import dataclass

from areas.hierarchy import parents_of, parts_of
from areas.models import Area, Division
from areas.residents.bands import Age, ages_of
from mapfeedback.pins.rollups import reading
from mapfeedback.reports.loading import Question
from mapfeedback.reports.rates import Rated, Residents, residents_of


@dataclass(frozen=True, slots=True)
class Parts:
    """The areas of one finer division that lie in an area, with their own figures for the same question."""

    division: Division
    areas: tuple[Rated, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """What is known of an area beside what people say there. `parents`: areas that hold it, the largest first."""

    parents: list[Area]
    ages: list[Age]
    parts: Parts | None


def ground_of(area: Area, residents: Residents, question: Question, year: int) -> Ground:
    """The parts are of the coarsest division that lies in the area: a major district consists of districts.

    A handful of statements, however many parts there are.
    """
    # An area that ended is shown among those of its time.
    day = question.edition or area.edition.valid_to
    ages = ages_of(area, residents.year) if residents.year else []
    return Ground(list(parents_of(area, day)), ages, _parts(area, question, year, day))


def _parts(area: Area, question: Question, year: int, day: datetime.date | None) -> Parts | None:
    # What an association drew is no part of the city's own ladder.
    parts = list(parts_of(area, day).exclude(edition__division__kind=Division.Kind.OWN))
    if not parts:
        return None
    by_division: dict[int, list[Area]] = {}
    for part in parts:
        by_division.setdefault(part.edition.division_id, []).append(part)
    chosen = max(by_division.values(), key=lambda areas: sum(one.km2 for one in areas) / len(areas))
    edition = chosen[0].edition
    counted = reading.numbers(edition, question.pin_filter, defaults=question.defaults)
    residents = residents_of(edition.areas.filter(pk__in=[one.pk for one in chosen]), year)
    names = {one.pk: one for one in chosen}
    return Parts(
        edition.division,
        tuple(
            Rated(names[one.area.pk], one.figure, residents[one.area.pk])
            for one in counted.areas
            if one.area.pk in names
        ),
    )
