"""Who may do what with plans and answers. Views fetch only through these doors: loading and checking are one call.

What a person may not see does not exist for them (404); the desk itself says 403 to those who do not plan.
"""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.cache import never_cache

from areas.models import Municipality
from layers.models import Plan, Response, Shape
from mapfeedback.accounts.models import User
from mapfeedback.accounts.rules import Person, Role, may_plan, municipalities_where

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


def planned_municipalities(person: Person) -> list[Municipality]:
    reach = municipalities_where(person, Role.PLANNER, Role.OFFICER)
    return list(Municipality.objects.filter(pk__in=reach).defer("outline"))


def plan_to_read(person: Person, slug: str) -> Plan:
    return get_object_or_404(Plan.objects.visible_to(person).with_names(), slug=slug)


def plan_to_change(person: Person, slug: str) -> Plan:
    return get_object_or_404(Plan.objects.planned_by(person).with_names(), slug=slug)


def shape_to_answer(person: Person, public_id: uuid.UUID) -> Shape:
    shapes = Shape.objects.planned_by(person).select_related("layer__plan__municipality")
    return get_object_or_404(shapes.defer("layer__plan__municipality__outline", "properties"), public_id=public_id)


def response_to_change(person: Person, public_id: uuid.UUID) -> Response:
    responses = Response.objects.planned_by(person).select_related("plan", "municipality")
    return get_object_or_404(responses.defer("municipality__outline"), public_id=public_id)
