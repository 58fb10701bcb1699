"""Places in a filter: a circle, a box or a drawn area, from what was typed to one canonical text and to a condition."""

import json
import math
from collections.abc import Iterable
from typing import Any, Final

import shapely
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.db.models import FloatField, Func, Q, Value
from django.db.models.functions import Cast
from django.db.models.lookups import LessThanOrEqual
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from shapely.geometry import mapping

from mapfeedback.geo import WGS84, BadGeometry, BBox, finite, geometry_from_mapping, point
from mapfeedback.web import BadQuery

MAX_RADIUS: Final = 50_000
DEFAULT_RADIUS: Final = 500
#: 200 corners in any of the spellings fit well into this.
MAX_CHARACTERS: Final = 20_000
#: About a decimetre; finer differences are no other filter.
DECIMALS: Final = 6
ENCODED: Final = "enc:"

Coordinates = Iterable[tuple[float, ...]]


# -- a circle -----------------------------------------------------------------------------------------


def read_near(name: str, value: str) -> str:
    """`lat,lon,metres` from that or `lat,lon`; raises BadQuery."""
    try:
        lat, lon, *rest = (finite(part) for part in value.split(","))
        metres = round(rest[0]) if rest else DEFAULT_RADIUS
        point(lon, lat)
        if len(rest) > 1 or not 0 < metres <= MAX_RADIUS:
            raise ValueError
    except (ValueError, BadGeometry):
        raise BadQuery(name, _("Write a place as lat,lon,metres; at most 50000 metres.")) from None
    return f"{round(lat, DECIMALS) + 0.0},{round(lon, DECIMALS) + 0.0},{metres}"


def middle_of(near: str) -> GEOSGeometry:
    """The WGS84 point of a `near` value."""
    lat, lon, _metres = (float(part) for part in near.split(","))
    return point(lon, lat)


def is_near(near: str) -> Q:
    """Within the metres on the ellipsoid; a box finds the candidates by index.

    Compared as a distance, not by ST_DWithin: of that PostgreSQL expects hardly any hits and sorts them all, where it
    could walk outwards from the middle.
    """
    lat, lon, metres = (float(part) for part in near.split(","))
    away = Func(
        Cast("geom", GeometryField(srid=WGS84, geography=True)),
        Cast(Value(point(lon, lat), GeometryField(srid=WGS84)), GeometryField(srid=WGS84, geography=True)),
        function="ST_Distance",
        output_field=FloatField(),
    )
    return Q(geom__bboverlaps=_box_around(lat, lon, metres)) & Q(LessThanOrEqual(away, metres))


def _box_around(lat: float, lon: float, metres: float) -> Polygon:
    """A WGS84 box that holds every place within `metres`, a little larger on purpose."""
    high = metres / 110_000
    wide = high / max(0.05, math.cos(math.radians(abs(lat) + high)))
    return _box(BBox(lon - wide, lat - high, lon + wide, lat + high))


# -- a box --------------------------------------------------------------------------------------------


def read_box(name: str, value: str) -> str:
    """`west,south,east,north`, written in one way; raises BadQuery."""
    try:
        box = BBox.parse(value)
    except BadGeometry as refused:
        raise BadQuery(name, refused.args[0]) from None
    return ",".join(_number(edge) for edge in (box.west, box.south, box.east, box.north))


def is_in_box(box: str) -> Q:
    return Q(spot__intersects=_box(BBox.parse(box)))


def _box(box: BBox) -> Polygon:
    polygon = Polygon.from_bbox((box.west, box.south, box.east, box.north))
    polygon.srid = WGS84
    return polygon


# -- a drawn area -------------------------------------------------------------------------------------


def read_area(name: str, value: str) -> str:
    """A polygon in one spelling, whichever it came in; raises BadQuery.

    Understood: `lon lat,lon lat,…`, a box, WKT, GeoJSON (also a feature), an encoded polyline after `enc:`. Written
    back: a box or a ring, which starts at its most western corner and runs counter-clockwise, else WKT.
    """
    try:
        if len(value) > MAX_CHARACTERS:
            raise BadGeometry(_("This drawing is too large. Draw it with fewer points."))
        # Counted, not matched: a pattern of four parts would try every way to cut a long list into four.
        if value.count(",") == 3 and " " not in value and value[0] not in "{[eEpPmM":
            return read_box(name, value)
        drawn = _drawn(value)
        written = _written(drawn)
        polygon(written)  # what rounding made of it must still be an area
    except BadQuery:
        raise
    except (ValueError, RecursionError, shapely.errors.ShapelyError) as refused:
        message: object = _("Write a polygon as lon lat,lon lat,… or a box as west,south,east,north.")
        if isinstance(refused, BadGeometry) and refused.args and isinstance(refused.args[0], Promise):
            message = refused.args[0]
        raise BadQuery(name, message) from None
    return written


