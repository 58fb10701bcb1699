"""What a person puts up for others: a link, a map inside another page, a picture for a noticeboard."""

import hashlib
from urllib.parse import urlsplit

from csp.constants import NONE
from csp.decorators import csp_replace
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import conditional_page, require_safe

from areas.models import Division, Edition
from mapfeedback.pins.filterform import in_words
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.framing import bounds_of
from mapfeedback.pins.listing import first_of
from mapfeedback.pins.looking import LOOKING, Looking
from mapfeedback.pins.models import Kind, Pin, Status
from mapfeedback.sharing.links import Links
from mapfeedback.sharing.poster import poster
from mapfeedback.sharing.raster import TooManyPictures, png
from mapfeedback.sharing.sheets import SHEETS, Size
from mapfeedback.sharing.viewing import city_of, view_of
from mapfeedback.web import in_asked_language, one_of, unavailable

#: A picture follows its map within minutes.
PICTURE = cache_control(public=True, max_age=300)
#: The list behind an embedded map; the whole one is a link away.
LISTED = 30
ANCESTORS = [NONE if site == "none" else site for site in settings.EMBED_SITES]


@require_safe
def share(request: HttpRequest) -> HttpResponse:
    """`/share/?<filter>&view=zoom/lat/lon`: every way to put this map up elsewhere, to copy or to download."""
    chosen, view = PinFilter.parse(request.GET, "view", *LOOKING), view_of(request.GET)
    looking = Looking.parse(request.GET)
    links = Links.of(request, chosen, looking, view)
    trail = [(_("Map"), links.permalink), (_("Share this map"), "")]
    about = {"trail": trail, "words": [label for _name, label in in_words(chosen)], "links": links, "looking": looking}
    answer = render(request, "sharing/share.html", about)
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ANCESTORS})
@cache_control(public=True, max_age=60)
@conditional_page
@in_asked_language
def embed(request: HttpRequest) -> HttpResponse:
    """`/embed/?<filter>#zoom/lat/lon`: the map for a page of somebody else.

    The same for everybody and rendered without the request, so nothing in it can ask for a session or set a cookie.
    """
    chosen, looking = PinFilter.parse(request.GET, "lang", *LOOKING), Looking.parse(request.GET)
    city = city_of(chosen)
    pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
    totals = pins.aggregate(all=Count("pk"), located=Count("geom"))
    page = render_to_string(
        "sharing/embed.html",
        {
            "site_name": settings.SITE_NAME,
            "words": [label for _name, label in in_words(chosen)],
            "chosen": chosen,
            "looking": looking,
            "shown": city,
            "query": chosen.query(),
            "links": Links.of(request, chosen, looking),
            "bounds": bounds_of(chosen, city),
            "divisions": sorted(division.slug for division in Division.objects.main()),
            "borders_are_examples": Edition.objects.in_force().filter(is_example=True).exists(),
            "totals": totals | {"unlocated": totals["all"] - totals["located"]},
            "pins": first_of(pins.order_by("-placed_at", "-pk"), LISTED),
            "labels": {"kind": _labels(Kind), "status": _labels(Status)},
        },
    )
    return HttpResponse(page, headers={"X-Robots-Tag": "noindex"})


@require_safe
@PICTURE
@conditional_page
@in_asked_language
def map_svg(request: HttpRequest) -> HttpResponse:
    """`/map.svg?<filter>&view=zoom/lat/lon&size=a4-portrait`: the map as one sheet, sharp at any size."""
    drawn, size = _drawn(request)
    return HttpResponse(drawn, content_type="image/svg+xml", headers=_named(size, "svg"))


@require_safe
@PICTURE
@in_asked_language
def map_png(request: HttpRequest) -> HttpResponse:
    """The same in pixels: 150 to the inch on paper. Unchanged pictures are not painted again."""
    drawn, size = _drawn(request)
    tag = f'"{hashlib.sha256(drawn.encode()).hexdigest()[:32]}"'
    answer = get_conditional_response(request, etag=tag)
    if answer is None:
        try:
            picture = png(drawn, SHEETS[size].pixels)
        except TooManyPictures:
            return unavailable(request)
        answer = HttpResponse(picture, content_type="image/png", headers=_named(size, "png"))
    answer["ETag"] = tag
    return answer


def _drawn(request: HttpRequest) -> tuple[str, Size]:
    chosen, view = PinFilter.parse(request.GET, "view", "size", "lang", *LOOKING), view_of(request.GET)
    looking, size = Looking.parse(request.GET), one_of(request.GET, "size", Size, Size.A4_PORTRAIT)
    links = Links.of(request, chosen, looking, view)
    host = urlsplit(links.site).netloc
    return poster(chosen, looking, view=view, size=size, link=links.permalink, host=host), size


def _named(size: Size, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'inline; filename="map-{size}.{ending}"'}


def _labels(choices: type[Kind] | type[Status]) -> dict[str, str]:
    return {value: str(label) for value, label in choices.choices}
