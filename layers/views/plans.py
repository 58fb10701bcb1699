"""A planner's side of a plan: make it, show it, give it layers."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from layers import actions, rules
from layers.forms import LayerForm, PlanForm
from layers.importing import LayerFile
from layers.importing.crs import name_of
from layers.linking import public_pins
from layers.models import Plan, Shape
from layers.views.guarding import planner, planners_only
from mapfeedback.web import largest_body


@require_http_methods(["GET", "HEAD", "POST"])
@planners_only
def new_plan(request: HttpRequest) -> HttpResponse:
    """Make a plan; the public does not see it yet."""
    form = PlanForm(request.POST if request.method == "POST" else None, person=request.user)
    if form.is_valid():
        made = actions.create_plan(**form.cleaned_data, now=timezone.now(), actor=planner(request))
        messages.success(request, _("The plan was made. Upload its shapes next."))
        return redirect("layers:new_layer", made.slug)
    context = {"form": form, "trail": _trail(None, _("New plan"))}
    return render(request, "layers/new_plan.html", context, status=422 if form.errors else 200)


@require_safe
@planners_only
def plan(request: HttpRequest, slug: str) -> HttpResponse:
    """What a plan consists of, ready to be answered shape by shape."""
    shown = rules.plan_to_change(request.user, slug)
    shapes = Shape.objects.of_current_layers(shown)
    context = {
        "plan": shown,
        "bounds": shapes.extent(),
        "shapes": shapes.with_answer_counts()
        .with_pin_counts(public_pins(shown.municipality_id))
        .defer("geom", "properties"),
        "layers": shown.layers.order_by("name", "-version"),
        "responses": shown.responses.order_by("-created_at"),
        "trail": _trail(None, shown.name),
    }
    return render(request, "layers/plan_desk.html", context)


@require_POST
@planners_only
def publish(request: HttpRequest, slug: str) -> HttpResponse:
    actions.publish_plan(plan=rules.plan_to_change(request.user, slug), now=timezone.now(), actor=planner(request))
    messages.success(request, _("Everyone can see the plan now."))
    return redirect("layers:plan_desk", slug)


@require_POST
@planners_only
def hide(request: HttpRequest, slug: str) -> HttpResponse:
    actions.hide_plan(plan=rules.plan_to_change(request.user, slug), now=timezone.now(), actor=planner(request))
    messages.success(request, _("Only planners see the plan now. Its answers stay with the messages."))
    return redirect("layers:plan_desk", slug)


@largest_body(settings.LAYER_UPLOAD_MAX_BYTES + 1024 * 1024)
@require_http_methods(["GET", "HEAD", "POST"])
@planners_only
def new_layer(request: HttpRequest, slug: str) -> HttpResponse:
    """Upload a file; what was understood is told on the plan's page."""
    shown = rules.plan_to_change(request.user, slug)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = LayerForm(*sent, plan=shown)
    if form.is_valid():
        understood = form.understood
        actions.upload_layer(
            plan=shown,
            name=form.cleaned_data["name"],
            shapes=understood.shapes,
            source_crs=f"EPSG:{understood.epsg}",
            now=timezone.now(),
            actor=planner(request),
        )
        _tell(request, understood)
        return redirect("layers:plan_desk", slug)
    context = {"form": form, "plan": shown, "trail": _trail(shown, _("Upload a layer"))}
    return render(request, "layers/new_layer.html", context, status=422 if form.errors else 200)


def _tell(request: HttpRequest, understood: LayerFile) -> None:
    count = len(understood.shapes)
    messages.success(
        request,
        ngettext(
            "%(count)d shape was read. Coordinate system: %(crs)s. Names from the field: %(field)s.",
            "%(count)d shapes were read. Coordinate system: %(crs)s. Names from the field: %(field)s.",
            count,
        )
        % {"count": count, "crs": name_of(understood.epsg), "field": understood.label_field or _("none, numbered")},
    )
    if understood.without_place:
        messages.warning(
            request,
            _("These features have no geometry and were left out: %(numbers)s.")
            % {"numbers": ", ".join(str(number) for number in understood.without_place[:50])},
        )


def _trail(plan: Plan | None, here: str) -> list[tuple[str, str]]:
    trail = [(_("Planning desk"), reverse("layers:desk"))]
    if plan is not None:
        trail.append((plan.name, reverse("layers:plan_desk", args=[plan.slug])))
    return [*trail, (here, "")]
