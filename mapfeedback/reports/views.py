"""Figures of districts, for people and machines, and the report an association takes to a meeting."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from mapfeedback.pins import figures
from mapfeedback.pins.figures import AreaFigure, EditionFigures
from mapfeedback.reports.loading import Question, edition_or_404


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def counts(request: HttpRequest, division: str) -> HttpResponse:
    """How many contributions in each area; the parts add up to `total`. Asked again, an unchanged answer is 304."""
    edition = edition_or_404(division)
    question = Question.parse(request.GET)
    return JsonResponse(_as_json(figures.by_area(edition, question.pins(), defaults=question.defaults)))


def _as_json(counted: EditionFigures) -> dict[str, object]:
    edition = counted.edition
    answer: dict[str, object] = {
        "division": edition.division.slug,
        "borders_from": edition.valid_from.isoformat(),
        "is_example": edition.is_example,
        "areas": [_area_as_json(one) for one in counted.areas],
        "unlocated": counted.unlocated.n,
        "outside": counted.outside.n,
        "total": counted.total.n,
    }
    if counted.suspected_default is not None:
        answer["suspected_default"] = counted.suspected_default.n
    return answer


def _area_as_json(one: AreaFigure) -> dict[str, object]:
    return {
        "code": one.area.code,
        "name": one.area.name,
        "pins": one.figure.n,
        "population": one.area.population,
        "per_1000": _rounded(one.per_1000, 2),
        "answered": one.figure.answered,
        "answered_share": _rounded(one.figure.answered_share, 3),
        "median_days_to_answer": _rounded(one.figure.typical_days, 1),
        "suspected_default": one.figure.suspected,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
