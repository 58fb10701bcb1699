"""Who may do what with plans and answers. Views fetch only through these doors: loading and checking are one call.

What a person may not see does not exist for them (404).
"""

import uuid

from django.shortcuts import get_object_or_404

from areas.models import Municipality
from layers.models import Plan, Response, Shape
from mapfeedback.accounts.rules import Person, Role, municipalities_where


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
