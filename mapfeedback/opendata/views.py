"""Any filtered set of contributions as a file, for whoever wants to count for themselves."""

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe

from mapfeedback.markup import legal
from mapfeedback.opendata.copying import csv_rows, geojson_rows
from mapfeedback.opendata.feeds import Atom, Rss, feed_of
from mapfeedback.opendata.geopackage import geopackage
from mapfeedback.opendata.streaming import BLOCK, Copying, Stream, TooManyFiles
from mapfeedback.pins.filterform import in_words
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.spreadsheets import Separator
from mapfeedback.web import in_asked_language, one_of, problem


@require_safe
def pins_csv(request: HttpRequest) -> HttpResponseBase:
    """`/pins.csv?<filter>`: one row a contribution, the last first; `separator=semicolon` for a Finnish Excel."""
    chosen = PinFilter.parse(request.GET, "separator")
    separator = one_of(request.GET, "separator", Separator, Separator.COMMA)
    rows = csv_rows(public_pins(chosen), site=_site(request), separator=separator)
    return streamed(request, rows, _name(chosen, "csv"), "text/csv; charset=utf-8")


@require_safe
def pins_geojson(request: HttpRequest) -> HttpResponseBase:
    """`/pins.geojson?<filter>`: one feature a contribution, the last first; without a place the geometry is null."""
    chosen = PinFilter.parse(request.GET)
    rows = geojson_rows(public_pins(chosen), site=_site(request))
    return streamed(request, rows, _name(chosen, "geojson"), "application/geo+json")


@require_safe
def pins_gpkg(request: HttpRequest) -> HttpResponseBase:
    """`/pins.gpkg?<filter>`: a GeoPackage with layers of points, lines and areas, and what has no place."""
    chosen = PinFilter.parse(request.GET)
    kind = "application/geopackage+sqlite3"
    headers = {
        "Content-Disposition": _saved_as(_name(chosen, "gpkg")),
        "Content-Encoding": "identity",  # packing it on the way would take away its length
    }
    if request.method == "HEAD":
        return HttpResponse(headers=headers, content_type=kind)
    try:
        file = geopackage(public_pins(chosen), site=_site(request), about=_about(request, chosen))
    except TooManyFiles:
        return _later(request)
    answer = FileResponse(file, headers=headers, content_type=kind)
    answer.block_size = BLOCK
    return answer


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


def streamed(request: HttpRequest, rows: Copying, name: str, kind: str) -> HttpResponseBase:
    """The answer whose content is these rows, packed if the reader unpacks; 503 while too many others are fetching."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    headers = {"Content-Type": kind, "Content-Disposition": _saved_as(name), "Vary": "Accept-Encoding"}
    headers |= {"Content-Encoding": "gzip"} if packed else {}
    if request.method == "HEAD":
        return HttpResponse(headers=headers)
    try:
        stream = Stream(rows, packed=packed)
    except TooManyFiles:
        return _later(request)
    small = stream.whole()
    return StreamingHttpResponse(stream, headers=headers) if small is None else HttpResponse(small, headers=headers)


def _later(request: HttpRequest) -> HttpResponse:
    answer = problem(request, 503, _("Many are fetching files right now. Please try again in a minute."))
    answer["Retry-After"] = "60"
    return answer


def _about(request: HttpRequest, chosen: PinFilter) -> dict[str, str]:
    """What a file says of itself: whose it is, what is in it, and what may be done with it."""
    return {
        "title": legal(str(settings.SITE_NAME)),
        "description": legal(", ".join(label for _key, label in in_words(chosen)) or _("All messages")),
        "source": f"{_site(request)}{reverse('pins:map')}" + (f"?{chosen.query()}" if chosen else ""),
        "publisher": str(settings.SERVICE_OWNER),
        "licence": str(settings.DATA_LICENCE),
        "licence_url": str(settings.DATA_LICENCE_URL),
        "day": timezone.localdate().isoformat(),
    }


def _saved_as(name: str) -> str:
    return f'attachment; filename="{name}"'


def _site(request: HttpRequest) -> str:
    return request.build_absolute_uri("/")[:-1]


def _name(chosen: PinFilter, ending: str) -> str:
    """Says what it is and of which day: two downloads side by side stay apart."""
    part = "filtered-" if chosen else ""
    return f"pins-{part}{timezone.localdate().isoformat()}.{ending}"
