"""The map page: the same filter for the map, the list and their totals."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.views.decorators.http import require_safe

from areas.models import Area, Municipality
from mapfeedback.pins.filterform import FilterForm, filter_form
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.framing import bounds_of, shown_city
from mapfeedback.pins.looking import LOOKING, Looking
from mapfeedback.pins.models import Kind, Pin, Status
from mapfeedback.pins.paging import PARAMETERS, Order, Page, Total, page_of, total_of
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.words.marking import Marks
from mapfeedback.pins.words.suggesting import named, spelt_otherwise, without_the_rest
from mapfeedback.web import BadQuery, wants_machine_answer

PAGE = 30


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """Everything is in the page, map or no map; a script puts the same pins on the map beside it.

    What cannot be read of the filter is named, and the form comes back with all the rest (400).
    """
    visible = Pin.objects.visible_to(request.user)
    chosen, refused = PinFilter.understood(request.GET, *PARAMETERS, *LOOKING)
    looking, refused_ways = _looking(request.GET)
    refused += refused_ways
    areas = list(Area.objects.current().of_main_divisions().with_names().order_by("edition__division", "code"))
    cities = list(Municipality.objects.defer("outline"))
    shown = shown_city(chosen, cities, areas)
    total, page = Total(0, 0), Page.empty()
    if not refused:
        try:
            counted = total_of(chosen.apply(visible), newest=PAGE + 1 if chosen.q else 0)
            total, page = counted, page_of(visible, chosen, request.GET, PAGE, total=counted)
        except BadQuery as problem:
            refused.append(problem)
    if refused and wants_machine_answer(request):
        raise refused[0]
    form = filter_form(chosen, areas, looking.items())
    return render(
        request,
        "pins/map.html",
        {
            "chosen": chosen,
            "refused": refused,
            "typed": request.GET.get("q", "")[:1000],
            "query": chosen.query(),
            "looking": looking,
            "ways": looking.ways(request.path, chosen),
            "looked_query": looking.query(chosen),
            "page": page,
            **page.neighbours(request.path, chosen, looking.part),
            "orders": page.orders(request.path, chosen, total, looking.part),
            "too_many_to_rank": request.GET.get("sort") == Order.BEST and page.order is not Order.BEST,
            "totals": total,
            "marks": Marks.of(chosen.q, page.pins),
            "form": form,
            "meant": _meant(chosen, form, visible, total),
            "cities": cities,
            "shown": shown,
            "bounds": bounds_of(chosen, shown),
            "divisions": sorted({area.division.slug for area in areas}),
            "borders_are_examples": any(area.edition.is_example for area in areas),
            "labels": {"kind": _words(Kind.choices), "status": _words(Status.choices)},
        },
        status=400 if refused else 200,
    )


def _meant(chosen: PinFilter, form: FilterForm, visible: PinQuerySet, total: Total) -> dict[str, Any]:
    """What a search may have meant; only looked up for a search, and other spellings only when nothing was found."""
    if not chosen.q:
        return {}
    offered = [
        (group.name, choice.value, choice.label)
        for group in form.groups
        if group.name in {"area", "category", "consultation"}
        for choice in group.choices
    ]
    found: dict[str, Any] = {"named": named(chosen, offered)}
    if not total.all:
        found |= {"spelt": spelt_otherwise(chosen, visible), "wider": without_the_rest(chosen, visible)}
    return found


def _looking(query: QueryDict) -> tuple[Looking, list[BadQuery]]:
    """The asked way of looking; one that cannot be read is named, and the map looks as usual."""
    try:
        return Looking.parse(query), []
    except BadQuery as problem:
        return Looking(), [problem]


def _words(choices: Sequence[tuple[str, Any]]) -> dict[str, str]:
    return {value: str(label) for value, label in choices}
