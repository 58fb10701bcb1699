"""What GDAL read of a file, in a process of its own with limits on time, memory and network (`opening.py`)."""

import json
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from areas.importing import opening
from areas.importing.reading import BorderFile, Feature, without_heights
from areas.importing.report import Refused
from areas.importing.seen import Layer

Driver = Literal["GPKG", "ESRI Shapefile"]

#: Longer than its processor time, for a machine with other work.
WALL_SECONDS: Final = 3 * opening.CPU_SECONDS
#: Everything that GDAL hears from outside. What names a server, a proxy or a plug-in points nowhere.
ENVIRONMENT: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_HTTP_PROXY": "127.0.0.1:9",
    "GDAL_HTTP_TIMEOUT": "1",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_PAM_ENABLED": "NO",
    "PROJ_NETWORK": "OFF",
    "SHAPE_RESTORE_SHX": "YES",
}


@dataclass(frozen=True, slots=True)
class Opened:
    """What was in the file. `read` names the layer that was read: the wanted one, or the only one with areas.

    `file` has its features, their geometry as WKB; it is empty when `read` is None. `able` are the layers that can
    hold areas. `crs_name` is a coordinate system without a number.
    """

    layers: list[Layer]
    able: list[str]
    read: Layer | None
    file: BorderFile
    crs_name: str


def opened(source: Path, driver: Driver, layer: str = "") -> Opened:
    """The file, read by this GDAL driver and no other; its folder is private and may be written to.

    Raises Refused when GDAL cannot read it within its limits.
    """
    target = source.with_name("answer")
    try:
        subprocess.run(
            [sys.executable, "-I", opening.__file__, driver, str(source), str(target), layer],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=WALL_SECONDS,
            check=True,
            cwd=source.parent,
            env={"PATH": os.environ.get("PATH", ""), **ENVIRONMENT},
        )
    except (subprocess.SubprocessError, OSError, ValueError):
        raise Refused(
            _("The file is damaged or too hard to read. Open it in a map program and export it again as GeoPackage.")
        ) from None
    return _understood(target.read_bytes())


def _understood(answer: bytes) -> Opened:
    parts = _parts(answer)
    told: dict[str, Any] = json.loads(next(parts))
    layers = [
        Layer(one["name"], one["geometry"], one["features"], one["name"] in told["able"]) for one in told["layers"]
    ]
    read = next((one for one in layers if one.name == told["read"]), None)
    if read is None:
        return Opened(layers, told["able"], None, BorderFile([], None), "")
    # A layer without fields has no rows to tell of, but still its geometries.
    geometries = list(parts)
    rows = told["rows"] or [[] for _geometry in geometries]
    features = [
        Feature(number, dict(zip(told["fields"], row, strict=True)), geometry or None)
        for number, (row, geometry) in enumerate(zip(rows, geometries, strict=True), start=1)
    ]
    file = BorderFile(features, told["crs"], None)
    if told["curved"]:
        file.notes.append(
            ngettext(
                "%(count)s border had curves, which became short straight lines.",
                "%(count)s borders had curves, which became short straight lines.",
                told["curved"],
            )
            % {"count": told["curved"]}
        )
    if any(_has_height(wkb) for wkb in geometries if wkb):
        file.notes.append(without_heights())
    return Opened(layers, told["able"], read, file, told["crs_name"])


def _has_height(wkb: bytes) -> bool:
    """Whether a WKB geometry has Z or M: its type is 1001 to 3999, or carries the older bits."""
    (kind,) = struct.unpack_from("<I" if wkb[0] else ">I", wkb, 1)
    return bool(kind >= 1000)


def _parts(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        (size,) = struct.unpack_from("<Q", data, at)
        yield data[at + 8 : at + 8 + size]
        at += 8 + size
