"""Any filtered set of contributions as a file, for whoever wants to count for themselves."""

from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from mapfeedback.opendata.copying import csv_file, geojson_file
from mapfeedback.opendata.feeds import Atom, Rss, feed_of
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.spreadsheets import Separator
from mapfeedback.web import in_asked_language, one_of


@require_safe
def pins_csv(request: HttpRequest) -> FileResponse:
    """`/pins.csv?<filter>`: one row a contribution, newest first; `separator=semicolon` for a Finnish Excel."""
    chosen = PinFilter.parse(request.GET, "separator")
    separator = one_of(request.GET, "separator", Separator, Separator.COMMA)
    file = csv_file(public_pins(chosen), site=_site(request), separator=separator)
    return FileResponse(file, as_attachment=True, filename=_name(chosen, "csv"), content_type="text/csv; charset=utf-8")


@require_safe
def pins_geojson(request: HttpRequest) -> FileResponse:
    """`/pins.geojson?<filter>`: one feature a contribution, newest first; without a place the geometry is null."""
    chosen = PinFilter.parse(request.GET)
    file = geojson_file(public_pins(chosen), site=_site(request))
    return FileResponse(
        file, as_attachment=True, filename=_name(chosen, "geojson"), content_type="application/geo+json"
    )


@require_safe
@cache_control(public=True, max_age=300)
@conditional_page
@in_asked_language
def pins_atom(request: HttpRequest) -> HttpResponse:
    """`/pins.atom?<filter>`: the newest contributions for feed readers; `lang` is the language of our own words."""
    return _feed(request, Atom)


@require_safe
@cache_control(public=True, max_age=300)
@conditional_page
@in_asked_language
def pins_rss(request: HttpRequest) -> HttpResponse:
    """`/pins.rss?<filter>`: the same as RSS 2.0."""
    return _feed(request, Rss)


def public_pins(pin_filter: PinFilter) -> PinQuerySet:
    """Open data is the same for everybody: a file is passed on, whoever fetched it."""
    return pin_filter.apply(Pin.objects.visible_to(AnonymousUser()))


def _feed(request: HttpRequest, kind: type[Atom] | type[Rss]) -> HttpResponse:
    chosen = PinFilter.parse(request.GET, "lang")
    text = feed_of(public_pins(chosen), chosen, kind=kind, site=_site(request), path=request.path)
    return HttpResponse(text, content_type=kind.content_type)


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/")[:-1]


def _name(chosen: PinFilter, ending: str) -> str:
    """Says what it is and of which day: two downloads side by side stay apart."""
    part = "filtered-" if chosen else ""
    return f"pins-{part}{timezone.localdate().isoformat()}.{ending}"
