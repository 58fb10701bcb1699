"""GeoJSON, read by ourselves: no driver guesses the format, nothing but the given bytes is opened."""

import json
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

import numpy
import shapely
from django.utils.translation import gettext as _

from areas.importing import crs, naming
from areas.importing.report import Doubt, Refused
from mapfeedback.geo import WGS84

MAX_FEATURES: Final = 20_000
MAX_VERTICES: Final = 1_000_000


class Unreadable(ValueError):
    """One feature's geometry is no boundary; the message says what is wrong with it (translated)."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature as it lies in the file. `number` counts from 1; `geometry` is raw GeoJSON, or WKB as bytes."""

    number: int
    properties: dict[str, Any]
    geometry: Any


@dataclass(frozen=True, slots=True)
class BorderFile:
    """All features of a file; `crs` is the EPSG number it declares, None when it declares nothing.

    `silence_means` is the system of a file of this format that declares none, None where a person must say it.
    `notes` are told with the report, `doubts` must be agreed to.
    """

    features: list[Feature]
    crs: int | None
    silence_means: int | None = WGS84
    notes: list[str] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    @property
    def fields(self) -> list[str]:
        """Every property's name, in the order of first appearance."""
        return list({name: None for feature in self.features for name in feature.properties})


def read(document: Any) -> BorderFile:
    """The features of a parsed GeoJSON document; raises Refused with the feature or the advice what to export."""
    kind = document.get("type") if isinstance(document, dict) else None
    if isinstance(document, dict) and str(document.get("geometryType")).startswith("esri"):
        raise Refused(_("This is Esri's own JSON. Export the borders as GeoJSON (f=geojson) or as GeoPackage."))
    if kind == "Feature":
        document = {"features": [document], "crs": document.get("crs")}
    elif kind != "FeatureCollection" or not isinstance(document.get("features"), list):
        raise Refused(_("This is not a GeoJSON FeatureCollection. Export the borders as GeoJSON."))
    raw = document["features"]
    features = []
    for number, one in enumerate(raw, start=1):
        if not isinstance(one, dict) or one.get("type") != "Feature":
            raise Refused(_("Item %(number)s of the file is not a feature.") % {"number": number})
        properties = one.get("properties")
        # The feature's own id may be the only code there is.
        own = {"id": one["id"]} if isinstance(one.get("id"), str | int) else {}
        known = properties if isinstance(properties, dict) else {}
        features.append(Feature(number, known | own if "id" not in known else known, one.get("geometry")))
    file = BorderFile(features, _one_crs(document.get("crs"), raw))
    if any(_has_height(feature.geometry) for feature in features):
        file.notes.append(without_heights())
    return file


def without_heights() -> str:
    return _("Heights and measures of the corners were left out.")


def parsed(data: bytes) -> Any:
    """A JSON document of any kind; raises Refused with the byte or the line that cannot be read."""
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as problem:
        raise Refused(
            _("The text is not UTF-8: byte %(byte)s cannot be read. Export the file as UTF-8.")
            % {"byte": problem.start}
        ) from None

    def no_such_number(name: str) -> NoReturn:
        raise Refused(_("The file holds %(name)s where a number should be.") % {"name": name})

    try:
        return json.loads(text, parse_constant=no_such_number)
    except json.JSONDecodeError as problem:
        if problem.msg == "Extra data":
            raise Refused(
                _("Something follows after the end of the GeoJSON, at line %(line)s. Export one FeatureCollection.")
                % {"line": problem.lineno}
            ) from None
        raise Refused(
            _("The file is broken or cut off at line %(line)s, column %(column)s.")
            % {"line": problem.lineno, "column": problem.colno}
        ) from None
    except (RecursionError, ValueError):
        raise Refused(_("The file is nested too deep or holds a number that is too long.")) from None


def _one_crs(member: Any, raw_features: list[Any]) -> int | None:
    """The file's own ``crs``, else the one that all its features carry (Kaava-JSON writes it there)."""
    if member is not None:
        return crs.declared(member)
    members = {json.dumps(one.get("crs"), sort_keys=True) for one in raw_features} or {"null"}
    if len(members) > 1:
        raise Refused(_("The features are in different coordinate systems. Export them in one."))
    return crs.declared(json.loads(members.pop()))


