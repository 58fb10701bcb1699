"""The queue of what waits for a check, and the decision on each, with a reason its author can read."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from mapfeedback.accounts.models import User
from mapfeedback.accounts.rules import may_moderate
from mapfeedback.moderation.forms import DecisionForm
from mapfeedback.pins.actions import decide_visibility
from mapfeedback.pins.models import Pin
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
    waiting = list(Pin.objects.awaiting_check_by(request.user).for_lists().order_by("placed_at", "id")[: PAGE + 1])
    items = [
        {
            "pin": pin,
            "suspicions": [SUSPICIONS[code] for code in suspicions(f"{pin.title}\n{pin.text}\n{pin.place_text}")],
            "form": DecisionForm(auto_id=f"{pin.public_id}_%s"),
        }
        for pin in waiting[:PAGE]
    ]
    return render(request, "moderation/queue.html", {"items": items, "more": len(waiting) > PAGE})


@login_required
@require_POST
def decide(request: HttpRequest, public_id: str) -> HttpResponse:
    pin = get_object_or_404(Pin.objects.awaiting_check_by(request.user), public_id=public_id)
    form = DecisionForm(request.POST)
    if form.is_valid() and isinstance(request.user, User):
        decide_visibility(pin=pin, **form.cleaned_data, now=timezone.now(), actor=request.user)
    return redirect("moderation:queue")
