"""What the service says about itself: information pages, the door to the open data, notes to machines."""

import datetime

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from mapfeedback.pages.data_guide import addresses, parameters
from mapfeedback.pins.forms import TextForm

#: security.txt must say until when it holds (RFC 9116); readers distrust more than a year.
SECURITY_NOTE_HOLDS = datetime.timedelta(days=180)


@require_safe
def about(request: HttpRequest) -> HttpResponse:
    return _text(request, "about")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    return _text(request, "accessibility")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    return _text(request, "privacy")


@require_safe
def api(request: HttpRequest) -> HttpResponse:
    """The addresses of the open data, for a person who writes the program that will read them."""
    return render(
        request,
        "pages/api.html",
        {
            "parameters": parameters(),
            "addresses": addresses(),
            "contact": settings.CONTACT_EMAIL,
            "licence": settings.DATA_LICENCE,
            "licence_url": settings.DATA_LICENCE_URL,
        },
    )


@require_safe
def style(request: HttpRequest) -> HttpResponse:
    """Every component in every state, for those who build pages; others find nothing here."""
    if not (settings.DEBUG or request.user.is_staff):
        raise Http404
    return render(request, "style.html", {"form": TextForm({})})


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/robots.txt", content_type="text/plain; charset=utf-8")


@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116); nothing is said while no contact is set."""
    if not settings.CONTACT_EMAIL:
        raise Http404
    until = timezone.now() + SECURITY_NOTE_HOLDS
    return render(
        request,
        "pages/security.txt",
        {"contact": settings.CONTACT_EMAIL, "until": until.astimezone(datetime.UTC).strftime("%Y-%m-%dT00:00:00Z")},
        content_type="text/plain; charset=utf-8",
    )


def _text(request: HttpRequest, page: str) -> HttpResponse:
    """A long text, kept whole in each interface language beside its translations: pages/<page>.<language>.html."""
    language = get_language() or settings.LANGUAGE_CODE
    return render(
        request,
        f"pages/{page}.{language}.html",
        {
            "basemap_credit": settings.BASEMAP_CREDIT,
            "basemap_credit_url": settings.BASEMAP_CREDIT_URL,
            "contact": settings.CONTACT_EMAIL,
            "demo": settings.DEMO,
            "licence": settings.DATA_LICENCE,
            "licence_url": settings.DATA_LICENCE_URL,
            "owner": settings.SERVICE_OWNER,
            "supervisor": settings.ACCESSIBILITY_SUPERVISOR,
        },
    )
