"""What a comparison of two periods cannot say, told with the numbers."""

import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.models import Edition
from mapfeedback.accounts.rules import association_behind
from mapfeedback.consultations.models import Consultation
from mapfeedback.pins.models import Pin
from mapfeedback.reports import wording
from mapfeedback.reports.caveats import borders_told
from mapfeedback.reports.comparing.change import Change
from mapfeedback.reports.comparing.periods import Pair, Period
from mapfeedback.reports.comparing.places import Place
from mapfeedback.reports.loading import Question

#: More consultations than these are not named one by one.
NAMED = 3


def of(place: Place, question: Question, pair: Pair, total: Change) -> list[str]:
    """One sentence (or two) for each thing that makes the periods unlike. Three statements."""
    found = [
        _lengths(pair),
        _future(pair),
        _overlap(pair),
        _seasons(pair),
        _beginning(place, pair),
        *_consultations(place, pair),
        *_borders(place, pair),
        _less_time(total),
        _("One person may have sent several messages. These are messages, not people."),
    ]
    return [sentence for sentence in found if sentence]


def _lengths(pair: Pair) -> str:
    if pair.is_even:
        return ""
    before, after = (number_format(round(one, 1), 1) for one in pair.months)
    return _("The periods are %(before)s and %(after)s months long. So changes are counted by the month.") % {
        "before": before,
        "after": after,
    }


def _future(pair: Pair) -> str:
    if not pair.reaches_into_the_future:
        return ""
    passed = pair.known[1].days
    return ngettext(
        "The later period is not over: %(passed)s of its %(n)s day has passed.",
        "The later period is not over: %(passed)s of its %(n)s days have passed.",
        pair.after.days,
    ) % {"passed": number_format(passed), "n": number_format(pair.after.days)}


def _overlap(pair: Pair) -> str:
    if not pair.overlaps:
        return ""
    return _("The periods overlap. Messages of the days they share are counted in both.")


def _seasons(pair: Pair) -> str:
    if not pair.has_other_seasons:
        return ""
    return _("The periods fall in different seasons. People write more in some months than in others.")


def _beginning(place: Place, pair: Pair) -> str:
    """A service that did not exist yet received nothing: that is no growth."""
    public = Pin.objects.visible_to(AnonymousUser()).filter(municipality=place.municipality)
    first = public.order_by("placed_at").values_list("placed_at", flat=True).first()
    began = first.astimezone(ZoneInfo(settings.TIME_ZONE)).date() if first else None
    if began is None or began <= pair.before.since + datetime.timedelta(days=31):
        return ""
    return _("The first message of the whole city is from %(day)s. Before that nothing was gathered here.") % {
        "day": wording.day(began)
    }


def _consultations(place: Place, pair: Pair) -> list[str]:
    """Rounds that were open in one period only: people were asked then."""
    rounds = Consultation.objects.filter(municipality=place.municipality).defer("place")
    before, after = (rounds.filter(_touches(period)) for period in pair.known)
    told = []
    for here, elsewhere, sentence in (
        (before, after, _("“%(name)s” was open in the earlier period only. A consultation brings messages.")),
        (after, before, _("“%(name)s” was open in the later period only. A consultation brings messages.")),
    ):
        only = here.exclude(pk__in=elsewhere.values("pk"))[:NAMED]
        told += [sentence % {"name": one.name} for one in only]
    return told


def _touches(period: Period) -> Q:
    return Q(starts_on__lte=period.until) & (Q(ends_on=None) | Q(ends_on__gte=period.since))


def _borders(place: Place, pair: Pair) -> list[str]:
    if place.is_whole_city:
        return []
    told = [borders_told(place.edition, association_behind(place.edition.division))]
    others = (
        Edition.objects.published()
        .filter(division=place.edition.division_id, valid_from__lte=pair.known[1].until)
        .filter(Q(valid_to=None) | Q(valid_to__gte=pair.before.since))
        .order_by("valid_from")
    )
    # Those whose first day lies inside began when others ended.
    days = [one.valid_from for one in others if one.valid_from > pair.before.since]
    if days and (len(others) > 1 or days[-1] != place.edition.valid_from):
        told.append(
            _("The borders changed on %(day)s. Both periods are counted by the borders told above.")
            % {"day": ", ".join(wording.day(day) for day in days)}
        )
    return told


def _less_time(total: Change) -> str:
    if total.after.n == total.after.answered:
        return ""
    return _("Newer messages have had less time to be answered.")
