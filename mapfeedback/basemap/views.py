"""The base map from our own address, so that no reader's browser tells anybody else what they look at."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from mapfeedback.basemap.upstream import Upstream
from mapfeedback.geo import Tile


@lru_cache(maxsize=4)
def _upstream(template: str, folder: Path, most_bytes: int) -> Upstream:
    """One per address and process: the rest after a failure and the open connections live in it."""
    return Upstream(template, folder, most_bytes)


@require_safe
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """The picture; 404 outside the world or with no base map set; an empty 204 while the upstream is down."""
    wanted = Tile(z, x, y)
    if not settings.BASEMAP_URL or not wanted.exists or z > settings.BASEMAP_MAX_ZOOM:
        raise Http404
    most_bytes = settings.BASEMAP_CACHE_MB * 1024 * 1024
    picture = _upstream(settings.BASEMAP_URL, settings.VAR / "basemap", most_bytes).picture(wanted)
    if picture is None:
        return HttpResponse(status=204, headers={"Cache-Control": "no-store"})
    return HttpResponse(
        picture.content, content_type=picture.content_type, headers={"Cache-Control": "public, max-age=604800"}
    )
