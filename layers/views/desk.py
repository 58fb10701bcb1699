"""The planner's desk: plans and drafts, and the messages to answer."""

from dataclasses import replace

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from areas.models import Area, Municipality
from layers import rules
from layers.models import Plan, Response
from layers.views.guarding import planner, planners_only
from mapfeedback.accounts.rules import Person
from mapfeedback.pins.filterform import filter_form
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import BadQuery

PAGE = 50


@require_safe
@planners_only
def desk(request: HttpRequest) -> HttpResponse:
    """Own municipalities' plans, what waits for an answer, and answers being prepared."""
    person = planner(request)
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
@planners_only
def pins(request: HttpRequest) -> HttpResponse:
    """The messages a filter finds, as a list and on the map, ready to be answered together."""
    person = planner(request)
    places = rules.planned_municipalities(person)
    chosen, refused = _understood(request.GET)
    found = Pin.objects.none() if refused else selected(person, chosen)
    page = Paginator(found.for_lists(), PAGE).get_page(request.GET.get("page"))
    areas = Area.objects.current().of_main_divisions().with_names()
    context = {
        "chosen": chosen,
        "form": filter_form(chosen, list(areas.filter(edition__division__municipality__in=places))),
        "within": request.GET.get("within", ""),
        "refused": refused,
        "page": page,
        "newer": _address(chosen, page.previous_page_number()) if page.has_previous() else "",
        "older": _address(chosen, page.next_page_number()) if page.has_next() else "",
        "place": places[0] if len(places) == 1 else None,
        "bounds": _bounds(places),
        "on_map": "" if refused else _on_map(chosen, places),
        "trail": [(_("Planning desk"), reverse("layers:desk")), (_("Messages"), "")],
    }
    return render(request, "layers/pins.html", context, status=400 if refused else 200)


def selected(person: Person, chosen: PinFilter) -> PinQuerySet:
    """What this planner may answer under a filter: public messages of the municipalities they plan."""
    reach = rules.planned_municipalities(person)
    return chosen.apply(Pin.objects.visible_to(person).filter(municipality__in=reach))


def _understood(query: QueryDict) -> tuple[PinFilter, list[BadQuery]]:
    """The filter as far as it can be read, and what was refused: the form comes back with all the rest."""
    kept, refused = query.copy(), list[BadQuery]()
    while True:
        try:
            return PinFilter.parse(kept, "page"), refused
        except BadQuery as problem:
            refused.append(problem)
            for name in [name for name in kept if name[:60] == problem.parameter]:
                del kept[name]


def _on_map(chosen: PinFilter, places: list[Municipality]) -> str:
    """The query of the tiles: the same filter, bounded like the list."""
    if chosen.area:
        return chosen.query()
    return replace(chosen, area=tuple(sorted(place.slug for place in places))).query()


def _address(chosen: PinFilter, page: int) -> str:
    return f"{reverse('layers:pins')}?{'&'.join(part for part in (chosen.query(), f'page={page}') if part)}"


def _bounds(places: list[Municipality]) -> str:
    boxes = [place.outline.extent for place in places]
    if not boxes:
        return ""
    west, south, east, north = zip(*boxes, strict=True)
    return f"{min(west):.5f},{min(south):.5f},{max(east):.5f},{max(north):.5f}"
