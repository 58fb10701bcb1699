"""Pairs of periods that people ask for, ready-made: calendar years, and the time around a day that mattered."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.models import Municipality
from layers.models import Response
from mapfeedback.consultations.models import Consultation
from mapfeedback.reports import wording
from mapfeedback.reports.comparing.periods import Pair, around_day, last_year, longest_span, whole_months, year_so_far

#: So many days of each sort are offered, and none that is further back than so many days.
OFFERED: Final = 3
FURTHEST: Final = datetime.timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    pair: Pair


@dataclass(frozen=True, slots=True)
class Moment:
    """A day that mattered, with as many months on both sides as have passed since."""

    #: What happened, in words; `quoted` is a name or text of somebody.
    label: str
    quoted: str
    language: str
    day: str
    months: str
    pair: Pair


def calendar(today: datetime.date) -> list[Preset]:
    return [
        Preset(_("The last 12 whole months"), whole_months(12, today)),
        Preset(_("This year so far"), year_so_far(today)),
        Preset(_("Last year"), last_year(today)),
        Preset(_("Last month and a year ago"), whole_months(1, today)),
    ]


def moments(city: Municipality, today: datetime.date) -> list[Moment]:
    """Consultations that ended and responses that were published, newest first: two statements."""
    found = sorted(_events(city, today), key=lambda event: event[0], reverse=True)
    told = []
    for day, label, quoted, language in found:
        span = longest_span(day, today)
        if span is not None:
            months = ngettext("%(n)d month before and after", "%(n)d months before and after", span) % {"n": span}
            told.append(Moment(label, quoted, language, wording.day(day), months, around_day(day, span, today)))
    return told


def _events(city: Municipality, today: datetime.date) -> Iterator[tuple[datetime.date, str, str, str]]:
    oldest = today - FURTHEST
    rounds = Consultation.objects.defer("place").filter(municipality=city, ends_on__gte=oldest, ends_on__lt=today)
    for one in rounds.order_by("-ends_on")[:OFFERED]:
        if one.ends_on is not None:
            yield one.ends_on + datetime.timedelta(days=1), _("A consultation ended"), one.name, ""
    answers = Response.objects.published().filter(municipality=city, published_at__date__gte=oldest)
    for answer in answers.order_by("-published_at")[:OFFERED]:
        if answer.published_at is not None:
            day = answer.published_at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()
            yield day, _("An answer was published"), Truncator(answer.summary).chars(60), answer.language
