"""Agreeing with a pin, and taking that back: forms on its page. How many agree is for everybody, as JSON too."""

from allauth.account.adapter import get_adapter
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from mapfeedback.accounts.models import User
from mapfeedback.pins.actions import NotAllowed
from mapfeedback.pins.models import Pin
from mapfeedback.pins.support import device
from mapfeedback.pins.support.actions import Supporter, support_pin, withdraw_support
from mapfeedback.pins.support.limits import TooMany
from mapfeedback.pins.support.wording import people_agree
from mapfeedback.pins.views import pin_page
from mapfeedback.web import from_our_own_pages, in_asked_language


# The token against forged forms would need a cookie, and who only reads gets none: the browser says whose form it is.
@csrf_exempt
@from_our_own_pages
@require_http_methods(["GET", "HEAD", "POST"])
def support(request: HttpRequest, public_id: str) -> HttpResponse:
    """Agree, and come back to the pin's page; reading this address leads there too."""
    shown = get_object_or_404(Pin.objects.visible_to(request.user).for_pages(), public_id=public_id)
    if request.method != "POST":
        return redirect(shown)
    signed_in = request.user if isinstance(request.user, User) else None
    token = device.known(request) if signed_in else device.known_or_new(request)
    try:
        support_pin(pin=shown, supporter=Supporter(signed_in, token, _address(request)), now=timezone.now())
    except TooMany as refused:
        return pin_page(request, shown, refused=refused)
    except NotAllowed:  # one's own: its page says so
        return redirect(shown)
    answer = redirect(f"{shown.get_absolute_url()}#support")
    if signed_in is None:
        device.remember(answer, token)
    return answer


@csrf_exempt
@from_our_own_pages
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    shown = get_object_or_404(Pin.objects.visible_to(request.user), public_id=public_id)
    if request.method == "POST":
        signed_in = request.user if isinstance(request.user, User) else None
        withdraw_support(pin=shown, supporter=Supporter(signed_in, device.known(request)))
    return redirect(f"{shown.get_absolute_url()}#support")


@require_safe
@cache_control(public=True, max_age=15)
@in_asked_language
def supports(request: HttpRequest, public_id: str) -> HttpResponse:
    """`/pins/<id>/support.json?lang=`: how many agree, how many of them were signed in, and the same in words."""
    shown = get_object_or_404(Pin.objects.visible_to(AnonymousUser()), public_id=public_id)
    told = {"supports": shown.supports, "supports_verified": shown.supports_verified}
    return JsonResponse(told | {"words": people_agree(shown.supports)})


def _address(request: HttpRequest) -> str:
    """Where the request came from; empty behind a socket, where nobody can tell."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return ""
