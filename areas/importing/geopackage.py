"""GeoPackage: one layer of it, chosen by name when several could be borders."""

import shutil
import tempfile
from pathlib import Path
from typing import Final

from django.utils.translation import gettext as _

from areas.importing import crs
from areas.importing.reading import BorderFile
from areas.importing.report import NeedsConfirmation, Refused, listed
from areas.importing.sandbox import Opened, opened
from areas.importing.seen import Layer, Seen

MAGIC: Final = b"SQLite format 3\x00"
#: What the header of a database says when it is a GeoPackage; the later ones are of versions 1.0 and 1.1.
_APPLICATION_IDS: Final = (b"GPKG", b"GP10", b"GP11")


def read(file: Path, wanted: str, seen: Seen) -> BorderFile:
    """The features of the wanted layer, or of the only one that can hold areas.

    Raises Refused; NeedsConfirmation with the layers and `--layer` when there are several.
    """
    _check_header(file)
    with tempfile.TemporaryDirectory(prefix="borders-") as folder:
        source = Path(folder) / "borders.gpkg"
        shutil.copyfile(file, source)
        found = opened(source, "GPKG", wanted)
    seen.layers = found.layers
    seen.layer = found.read.name if found.read else ""
    _check_layer(found, wanted)
    if found.crs_name:
        raise crs.unknown(found.crs_name)
    if found.read and len(found.layers) > 1:
        found.file.notes.append(_("The layer %(layer)s was read.") % {"layer": found.read.name})
    return found.file


def _check_header(file: Path) -> None:
    with file.open("rb") as opened_file:
        data = opened_file.read(100)
    size = file.stat().st_size
    if data[68:72] not in _APPLICATION_IDS:
        raise Refused(_("This is a database but no GeoPackage. Export the borders as GeoPackage."))
    page = int.from_bytes(data[16:18], "big")
    page = 65_536 if page == 1 else page
    pages = int.from_bytes(data[28:32], "big")
    # The count of pages holds when the last writer knew of it.
    if data[24:28] == data[92:96] and size < page * pages:
        raise Refused(
            _("The file is cut off: %(there)s of %(all)s bytes. Export or copy it again.")
            % {"there": size, "all": page * pages}
        )


def _check_layer(found: Opened, wanted: str) -> None:
    if wanted and wanted not in {layer.name for layer in found.layers}:
        raise Refused(
            _("--layer: there is no layer %(wanted)s. Layers in the file: %(layers)s.")
            % {"wanted": wanted[:100], "layers": told(found.layers) or "-"}
        )
    if not wanted and len(found.able) > 1:
        raise NeedsConfirmation(
            _("The file has several layers: %(layers)s.") % {"layers": told(found.layers)},
            how=_("Choose one with --layer."),
            asks="layer",
        )
    if found.read is None:
        raise Refused(
            _("No layer of the file has areas that can be read. Layers in the file: %(layers)s.")
            % {"layers": told(found.layers) or "-"}
        )


def told(layers: list[Layer]) -> str:
    """Layers with how many features each has, for a sentence."""
    return listed([f"{layer.name} ({layer.features})" for layer in layers], 20)
