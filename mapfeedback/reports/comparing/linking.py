"""From a number of a comparison to the list of just those messages; empty where no list can show them."""

import datetime
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


def month_of(code: str, question: Question) -> tuple[tuple[str, str], ...]:
    """A month (`2026-05`) or a year (`2026`) as parts of a filter, cut to the period of the question."""
    first = datetime.date.fromisoformat(f"{code}-01" if len(code) > 4 else f"{code}-01-01")
    following = (
        (first.replace(day=28) + datetime.timedelta(days=4)) if len(code) > 4 else first.replace(year=first.year + 1)
    )
    last = following.replace(day=1) - datetime.timedelta(days=1)
    since, until = question.pin_filter.since, question.pin_filter.until
    first, last = max(first, since or first), min(last, until or last)
    return (("since", first.isoformat()), ("until", last.isoformat()))
