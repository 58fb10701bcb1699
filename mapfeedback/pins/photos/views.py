"""A photo for those who may see it, and 404 for everybody else."""

import uuid
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from mapfeedback.pins.models import Photo, Pin
from mapfeedback.pins.photos.keeping import path
from mapfeedback.pins.photos.models import Size

#: Seconds for which a public photo is shown without asking. Its content never changes; whether it may be seen does.
FRESH: Final = 60
PRIVATE: Final = "private, no-store"


@require_safe
def picture(request: HttpRequest, public_id: uuid.UUID, size: str) -> HttpResponse:
    """`/photos/<id>/large.jpg`, or `small`: 404 for whoever may not see the photo or its pin."""
    everybody = Photo.objects.public_among(Pin.objects.visible_to(AnonymousUser()))
    photo = everybody.filter(public_id=public_id).first()
    if photo is not None:
        return answer(request, photo, size, f"public, max-age={FRESH}")
    photo = get_object_or_404(Photo.objects.readable_by(request.user), public_id=public_id)
    return answer(request, photo, size, PRIVATE)


def answer(request: HttpRequest, photo: Photo, size: str, cached: str) -> HttpResponse:
    """The file, as a picture and nothing else: no script runs in it, no search engine keeps it."""
    if size not in Size.values:
        raise Http404
    etag = f'"{photo.public_id.hex}.{size}"'
    found = get_conditional_response(request, etag=etag)
    if found is None:
        try:
            content = path(photo.public_id, Size(size)).read_bytes()
        except FileNotFoundError:
            raise Http404 from None
        found = HttpResponse(content, content_type="image/jpeg", headers={"ETag": etag})
    headers = {
        "Cache-Control": cached,
        "Content-Disposition": f'inline; filename="photo-{photo.public_id.hex[:8]}.jpg"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Robots-Tag": "noindex",
    }
    for name, value in headers.items():
        found[name] = value
    return found