def label(feature: Feature) -> str:
    """How a person finds the feature again: its number and whatever text it carries first."""
    texts = (naming.words(value) for value in feature.properties.values() if isinstance(value, str))
    said = next((text for text in texts if text), "")[:40]
    return _("feature %(number)s") % {"number": feature.number} + (f" ({said})" if said else "")


def boundary(geometry: Any) -> tuple[shapely.Geometry | None, int]:
    """The polygons of a feature's geometry as one shapely geometry in the file's own numbers, two-dimensional.

    With it, how many parts were no polygons (a point in a collection) and were left out. None when no polygon is
    left. Raises Unreadable.
    """
    polygons, others = _polygons_of_wkb(geometry) if isinstance(geometry, bytes) else _polygons(geometry)
    if not polygons:
        return None, others
    return (polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)), others


def _polygons(geometry: Any) -> tuple[list[shapely.Geometry], int]:
    if geometry is None:
        return [], 0
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    match kind:
        case "Polygon":
            return [_polygon(geometry.get("coordinates"))] if geometry.get("coordinates") else [], 0
        case "MultiPolygon":
            return [_polygon(rings) for rings in _list(geometry.get("coordinates"))], 0
        case "GeometryCollection":
            found: list[shapely.Geometry] = []
            others = 0
            for part in _list(geometry.get("geometries")):
                polygons, left_out = _polygons(part)
                found += polygons
                others += left_out
            return found, others
        case "Point" | "MultiPoint" | "LineString" | "MultiLineString":
            return [], 1
    raise Unreadable(_("the geometry cannot be read"))


def _has_height(geometry: Any) -> bool:
    """Whether the first corner of a raw GeoJSON geometry has more than two numbers; broken ones have none."""
    if not isinstance(geometry, dict):
        return False
    if isinstance(geometry.get("geometries"), list):
        return any(map(_has_height, geometry["geometries"]))
    inner = geometry.get("coordinates")
    while isinstance(inner, list) and inner and isinstance(inner[0], list):
        inner = inner[0]
    return isinstance(inner, list) and len(inner) > 2


def _polygons_of_wkb(wkb: bytes) -> tuple[list[shapely.Geometry], int]:
    try:
        with numpy.errstate(invalid="ignore"):  # told of below, in our words
            geometry = shapely.from_wkb(wkb)
    except shapely.errors.GEOSException as problem:
        if "closed" in str(problem):
            raise Unreadable(_("a ring does not close: its last corner is not its first")) from None
        if "number of points" in str(problem):
            raise Unreadable(_("a ring has fewer than four corners")) from None
        raise Unreadable(_("the geometry cannot be read")) from None
    # Before anything is computed: GEOS has crashed on numbers that are none.
    if not numpy.isfinite(shapely.get_coordinates(geometry)).all():
        raise Unreadable(_("a coordinate is not a finite number"))
    parts = [shapely.force_2d(part) for part in _single(geometry) if not part.is_empty]
    polygons = [part for part in parts if part.geom_type == "Polygon"]
    return polygons, len(parts) - len(polygons)


def _single(geometry: shapely.Geometry) -> list[shapely.Geometry]:
    """Its parts, those of collections within collections too."""
    if geometry.geom_type == "GeometryCollection":
        return [single for part in shapely.get_parts(geometry) for single in _single(part)]
    return list(shapely.get_parts(geometry))


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unreadable(_("the geometry cannot be read"))
    return value


def _polygon(rings: Any) -> shapely.Geometry:
    outer, *holes = [_ring(ring) for ring in _list(rings)] or [None]
    if outer is None:
        raise Unreadable(_("the geometry cannot be read"))
    return shapely.polygons(outer, holes or None)


def _ring(positions: Any) -> shapely.Geometry:
    try:
        corners = numpy.array([position[:2] for position in _list(positions)])
    except (TypeError, ValueError, IndexError):
        raise Unreadable(_("a corner is not a pair of numbers")) from None
    if corners.ndim != 2 or corners.shape[1] != 2 or corners.dtype.kind not in "iuf":
        raise Unreadable(_("a corner is not a pair of numbers"))
    corners = corners.astype(float)
    if not numpy.isfinite(corners).all():
        raise Unreadable(_("a coordinate is not a finite number"))
    if len(corners) < 4:
        raise Unreadable(_("a ring has fewer than four corners"))
    if (corners[0] != corners[-1]).any():
        raise Unreadable(_("a ring does not close: its last corner is not its first"))
    return shapely.linearrings(corners)
