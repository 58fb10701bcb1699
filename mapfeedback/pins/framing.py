"""Which part of the world a filter shows first, wherever it is drawn."""

from typing import cast

from django.contrib.gis.db.models import Extent

from areas.models import Area, Municipality
from mapfeedback.geo import BBox
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.filterplaces import polygon


def shown_city(chosen: PinFilter, cities: list[Municipality], areas: list[Area]) -> Municipality | None:
    """The city of the first place in the filter, else the first by name."""
    by_slug = {city.slug: city for city in cities}
    by_division = {area.division.slug: area.division.municipality for area in areas}
    for value in (*chosen.area, *chosen.reaching):
        place = value.partition("/")[0]
        if place in by_slug or place in by_division:
            return by_slug.get(place) or by_division[place]
    return cities[0] if cities else None


def bounds_of(chosen: PinFilter, shown: Municipality | None) -> str:
    """What the map shows first: the filter's own place, else the whole city, as "west,south,east,north"."""
    districts = [value.partition("/") for value in chosen.area or chosen.reaching if "/" in value]
    extent = None
    if chosen.bbox:
        return chosen.bbox
    if chosen.within:
        extent = polygon(chosen.within).extent
    elif chosen.near:
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
