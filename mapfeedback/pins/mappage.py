"""The map page: the same filter for the map, the list and their totals."""

from collections.abc import Sequence
from typing import Any, cast

from django.contrib.gis.db.models import Extent, PointField
from django.contrib.gis.db.models.functions import Transform
from django.db.models import Count, FloatField, Func
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from areas.models import Area, Municipality
from mapfeedback.geo import WGS84, BBox
from mapfeedback.pins.filterform import filter_form
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Kind, Pin, Status
from mapfeedback.pins.paging import PARAMETERS, page_of

PAGE = 30


def _axis(function: str) -> Func:
    return Func(
        Transform("spot", WGS84, output_field=PointField(srid=WGS84)), function=function, output_field=FloatField()
    )


#: Where a list item lies, for the link that shows it on the map.
_PLACE = {"lon": _axis("ST_X"), "lat": _axis("ST_Y")}


@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """Everything is in the page, map or no map; a script puts the same pins on the map beside it."""
    chosen = PinFilter.parse(request.GET, *PARAMETERS)
    pins = chosen.apply(Pin.objects.visible_to(request.user))
    areas = list(Area.objects.current().of_main_divisions().with_names().order_by("edition__division", "code"))
    cities = list(Municipality.objects.defer("outline"))
    shown = _shown_city(chosen, cities, areas)
    page = page_of(pins.for_lists().annotate(**_PLACE), request.GET, PAGE)
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
            "bounds": _bounds(chosen, shown),
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


def _shown_city(chosen: PinFilter, cities: list[Municipality], areas: list[Area]) -> Municipality | None:
    """The city of the first place in the filter, else the first by name."""
    by_slug = {city.slug: city for city in cities}
    by_division = {area.division.slug: area.division.municipality for area in areas}
    for value in chosen.area:
        place = value.partition("/")[0]
        if place in by_slug or place in by_division:
            return by_slug.get(place) or by_division[place]
    return cities[0] if cities else None


def _bounds(chosen: PinFilter, shown: Municipality | None) -> str:
    """What the map shows first: the filter's own districts, else the whole city, as "west,south,east,north"."""
    districts = [value.partition("/") for value in chosen.area if "/" in value]
    extent = None
    if chosen.near:
        lat, lon, metres = (float(part) for part in chosen.near.split(","))
        box = BBox(lon, lat, lon, lat).grown(max(metres, 150) / 80_000)
        extent = (box.west, box.south, box.east, box.north)
    elif districts:
        extent = (
            Area.objects.current()
            .filter(
                edition__division__slug__in=[division for division, _slash, _code in districts],
                code__in=[code for _division, _slash, code in districts],
            )
            .aggregate(extent=Extent("boundary"))["extent"]
        )
    if extent is None and shown is not None:
        extent = Municipality.objects.filter(pk=shown.pk).aggregate(extent=Extent("outline"))["extent"]
    return ",".join(f"{edge:.5f}" for edge in cast("tuple[float, ...]", extent)) if extent else ""
