"""TopoJSON: its arcs joined to rings. It never names a coordinate system, so a person has to."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from areas.importing.reading import MAX_VERTICES, BorderFile, Feature, without_heights
from areas.importing.report import NeedsConfirmation, Refused, listed
from areas.importing.seen import Layer, Seen

Position = tuple[float, float]


def read(topology: dict[str, Any], wanted: str, seen: Seen) -> BorderFile:
    """The features of the wanted object of a parsed topology, or of its only one.

    Raises Refused; NeedsConfirmation with the objects and `--layer` when there are several.
    """
    objects = topology.get("objects")
    if not isinstance(objects, dict) or not objects:
        raise Refused(_("The file has no features."))
    counts = {name: len(_members(one)) for name, one in objects.items()}
    seen.layers = [Layer(name, features=count) for name, count in counts.items()]
    said = listed([f"{name} ({count})" for name, count in counts.items()], 20)
    if wanted and wanted not in objects:
        raise Refused(
            _("--layer: there is no layer %(wanted)s. Layers in the file: %(layers)s.")
            % {"wanted": wanted[:100], "layers": said}
        )
    if not wanted and len(objects) > 1:
        raise NeedsConfirmation(
            _("The file has several layers: %(layers)s.") % {"layers": said},
            how=_("Choose one with --layer."),
            asks="layer",
        )
    seen.layer = wanted or next(iter(objects))
    chosen = objects[seen.layer]
    try:
        rings = _Rings(_arcs(topology))
        features = [
            Feature(number, _properties(member), rings.geometry(member))
            for number, member in enumerate(_members(chosen), start=1)
        ]
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, RecursionError):
        raise Refused(_("The arcs of this TopoJSON do not fit together. Export the borders as GeoJSON.")) from None
    file = BorderFile(features, None, None)
    if any(len(position) > 2 for arc in topology["arcs"] for position in arc):
        file.notes.append(without_heights())
    return file


def _members(one: Any) -> list[Any]:
    """The features of an object: the parts of a collection, or the object itself."""
    if not isinstance(one, dict):
        raise Refused(_("The file is not TopoJSON as it should be. Export the borders as GeoJSON."))
    parts = one.get("geometries")
    return parts if one.get("type") == "GeometryCollection" and isinstance(parts, list) else [one]


def _properties(member: dict[str, Any]) -> dict[str, Any]:
    properties = member.get("properties")
    own = {"id": member["id"]} if "id" in member else {}
    return own | (properties if isinstance(properties, dict) else {})


def _arcs(topology: dict[str, Any]) -> list[list[Position]]:
    """Every arc in the file's own coordinates: deltas added up, scaled and moved when the file is quantised."""
    transform = topology.get("transform")
    if transform is None:
        return [[(position[0], position[1]) for position in arc] for arc in topology["arcs"]]
    (kx, ky), (dx, dy) = transform["scale"], transform["translate"]
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        arc = []
        for step in deltas:
            x, y = x + step[0], y + step[1]
            arc.append((x * kx + dx, y * ky + dy))
        arcs.append(arc)
    return arcs


@dataclass(slots=True)
class _Rings:
    """Joins arcs. One arc can be named a million times by a small file, so the corners are counted here."""

    arcs: list[list[Position]]
    corners: int = 0

    def geometry(self, member: dict[str, Any]) -> dict[str, Any] | None:
        kind = member.get("type")
        if kind == "Polygon":
            return {"type": kind, "coordinates": self._polygon(member["arcs"])}
        if kind == "MultiPolygon":
            return {"type": kind, "coordinates": [self._polygon(polygon) for polygon in member["arcs"]]}
        if kind == "GeometryCollection":
            return {"type": kind, "geometries": [self.geometry(part) for part in member["geometries"]]}
        return {"type": kind} if kind else None

    def _polygon(self, rings: list[list[int]]) -> list[list[Position]]:
        return [self._ring(ring) for ring in rings]

    def _ring(self, indexes: list[int]) -> list[Position]:
        ring: list[Position] = []
        for index in indexes:
            arc = self.arcs[index] if index >= 0 else self.arcs[~index][::-1]
            self.corners += len(arc)
            if self.corners > MAX_VERTICES:
                raise Refused(
                    _("The borders have more than %(most)s corners. Export them simplified.") % {"most": MAX_VERTICES}
                )
            # Where two arcs meet, both hold the corner.
            ring += arc[1:] if ring else arc
        return ring
