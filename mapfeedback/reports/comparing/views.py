"""Two periods, and two districts, side by side: pages to read and print, and the same numbers as CSV."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from areas.models import Area, Municipality
from mapfeedback.reports.catalogue import divisions_in_force
from mapfeedback.reports.comparing import as_csv, districts_page, over_time, periods_page, side_by_side
from mapfeedback.reports.comparing.asking import Asked, question_of
from mapfeedback.reports.comparing.periods import Impossible
from mapfeedback.reports.comparing.places import area_named
from mapfeedback.reports.comparing.side_by_side import SideBySide
from mapfeedback.reports.loading import Question
from mapfeedback.spreadsheets import Separator
from mapfeedback.web import BadQuery, one_of


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return redirect("compare:periods")


@require_safe
def periods(request: HttpRequest) -> HttpResponse:
    """Before and after: every district of a division on a map and in a table, or one place by its parts."""
    asked, today = Asked.parse(request.GET), timezone.localdate()
    try:
        pair = asked.pair(request.GET, today)
    except Impossible as problem:
        shown = periods_page.without_numbers(asked, request.GET, str(problem), today)
        return render(request, "reports/compare_periods.html", shown, status=400)
    if asked.place is None:
        return render(request, "reports/compare_periods.html", {"place": None})
    compared = over_time.compare(asked.place, asked.question, pair)
    return render(request, "reports/compare_periods.html", periods_page.about(asked, compared, today))


@require_safe
def periods_csv(request: HttpRequest) -> HttpResponse:
    separator = one_of(request.GET, "separator", Separator, Separator.COMMA)
    asked = Asked.parse(request.GET, "separator")
    try:
        pair = asked.pair(request.GET, timezone.localdate())
    except Impossible as problem:
        raise BadQuery("since", str(problem)) from None
    if asked.place is None:
        raise BadQuery("where", _("There are no districts yet."))
    compared = over_time.compare(asked.place, asked.question, pair)
    name = f"{asked.place.value}-{pair.before.since}-{pair.after.since}"
    return _file(as_csv.of_periods(compared, separator), name)


@require_safe
def districts(request: HttpRequest) -> HttpResponse:
    """Two areas beside one another; the form alone until both are chosen."""
    question = question_of(request.GET, "one", "other", "city")
    one, other = (_chosen(request, name, question) for name in ("one", "other"))
    cities = list(dict.fromkeys(entry.municipality for entry in divisions_in_force()))
    city = _city(request, cities) or (cities[0] if cities and one is None and other is None else None)
    shown = districts_page.chooser(question, one, other, cities, city)
    problem = _problem(one, other, question)
    if problem or one is None or other is None:
        shown |= {"problem": problem}
        return render(request, "reports/compare_districts.html", shown, status=400 if problem else 200)
    compared = side_by_side.compare(one, other, question, timezone.localdate())
    return render(request, "reports/compare_districts.html", shown | districts_page.about(compared))


@require_safe
def districts_csv(request: HttpRequest) -> HttpResponse:
    separator = one_of(request.GET, "separator", Separator, Separator.COMMA)
    question = question_of(request.GET, "one", "other", "separator")
    compared = _compared(request, question)
    name = f"{compared.one.area.code}-{compared.one.area.name}-{compared.other.area.code}-{compared.other.area.name}"
    return _file(as_csv.of_districts(compared, separator), name)


def _compared(request: HttpRequest, question: Question) -> SideBySide:
    one, other = (area_named(name, request.GET.get(name, ""), question) for name in ("one", "other"))
    if problem := _problem(one, other, question):
        raise BadQuery("other", problem)
    return side_by_side.compare(one, other, question, timezone.localdate())


def _chosen(request: HttpRequest, name: str, question: Question) -> Area | None:
    value = request.GET.get(name, "")
    return area_named(name, value, question) if value else None


def _city(request: HttpRequest, cities: list[Municipality]) -> Municipality | None:
    slug = request.GET.get("city", "")
    found = next((city for city in cities if city.slug == slug), None)
    if slug and found is None:
        raise BadQuery("city", _("Allowed: %(values)s.") % {"values": " ".join(city.slug for city in cities)})
    return found


def _problem(one: Area | None, other: Area | None, question: Question) -> str:
    """What a person has to change before the two can be compared; empty when nothing."""
    if one is not None and one == other:
        return _("These are the same district. Choose another one to compare with.")
    if question.pin_filter.backwards:
        return _("The first day is after the last day. Change one of them.")
    return ""


def _file(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{slugify(name)}.csv"'}
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)
