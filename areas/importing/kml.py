"""KML: the polygons of its placemarks. Nothing that the file refers to is ever fetched."""

from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from areas.importing.reading import MAX_VERTICES, BorderFile, Feature, without_heights
from areas.importing.report import Refused

Ring = list[list[Any]]


def read(data: bytes) -> BorderFile:
    """One feature a placemark, named by its name and its extended data; raises Refused with the line."""
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(data, True)
    except expat.ExpatError as problem:
        raise Refused(
            _("The file is broken or cut off at line %(line)s, column %(column)s.")
            % {"line": problem.lineno, "column": problem.offset + 1}
        ) from None
    except (LookupError, ValueError):
        raise Refused(_("The file is in letters that nobody knows. Export it as UTF-8.")) from None
    return BorderFile(reader.features, None, notes=[without_heights()] if reader.is_high else [])


def _no_doctype(*_declared: object) -> None:
    raise Refused(_("The KML file has a DOCTYPE, which may hide other files. Export it without."))


class _Reader:
    """Keeps of the document only what a border needs, so that its size is bounded by the borders."""

    def __init__(self) -> None:
        self.features: list[Feature] = []
        #: Whether a corner lies above the ground; an altitude of zero is how KML writes a plain map.
        self.is_high = False
        self._path: list[str] = []
        self._words: list[str] | None = None
        self._field = ""
        self._corners = 0
        self._clear()

    def _clear(self) -> None:
        self._properties: dict[str, Any] = {}
        self._polygons: list[list[Ring]] = []
        self._others: list[dict[str, Any]] = []
        self._outer: list[Ring] = []
        self._holes: list[Ring] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(":")[2]
        within = self._path[-1] if self._path else ""
        self._path.append(tag)
        match tag:
            case "NetworkLink":
                raise Refused(_("The KML file only links to other files. Export the borders themselves."))
            case "Placemark":
                self._clear()
            case "Polygon":
                self._outer, self._holes = [], []
            case "Point" | "LineString" if within in {"Placemark", "MultiGeometry"}:
                self._others.append({"type": tag})
            case "Data" | "SimpleData":
                self._field = attributes.get("name", "")
        if tag in {"coordinates", "SimpleData", "value"} or (tag == "name" and within == "Placemark"):
            self._words = []

    def text(self, words: str) -> None:
        if self._words is not None:
            self._words.append(words)

    def end(self, _name: str) -> None:
        tag = self._path.pop()
        said, self._words = "".join(self._words or []).strip(), None
        if "Placemark" not in self._path and tag != "Placemark":
            return
        match tag:
            case "name" if self._path[-1] == "Placemark":
                self._properties["name"] = said
            case "SimpleData":
                self._properties[self._field] = said
            case "value" if self._path[-1] == "Data":
                self._properties[self._field] = said
            case "coordinates" if "outerBoundaryIs" in self._path:
                self._outer.append(self._ring(said))
            case "coordinates" if "innerBoundaryIs" in self._path:
                self._holes.append(self._ring(said))
            case "Polygon":
                self._polygons.append([*self._outer[:1], *self._holes])
            case "Placemark":
                self._add()

    def _ring(self, said: str) -> Ring:
        corners = said.split()
        self._corners += len(corners)
        if self._corners > MAX_VERTICES:
            raise Refused(
                _("The borders have more than %(most)s corners. Export them simplified.") % {"most": MAX_VERTICES}
            )
        positions = [[_number(part) for part in corner.split(",")] for corner in corners]
        self.is_high = self.is_high or any(position[2:] not in ([], [0.0]) for position in positions)
        return [position[:2] for position in positions]

    def _add(self) -> None:
        parts = [{"type": "Polygon", "coordinates": rings} for rings in self._polygons] + self._others
        geometry = {"type": "GeometryCollection", "geometries": parts} if parts else None
        self.features.append(Feature(len(self.features) + 1, self._properties, geometry))


def _number(text: str) -> float | str:
    """A number, or the text as it stands for the message about its corner."""
    try:
        return float(text)
    except ValueError:
        return text
