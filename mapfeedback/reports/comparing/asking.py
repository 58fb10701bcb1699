"""What the comparison of two periods is asked: read from a query string, written back to one canonical one."""

import datetime
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from mapfeedback.reports.comparing import periods
from mapfeedback.reports.comparing.diverging import Measure
from mapfeedback.reports.comparing.ordering import Sort
from mapfeedback.reports.comparing.periods import Pair
from mapfeedback.reports.comparing.places import Place, place_named
from mapfeedback.reports.loading import Question
from mapfeedback.web import BadQuery, one_of


@dataclass(frozen=True, slots=True)
class Asked:
    """`question` has no period of its own. Without a place there is no city with borders yet."""

    place: Place | None
    question: Question
    measure: Measure = Measure.CHANGE
    sort: Sort = Sort.CHANGE_DOWN

    @classmethod
    def parse(cls, query: QueryDict, *own: str) -> Self:
        """Everything but the periods; `own` are parameters the view reads itself. Raises BadQuery."""
        question = question_of(query, "where", "show", "sort", *periods.PARAMETERS, *own)
        return cls(
            place_named(query.get("where", ""), question),
            question.between(None, None),
            one_of(query, "show", Measure, Measure.CHANGE),
            one_of(query, "sort", Sort, Sort.CHANGE_DOWN),
        )

    def pair(self, query: QueryDict, today: datetime.date) -> Pair:
        """The periods. Raises BadQuery and periods.Impossible."""
        return periods.read(query, today)

    def about(self, value: str) -> "Asked":
        """The same of another place; only its name is needed to ask."""
        return replace(self, place=self.place and replace(self.place, value=value))

    def query(self, pair: Pair | None) -> str:
        """The canonical query string."""
        own = [("where", self.place.value)] if self.place else []
        if self.measure is not Measure.CHANGE:
            own.append(("show", self.measure.value))
        if self.sort is not Sort.CHANGE_DOWN:
            own.append(("sort", self.sort.value))
        rest = self.question.query()
        return "&".join(filter(None, (urlencode([*own, *(pair.items() if pair else [])], safe="/"), rest)))


def question_of(query: QueryDict, *own: str) -> Question:
    """The filter of a comparison, whose areas are named by parameters of its own. Raises BadQuery."""
    question = Question.parse(query, *own)
    if question.pin_filter.area:
        raise BadQuery(
            "area",
            _("The districts to compare are named by %(names)s. Leave the area out.")
            % {"names": " ".join(name for name in own if name in {"where", "one", "other"})},
        )
    return question
