"""Figures beside the people who live there: the population of the year that the figures are about."""

import datetime
from dataclasses import dataclass
from typing import Final

from areas.models import Area
from areas.querysets import AreaQuerySet
from mapfeedback.pins.figures import EditionFigures, Figure
from mapfeedback.reports.loading import Question

#: Among fewer residents a few messages make a rate that says nothing about them.
FEW_RESIDENTS: Final = 50


@dataclass(frozen=True, slots=True)
class Residents:
    """How many live in an area at the end of `year`; None is not known. Without a year: the borders' file tells it."""

    persons: int | None = None
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """One area's pins in numbers, and the residents to set them against."""

    area: Area
    figure: Figure
    residents: Residents

    @property
    def per_1000(self) -> float | None:
        """Per 1 000 residents; None when their number is not known or too small for a rate."""
        persons = self.residents.persons
        return None if persons is None or persons < FEW_RESIDENTS else self.figure.n / persons * 1000

    @property
    def per_km2(self) -> float | None:
        """Residents per square kilometre; None when their number is not known."""
        persons = self.residents.persons
        return None if persons is None or not self.area.km2 else persons / self.area.km2


def rated(counted: EditionFigures, year: int) -> tuple[Rated, ...]:
    """All areas in the order they were counted, with the residents of `year`: one statement."""
    residents = residents_of(counted.edition.areas.all(), year)
    return tuple(Rated(one.area, one.figure, residents.get(one.area.pk, Residents())) for one in counted.areas)


def residents_of(areas: AreaQuerySet, year: int) -> dict[int, Residents]:
    """Of every area by its key, at the end of the nearest year that is not after `year`."""
    rows = areas.with_residents(year).order_by().values_list("pk", "residents", "residents_year")
    return {pk: Residents(persons, told) for pk, persons, told in rows}


def last_year(question: Question, today: datetime.date) -> int:
    """The year in which the period asked for ends."""
    return (question.pin_filter.until or today).year


def years(areas: tuple[Rated, ...]) -> list[int]:
    """The years that the residents of these areas are of, newest first."""
    return sorted({one.residents.year for one in areas if one.residents.year}, reverse=True)
