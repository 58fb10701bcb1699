"""The report as a page to read and print: one page that says it all, then the list."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from areas.models import Area
from mapfeedback.reports import wording
from mapfeedback.reports.district import DistrictReport
from mapfeedback.reports.drawing import drawing_of
from mapfeedback.reports.items import listed
from mapfeedback.reports.pages import trail

#: Some hundreds of sheets of paper; more than that no browser lays out. The files hold everything.
MOST_LISTED: Final = 5_000


def as_page(request: HttpRequest, report: DistrictReport) -> HttpResponse:
    drawing = drawing_of(Area.objects.filter(pk=report.area.pk))
    dots = [drawing.place(item.lon, item.lat) for item in report.items if item.lon is not None and item.lat is not None]
    return render(
        request,
        "reports/report.html",
        {
            "report": report,
            "area": report.area,
            "drawn_by": report.figures.drawn_by,
            "figures": report.figures,
            "total": report.figures.counted.total,
            "shown": wording.Shown(report.figures.mine),
            "period": wording.period(report.question.pin_filter.since, report.question.pin_filter.until),
            "reaching": wording.reaching_in(report.figures.reaching),
            "items": listed(report.items, report.figures.categories),
            "drawing": drawing,
            "shapes": [{"d": path, "name": "district-drawing__area"} for path in drawing.paths.values()],
            "trail": [*trail(report.area.division, report.area), (_("Report"), "")],
            "dots": dots,
            "query": report.question.query(),
            "borders_are_examples": report.area.edition.is_example,
        },
    )
