"""Two areas side by side, each with the figures of its own page."""

import datetime
from dataclasses import dataclass

from areas.models import Area
from mapfeedback.pins import figures
from mapfeedback.reports import district as districts
from mapfeedback.reports.comparing.pairing import Side, by_difference, paired
from mapfeedback.reports.district import DistrictFigures
from mapfeedback.reports.loading import Question


@dataclass(frozen=True)
class SideBySide:
    one: DistrictFigures
    other: DistrictFigures
    #: Messages that lie in both areas and are counted in both.
    shared: int

    @property
    def both(self) -> tuple[DistrictFigures, DistrictFigures]:
        return self.one, self.other

    @property
    def question(self) -> Question:
        return self.one.question

    @property
    def sides(self) -> list[Side]:
        """Topics first, those with the greatest difference on top."""
        found = paired(self.one.counted, self.other.counted, self.one.categories)
        return [
            Side(side.code, side.heading, by_difference(side.rows)) if side.code == "category" else side
            for side in found
        ]

    @property
    def caveats(self) -> tuple[list[str], list[str], list[str]]:
        """What is true of both, then what is true of each alone."""
        one, other = self.one.caveats, self.other.caveats
        common = [sentence for sentence in one if sentence in other]
        return common, [each for each in one if each not in common], [each for each in other if each not in common]


def compare(one: Area, other: Area, question: Question, today: datetime.date) -> SideBySide:
    """Thirteen statements, however many messages there are."""
    pins = question.pins()
    shared = 0
    if one.edition_id != other.edition_id:  # areas of one edition have no ground in common
        here = figures.in_area(pins, one, defaults=question.defaults).order_by().values("pk")
        shared = figures.in_area(pins, other, defaults=question.defaults).filter(pk__in=here).count()
    return SideBySide(districts.figures_of(one, question, today), districts.figures_of(other, question, today), shared)
