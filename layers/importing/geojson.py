"""GeoJSON (RFC 7946, and the older kind with a `crs` member) as shapes, all or nothing.

We parse the JSON ourselves: GDAL guesses formats from content, silently takes an unknown CRS for WGS84 and lets
infinities through. A broken geometry is refused and named, never repaired: a repair changes what was planned, and
repairing a hostile polygon costs minutes of CPU.
"""

import json
import math
from dataclasses import dataclass
from typing import Any, Final

import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import gettext_lazy as _
from shapely.geometry import shape
from shapely.validation import explain_validity

from layers.actions import NewShape
from layers.importing import crs
from layers.importing.refusing import Refused
from mapfeedback.geo import WGS84, BBox

MAX_FEATURES: Final = 5_000
MAX_CORNERS: Final = 200_000
#: In one feature: whether a hostile ring crosses itself takes time that grows with the square of its corners.
MAX_CORNERS_OF_ONE: Final = 10_000
MAX_PROPERTY_BYTES: Final = 64 * 1024
#: How far outside the municipality a plan may reach.
MARGIN_METRES: Final = 20_000

#: How deep the coordinates of each type lie: a position is 1.
DEPTHS: Final = {
    "Point": 1,
    "MultiPoint": 2,
    "LineString": 2,
    "MultiLineString": 3,
    "Polygon": 3,
    "MultiPolygon": 4,
}
#: Fields that usually hold what people call a shape, best first.
LABEL_FIELDS: Final = (
    "nimi", "name", "namn", "nimi_fi", "name_fi", "tunnus", "kaavatunnus", "kaavayksikkotunnus", "label", "title",
    "otsikko", "beteckning", "kortteli", "numero", "nro", "id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LayerFile:
    """What was understood of a file: shapes in WGS84, the system they came from, and which field gave their names."""

    shapes: list[NewShape]
    epsg: int
    label_field: str
    fields: tuple[str, ...]
    #: Numbers of the features that had no geometry and so made no shape.
    without_place: tuple[int, ...]


def read_layer(data: bytes, *, outline: GEOSGeometry, label_field: str = "") -> LayerFile:
    """The shapes of a GeoJSON file for a municipality with this WGS84 outline; raises Refused."""
    document = _parsed(data)
    features = _features(document)
    fields = tuple(dict.fromkeys(key for feature in features for key in _properties(feature)))[:200]
    if label_field and label_field not in fields:
        raise Refused(
            _("There is no field “%(field)s”. The fields are: %(fields)s.")
            % {
                "field": label_field[:60],
                "fields": ", ".join(fields[:30]) or "–",
            }
        )
    label_field = label_field or _guess_label_field(fields, features)
    named = [_Feature(number, feature, label_field) for number, feature in enumerate(features, start=1)]
    drawn = [(feature, geometry) for feature in named if (geometry := feature.geometry()) is not None]
    if not drawn:
        raise Refused(_("None of the features has a geometry. Choose a layer that has shapes."))
    if sum(shapely.get_num_coordinates(geometry) for _feature, geometry in drawn) > MAX_CORNERS:
        raise _too_many_corners()
    epsg = _system(document, features, [geometry for _feature, geometry in drawn])
    reach = _reach(outline)
    for feature, geometry in drawn:
        _check_place(feature, geometry.bounds, epsg, reach)
    if sum(crs.corners_after(geometry, epsg) for _feature, geometry in drawn) > 2 * MAX_CORNERS:
        raise _too_many_corners()
    shapes = [feature.shape(geometry, epsg) for feature, geometry in drawn]
    placed = {feature.number for feature, _geometry in drawn}
    return LayerFile(
        shapes=shapes,
        epsg=epsg,
        label_field=label_field,
        fields=fields,
        without_place=tuple(feature.number for feature in named if feature.number not in placed),
    )


# -- from bytes to features -----------------------------------------------------------------------------


def _parsed(data: bytes) -> dict[str, Any]:
    export = _("Export the layer as GeoJSON. In QGIS: Export, Save Features As, format GeoJSON.")
    if not data.strip():
        raise Refused(_("The file is empty."))
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in {b"{", b"["}:
        raise Refused(export)
    # Braces and brackets bound what the parser may build in memory: far above any file within the limits.
    if data.count(b"[") > 4 * MAX_CORNERS or data.count(b"{") > 40 * MAX_FEATURES:
        raise _too_many_corners()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise Refused(
            _("The text of the file is not UTF-8 (byte %(byte)d). Choose the encoding UTF-8 when exporting.")
            % {"byte": problem.start}
        ) from None
    try:
        document = json.loads(text, parse_constant=_no_such_number)
    except json.JSONDecodeError as problem:
        raise Refused(
            _("The file breaks off or is damaged at line %(line)d. Export it again.") % {"line": problem.lineno}
        ) from None
    except (ValueError, RecursionError) as problem:
        if isinstance(problem, Refused):
            raise
        raise Refused(_("The file is not GeoJSON that can be read. Export it again.")) from None
    if not isinstance(document, dict) or document.get("type") == "Topology":
        raise Refused(export)
    return document


def _no_such_number(name: str) -> float:
    raise Refused(_("The file holds %(name)s where a number should be. Export it again.") % {"name": name})


def _features(document: dict[str, Any]) -> list[dict[str, Any]]:
    if document.get("type") == "FeatureCollection" and isinstance(document.get("features"), list):
        features = document["features"]
    elif document.get("type") == "Feature":
        features = [document]
    else:
        raise Refused(_("The file is JSON but not a GeoJSON FeatureCollection. Export the layer as GeoJSON."))
    if not features:
        raise Refused(_("The layer is empty: it has no features."))
    if len(features) > MAX_FEATURES:
        raise Refused(
            _("The layer has %(count)d features; at most %(most)d fit. Divide it into several layers.")
            % {"count": len(features), "most": MAX_FEATURES}
        )
    for number, feature in enumerate(features, start=1):
        if not isinstance(feature, dict) or feature.get("type") != "Feature":
            raise Refused(_("Item %(number)d is not a GeoJSON feature. Export the layer again.") % {"number": number})
    return (
        [*features]
        if document.get("crs") is None
        else [{**f, "crs": f.get("crs") or document["crs"]} for f in features]
    )


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    properties = feature.get("properties")
    return properties if isinstance(properties, dict) else {}


def _guess_label_field(fields: tuple[str, ...], features: list[dict[str, Any]]) -> str:
    by_lower = {field.lower(): field for field in reversed(fields)}
    for wanted in LABEL_FIELDS:
        if wanted in by_lower:
            return by_lower[wanted]
    words = (f for f in fields if any(isinstance(_properties(feature).get(f), str) for feature in features))
    return next(words, "")


def _system(document: dict[str, Any], features: list[dict[str, Any]], drawn: list[shapely.Geometry]) -> int:
    """Named by the file, by its features (as Kaava-JSON does) or by their geometries; else guessed."""
    members = [document.get("crs")]
    for feature in features:
        geometry = feature.get("geometry")
        members += [feature.get("crs"), geometry.get("crs") if isinstance(geometry, dict) else None]
    epsg = crs.declared(members)
    if epsg is not None:
        return epsg
    west, south, east, north = zip(*(geometry.bounds for geometry in drawn), strict=True)
    return crs.guessed((min(west), min(south), max(east), max(north)))


def _too_many_corners() -> Refused:
    return Refused(
        _("The layer has more than %(most)d corners. Simplify it or divide it into several layers.")
        % {"most": MAX_CORNERS}
    )


# -- one feature ----------------------------------------------------------------------------------------


class _Feature:
    """A feature with the number and the name by which a refusal speaks of it."""

    def __init__(self, number: int, feature: dict[str, Any], label_field: str) -> None:
        self.number = number
        self.raw = feature
        value = _properties(feature).get(label_field)
        text = str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else ""
        self.label = " ".join(text.replace("\x00", " ").split())[:200] or str(number)

    def refused(self, message: object) -> Refused:
        return Refused(
            _("Feature %(number)d (%(name)s): %(message)s")
            % {"number": self.number, "name": self.label[:60], "message": message}
        )

    def geometry(self) -> shapely.Geometry | None:
        """In the file's own system, in two dimensions; None when the feature has none."""
        geometry = self.raw.get("geometry")
        if geometry is None:
            return None
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        if kind == "GeometryCollection":
            raise self.refused(_("It is a collection of several kinds. Save points, lines and areas as own features."))
        if not isinstance(kind, str) or kind not in DEPTHS:
            raise self.refused(_("Its geometry is not a point, a line or an area."))
        flat = self._flat(geometry.get("coordinates"), DEPTHS[kind])
        if not flat:
            return None
        if "Polygon" in kind:
            self._check_rings(flat if kind == "MultiPolygon" else [flat])
        try:
            built = shape({"type": kind, "coordinates": flat})
        except (ValueError, TypeError, IndexError, shapely.errors.ShapelyError):
            raise self.refused(_("Its geometry has too few points.")) from None
        if shapely.get_num_coordinates(built) > MAX_CORNERS_OF_ONE:
            raise self.refused(
                _("It has more than %(most)d corners. Simplify it or divide it.") % {"most": MAX_CORNERS_OF_ONE}
            )
        if built.is_empty or not built.is_valid:
            raise self._invalid(built)
        return built

    def _flat(self, value: Any, depth: int) -> Any:
        if not isinstance(value, list):
            raise self.refused(_("Its coordinates cannot be read."))
        if depth > 1:
            return [self._flat(item, depth - 1) for item in value]
        if not value:
            return []
        pair = value[:2]
        if len(pair) < 2 or not all(_is_number(number) for number in pair):
            raise self.refused(_("Its coordinates are not all numbers."))
        return tuple(float(number) for number in pair)

    def _check_rings(self, polygons: list[Any]) -> None:
        for ring in (ring for polygon in polygons for ring in polygon):
            if len(ring) < 4:
                raise self.refused(_("An area needs at least three corners."))
            if ring[0] != ring[-1]:
                raise self.refused(_("The edge of its area does not close: first and last corner differ."))

    def _invalid(self, built: shapely.Geometry) -> Refused:
        reason = explain_validity(built)
        numbers = reason[reason.find("[") + 1 : -1].split() if "[" in reason else []
        where = " ".join(
            f"{float(number):.6g}" if abs(float(number)) < 180 else f"{float(number):.1f}" for number in numbers
        )
        if where:
            return self.refused(
                _("Its edge crosses or touches itself near %(where)s. Correct the drawing and export again.")
                % {"where": where}
            )
        return self.refused(_("Its geometry is broken. Correct the drawing and export again."))

    def shape(self, geometry: shapely.Geometry, epsg: int) -> NewShape:
        placed = crs.in_wgs84(geometry, epsg)
        if not placed.is_valid:
            raise self._invalid(placed)
        return NewShape(
            label=self.label,
            geom=GEOSGeometry(memoryview(shapely.to_wkb(placed)), srid=WGS84),
            properties=self._kept_properties(),
        )

    def _kept_properties(self) -> dict[str, Any]:
        properties = _properties(self.raw)
        try:
            written = json.dumps(properties, ensure_ascii=False, allow_nan=False)
            size = len(written.encode())
        except (ValueError, RecursionError):
            raise self.refused(_("One of its fields holds a value that cannot be stored.")) from None
        if "\\u0000" in written:
            raise self.refused(_("One of its fields holds a value that cannot be stored."))
        if size > MAX_PROPERTY_BYTES:
            raise self.refused(_("Its fields hold too much text. Leave out the long ones when exporting."))
        return properties


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 and math.isfinite(value)


# -- the municipality -------------------------------------------------------------------------------------


def _reach(outline: GEOSGeometry) -> BBox:
    west, south, east, north = outline.extent
    high = MARGIN_METRES / 110_000
    wide = high / math.cos(math.radians(min(89.0, max(abs(south), abs(north)))))
    return BBox(west - wide, south - high, east + wide, north + high)


def _check_place(feature: _Feature, bounds: tuple[float, float, float, float], epsg: int, reach: BBox) -> None:
    if _inside(crs.corners_in_wgs84(epsg, bounds), reach):
        return
    west, south, east, north = bounds
    if _inside(crs.corners_in_wgs84(epsg, (south, west, north, east)), reach):
        raise feature.refused(
            _(
                "It lies far from the municipality, but would lie in it with x and y the other way round. "
                "Swap the axes (QGIS: Swap X and Y coordinates) and export again."
            )
        )
    raise feature.refused(
        _("It lies more than 20 km outside the municipality, read as %(name)s. Check the coordinate system.")
        % {"name": crs.name_of(epsg)}
    )


def _inside(box: tuple[float, float, float, float], reach: BBox) -> bool:
    return reach.covers(box[0], box[1]) and reach.covers(box[2], box[3])
