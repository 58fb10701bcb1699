"""The map page: the same filter for the map, the list and their totals."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from areas.models import Area, Municipality
from mapfeedback.pins.filterform import filter_form
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.framing import bounds_of, shown_city
from mapfeedback.pins.models import Kind, Pin, Status
from mapfeedback.pins.paging import PARAMETERS, page_of

PAGE = 30


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """Everything is in the page, map or no map; a script puts the same pins on the map beside it."""
    chosen = PinFilter.parse(request.GET, *PARAMETERS)
    pins = chosen.apply(Pin.objects.visible_to(request.user))
    areas = list(Area.objects.current().of_main_divisions().with_names().order_by("edition__division", "code"))
    cities = list(Municipality.objects.defer("outline"))
    shown = shown_city(chosen, cities, areas)
    page = page_of(pins.for_lists().with_degrees(), request.GET, PAGE)
    totals = pins.aggregate(all=Count("pk"), located=Count("geom"))
    return render(
        request,
        "pins/map.html",
        {
            "chosen": chosen,
            "query": chosen.query(),
            "page": page,
            "newer_url": _address(chosen, page.newer),
            "older_url": _address(chosen, page.older),
            "totals": totals | {"unlocated": totals["all"] - totals["located"]},
            "form": filter_form(chosen, areas),
            "cities": cities,
            "shown": shown,
            "bounds": bounds_of(chosen, shown),
            "divisions": sorted({area.division.slug for area in areas}),
            "borders_are_examples": any(area.edition.is_example for area in areas),
            "labels": {"kind": _words(Kind.choices), "status": _words(Status.choices)},
        },
    )


def _address(chosen: PinFilter, part: str) -> str:
    """The address of a neighbouring page; empty when there is none."""
    return f"{reverse('pins:map')}?{'&'.join(filter(None, (chosen.query(), part)))}" if part else ""


def _words(choices: Sequence[tuple[str, Any]]) -> dict[str, str]:
    return {value: str(label) for value, label in choices}
