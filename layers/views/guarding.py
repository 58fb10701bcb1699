"""The door of the planning desk: it says 403 to those who do not plan, and asks others to sign in."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from mapfeedback.accounts.models import User
from mapfeedback.accounts.rules import may_plan

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def planners_only(view: View[P]) -> View[P]:
    """For the planning desk: others are asked to sign in, or told that this is not theirs."""

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may_plan(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


def planner(request: HttpRequest) -> User:
    """The signed-in person behind a guarded view."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
