"""Map tiles of pins: the same filter and the same door as the list beside the map."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import condition, require_safe

from mapfeedback.accounts.rules import Person
from mapfeedback.geo import Tile
from mapfeedback.maptiles.pintile import pin_tile
from mapfeedback.maptiles.vectortile import vector_tile
from mapfeedback.maptiles.version import version, version_with_supports
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups.cells import Asked

#: Seconds a browser or a proxy shows a public tile without asking; afterwards asking costs one look at the journal.
FRESH = 15


def _etag(request: HttpRequest, z: int, x: int, y: int) -> str | None:
    """Of the state, not of the content: who has the tile of this state is told so before anything is read."""
    reader = _reader(request)
    state = version_with_supports() if request.GET.get("support") else version()
    return f'"{state}.{reader.pk or 0}"' if Tile(z, x, y).exists else None


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


def _answer(
    request: HttpRequest, tile: Tile, make: Callable[[PinQuerySet, Tile, Asked | None], str | bytes], content_type: str
) -> HttpResponse:
    if not tile.exists:
        raise Http404
    reader = _reader(request)
    chosen = PinFilter.parse(request.GET)
    pins = chosen.apply(Pin.objects.visible_to(reader))
    answer = HttpResponse(make(pins, tile, Asked.of(chosen)), content_type=content_type)
    if reader.is_authenticated:
        patch_cache_control(answer, private=True, no_cache=True)
    else:
        patch_cache_control(answer, public=True, max_age=FRESH)
    return answer


def _reader(request: HttpRequest) -> Person:
    """Nobody, unless a session says otherwise: then the answer varies by no cookie, and proxies may keep it."""
    return request.user if settings.SESSION_COOKIE_NAME in request.COOKIES else AnonymousUser()