def is_in_area(area: str) -> Q:
    """A pin's spot lies in it or on its edge."""
    return Q(spot__intersects=polygon(area))


def polygon(area: str) -> Polygon | MultiPolygon:
    """The WGS84 polygon or polygons of a `within` value; raises ValueError or BadGeometry."""
    if " " not in area:
        return _box(BBox.parse(area))
    return _drawn(area)


def _drawn(value: str) -> Polygon | MultiPolygon:
    if value.startswith("{"):
        given = json.loads(value)
        if isinstance(given, dict) and given.get("type") == "Feature":
            given = given.get("geometry")
    elif value[:7].upper() in {"POLYGON", "MULTIPO"}:
        given = mapping(shapely.from_wkt(value))
        given = json.loads(json.dumps(given))  # tuples become lists
    elif value.startswith(ENCODED):
        given = _ring(_decoded(value.removeprefix(ENCODED)))
    else:
        given = _ring([[finite(number) for number in corner.split()] for corner in value.split(",")])
    drawn = geometry_from_mapping(given)
    if not isinstance(drawn, Polygon | MultiPolygon):
        raise ValueError("an area, not a line or a point")
    return drawn


def _ring(corners: list[list[float]]) -> dict[str, Any]:
    if any(len(corner) != 2 for corner in corners) or len(corners) < 3:
        raise ValueError("corners are pairs")
    closing = [] if corners[0] == corners[-1] else [corners[0]]
    return {"type": "Polygon", "coordinates": [corners + closing]}


def _decoded(text: str) -> list[list[float]]:
    """Corners of an encoded polyline: differences of lat and lon in 1e-5 degrees, five bits a character."""
    numbers, number, shift = list[int](), 0, 0
    for character in text:
        bits = ord(character) - 63
        if not 0 <= bits < 64 or shift > 30:
            raise ValueError("not an encoded polyline")
        number |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            numbers.append(~(number >> 1) if number & 1 else number >> 1)
            number, shift = 0, 0
    lat, lon, corners = 0, 0, list[list[float]]()
    for north, east in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lon = lat + north, lon + east
        corners.append([lon / 1e5, lat / 1e5])
    return corners


def _written(drawn: Polygon | MultiPolygon) -> str:
    several = drawn if isinstance(drawn, MultiPolygon) else [drawn]
    parts = sorted(_rings(part) for part in several if isinstance(part, Polygon))
    if len(parts) == 1 and len(parts[0]) == 1:
        return parts[0][0]
    told = ",".join("(" + ",".join(f"({ring},{ring.partition(',')[0]})" for ring in part) + ")" for part in parts)
    return f"MULTIPOLYGON({told})" if len(parts) > 1 else f"POLYGON{told}"


def _rings(part: Polygon) -> list[str]:
    """Its outer ring and its holes, each from its most western corner counter-clockwise, not closed."""
    outer, *holes = (_corners(ring.coords) for ring in part)
    return [outer, *sorted(holes)]


def _corners(coordinates: Coordinates) -> str:
    corners = [(round(lon, DECIMALS), round(lat, DECIMALS)) for lon, lat, *_height in coordinates][:-1]
    corners = [corner for nth, corner in enumerate(corners) if corner != corners[nth - 1]]
    first = corners.index(min(corners)) if corners else 0
    corners = corners[first:] + corners[:first]
    if sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(corners, corners[1:] + corners[:1], strict=True)) < 0:
        corners = corners[:1] + corners[:0:-1]
    return ",".join(f"{_number(lon)} {_number(lat)}" for lon, lat in corners)


def _number(value: float) -> str:
    """As short as it can be with six decimals; never "-0"."""
    return f"{round(value, DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip(".")
