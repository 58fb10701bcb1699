"""Which format a file is in, by its bytes and never by its name; what cannot be read is told what to export."""

import re
from typing import Final

from django.utils.translation import gettext as _

from areas.importing import geopackage, kml, reading, shapefile, topojson
from areas.importing.reading import MAX_FEATURES, BorderFile
from areas.importing.report import Refused
from areas.importing.staged import Choices

MAX_BYTES: Final = 64 * 1024 * 1024

_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ROOT: Final = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")


def read(data: bytes, choices: Choices) -> BorderFile:
    """The features of a file of any format that can be read; raises Refused or NeedsConfirmation."""
    if len(data) > MAX_BYTES:
        raise Refused(
            _("The file is larger than %(most)s MB. Export it with fewer decimals or simplified borders.")
            % {"most": MAX_BYTES // 1024 // 1024}
        )
    file = _read(data, choices)
    if not file.features:
        raise Refused(_("The file has no features."))
    if len(file.features) > MAX_FEATURES:
        raise Refused(_("The file has more than %(most)s features.") % {"most": MAX_FEATURES})
    return file


def _read(data: bytes, choices: Choices) -> BorderFile:
    if data.startswith(geopackage.MAGIC):
        return geopackage.read(data, choices.layer)
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return shapefile.read(data, choices.layer, choices.encoding)
    start = _beginning(data)
    if not start:
        raise Refused(_("The file is empty."))
    if start[0] in "{[":
        document = reading.parsed(data)
        if isinstance(document, dict) and document.get("type") == "Topology":
            return topojson.read(document, choices.layer)
        _refuse_layer(choices.layer)
        return reading.read(document)
    if start.startswith("<"):
        root = _ROOT.search(start)
        if root is not None and root[1] == "kml":
            _refuse_layer(choices.layer)
            return kml.read(data)
    if data.startswith(shapefile.MAGIC):
        raise Refused(_("This is one file of a shapefile. Pack .shp, .shx, .dbf, .prj and .cpg into a zip file."))
    raise Refused(
        _("Borders are not read from a file of this kind. Export them as GeoPackage, GeoJSON, KML or zipped Shapefile.")
    )


def _beginning(data: bytes) -> str:
    """The first letters of a text, whatever its encoding; of anything else, something."""
    encoding = "utf-16" if data.startswith(_MARKS[1:]) else "utf-8-sig"
    return data[:4096].decode(encoding, "ignore").lstrip("\ufeff \t\r\n")


def _refuse_layer(wanted: str) -> None:
    if wanted:
        raise Refused(_("--layer: a file of this kind has no layers. Leave the option out."))
