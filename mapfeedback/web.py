"""What every page shares: health, language choice, errors in the format that was asked for."""

import datetime
import sys
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.shortcuts import render
from django.template import loader
from django.template.defaultfilters import filesizeformat
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from psycopg_pool import PoolTimeout

View = TypeVar("View", bound=Callable[..., HttpResponse])
GetResponse = Callable[[HttpRequest], HttpResponse]
Choice = TypeVar("Choice", bound=StrEnum)
#: A page may ask where the reader stands, and nothing else of the device.
PERMISSIONS = (
    "geolocation=(self), accelerometer=(), camera=(), display-capture=(), gyroscope=(), magnetometer=(), "
    "microphone=(), midi=(), payment=(), publickey-credentials-get=(), usb=()"
)
#: Endings that programs ask for: they get their errors as JSON.
MACHINE_ENDINGS = (
    "/areas/at",
    *(".json", ".geojson", ".mvt", ".csv", ".xlsx", ".gpkg", ".atom", ".rss", ".svg", ".png", ".jpg"),
)
UNREACHABLE = (OperationalError, InterfaceError, PoolTimeout)


class BadQuery(ValueError):
    """A query parameter was refused. `parameter` is its name, the message says what is allowed (translated)."""

    def __init__(self, parameter: str, message: object) -> None:
        super().__init__(f"{parameter}: {message}")
        self.parameter = parameter
        self.message = message


def one_of(query: QueryDict, name: str, choices: type[Choice], default: Choice) -> Choice:
    """The member of an enumeration that a parameter names; empty or absent is the default. Raises BadQuery."""
    value = query.get(name) or default.value
    allowed = [choice.value for choice in choices]
    if value not in allowed:
        raise BadQuery(name, _("Allowed: %(values)s.") % {"values": " ".join(allowed)})
    return choices(value)


def day_in(query: QueryDict, name: str) -> datetime.date | None:
    """The day that a parameter names, None without one. Raises BadQuery."""
    value = query.get(name, "")
    try:
        return datetime.date.fromisoformat(value) if value else None
    except ValueError:
        raise BadQuery(name, _("Write a day as 2026-05-31.")) from None


