"""Plans as everybody sees them: the list, one plan with its shapes and answers, and its shapes as open data."""

import json

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from layers import rules
from layers.linking import inside_plan, public_pins
from layers.models import Plan, Response, Shape
from mapfeedback.accounts.rules import may_plan


@require_safe
def plans(request: HttpRequest) -> HttpResponse:
    """Every published plan, newest first."""
    return render(request, "layers/plans.html", {"plans": Plan.objects.filter(is_published=True).with_names()})


@require_safe
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """One plan: map, shapes with what was said inside them, and the answers given."""
    shown = rules.plan_to_read(request.user, slug)
    pins = public_pins(shown.municipality_id)
    shapes = Shape.objects.of_current_layers(shown)
    context = {
        "plan": shown,
        "bounds": shapes.extent(),
        "shapes": shapes.with_answer_counts().with_pin_counts(pins).defer("geom", "properties"),
        "pins_inside": inside_plan(shown, pins).count(),
        "responses": Response.objects.published().filter(plan=shown).with_reach(pins).for_plan_pages(),
        "may_change": may_plan(request.user, shown.municipality_id),
        "trail": [(_("Plans"), reverse("layers:plans")), (shown.name, "")],
    }
    return render(request, "layers/plan.html", context)


@require_safe
def plan_geojson(request: HttpRequest, slug: str) -> HttpResponse:
    """The shapes a plan consists of now, with how many messages lie in each and how many answers it has.

    The uploaded fields stay inside: they may name owners.
    """
    shown = rules.plan_to_read(request.user, slug)
    shapes = (
        Shape.objects.of_current_layers(shown)
        .with_answer_counts()
        .with_pin_counts(public_pins(shown.municipality_id))
        .as_geojson()
    )
    features = ",".join(
        f'{{"type":"Feature","id":"{shape.public_id}","properties":{_told(shape)},"geometry":{shape.written}}}'
        for shape in shapes
    )
    return HttpResponse(
        '{"type":"FeatureCollection","features":[' + features + "]}",
        content_type="application/geo+json",
        headers={"Cache-Control": "private, no-cache"},
    )


def _told(shape: Shape) -> str:
    return json.dumps({"label": shape.label, "layer": shape.layer.name, "pins": shape.pins, "responses": shape.answers})
