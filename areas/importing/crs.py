"""Coordinate systems by their EPSG number: what a file declares, what its numbers look like, and the way to WGS84.

Only numbers ever reach the projection library, never text from a file. Axis order is always easting, northing
(longitude, latitude).
"""

import re
from functools import lru_cache
from typing import Any, Final

import numpy
import pyproj
import pyproj.exceptions
import shapely
from django.utils.translation import gettext as _

from areas.importing.report import Refused
from mapfeedback.geo import WEB_MERCATOR, WGS84, BBox

TM35FIN: Final = 3067
#: ETRS89 / GK19FIN … GK31FIN: one zone a degree, its number in front of every easting.
GK_FIRST: Final = 3873
GK_ZONES: Final = range(19, 32)
#: What Finnish cities use or used: GK zones, and the KKJ zones before them.
USUAL: Final = (*range(GK_FIRST, GK_FIRST + len(GK_ZONES)), 2391, 2392, 2393, 2394, WEB_MERCATOR)
#: An edge longer than this is divided before reprojection, so that a straight border stays where it was.
LONGEST_EDGE: Final = 500.0

_EPSG = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:EPSG:[\d.]*:|EPSG:+|https?://www\.opengis\.net/def/crs/EPSG/\d+/)(\d{4,6})"
)
_CRS84 = re.compile(
    r"(?:urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/)?OGC[:/](?:[\d.]+[:/])?CRS84", re.IGNORECASE
)


def declared(member: Any) -> int | None:
    """The EPSG number of a legacy GeoJSON ``crs`` member, None when there is none; raises Refused."""
    if member is None:
        return None
    properties = member.get("properties") if isinstance(member, dict) else None
    if isinstance(properties, dict):
        if str(member.get("type")).upper() == "EPSG" and str(properties.get("code")).isdecimal():
            return known(int(properties["code"]))
        name = str(properties.get("name", ""))[:200].strip()
        if _CRS84.fullmatch(name):
            return WGS84
        if found := _EPSG.fullmatch(name.upper() if name[:4].upper() == "EPSG" else name):
            return known(int(found[1]))
    raise unknown(str(member))


def unknown(name: str) -> Refused:
    """The refusal of a coordinate system that a file names and nobody knows."""
    return Refused(
        _("The file names a coordinate system that we do not know: %(crs)s. Export it as EPSG:4326 or EPSG:3067.")
        % {"crs": name[:120]}
    )


def parse(text: str) -> int:
    """The number in ``EPSG:3067`` or ``3067``; raises Refused."""
    if not (found := re.fullmatch(r"(?:EPSG:+)?(\d{4,6})", text.strip(), re.IGNORECASE)):
        raise Refused(_("Write the coordinate system as EPSG:3067, not %(text)s.") % {"text": text[:40]})
    return known(int(found[1]))


def known(code: int) -> int:
    """The same number, when it is a coordinate system with two plain axes; raises Refused."""
    _system(code)
    return code


@lru_cache(maxsize=32)
def _system(code: int) -> pyproj.CRS:
    try:
        system = pyproj.CRS.from_epsg(code)
    except pyproj.exceptions.CRSError:
        raise Refused(_("There is no coordinate system EPSG:%(code)s.") % {"code": code}) from None
    if not (system.is_geographic or system.is_projected) or len(system.axis_info) != 2:
        raise Refused(_("EPSG:%(code)s is not a map's coordinate system.") % {"code": code})
    return system


def is_projected(code: int) -> bool:
    return bool(_system(code).is_projected)


def realm(code: int) -> BBox:
    """Where on earth this system is used, with three degrees to spare (cities use zones a little beyond their edge)."""
    area = _system(code).area_of_use
    if area is None or area.west > area.east:
        return BBox(-180, -90, 180, 90)
    return BBox(area.west, area.south, area.east, area.north).grown(3)


def guess(bounds: tuple[float, float, float, float]) -> int | None:
    """The system these numbers look like: WGS84 when they are degrees, else a Finnish one, else None."""
    west, south, east, north = bounds
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        return WGS84
    if 6_500_000 <= south <= north <= 7_900_000:
        if 20_000 <= west <= east <= 800_000:
            return TM35FIN
        zone = int(west // 1_000_000)
        if zone in GK_ZONES and zone == int(east // 1_000_000):
            return GK_FIRST + zone - GK_ZONES[0]
    if 2_000_000 <= west <= east <= 3_700_000 and 8_100_000 <= south <= north <= 11_300_000:
        return WEB_MERCATOR
    return None


@lru_cache(maxsize=32)
def _to_wgs84(code: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(_system(code), _system(WGS84), always_xy=True)


def to_wgs84(geometry: Any, code: int) -> Any:
    """A shapely geometry (or array of them) in WGS84, long edges divided first.

    Infinite where the numbers do not fit the system.
    """
    if code == WGS84:
        return geometry
    if is_projected(code):
        geometry = shapely.segmentize(geometry, LONGEST_EDGE)
    return shapely.transform(geometry, lambda xy: numpy.column_stack(_to_wgs84(code).transform(xy[:, 0], xy[:, 1])))


def place_in_wgs84(x: float, y: float, code: int) -> tuple[float, float]:
    """Longitude and latitude of one place; infinite where the numbers do not fit the system."""
    if code == WGS84:
        return x, y
    lon, lat = _to_wgs84(code).transform(x, y)
    return float(lon), float(lat)


def in_square_metres(geometries: Any, around: BBox) -> Any:
    """The geometries in an equal-area projection round a WGS84 box: `.area` is square metres."""
    flat = pyproj.CRS.from_dict(
        {"proj": "laea", "lat_0": (around.south + around.north) / 2, "lon_0": (around.west + around.east) / 2}
    )
    transformer = pyproj.Transformer.from_crs(_system(WGS84), flat, always_xy=True)
    return shapely.transform(geometries, lambda xy: numpy.column_stack(transformer.transform(xy[:, 0], xy[:, 1])))


def swapped(geometries: Any) -> Any:
    return shapely.transform(geometries, lambda xy: xy[:, ::-1])
