"""The planner's desk: plans and drafts, and the messages to answer."""

from django.contrib.gis.db.models.functions import Transform
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from areas.models import Municipality
from layers import rules
from layers.forms import SelectionForm
from layers.models import Plan, Response
from mapfeedback.accounts.rules import Person
from mapfeedback.geo import WGS84
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import BadQuery

PAGE = 50
#: More dots than this tell nothing on a desk map; the newest are drawn and the page says so.
DOTS = 500


@require_safe
@rules.planners_only
def desk(request: HttpRequest) -> HttpResponse:
    """Own municipalities' plans, what waits for an answer, and answers being prepared."""
    person = rules.planner(request)
    places = rules.planned_municipalities(person)
    unanswered = dict(
        Pin.objects.visible_to(person)
        .filter(municipality__in=places, answered_at=None)
        .order_by()
        .values_list("municipality_id")
        .annotate(Count("pk"))
    )
    context = {
        "places": [(place, unanswered.get(place.pk, 0)) for place in places],
        "plans": Plan.objects.planned_by(person)
        .with_names()
        .annotate(
            answers=Count("responses", filter=Q(responses__state="published"), distinct=True),
            drafts=Count("responses", filter=Q(responses__state="draft"), distinct=True),
        ),
        "drafts": Response.objects.planned_by(person).drafts().select_related("plan"),
        "published": Response.objects.planned_by(person).published().select_related("plan")[:20],
    }
    return render(request, "layers/desk.html", context)


@require_safe
@rules.planners_only
def pins(request: HttpRequest) -> HttpResponse:
    """The messages a filter finds, as a list and on the map, ready to be answered together."""
    person = rules.planner(request)
    places = rules.planned_municipalities(person)
    refused: BadQuery | None = None
    chosen, found = PinFilter(), Pin.objects.none()
    try:
        chosen = PinFilter.parse(request.GET, "page")
        found = selected(person, chosen)
    except BadQuery as problem:
        refused = problem
    page = Paginator(found.for_lists(), PAGE).get_page(request.GET.get("page"))
    context = {
        "form": SelectionForm(initial=_typed(request.GET), person=person),
        "filter": chosen,
        "refused": refused,
        "page": page,
        "dots": _dots(found),
        "most_dots": DOTS,
        "newer": _address(chosen, page.previous_page_number()) if page.has_previous() else "",
        "older": _address(chosen, page.next_page_number()) if page.has_next() else "",
        "place": places[0] if len(places) == 1 else None,
        "bounds": _bounds(places),
        "trail": [(_("Planning desk"), reverse("layers:desk")), (_("Messages"), "")],
    }
    return render(request, "layers/pins.html", context, status=400 if refused else 200)


def selected(person: Person, chosen: PinFilter) -> PinQuerySet:
    """What this planner may answer under a filter: public messages of the municipalities they plan."""
    reach = rules.planned_municipalities(person)
    return chosen.apply(Pin.objects.visible_to(person).filter(municipality__in=reach))


def _typed(query: QueryDict) -> dict[str, object]:
    several = {"area", "category", "kind", "status"}
    return {name: query.getlist(name) if name in several else query[name] for name in query}


def _address(chosen: PinFilter, page: int) -> str:
    return f"{reverse('layers:pins')}?{'&'.join(part for part in (chosen.query(), f'page={page}') if part)}"


def _dots(found: PinQuerySet) -> list[dict[str, object]]:
    located = found.located().only("public_id", "kind", "title", "text").annotate(at=Transform("spot", WGS84))[:DOTS]
    return [
        {"url": pin.get_absolute_url(), "kind": pin.kind, "label": pin.headline, "at": [at.y, at.x]}
        for pin, at in ((pin, getattr(pin, "at")) for pin in located)  # noqa: B009 - an annotation, unknown to the type
    ]


def _bounds(places: list[Municipality]) -> str:
    boxes = [place.outline.extent for place in places]
    if not boxes:
        return ""
    west, south, east, north = zip(*boxes, strict=True)
    return f"{min(west):.5f},{min(south):.5f},{max(east):.5f},{max(north):.5f}"
