"""How old the people of an area are, in bands few enough to read."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from areas.models import Area, PopulationFigure
from areas.residents.headings import EVERYBODY, Band

#: More bands than this are put together.
MANY: Final = 12
#: Where the bands of a table may be put together; the first that fits is taken.
_STARTS: Final = ((0, 7, 18, 30, 45, 65, 80), (0, 15, 30, 45, 65, 80), (0, 15, 25, 45, 65, 75), (0, 15, 65))


@dataclass(frozen=True, slots=True)
class Age:
    band: Band
    persons: int
    #: Of everybody, from 0 to 1; None when nobody lives there or their number is not known.
    share: float | None


def ages_of(area: Area, year: int) -> list[Age]:
    """The people of an area at the end of a year by age, youngest first; empty when their ages are not known."""
    rows = PopulationFigure.objects.filter(area=area, year=year).values_list("age_from", "age_to", "persons")
    told = {Band(age_from, age_to): persons for age_from, age_to, persons in rows}
    everybody = told.pop(EVERYBODY, None)
    few = put_together(told)
    return [Age(band, persons, persons / everybody if everybody else None) for band, persons in few.items()]


def put_together(told: dict[Band, int]) -> dict[Band, int]:
    """At most a dozen bands where that can be done without dividing or doubling any; otherwise as they were told."""
    told = dict(sorted(told.items(), key=lambda pair: (pair[0].age_from, _end(pair[0]))))
    if len(told) <= MANY or not _side_by_side(list(told)):
        return told
    for starts in _STARTS:
        wide = [Band(start, after - 1) for start, after in pairwise(starts)] + [Band(starts[-1])]
        homes = {band: _home(band, wide) for band in told}
        if None not in homes.values():
            return {
                home: sum(persons for band, persons in told.items() if homes[band] == home)
                for home in wide
                if home in homes.values()
            }
    return told


def _home(band: Band, wide: list[Band]) -> Band | None:
    return next((one for one in wide if one.age_from <= band.age_from and _end(band) <= _end(one)), None)


def _side_by_side(bands: list[Band]) -> bool:
    """No age is missing between the first and the last, and none counts twice."""
    return all(after.age_from == _end(before) + 1 for before, after in pairwise(bands))


def _end(band: Band) -> float:
    return float("inf") if band.age_to is None else band.age_to
