"""Places on earth, as the whole product speaks of them: SRIDs, boxes, precision, residents' geometries.

Geometry is kept in WGS84 (EPSG:4326, longitude first). Web Mercator (EPSG:3857) serves tiles and cells only;
nothing is ever measured in it. Metres come from PostGIS ``geography``.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from shapely.geometry import shape

WGS84: Final = 4326
WEB_MERCATOR: Final = 3857

#: Half the width of the Web Mercator world, in metres.
MERCATOR_EDGE: Final = 20_037_508.342789244
#: Web Mercator ends here; a latitude beyond it has no tile.
MERCATOR_MAX_LATITUDE: Final = 85.0511

#: Bits of each coordinate in a tile code: a unit is some 2 cm.
CODE_BITS: Final = 31

MAX_VERTICES: Final = 200
MAX_GEOMETRY_BYTES: Final = 64 * 1024
PIN_GEOMETRIES: Final = frozenset({"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"})


class Precision(models.TextChoices):
    """How well the place of a contribution is known."""

    EXACT = "exact", pgettext_lazy("precision", "exact")
    APPROXIMATE = "approximate", pgettext_lazy("precision", "approximate")
    STREET = "street", pgettext_lazy("precision", "on this street")
    AREA = "area", pgettext_lazy("precision", "in this district")
    WHOLE_CITY = "whole_city", pgettext_lazy("precision", "in the whole city")
    UNKNOWN = "unknown", pgettext_lazy("precision", "unknown")


class BadGeometry(ValueError):
    """A geometry was refused; the message tells the person what to do (translated, lazy)."""


@dataclass(frozen=True, slots=True)
class BBox:
    """A box in WGS84 degrees; never crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str) -> "BBox":
        """From ``west,south,east,north``; raises BadGeometry."""
        try:
            box = cls(*(finite(part) for part in text.split(",")))
        except (TypeError, ValueError):
            raise BadGeometry(_("A box is four numbers: west,south,east,north.")) from None
        if not (-180 <= box.west <= box.east <= 180 and -90 <= box.south <= box.north <= 90):
            raise BadGeometry(_("A box is four numbers: west,south,east,north."))
        return box

    def __str__(self) -> str:
        """As `parse` reads it, to about a metre."""
        return f"{self.west:.5f},{self.south:.5f},{self.east:.5f},{self.north:.5f}"

    def grown(self, degrees: float) -> "BBox":
        return BBox(self.west - degrees, self.south - degrees, self.east + degrees, self.north + degrees)

    def covers(self, lon: float, lat: float) -> bool:
        return self.west <= lon <= self.east and self.south <= lat <= self.north


@dataclass(frozen=True, slots=True)
class Tile:
    """One square of the Web Mercator tile grid (XYZ: y grows southwards)."""

    z: int
    x: int
    y: int

    @property
    def exists(self) -> bool:
        return 0 <= self.z <= 22 and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z

    @property
    def size(self) -> float:
        """Width in EPSG:3857 metres."""
        return float(2 * MERCATOR_EDGE / 2**self.z)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:3857 metres."""
        west = -MERCATOR_EDGE + self.x * self.size
        north = MERCATOR_EDGE - self.y * self.size
        return west, north - self.size, west + self.size, north

    @property
    def degrees(self) -> tuple[float, float, float, float]:
        """West, south, east, north in WGS84 degrees."""
        west, east = (self.x / 2**self.z * 360 - 180, (self.x + 1) / 2**self.z * 360 - 180)
        south, north = (
            math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / 2**self.z)))) for y in (self.y + 1, self.y)
        )
        return west, south, east, north

    @property
    def codes(self) -> tuple[int, int]:
        """The range of tile codes (`Pin.tile_code`) of its places, the end not included: bits of x and y by turns."""
        code = sum((self.x >> bit & 1) << 2 * bit | (self.y >> bit & 1) << 2 * bit + 1 for bit in range(self.z))
        shift = 2 * (CODE_BITS - self.z)
        return code << shift, code + 1 << shift


def mercator(lon: float, lat: float) -> tuple[float, float]:
    """A WGS84 place in EPSG:3857 metres."""
    return (
        math.radians(lon) * MERCATOR_EDGE / math.pi,
        math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) * MERCATOR_EDGE / math.pi,
    )


def finite(value: object) -> float:
    """A float that is neither NaN nor infinite; raises ValueError."""
    result = float(str(value))
    if not math.isfinite(result):
        raise ValueError("not a finite number")
    return result


def point(lon: float, lat: float) -> GEOSGeometry:
    """A WGS84 point; raises BadGeometry outside the world."""
    if not (math.isfinite(lon) and math.isfinite(lat) and -180 <= lon <= 180 and abs(lat) <= 85):
        raise BadGeometry(_("This place is not on the map. Latitude and longitude may have changed places."))
    return GEOSGeometry(f"POINT({lon!r} {lat!r})", srid=WGS84)


def resident_geometry(text: str) -> GEOSGeometry:
    """A GeoJSON geometry drawn by a person, as a valid WGS84 GEOS geometry with two dimensions.

    Refuses, never repairs: repairing a hostile polygon can cost minutes (docs/decisions). Raises BadGeometry with
    a sentence for the person.
    """
    if len(text) > MAX_GEOMETRY_BYTES:
        raise BadGeometry(_("This drawing is too large. Draw it with fewer points."))
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadGeometry(_("The drawing could not be read. Please draw it again.")) from None
    return geometry_from_mapping(data)


def geometry_from_mapping(data: Any) -> GEOSGeometry:
    """As `resident_geometry`, for GeoJSON that is already parsed."""
    kind = data.get("type") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in PIN_GEOMETRIES:
        raise BadGeometry(_("Draw a point, a line or an area."))
    numbers = _count_numbers(data.get("coordinates"), depth=0)
    if numbers > MAX_VERTICES * 3:
        raise BadGeometry(_("This drawing is too large. Draw it with fewer points."))
    try:
        drawn = shapely.force_2d(shape(data))
    except Exception as problem:
        raise BadGeometry(_("The drawing could not be read. Please draw it again.")) from problem
    if drawn.is_empty or shapely.get_num_coordinates(drawn) > MAX_VERTICES:
        raise BadGeometry(_("This drawing is too large. Draw it with fewer points."))
    west, south, east, north = drawn.bounds
    if not (west >= -180 and east <= 180 and south >= -85 and north <= 85):
        raise BadGeometry(_("This place is not on the map. Latitude and longitude may have changed places."))
    if not drawn.is_valid:
        raise BadGeometry(_("The line crosses itself. Draw it again without crossing."))
    return GEOSGeometry(memoryview(shapely.to_wkb(drawn)), srid=WGS84)


def _count_numbers(value: Any, depth: int) -> int:
    """How many finite numbers a nested coordinate array holds; raises BadGeometry on anything else."""
    if isinstance(value, list) and depth < 6:
        return sum(_count_numbers(item, depth + 1) for item in value)
    # Compared, not converted: a whole number of 400 digits is no float. NaN and infinity compare false too.
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12:
        return 1
    raise BadGeometry(_("The drawing could not be read. Please draw it again."))
