"""The ground as open data: what maps draw, and which areas hold a place."""

from enum import StrEnum
from typing import Final

from django.contrib.gis.geos import GEOSGeometry
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from areas import drawing
from areas.models import Area, Division, Municipality
from mapfeedback.geo import BadGeometry, finite, point
from mapfeedback.web import BadQuery, day_in, one_of


class Detail(StrEnum):
    SIMPLIFIED = "simplified"
    FULL = "full"


DRAWN: Final = {Detail.SIMPLIFIED: drawing.outlines, Detail.FULL: drawing.boundaries}
#: A browser keeps what maps draw for a while, then only asks whether it changed.
PUBLIC = cache_control(public=True, max_age=300)


@require_safe
@PUBLIC
@conditional_page
def ground(request: HttpRequest) -> HttpResponse:
    """Water, parks, roads and the outline of one municipality (`?municipality=slug`) or of all."""
    slug = request.GET.get("municipality", "")
    municipalities = Municipality.objects.order_by("pk")
    if slug:
        municipalities = municipalities.filter(slug=slug.replace("\x00", ""))
        if not municipalities.exists():
            raise BadQuery("municipality", _("There is no such municipality."))
    return _geojson(drawing.ground(municipalities))


@require_safe
@PUBLIC
@conditional_page
def division(request: HttpRequest, division: str) -> HttpResponse:
    """All areas of the edition in force today, or on another day (`?edition=2020-05-31`), for a map of the whole city.

    `?detail=full`: with every corner.
    """
    found = get_object_or_404(Division.objects.in_force(), slug=division)
    draw = DRAWN[one_of(request.GET, "detail", Detail, Detail.SIMPLIFIED)]
    day = day_in(request.GET, "edition")
    areas = Area.objects.by_borders_of(day).of_division(found)
    return _geojson(draw(areas, year=(day or timezone.localdate()).year))


@require_safe
@PUBLIC
@conditional_page
def area(request: HttpRequest, division: str, code: str) -> HttpResponse:
    """One area with every corner, as a collection of one; when no area has this code today, the last one that had."""
    day = day_in(request.GET, "edition")
    areas = Area.objects.filter(edition__division__slug=division, code=code)
    found = areas.by_borders_of(day).first() or (areas.published().last() if day is None else None)
    if found is None:
        raise Http404
    return _geojson(drawing.boundaries(Area.objects.filter(pk=found.pk), year=(day or timezone.localdate()).year))


@require_safe
@PUBLIC
@conditional_page
def at(request: HttpRequest) -> HttpResponse:
    """Which municipality and areas hold `?lat=&lon=`. Outside every municipality is an answer, not an error."""
    place = _place(request)
    municipality = Municipality.objects.filter(outline__intersects=place).defer("outline").order_by("pk").first()
    areas = Area.objects.current().covering(place).with_names()
    found = [
        {
            "division": area.division.slug,
            "division_name": area.division.name,
            "main": area.division.is_main,
            "code": area.code,
            "name": area.name,
        }
        for area in areas.order_by("-edition__division__is_main", "edition__division__slug", "code")
    ]
    return JsonResponse(
        {
            "inside": municipality is not None,
            "municipality": {"slug": municipality.slug, "name": municipality.name} if municipality else None,
            "areas": found,
            "message": "" if municipality else _("This place is outside the cities of this service."),
        }
    )


def _place(request: HttpRequest) -> GEOSGeometry:
    for name in ("lat", "lon"):
        try:
            finite(request.GET.get(name, ""))
        except ValueError:
            raise BadQuery(name, _("Give lat and lon in degrees, such as lat=60.98 and lon=25.66.")) from None
    try:
        return point(finite(request.GET["lon"]), finite(request.GET["lat"]))
    except BadGeometry as refused:
        raise BadQuery("lat", refused.args[0]) from None


def _geojson(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="application/geo+json")
