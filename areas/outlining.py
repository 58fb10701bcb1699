"""Outlines with fewer corners for maps of a whole city. Neighbours are simplified together and stay neighbours."""

from dataclasses import dataclass
from typing import Any, Final

import numpy
import shapely
from django.contrib.gis.db.models.functions import AsWKB
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon
from django.db import transaction

from areas.models import AreaOutline, Edition
from mapfeedback.geo import WGS84

#: A whole city is drawn about this many pixels wide; what is smaller than one of them nobody sees there.
PIXELS: Final = 1500
#: Square metres that cleaning may move before borders count as not meeting.
TRIFLING: Final = 100.0
#: An area that cleaning changes by more than this share overlaps its neighbours on purpose; it keeps its own shape.
OWN_SHAPE: Final = 0.01
#: Outlines are written with five decimals of a degree, about a metre.
GRID: Final = 0.00001
_DEGREE: Final = 111_320.0


@dataclass(frozen=True, slots=True)
class Outlines:
    """Outlines in the order of the boundaries. `metres`: roughly how far they may lie from them."""

    shapes: list[Any]
    metres: float
    meet: bool


@transaction.atomic
def lay_outlines(edition: Edition) -> None:
    """Work out anew the simplified outlines of an edition's areas."""
    areas = list(edition.areas.order_by("pk").values_list("pk", AsWKB("boundary")))
    AreaOutline.objects.filter(area__edition=edition).delete()
    if not areas:
        return
    found = simplified([shapely.from_wkb(bytes(wkb)) for _pk, wkb in areas])
    AreaOutline.objects.bulk_create(
        [
            AreaOutline(area_id=pk, geom=_multipolygon(shape))
            for (pk, _wkb), shape in zip(areas, found.shapes, strict=True)
        ],
        batch_size=500,
    )
    edition.outline_metres, edition.borders_meet = found.metres, found.meet
    edition.save(update_fields=["outline_metres", "borders_meet"])


def simplified(boundaries: list[Any]) -> Outlines:
    """Valid outlines of valid WGS84 boundaries: none vanishes, and a border that two areas share stays one line.

    Borders that nearly meet are brought together first, for the drawing only.
    """
    source = numpy.array(boundaries, dtype=object)
    west, south, east, north = shapely.total_bounds(source)
    scale = numpy.array([_DEGREE * float(numpy.cos(numpy.radians((south + north) / 2))), _DEGREE])
    flat = shapely.transform(source, lambda xy: xy * scale)
    metres = float(max((east - west) * scale[0], (north - south) * scale[1]) / PIXELS)
    clean = flat if shapely.coverage_is_valid(flat) else shapely.coverage_clean(flat, gap_width=metres)
    moved = shapely.area(shapely.symmetric_difference(flat, clean))
    drawn = shapely.coverage_simplify(clean, metres)
    fit = ~shapely.is_empty(drawn) & shapely.is_valid(drawn) & (moved <= OWN_SHAPE * shapely.area(flat))
    alone = shapely.simplify(flat, metres, preserve_topology=True)
    alone = numpy.where(shapely.is_valid(alone) & ~shapely.is_empty(alone), alone, flat)
    shapes = shapely.transform(numpy.where(fit, drawn, alone), lambda xy: xy / scale)
    # Written with few decimals, what is thinner than a step of the grid would be no polygon any more: it is left out.
    # Only of outlines that need it, for the others keep the very corners of their neighbours.
    stays = shapely.is_valid(shapely.set_precision(shapes, GRID, mode="pointwise"))
    written = numpy.where(stays, shapes, shapely.set_precision(shapes, GRID))
    shapes = numpy.where(shapely.is_valid(written) & ~shapely.is_empty(written), written, source)
    return Outlines(list(shapes), metres, bool(moved.sum() <= TRIFLING))


def _multipolygon(shape: Any) -> MultiPolygon:
    drawn = GEOSGeometry(memoryview(shapely.to_wkb(shape)), srid=WGS84)
    return drawn if isinstance(drawn, MultiPolygon) else MultiPolygon(drawn, srid=WGS84)
