"""The map page painted by district: the figures of the district pages, for the filter and the division in use."""

from dataclasses import dataclass

from django.utils import timezone

from areas.models import Edition, Municipality
from mapfeedback.pins.figures import EditionFigures
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.looking import Looking
from mapfeedback.pins.rollups import reading
from mapfeedback.reports import pages, sorting
from mapfeedback.reports.catalogue import City, divisions_by_city
from mapfeedback.reports.choropleth import LegendRow, painted
from mapfeedback.reports.loading import Question, edition_or_404
from mapfeedback.reports.rates import last_year, rated
from mapfeedback.reports.sorting import Sort


@dataclass(frozen=True, slots=True)
class Painting:
    """Districts of one division in classes, as legend, table and what the map needs."""

    counted: EditionFigures
    legend: tuple[LegendRow, ...]
    rows: list[pages.TableRow]
    #: What static/js/painted.js shows of each district, by its code.
    districts: dict[str, dict[str, str]]
    #: Every division there is to choose from.
    cities: list[City]

    @property
    def edition(self) -> Edition:
        return self.counted.edition


def painting_of(chosen: PinFilter, looking: Looking, city: Municipality | None) -> Painting | None:
    """For the asked division, else the main one of the city on the map; None where there are no districts."""
    cities = divisions_by_city()
    main = [
        entry.division.slug
        for one in cities
        for entry in (*one.divisions, *one.own)
        if entry.division.is_main and (city is None or one.municipality.pk == city.pk)
    ]
    if not (looking.division or main):
        return None
    edition = edition_or_404(looking.division or main[0])
    question = Question(chosen)
    counted = reading.by_area(edition, chosen)
    areas = rated(counted, last_year(question, timezone.localdate()))
    colours = painted(areas, looking.measure)
    rows = [pages.row_of(one, colours.classes) for one in sorting.in_order(areas, Sort(f"-{looking.measure.value}"))]
    districts = {row.area.code: pages.on_the_map(row, question) for row in rows}
    return Painting(counted, colours.legend, rows, districts, cities)
