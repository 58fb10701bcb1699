"""Map tiles of pins: the same filter and the same door as the list beside the map."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.translation import get_language
from django.views.decorators.http import condition, require_safe

from mapfeedback.accounts.rules import Person
from mapfeedback.geo import Tile
from mapfeedback.maptiles.dottile import dot_tile
from mapfeedback.maptiles.heat import CLOSEST_TILE, COARSEST, FINEST, heat_tile, scale_of
from mapfeedback.maptiles.pintile import pin_tile
from mapfeedback.maptiles.squares import about_squares
from mapfeedback.maptiles.vectortile import vector_tile
from mapfeedback.maptiles.version import version, version_with_supports
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups.cells import Asked
from mapfeedback.web import in_asked_language

#: Seconds a browser or a proxy shows a public tile without asking; afterwards asking costs one look at the journal.
FRESH = 15


def _etag(request: HttpRequest, **address: int) -> str | None:
    """Of the state, not of the content: who has the tile of this state is told so before anything is read."""
    reader = _reader(request)
    if address.keys() == {"z", "x", "y"} and not Tile(**address).exists:
        return None
    state = version_with_supports() if request.GET.get("support") else version()
    return f'"{state}.{reader.pk or 0}.{get_language()}"'


@require_safe
@condition(etag_func=_etag)
def pins(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """`/tiles/pins/<z>/<x>/<y>.json?<filter>`; its shape is told at `pin_tile`."""
    return _answer(request, Tile(z, x, y), pin_tile, "application/json")


@require_safe
@condition(etag_func=_etag)
def vector(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """`/tiles/pins/<z>/<x>/<y>.mvt?<filter>`; its layers are told at `vector_tile`."""
    return _answer(request, Tile(z, x, y), vector_tile, "application/vnd.mapbox-vector-tile")


@require_safe
@condition(etag_func=_etag)
def dots(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """`/tiles/dots/<z>/<x>/<y>.json?<filter>`; its shape is told at `dot_tile`."""
    return _answer(request, Tile(z, x, y), lambda pins, tile, _asked: dot_tile(pins, tile), "application/json")


@require_safe
@condition(etag_func=_etag)
def heat(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """`/tiles/heat/<z>/<x>/<y>.json?<filter>`; its shape is told at `heat_tile`. There are none of closer zooms."""
    if z > CLOSEST_TILE:
        raise Http404
    return _answer(request, Tile(z, x, y), lambda pins, tile, _asked: heat_tile(pins, tile), "application/json")


@require_safe
@condition(etag_func=_etag)
def heat_scale(request: HttpRequest) -> HttpResponse:
    """`/tiles/heat/scale.json?<filter>`: which grid a map shows and its classes, as told at `Scale.as_json`."""
    reader = _reader(request)
    chosen = PinFilter.parse(request.GET)
    return _kept(JsonResponse(scale_of(chosen.apply(Pin.objects.visible_to(reader))).as_json()), reader)


@require_safe
@condition(etag_func=_etag)
@in_asked_language
def densest_squares(request: HttpRequest, grid: int) -> HttpResponse:
    """`/tiles/heat/<grid>.html?<filter>`: the table beside the map, for the grid that the map has come to show."""
    if not COARSEST <= grid <= FINEST:
        raise Http404
    reader = _reader(request)
    chosen = PinFilter.parse(request.GET, "lang")
    return _kept(HttpResponse(render_to_string("maptiles/_densest.html", about_squares(chosen, grid, reader))), reader)


def _answer(
    request: HttpRequest, tile: Tile, make: Callable[[PinQuerySet, Tile, Asked | None], str | bytes], content_type: str
) -> HttpResponse:
    if not tile.exists:
        raise Http404
    reader = _reader(request)
    chosen = PinFilter.parse(request.GET)
    pins = chosen.apply(Pin.objects.visible_to(reader))
    return _kept(HttpResponse(make(pins, tile, Asked.of(chosen)), content_type=content_type), reader)


def _kept(answer: HttpResponse, reader: Person) -> HttpResponse:
    """Who may keep the answer, and how long."""
    if reader.is_authenticated:
        patch_cache_control(answer, private=True, no_cache=True)
    else:
        patch_cache_control(answer, public=True, max_age=FRESH)
    return answer


def _reader(request: HttpRequest) -> Person:
    """Nobody, unless a session says otherwise: then the answer varies by no cookie, and proxies may keep it."""
    return request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else AnonymousUser()
