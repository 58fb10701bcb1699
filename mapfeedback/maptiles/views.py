"""Map tiles of pins: the same filter and the same door as the list beside the map."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control
from django.views.decorators.http import conditional_page, require_safe

from mapfeedback.geo import Tile
from mapfeedback.maptiles.pintile import pin_tile
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin


@require_safe
@conditional_page
def pins(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """`/tiles/pins/<z>/<x>/<y>.json?<filter>`; its shape is told at `pin_tile`."""
    tile = Tile(z, x, y)
    if not tile.exists:
        raise Http404
    chosen = PinFilter.parse(request.GET)
    answer = HttpResponse(
        pin_tile(chosen.apply(Pin.objects.visible_to(request.user)), tile), content_type="application/json"
    )
    if request.user.is_authenticated:
        patch_cache_control(answer, private=True, no_cache=True)
    else:
        patch_cache_control(answer, public=True, max_age=15)
    return answer
