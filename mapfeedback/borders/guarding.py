"""The doors of the room for others than planners: members of an association bring their own area."""

from functools import wraps

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

from layers.views.guarding import P, View
from mapfeedback.accounts.rules import Person, associations_of, may_plan


def may_bring(person: Person) -> bool:
    """Brings borders: the city's, or those of an association."""
    return may_plan(person) or bool(associations_of(person))


def speaks_for_associations(person: Person) -> bool:
    return bool(associations_of(person))


def bringers_only(view: View[P]) -> View[P]:
    """For the steps of an import. Others are asked to sign in, or told that this is not theirs."""

    @never_cache
    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not may_bring(request.user):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded
