"""Figures of districts, for people and machines, and the report an association takes to a meeting."""

import sys

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from areas.succession import sole_heir
from mapfeedback.pins.figures import Topics
from mapfeedback.pins.looking import Measure
from mapfeedback.pins.rollups import reading
from mapfeedback.pins.touching import reaching_in
from mapfeedback.reports import district as districts
from mapfeedback.reports import pages
from mapfeedback.reports.as_cross_table import as_cross_table
from mapfeedback.reports.as_csv import as_csv
from mapfeedback.reports.as_geojson import as_geojson
from mapfeedback.reports.as_json import as_json
from mapfeedback.reports.as_map import POLICY, as_map
from mapfeedback.reports.as_page import MOST_LISTED, as_page
from mapfeedback.reports.as_xlsx import as_xlsx
from mapfeedback.reports.catalogue import divisions_by_city
from mapfeedback.reports.district import DistrictReport
from mapfeedback.reports.ground import ground_of
from mapfeedback.reports.loading import Question, area_or_404, edition_or_404
from mapfeedback.reports.rates import last_year, rated
from mapfeedback.reports.sorting import Sort
from mapfeedback.web import day_in, one_of

FILES = {
    "csv": (as_csv, "text/csv; charset=utf-8"),
    "xlsx": (as_xlsx, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "geojson": (as_geojson, "application/geo+json"),
}


@require_safe
def divisions(request: HttpRequest) -> HttpResponse:
    """Every way the cities are divided, by city."""
    return render(request, "reports/divisions.html", {"cities": divisions_by_city()})


@require_safe
def division(request: HttpRequest, division: str) -> HttpResponse:
    """All districts: a map in classes and the same as a table, both for the same question."""
    question = Question.parse(request.GET, "sort", "show")
    edition = edition_or_404(division, question.edition)
    sort = one_of(request.GET, "sort", Sort, Sort.PINS_DOWN)
    measure = one_of(request.GET, "show", Measure, Measure.PINS)
    counted = reading.by_area(edition, question.pin_filter, defaults=question.defaults)
    areas = rated(counted, last_year(question, timezone.localdate()))
    return render(request, "reports/division.html", pages.about_division(counted, areas, question, sort, measure))


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def counts(request: HttpRequest, division: str) -> HttpResponse:
    """How many contributions in each area; the parts add up to `total`. Asked again, an unchanged answer is 304."""
    question = Question.parse(request.GET)
    edition = edition_or_404(division, question.edition)
    counted = reading.by_area(edition, question.pin_filter, defaults=question.defaults)
    reaching = reaching_in(edition, question.pins(), defaults=question.defaults)
    return JsonResponse(as_json(counted, rated(counted, last_year(question, timezone.localdate())), reaching))


@require_safe
@cache_control(public=True, no_cache=True)
@conditional_page
def topics(request: HttpRequest, division: str) -> HttpResponse:
    """The same counts by topic and status: a row for each area and topic that has any."""
    question = Question.parse(request.GET, "topics")
    topics = one_of(request.GET, "topics", Topics, Topics.ALL)
    edition = edition_or_404(division, question.edition)
    counted = reading.by_topic_and_status(edition, question.pin_filter, topics=topics, defaults=question.defaults)
    headers = {"Content-Disposition": f'attachment; filename="{division}-topics-{timezone.localdate()}.csv"'}
    return HttpResponse(as_cross_table(edition, counted), content_type="text/csv; charset=utf-8", headers=headers)


@require_safe
def district(request: HttpRequest, division: str, code: str) -> HttpResponse:
    """Our district: its numbers for a period, what was answered, what still waits.

    A district that ended is shown by its own borders and names its successors; one that only got a new code is there.
    """
    area = area_or_404(division, code, day_in(request.GET, "edition"))
    if "edition" not in request.GET and not area.edition.is_in_force and (heir := sole_heir(area)):
        return redirect(f"{heir.get_absolute_url()}?{request.GET.urlencode()}".rstrip("?"))
    question = Question.about(area, request.GET)
    today = timezone.localdate()
    counted = districts.figures_of(area, question, today)
    ground = ground_of(area, counted.residents, question, last_year(question, today))
    return render(request, "reports/district.html", pages.about_district(counted, ground, today))


@require_safe
def report_page(request: HttpRequest, division: str, code: str) -> HttpResponse:
    return as_page(request, _report(request, division, code, MOST_LISTED))


@require_safe
def report_map(request: HttpRequest, division: str, code: str) -> HttpResponse:
    """One file with its map inside. In a sandbox: what it holds can reach neither this site nor any other."""
    answer = HttpResponse(as_map(_report(request, division, code)))
    answer["Content-Security-Policy"] = f"{POLICY}; sandbox allow-scripts allow-popups allow-popups-to-escape-sandbox"
    return answer


@require_safe
def report_file(request: HttpRequest, division: str, code: str, ending: str) -> HttpResponse:
    report = _report(request, division, code)
    write, content_type = FILES[ending]
    name = slugify(f"{division}-{code}-{report.area.name}-{report.made_on}")
    headers = {"Content-Disposition": f'attachment; filename="{name}.{ending}"'}
    return HttpResponse(write(report), content_type=content_type, headers=headers)


def _report(request: HttpRequest, division: str, code: str, most: int = sys.maxsize) -> DistrictReport:
    area = area_or_404(division, code, day_in(request.GET, "edition"))
    question = Question.about(area, request.GET)
    site = request.build_absolute_uri("/")[:-1]
    return districts.build(area=area, question=question, today=timezone.localdate(), site=site, most=most)
