"""Which part of the map: `view=zoom/lat/lon`, as in the map page's own address after the #."""

import re
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from areas.models import Area, Municipality
from areas.paper import HIGHEST_ZOOM, LOWEST_ZOOM, Paper
from mapfeedback.geo import MERCATOR_MAX_LATITUDE, BBox
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.framing import bounds_of, shown_city
from mapfeedback.web import BadQuery

_VIEW: Final = re.compile(r"(\d{1,2}(?:\.\d{1,4})?)/(-?\d{1,2}(?:\.\d{1,12})?)/(-?\d{1,3}(?:\.\d{1,12})?)")
FINLAND: Final = BBox(20.5, 59.7, 31.6, 70.1)


def view_of(query: QueryDict) -> str:
    """The asked view as it was given, empty without one. Raises BadQuery with how to write it."""
    text = query.get("view", "")
    if not text:
        return ""
    found = _VIEW.fullmatch(text)
    if found:
        zoom, lat, lon = (float(part) for part in found.groups())
        if LOWEST_ZOOM <= zoom <= HIGHEST_ZOOM and abs(lat) <= MERCATOR_MAX_LATITUDE and abs(lon) <= 180:
            return text
    raise BadQuery("view", _("Write a view as zoom/lat/lon, such as 13/60.98/25.66; the zoom is from 4 to 19."))


def paper_for(chosen: PinFilter, view: str, width: int, height: int) -> Paper:
    """A sheet of this size with the asked view on it, else with what the map page shows first for the filter."""
    if view:
        zoom, lat, lon = (float(part) for part in view.split("/"))
        return Paper(zoom, lat, lon, width, height)
    bounds = bounds_of(chosen, city_of(chosen))
    return Paper.around(BBox.parse(bounds) if bounds else FINLAND, width, height)


def city_of(chosen: PinFilter) -> Municipality | None:
    """The city whose map the filter opens."""
    areas = Area.objects.current().of_main_divisions().with_names() if chosen.area or chosen.reaching else []
    return shown_city(chosen, list(Municipality.objects.defer("outline")), list(areas))


def only_city_of(chosen: PinFilter) -> Municipality | None:
    """The city that everything in the filter is of, None when it may hold messages of several."""
    places = {value.partition("/")[0] for value in chosen.area}
    if len(places) == 1 or (not places and Municipality.objects.count() == 1):
        return city_of(chosen)
    return None
