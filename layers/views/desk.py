"""The planner's desk: plans and drafts, and the messages to answer."""

from dataclasses import replace

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from areas.models import Area, Edition, Municipality
from layers import linking, rules
from layers.models import Plan, Response
from layers.views.guarding import planner, planners_only
from mapfeedback.accounts.rules import Person
from mapfeedback.pins.filterform import filter_form
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.paging import PARAMETERS, Page, Total, page_of
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups import reading
from mapfeedback.pins.words.marking import Marks
from mapfeedback.web import BadQuery, workers

PAGE = 50


@require_safe
@planners_only
def desk(request: HttpRequest) -> HttpResponse:
    """Own municipalities' plans, what waits for an answer, and answers being prepared."""
    person = planner(request)
    places = rules.planned_municipalities(person)
    grounds = Edition.objects.in_force().of_main_divisions().filter(division__municipality__in=places)
    editions = {ground.division.municipality_id: ground for ground in grounds.select_related("division")}
    context = {
        "places": [(place, _unanswered(place, editions.get(place.pk))) for place in places],
        "plans": Plan.objects.planned_by(person)
        .with_names()
        .annotate(
            answers=Count("responses", filter=Q(responses__state="published"), distinct=True),
            drafts=Count("responses", filter=Q(responses__state="draft"), distinct=True),
        ),
        "drafts": Response.objects.planned_by(person).drafts().select_related("plan"),
        "published": Response.objects.planned_by(person).published().select_related("plan")[:20],
        "work_rests": workers() == 0,
    }
    return render(request, "layers/desk.html", context)


def _unanswered(place: Municipality, ground: Edition | None) -> int:
    """From the totals that are kept by districts; counted only where a city has none yet."""
    if ground is not None:
        return reading.total(ground, PinFilter(answered=False))
    return linking.public_pins(place.pk).filter(answered_at=None).count()


@require_safe
@planners_only
def pins(request: HttpRequest) -> HttpResponse:
    """The messages a filter finds, as a list and on the map, ready to be answered together."""
    person = planner(request)
    places = rules.planned_municipalities(person)
    chosen, refused = PinFilter.understood(request.GET, *PARAMETERS)
    reach, count, page = _answerable(person), 0, Page.empty()
    if not refused:
        try:
            counted = chosen.apply(reach).count()
            page = page_of(reach, chosen, request.GET, PAGE, total=Total(counted, 0))
            count = counted
        except BadQuery as problem:
            refused.append(problem)
    areas = Area.objects.current().of_main_divisions().with_names()
    context = {
        "chosen": chosen,
        "form": filter_form(chosen, list(areas.filter(edition__division__municipality__in=places))),
        "within": request.GET.get("within", ""),
        "typed": request.GET.get("q", "")[:1000],
        "refused": refused,
        "page": page,
        "count": count,
        "marks": Marks.of(chosen.q, page.pins),
        **page.neighbours(request.path, chosen),
        "orders": page.orders(request.path, chosen, Total(count, 0)),
        "place": places[0] if len(places) == 1 else None,
        "bounds": _bounds(places),
        "on_map": "" if refused else _on_map(chosen, places),
        "trail": [(_("Planning desk"), reverse("layers:desk")), (_("Messages"), "")],
    }
    return render(request, "layers/pins.html", context, status=400 if refused else 200)


def selected(person: Person, chosen: PinFilter) -> PinQuerySet:
    """What this planner may answer under a filter: public messages of the municipalities they plan."""
    return chosen.apply(_answerable(person))


def _answerable(person: Person) -> PinQuerySet:
    return Pin.objects.visible_to(person).filter(municipality__in=rules.planned_municipalities(person))


def _on_map(chosen: PinFilter, places: list[Municipality]) -> str:
    """The query of the tiles: the same filter, bounded like the list."""
    if chosen.area:
        return chosen.query()
    return replace(chosen, area=tuple(sorted(place.slug for place in places))).query()


def _bounds(places: list[Municipality]) -> str:
    boxes = [place.outline.extent for place in places]
    if not boxes:
        return ""
    west, south, east, north = zip(*boxes, strict=True)
    return f"{min(west):.5f},{min(south):.5f},{max(east):.5f},{max(north):.5f}"