def in_asked_language(view: View) -> View:
    """Decorator: the view answers in the language that `lang` names, else in the reader's own. Raises BadQuery.

    For what one person puts up for others: a feed, a picture, a map inside another page.
    """

    @wraps(view)
    def _view(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        wanted = request.GET.get("lang") or translation.get_language()
        if wanted not in dict(settings.LANGUAGES):
            raise BadQuery("lang", _("Allowed: %(values)s.") % {"values": " ".join(dict(settings.LANGUAGES))})
        with translation.override(wanted):
            answer = view(request, *arguments, **named)
        answer["Content-Language"] = wanted
        return answer

    return cast("View", _view)


def from_our_own_pages(view: View) -> View:
    """Decorator: a POST that a browser sends from somebody else's page is refused, without a cookie to compare.

    Browsers say where a form stands (Sec-Fetch-Site, Origin, older ones Referer) and no page can make them lie. Who
    says nothing is no browser, and cannot be lured into sending what its person does not mean.
    """

    @wraps(view)
    def _view(request: HttpRequest, *arguments: Any, **named: Any) -> HttpResponse:
        if request.method == "POST" and not _is_ours(request):
            return csrf_failure(request, "sent from another site")
        return view(request, *arguments, **named)

    return cast("View", _view)


def _is_ours(request: HttpRequest) -> bool:
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site == "same-origin"
    stands_at = origin or request.headers.get("Referer")
    try:
        return stands_at is None or urlsplit(stands_at).netloc == request.get_host()
    except ValueError:
        return False


def wants_machine_answer(request: HttpRequest) -> bool:
    """Whether the caller is a machine: by the path's ending, the API's prefix or the Accept header."""
    path = request.path
    if path.startswith("/api/") or path.endswith(MACHINE_ENDINGS):
        return True
    accept = request.headers.get("Accept", "")
    return "json" in accept and "text/html" not in accept


def problem(request: HttpRequest, status: int, title: str, **more: object) -> HttpResponse:
    """One error answer: problem+json for a machine, a page for a person."""
    if wants_machine_answer(request):
        return JsonResponse(
            {"status": status, "title": title, **more}, status=status, content_type="application/problem+json"
        )
    if status >= 500:  # these pages stand without database, session or context processors
        page = loader.get_template(f"{status}.html").render({"title": title})
        return HttpResponse(page, status=status)
    return render(request, f"{status}.html", {"title": title, **more}, status=status)


def largest_body(most: int, only_for: Callable[[Any], bool] = lambda user: True) -> Callable[[View], View]:
    """Decorator: how many bytes this view takes, where it is not DATA_UPLOAD_MAX_MEMORY_SIZE. Put it outermost.

    `only_for` says for which users; others are held to the usual size.
    """

    def _marked(view: View) -> View:
        view.largest_body = most  # type: ignore[attr-defined]
        view.large_bodies_only_for = only_for  # type: ignore[attr-defined]
        return view

    return _marked


def errors_in_the_asked_format(get_response: GetResponse) -> GetResponse:
    """Middleware: our own refusals become clear answers, a lost database becomes 503 with Retry-After."""

    def middleware(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_view(request: HttpRequest, view: object, *_arguments: object) -> HttpResponse | None:
        """Before anything reads the body: Django itself sets no limit to files, whoever sends them."""
        usual = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        most = getattr(view, "largest_body", usual)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if length.isdecimal() and usual < int(length[:20]) <= most and not view.large_bodies_only_for(request.user):  # type: ignore[attr-defined]
            most = usual
        if not length.isdecimal() or int(length[:20]) > most:
            said = {"size": filesizeformat(most)}
            return problem(request, 413, _("This is too large. At most %(size)s fit here.") % said)
        return None

    def process_exception(request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, BadQuery):
            return problem(request, 400, str(exception.message), parameter=exception.parameter, detail=str(exception))
        if isinstance(exception, Http404) and wants_machine_answer(request):
            return problem(request, 404, _("There is nothing at this address."))
        if isinstance(exception, PermissionDenied) and wants_machine_answer(request):
            return problem(request, 403, _("You may not see or do this."))
        if isinstance(exception, UNREACHABLE):
            return too_slow(request) if "statement timeout" in str(exception) else unavailable(request)
        return None

    middleware.process_view = process_view  # type: ignore[attr-defined]
    middleware.process_exception = process_exception  # type: ignore[attr-defined]
    return middleware


def careful_headers(get_response: GetResponse) -> GetResponse:
    """Middleware: no powers that our pages do not use; what a signed-in person was shown stays in no cache."""

    def middleware(request: HttpRequest) -> HttpResponse:
        answer = get_response(request)
        answer.headers.setdefault("Permissions-Policy", PERMISSIONS)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and "Cache-Control" not in answer:
            add_never_cache_headers(answer)
        return answer

    return middleware


def too_slow(request: HttpRequest) -> HttpResponse:
    """The database gave up on a question that costs too much."""
    if wants_machine_answer(request):
        return problem(request, 503, _("This takes too long to find. Ask for a shorter period or a smaller area."))
    return render(request, "503_slow.html", status=503)


def unavailable(request: HttpRequest) -> HttpResponse:
    answer = problem(request, 503, _("The service is starting or resting. Please try again in a moment."))
    answer["Retry-After"] = "5"
    return answer


def site(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what the base template needs."""
    return {
        "site_name": settings.SITE_NAME,
        "city_name": settings.CITY_NAME,
        "crest_url": settings.CREST_URL,
        "source_url": settings.SOURCE_URL,
        "borders_are_examples": settings.DEMO,
    }


def workers() -> int:
    """How many workers are at it: they say so every ten seconds. Without any, mails and jobs wait."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 minute'")
        return int(cursor.fetchone()[0])


@never_cache
def health(request: HttpRequest) -> HttpResponse:
    """200 while this process can answer from its database, else 503; and how many workers are at work."""
    try:
        return JsonResponse({"status": "ok", "workers": workers()})
    except (DatabaseError, *UNREACHABLE):
        return JsonResponse({"status": "unavailable"}, status=503)


def set_language(request: HttpRequest, code: str) -> HttpResponse:
    """Remember the interface language in a cookie and go back to `next` on this site."""
    if code not in dict(settings.LANGUAGES):
        raise Http404
    target = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    parts = urlsplit(target)
    # Exactly one slash: a browser takes //name for the address of another site.
    path = "/" + parts.path.lstrip("/\\")
    answer = HttpResponseRedirect(parts._replace(scheme="", netloc="", path=path).geturl())
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
    return answer


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 400, _("The address or form holds something that cannot be understood."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 403, _("You may not see or do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem(request, 404, _("There is nothing at this address."))


def broken(request: HttpRequest) -> HttpResponse:
    if isinstance(sys.exception(), UNREACHABLE):  # lost outside the view: while a session was kept, for example
        return unavailable(request)
    return problem(request, 500, _("Something broke on our side. It has been written down."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's safety token was too old or missing: say so, and offer the way back. The form itself is not read."""
    return render(request, "403_csrf.html", status=403)
