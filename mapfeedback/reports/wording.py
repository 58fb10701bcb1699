"""Numbers as a reader meets them: in their language, with "too few" and "not known" said in words."""

import datetime
from dataclasses import dataclass

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from mapfeedback.pins.figures import AreaFigure


def share(value: float | None) -> str:
    """A share of 0 to 1 as whole per cent; None was too few to say."""
    if value is None:
        return _("too few")
    return _("%(number)s %%") % {"number": number_format(round(value * 100))}


def rate(value: float | None) -> str:
    """Per 1 000 residents; None means that the population is not known."""
    return _("not known") if value is None else number_format(value, 1)


def days(value: float | None) -> str:
    """A median of days; None was too few to say."""
    if value is None:
        return _("too few")
    whole = max(1, round(value))
    return ngettext("%(number)s day", "%(number)s days", whole) % {"number": number_format(whole)}


def messages(n: int) -> str:
    return ngettext("%(number)s message", "%(number)s messages", n) % {"number": number_format(n)}


def day(value: datetime.date) -> str:
    return date_format(value, "SHORT_DATE_FORMAT")


def month(code: str) -> str:
    """`2026-05` in words."""
    return date_format(datetime.date.fromisoformat(f"{code}-01"), "YEAR_MONTH_FORMAT")


def period(since: datetime.date | None, until: datetime.date | None) -> str:
    if since and until:
        return _("%(since)s – %(until)s") % {"since": day(since), "until": day(until)}
    if since:
        return _("From %(day)s") % {"day": day(since)}
    if until:
        return _("Until %(day)s") % {"day": day(until)}
    return _("All the time")


@dataclass(frozen=True, slots=True)
class Shown:
    """One area's numbers ready for a page."""

    one: AreaFigure

    @property
    def per_1000(self) -> str:
        return rate(self.one.per_1000)

    @property
    def answered_share(self) -> str:
        return share(self.one.figure.answered_share)

    @property
    def typical_days(self) -> str:
        return days(self.one.figure.typical_days)
