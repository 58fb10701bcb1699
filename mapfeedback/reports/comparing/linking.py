"""From a number of a comparison to the list of just those messages; empty where no list can show them."""

from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from areas.models import Edition
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.reports.loading import Question

ANSWERED: Final = ("answered", "yes")


def to_list(question: Question, edition: Edition | None, area: str, *parts: tuple[str, str]) -> str:
    """The list of these messages: of `area`, as the filter writes it, and narrowed by `parts`.

    The list knows today's borders (`edition`; None without any) and no default places apart. A topic that the question
    names only in part has no list of its own either.
    """
    if (edition and not edition.is_in_force) or question.defaults is DefaultPlaces.APART:
        return ""
    chosen = question.pin_filter
    wanted = dict(parts)
    if "category" in wanted and chosen.category and wanted["category"] not in chosen.category:
        return ""
    if "answered" in wanted and chosen.answered is not None and chosen.answered != (wanted["answered"] == "yes"):
        return ""
    kept = [(name, value) for name, value in chosen.items() if name not in wanted and name != "area"]
    return f"{reverse('pins:map')}?{urlencode([('area', area), *kept, *parts], safe=',/')}"
