"""Which coordinate reference system a file is in, and the way from there to WGS84.

Only a whole number from the short list below ever reaches PROJ; text from a file never does (a CRS string can make
GDAL and PROJ open files and addresses).
"""

import math
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely
from django.utils.translation import gettext_lazy as _
from pyproj import Transformer

from layers.importing.refusing import Refused
from mapfeedback.geo import WGS84

ETRS_TM35FIN: Final = 3067
GK_ZONES: Final = range(3873, 3886)
PROJECTED: Final = frozenset({ETRS_TM35FIN, *GK_ZONES})
#: A longer straight edge is bent by reprojection more than a centimetre: it gets corners in between.
LONGEST_EDGE_METRES: Final = 500

_CODE: Final = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:)?EPSG:(?:[\d.]*:)?(\d{4,6})"
    r"|https?://www\.opengis\.net/def/crs/EPSG/[\d.]+/(\d{4,6})",
    re.IGNORECASE,
)
_CRS84: Final = re.compile(
    r"(?:urn:(?:x-)?ogc:def:crs:)?OGC:(?:[\d.]*:)?CRS84|https?://www\.opengis\.net/def/crs/OGC/[\d.]+/CRS84",
    re.IGNORECASE,
)

Array = Any


def name_of(epsg: int) -> str:
    """As planners call it."""
    if epsg == WGS84:
        return "WGS 84 (EPSG:4326)"
    if epsg == ETRS_TM35FIN:
        return "ETRS-TM35FIN (EPSG:3067)"
    return f"ETRS-GK{epsg - 3854} (EPSG:{epsg})"


def declared(members: Iterable[object]) -> int | None:
    """The EPSG code that `crs` members of a collection and its features agree on; None when there is none."""
    codes = {_code(member) for member in members if member is not None}
    if len(codes) > 1:
        raise Refused(
            _("The features are in different coordinate systems. Save them all in one, for example EPSG:3067.")
        )
    return codes.pop() if codes else None


def _code(member: object) -> int:
    name: object = member
    if isinstance(member, dict):
        properties = member.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        name = properties.get("name", properties.get("code"))
    if isinstance(name, int) and not isinstance(name, bool):
        name = f"EPSG:{name}"
    text = name.strip()[:100] if isinstance(name, str) else ""
    if _CRS84.fullmatch(text):
        return WGS84
    found = _CODE.fullmatch(text)
    epsg = int(found[1] or found[2]) if found else 0
    if epsg != WGS84 and epsg not in PROJECTED:
        raise Refused(
            _(
                "The coordinate system “%(name)s” is not known here. Save the layer in EPSG:3067, "
                "in a GK zone (EPSG:3873–3885) or in EPSG:4326."
            )
            % {"name": text or "?"}
        )
    return epsg


def guessed(bounds: tuple[float, float, float, float]) -> int:
    """WGS84 for numbers that can be degrees; else Refused, naming what the metres look like."""
    west, south, east, north = bounds
    if west >= -180 and east <= 180 and south >= -90 and north <= 90:
        return WGS84
    likely = _likely(west, south) or _likely(south, west)
    if likely is not None:
        raise Refused(
            _(
                "The file does not say its coordinate system. The numbers look like %(name)s. "
                "Export again so that the file names it, or choose EPSG:4326 when exporting."
            )
            % {"name": name_of(likely)}
        )
    raise Refused(
        _(
            "The file does not say its coordinate system, and the numbers are not degrees. "
            "Choose EPSG:4326 when exporting."
        )
    )


def _likely(x: float, y: float) -> int | None:
    if not 6_500_000 < y < 7_850_000:
        return None
    if 40_000 < x < 770_000:
        return ETRS_TM35FIN
    zone, rest = divmod(x, 1_000_000)
    epsg = int(zone) + 3854
    return epsg if epsg in GK_ZONES and 200_000 < rest < 800_000 else None


@lru_cache(maxsize=32)
def _transformer(epsg: int) -> Transformer:
    return Transformer.from_crs(epsg, WGS84, always_xy=True)


def to_wgs84(epsg: int) -> Callable[[Array, Array], tuple[Array, Array]]:
    """A function of easting and northing arrays that gives longitude and latitude; impossible numbers give inf."""

    def _forward(x: Array, y: Array) -> tuple[Array, Array]:
        lon, lat = _transformer(epsg).transform(x, y)
        return np.asarray(lon), np.asarray(lat)

    return _forward


def corners_in_wgs84(epsg: int, bounds: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    """The WGS84 box around a box of another system; infinite when it is nowhere on earth."""
    if epsg == WGS84:
        return bounds
    west, south, east, north = bounds
    lon, lat = to_wgs84(epsg)(np.array([west, west, east, east]), np.array([south, north, south, north]))
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        return (-math.inf, -math.inf, math.inf, math.inf)
    return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())


def in_wgs84(geometry: shapely.Geometry, epsg: int) -> shapely.Geometry:
    """A geometry of system `epsg` in WGS84, with corners added to long edges before it is bent."""
    if epsg == WGS84:
        return geometry
    return shapely.transform(shapely.segmentize(geometry, LONGEST_EDGE_METRES), to_wgs84(epsg), interleaved=False)


def corners_after(geometry: shapely.Geometry, epsg: int) -> int:
    """How many corners `in_wgs84` would give at most, known before any is made."""
    corners = int(shapely.get_num_coordinates(geometry))
    return corners if epsg == WGS84 else corners + int(geometry.length / LONGEST_EDGE_METRES)
