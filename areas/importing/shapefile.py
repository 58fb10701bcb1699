"""Shapefiles in a zip: which one, whole or not, and in which letters its names are written."""

import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from django.utils.translation import gettext as _

from areas.importing import crs, lettering, zipped
from areas.importing.reading import BorderFile
from areas.importing.report import NeedsConfirmation, Refused, listed
from areas.importing.sandbox import opened
from areas.importing.seen import Layer, Seen

#: The files that together are one shapefile; whatever else lies beside them is not looked at.
PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")
#: A shapefile's first bytes: its number, 9994.
MAGIC: Final = b"\x00\x00\x27\x0a"
_HEADER: Final = 100
#: What a shapefile's header says when its features are polygons, plain, with heights, with measures.
_POLYGONS: Final = (5, 15, 25)
#: Files that are whole by themselves and need no zip.
_SINGLE: Final = (".gpkg", ".geojson", ".json", ".topojson", ".kml")

Parts = dict[str, zipfile.ZipInfo]


def read(file: Path, wanted: str, encoding: str, seen: Seen) -> BorderFile:
    """The features of the wanted shapefile of a zip, or of its only one. `encoding` is the person's word, or empty.

    Raises Refused; NeedsConfirmation with the shapefiles and `--layer` when there are several.
    """
    there = _shapefiles(zipped.entries(file))
    seen.layers = [
        Layer(path, features=_count(parts), able=_can_hold_areas(file, parts)) for path, parts in there.items()
    ]
    seen.layer = _chosen(there, [layer.name for layer in seen.layers if layer.able], wanted)
    parts = there[seen.layer]
    if ".dbf" not in parts:
        raise Refused(_("The shapefile has no names: its .dbf file is missing. Pack it too."))
    with tempfile.TemporaryDirectory(prefix="borders-") as folder:
        files = {ending: Path(folder) / f"borders{ending}" for ending in parts}
        zipped.unpack(file, {files[ending]: entry for ending, entry in parts.items()})
        _check_whole(files[".shp"], files[".dbf"])
        declared = lettering.declared(files.pop(".cpg")) if ".cpg" in files else ""
        # GDAL would follow the .cpg; the text comes back as raw bytes instead and is understood here.
        Path(folder, "borders.cpg").unlink(missing_ok=True)
        found = opened(files[".shp"], "ESRI Shapefile")
    if found.read is None:
        raise Refused(_("No feature of the file has an area: nothing to import."))
    if found.crs_name:
        raise crs.unknown(found.crs_name)
    if ".shx" not in parts:
        found.file.notes.append(_("The .shx file was missing; it was made again from the .shp file."))
    if len(there) > 1 and not wanted:
        found.file.notes.append(_("The layer %(layer)s was read.") % {"layer": seen.layer})
    return lettering.spelled(found.file, said=encoding, declared=declared, seen=seen)


def _shapefiles(files: dict[str, zipfile.ZipInfo]) -> dict[str, Parts]:
    """The shapefiles of a zip by their paths without ending, endings in any case."""
    found: dict[str, Parts] = {}
    for name, entry in files.items():
        path = PurePosixPath(name.replace("\\", "/"))
        if path.suffix.lower() in PARTS:
            found.setdefault(str(path.with_suffix("")), {})[path.suffix.lower()] = entry
    whole = {path: parts for path, parts in found.items() if ".shp" in parts}
    if not whole:
        for name in files:
            if name.lower().endswith(_SINGLE):
                raise Refused(
                    _("The zip file has no shapefile in it but %(name)s. Unpack it and give that file itself.")
                    % {"name": name[:100]}
                )
        raise Refused(
            _("The zip file has no shapefile (.shp) in it. Pack .shp, .shx, .dbf, .prj and .cpg, or export GeoPackage.")
        )
    return whole


def _can_hold_areas(file: Path, parts: Parts) -> bool:
    """Whether the .shp is for polygons; one that is no shapefile at all is found out when it is read."""
    head = zipped.beginning(file, parts[".shp"], _HEADER)
    return not head.startswith(MAGIC) or int.from_bytes(head[32:36], "little") in _POLYGONS


def _chosen(there: dict[str, Parts], with_areas: list[str], wanted: str) -> str:
    said = listed(list(there), 20)
    if wanted:
        able = [path for path in there if wanted in {path, PurePosixPath(path).name}]
        if not able:
            raise Refused(
                _("--layer: there is no layer %(wanted)s. Layers in the file: %(layers)s.")
                % {"wanted": wanted[:100], "layers": said}
            )
    else:
        able = with_areas
        if not able:
            raise Refused(
                _("No layer of the file has areas that can be read. Layers in the file: %(layers)s.") % {"layers": said}
            )
    if len(able) > 1:
        raise NeedsConfirmation(
            _("The file has several layers: %(layers)s.")
            % {"layers": listed([_about(path, there[path]) for path in able], 20)},
            how=_("Choose one with --layer."),
            asks="layer",
        )
    return able[0]


def _about(path: str, parts: Parts) -> str:
    count = _count(parts)
    return path if count is None else f"{path} ({count})"


def _count(parts: Parts) -> int | None:
    """How many features it has, as far as the size of its index tells."""
    return (parts[".shx"].file_size - _HEADER) // 8 if ".shx" in parts else None


def _check_whole(shp: Path, dbf: Path) -> None:
    """Both files are as long as they say, and of one another; a file cut off is refused before GDAL sees it."""
    with shp.open("rb") as file:
        head = file.read(_HEADER)
    if not head.startswith(MAGIC):
        raise Refused(_("The .shp file is no shapefile. Export the borders again, as GeoPackage if you can."))
    _check_length("shp", shp.stat().st_size, 2 * int.from_bytes(head[24:28], "big"))
    with dbf.open("rb") as file:
        head = file.read(32)
    rows, start, length = (int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 10), (10, 12)))
    _check_length("dbf", dbf.stat().st_size, max(33, start + rows * length))


def _check_length(ending: str, there: int, said: int) -> None:
    if there < max(said, 1):
        raise Refused(
            _("The .%(ending)s file is cut off: %(there)s of %(all)s bytes. Pack or copy it again.")
            % {"ending": ending, "there": there, "all": said}
        )
