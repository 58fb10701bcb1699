"""Which format a file is in, by its bytes and never by its name; what cannot be read is told what to export."""

import re
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from areas.importing import geopackage, kml, reading, shapefile, topojson
from areas.importing.reading import MAX_FEATURES, BorderFile
from areas.importing.report import Refused
from areas.importing.seen import Seen
from areas.importing.staged import Choices

#: What is read as text is read whole.
MAX_BYTES: Final = 64 * 1024 * 1024
#: What GDAL reads, or what is unpacked, is not.
MAX_FILE_BYTES: Final = 500 * 1024 * 1024

_MARKS: Final = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_ROOT: Final = re.compile(r"<(?![?!])(?:[\w.-]+:)?([\w.-]+)")


def read(source: Path, choices: Choices, seen: Seen) -> BorderFile:
    """The features of a file of any format that can be read; raises Refused or NeedsConfirmation."""
    if source.stat().st_size > MAX_FILE_BYTES:
        raise _too_large(MAX_FILE_BYTES)
    file = _read(source, choices, seen)
    if not file.features:
        raise Refused(_("The file has no features."))
    if len(file.features) > MAX_FEATURES:
        raise Refused(_("The file has more than %(most)s features.") % {"most": MAX_FEATURES})
    return file


def _read(source: Path, choices: Choices, seen: Seen) -> BorderFile:
    with source.open("rb") as file:
        head = file.read(4096)
    if head.startswith(geopackage.MAGIC):
        seen.format = "GeoPackage"
        return geopackage.read(source, choices.layer, seen)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        seen.format = "Shapefile"
        return shapefile.read(source, choices.layer, choices.encoding, seen)
    start = _beginning(head)
    if not start:
        raise Refused(_("The file is empty."))
    if start[0] in "{[":
        document = reading.parsed(_whole(source))
        if isinstance(document, dict) and document.get("type") == "Topology":
            seen.format = "TopoJSON"
            return topojson.read(document, choices.layer, seen)
        seen.format = "GeoJSON"
        _refuse_layer(choices.layer)
        return reading.read(document)
    if start.startswith("<"):
        root = _ROOT.search(start)
        if root is not None and root[1] == "kml":
            seen.format = "KML"
            _refuse_layer(choices.layer)
            return kml.read(_whole(source))
    if head.startswith(shapefile.MAGIC):
        raise Refused(_("This is one file of a shapefile. Pack .shp, .shx, .dbf, .prj and .cpg into a zip file."))
    raise Refused(
        _("Borders are not read from a file of this kind. Export them as GeoPackage, GeoJSON, KML or zipped Shapefile.")
    )


def _whole(source: Path) -> bytes:
    if source.stat().st_size > MAX_BYTES:
        raise _too_large(MAX_BYTES)
    return source.read_bytes()


def _too_large(most: int) -> Refused:
    return Refused(
        _("The file is larger than %(most)s MB. Export it with fewer decimals or simplified borders.")
        % {"most": most // 1024 // 1024}
    )


def _beginning(data: bytes) -> str:
    """The first letters of a text, whatever its encoding; of anything else, something."""
    encoding = "utf-16" if data.startswith(_MARKS[1:]) else "utf-8-sig"
    return data.decode(encoding, "ignore").lstrip("\ufeff \t\r\n")


def _refuse_layer(wanted: str) -> None:
    if wanted:
        raise Refused(_("--layer: a file of this kind has no layers. Leave the option out."))
