"""What the numbers of a district cannot say, told with the numbers."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.models import Division, Edition
from mapfeedback.accounts.models import Organisation
from mapfeedback.pins.figures import TOO_FEW, Breakdown, Elsewhere
from mapfeedback.pins.models import Channel
from mapfeedback.reports import wording
from mapfeedback.reports.rates import FEW_RESIDENTS, Rated


def caveats(mine: Rated, counted: Breakdown, elsewhere: Elsewhere, drawn_by: Organisation | None = None) -> list[str]:
    """One sentence for each thing that is missing, uncertain or left out."""
    return [
        sentence
        for sentence in (
            borders_told(mine.area.edition, drawn_by),
            _unlocated(elsewhere),
            _outside(elsewhere),
            _defaults(counted, elsewhere),
            _population(mine),
            _few(counted),
            _channels(counted),
            _("One person may have sent several messages. These are messages, not people."),
        )
        if sentence
    ]


def borders_told(edition: Edition, drawn_by: Organisation | None) -> str:
    """Whose borders these are, and of which day."""
    words = {"division": edition.division.name, "day": wording.day(edition.valid_from)}
    if drawn_by is not None:
        words["association"] = drawn_by.name
        return _("The borders were drawn by %(association)s on %(day)s. They are not the city's borders.") % words
    if edition.division.kind == Division.Kind.OWN:
        return _("The borders were drawn by an association on %(day)s. They are not the city's borders.") % words
    if edition.is_example:
        return _("The borders are examples, not the city's own: %(division)s from %(day)s.") % words
    return _("The borders are those of %(division)s from %(day)s.") % words


def _unlocated(elsewhere: Elsewhere) -> str:
    n = elsewhere.unlocated
    return _several(
        n,
        ngettext(
            "%(n)d message of the whole city has no place. It is in no district.",
            "%(n)d messages of the whole city have no place. They are in no district.",
            n,
        ),
    )


def _outside(elsewhere: Elsewhere) -> str:
    n = elsewhere.outside
    return _several(
        n, ngettext("%(n)d message lies outside all districts.", "%(n)d messages lie outside all districts.", n)
    )


def _defaults(counted: Breakdown, elsewhere: Elsewhere) -> str:
    if elsewhere.suspected_default is not None:
        n = elsewhere.suspected_default
        return _several(
            n,
            ngettext(
                "%(n)d message of the whole city is left out: its place is probably a form's default.",
                "%(n)d messages of the whole city are left out: their place is probably a form's default.",
                n,
            ),
        )
    n = counted.total.suspected
    return _several(
        n,
        ngettext(
            "%(n)d message counted here has a place that is probably a form's default.",
            "%(n)d messages counted here have a place that is probably a form's default.",
            n,
        ),
    )


def _several(n: int, sentence: str) -> str:
    """Nothing is said of none."""
    return sentence % {"n": n} if n else ""


def _population(mine: Rated) -> str:
    if mine.residents.persons is None:
        return _("The population of this district is not known. So there is no number per 1,000 residents.")
    if mine.per_1000 is None:
        return _("Fewer than %(n)d people live here. So there is no number per 1,000 residents.") % {"n": FEW_RESIDENTS}
    if mine.residents.year is None:
        return _("The number of residents came with the borders. It is not known of which year it is.")
    return ""


def _few(counted: Breakdown) -> str:
    if counted.total.n >= TOO_FEW:
        return ""
    return _("There are fewer than %(n)d messages. No shares are told of so few.") % {"n": TOO_FEW}


def _channels(counted: Breakdown) -> str:
    web = counted.channel.get(Channel.WEB)
    if not counted.total.n or (web and web.n < counted.total.n):
        return ""
    return _("Everything here came by the web form. Who does not use it is not heard here.")
