"""A device's token: a signed cookie that exists from the moment somebody agrees without signing in.

It goes to `/pins/` alone, so no tile, file or embedded map ever sees it, and it holds nothing but chance.
"""

import re
import secrets
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE: Final = "mf_device"
SALT: Final = "mapfeedback.pins.support.device"
PATH: Final = "/pins/"
SECONDS: Final = 365 * 24 * 60 * 60
#: What `fresh_key` makes.
KEY: Final = re.compile(r"[\w-]{22}")


def fresh_key() -> str:
    """For a form on which nobody has agreed yet: sent twice, it is one device and counts once."""
    return secrets.token_urlsafe(16)


def known(request: HttpRequest) -> str:
    """The device's token; empty when it has none, or one that is not ours."""
    return request.get_signed_cookie(COOKIE, default="", salt=SALT, max_age=SECONDS) or ""


def known_or_new(request: HttpRequest) -> str:
    """The device's token, else the key of the form that was sent, else a new one."""
    key = request.POST.get("key", "")
    return known(request) or (key if KEY.fullmatch(key) else fresh_key())


def remember(answer: HttpResponse, token: str) -> None:
    answer.set_signed_cookie(
        COOKIE,
        token,
        salt=SALT,
        max_age=SECONDS,
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
