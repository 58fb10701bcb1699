"""Numbers as a reader meets them: in their language, with "too few" and "not known" said in words."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format, number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.residents.headings import Band
from mapfeedback.pins.touching import ReachingIn
from mapfeedback.reports.rates import Rated, Residents


def share(value: float | None) -> str:
    """A share of 0 to 1 as whole per cent; None was too few to say."""
    if value is None:
        return _("too few")
    return _("%(number)s %%") % {"number": number_format(round(value * 100))}


def rate(one: Rated) -> str:
    """Per 1 000 residents, or why that cannot be said."""
    if one.per_1000 is not None:
        return decimal(one.per_1000, 1)
    return _("not known") if one.residents.persons is None else _("too few")


def decimal(value: float, digits: int) -> str:
    """Rounded; `number_format` alone would cut the rest off."""
    return number_format(round(value, digits), digits)


def signed(value: float, digits: int) -> str:
    """A change: with a plus or a true minus before it, nothing before zero."""
    rounded = round(value, digits)
    sign = "+" if rounded > 0 else "−" if rounded < 0 else ""
    return sign + number_format(abs(rounded), digits, force_grouping=True)


def signed_share(value: float) -> str:
    """A change of a share or by a share, in whole per cent with its sign."""
    return _("%(number)s %%") % {"number": signed(value * 100, 0)}


def capital(label: object) -> str:
    """A choice's name at the start of a row."""
    return capfirst(str(label))


def count(persons: int) -> str:
    return number_format(persons, force_grouping=True)


def residents(one: Residents) -> str:
    return _("not known") if one.persons is None else count(one.persons)


def residents_year(years: Sequence[int]) -> str:
    """At the end of which year people were counted; without a year, the borders' file told their number."""
    if not years:
        return _("Residents as the borders' file tells them, of no known year")
    if len(years) == 1:
        return _("Residents at the end of %(year)s") % {"year": years[0]}
    return _("Residents at the end of %(first)s to %(last)s, the newest known of each district") % {
        "first": min(years),
        "last": max(years),
    }


def ages(band: Band) -> str:
    """Ages from … to, as a label."""
    if band.age_to is None:
        return _("%(age)s and older") % {"age": band.age_from}
    return str(band.age_from) if band.age_from == band.age_to else f"{band.age_from}–{band.age_to}"


def km2(value: float) -> str:
    """Square kilometres, of small areas with two decimals."""
    return _("%(number)s km²") % {"number": decimal(value, 2 if value < 10 else 1)}


def length(metres: float) -> str:
    """Metres, or from a kilometre on kilometres."""
    if round(metres) < 1000:
        return _("%(number)s m") % {"number": count(round(metres))}
    return _("%(number)s km") % {"number": decimal(metres / 1000, 1)}


def ground(square_metres: float) -> str:
    """Hectares, or of less than a hundredth square metres."""
    if square_metres < 100:
        return _("%(number)s m²") % {"number": count(round(square_metres))}
    hectares = square_metres / 10_000
    return _("%(number)s ha") % {"number": decimal(hectares, 2 if hectares < 10 else 1)}


def reaching_in(reaching: ReachingIn) -> list[str]:
    """What reaches in, a sentence for lines and one for drawn areas; nothing is said of none."""
    lines = ngettext(
        "%(n)s line from elsewhere reaches into this district, with %(size)s of it.",
        "%(n)s lines from elsewhere reach into this district, with %(size)s in all.",
        reaching.lines,
    )
    drawn = ngettext(
        "%(n)s drawn area from elsewhere reaches into this district, with %(size)s of it.",
        "%(n)s drawn areas from elsewhere reach into this district, with %(size)s in all.",
        reaching.drawn,
    )
    told = []
    if reaching.lines:
        told.append(lines % {"n": count(reaching.lines), "size": length(reaching.metres)})
    if reaching.drawn:
        told.append(drawn % {"n": count(reaching.drawn), "size": ground(reaching.square_metres)})
    return told


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

    one: Rated

    @property
    def per_1000(self) -> str:
        return rate(self.one)

    @property
    def residents(self) -> str:
        return residents(self.one.residents)

    @property
    def residents_year(self) -> str:
        """Of which year the residents are; empty when they are not known."""
        told = self.one.residents
        return "" if told.persons is None else residents_year([told.year] if told.year else [])

    @property
    def km2(self) -> str:
        return km2(self.one.area.km2)

    @property
    def per_km2(self) -> str:
        return _("not known") if self.one.per_km2 is None else count(round(self.one.per_km2))

    @property
    def answered_share(self) -> str:
        return share(self.one.figure.answered_share)

    @property
    def typical_days(self) -> str:
        return days(self.one.figure.typical_days)
