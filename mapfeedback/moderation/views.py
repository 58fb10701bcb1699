"""The queue of what waits for a check, and the decision on each, with a reason its author can read."""

from contextlib import suppress

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mapfeedback.accounts.models import User
from mapfeedback.accounts.rules import may_moderate
from mapfeedback.moderation.forms import DecisionForm, PhotoForm
from mapfeedback.pins.actions import decide_visibility
from mapfeedback.pins.listing import first_of
from mapfeedback.pins.models import Photo, Pin
from mapfeedback.pins.photos.actions import NotThere, decide_photo
from mapfeedback.pins.screening import suspicions

SUSPICIONS = {
    "email": _("an e-mail address"),
    "identity_code": _("a personal identity code"),
    "iban": _("a bank account number"),
    "phone": _("a phone number"),
}
PAGE = 50


@never_cache
@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """Oldest first: nobody's message waits behind a newer one."""
    if not may_moderate(request.user):
        raise PermissionDenied
    waiting = first_of(Pin.objects.awaiting_check_by(request.user).order_by("placed_at", "id"), PAGE + 1)
    items = [
        {
            "pin": pin,
            "suspicions": [SUSPICIONS[code] for code in suspicions(f"{pin.title}\n{pin.text}\n{pin.place_text}")],
            "form": DecisionForm(auto_id=f"{pin.public_id}_%s"),
        }
        for pin in waiting[:PAGE]
    ]
    photos = list(Photo.objects.to_decide_by(request.user).waiting().with_pins().order_by("added_at", "pk")[: PAGE + 1])
    context = {
        "items": items,
        "photos": [{"photo": one, "form": PhotoForm(auto_id=f"{one.public_id}_%s")} for one in photos[:PAGE]],
        "more": max(len(waiting), len(photos)) > PAGE,
    }
    return render(request, "moderation/queue.html", context)


@login_required
@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    pin = get_object_or_404(Pin.objects.awaiting_check_by(request.user), public_id=public_id)
    form = DecisionForm(request.POST)
    if form.is_valid() and isinstance(request.user, User):
        decide_visibility(pin=pin, **form.cleaned_data, now=timezone.now(), actor=request.user)
    return redirect("moderation:queue")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def photo(request: HttpRequest, public_id: str) -> HttpResponse:
    """The decision on one photo, also on one that is public: what is hidden here is gone for others at once."""
    shown = get_object_or_404(Photo.objects.to_decide_by(request.user).with_pins(), public_id=public_id)
    form = PhotoForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and isinstance(request.user, User):
        with suppress(NotThere):  # its author removed it meanwhile
            decide_photo(photo=shown, **form.cleaned_data, now=timezone.now(), actor=request.user)
        return redirect("moderation:queue")
    context = {"photo": shown, "form": form}
    return render(request, "moderation/photo.html", context, status=422 if form.errors else 200)
