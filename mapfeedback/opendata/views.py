"""Any filtered set of contributions as a file, for whoever wants to count for themselves."""

from django.contrib.auth.models import AnonymousUser
from django.http import FileResponse, HttpRequest
from django.views.decorators.http import require_safe

from mapfeedback.opendata.copying import Separator, csv_file, geojson_file
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import one_of


@require_safe
def pins_csv(request: HttpRequest) -> FileResponse:
    """`/pins.csv?<filter>`: one row a contribution, newest first; `separator=semicolon` for a Finnish Excel."""
    pins = public_pins(PinFilter.parse(request.GET, "separator"))
    separator = one_of(request.GET, "separator", Separator, Separator.COMMA)
    file = csv_file(pins, site=request.build_absolute_uri("/")[:-1], separator=separator)
    return FileResponse(file, as_attachment=True, filename="pins.csv", content_type="text/csv; charset=utf-8")


@require_safe
def pins_geojson(request: HttpRequest) -> FileResponse:
    """`/pins.geojson?<filter>`: one feature a contribution, newest first; without a place the geometry is null."""
    file = geojson_file(public_pins(PinFilter.parse(request.GET)), site=request.build_absolute_uri("/")[:-1])
    return FileResponse(file, as_attachment=True, filename="pins.geojson", content_type="application/geo+json")


def public_pins(pin_filter: PinFilter) -> PinQuerySet:
    """Open data is the same for everybody: a file is passed on, whoever fetched it."""
    return pin_filter.apply(Pin.objects.visible_to(AnonymousUser()))
