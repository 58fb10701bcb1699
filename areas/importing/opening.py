"""GDAL opening one file in a process of its own that may be killed without harm.

Run as a script by `sandbox.py`: driver, source, target and a layer's name are its arguments. It gives up the network,
sets itself limits, forgets every driver but the one it was told, and writes what it read to the target. It imports
nothing of the product, and no text of the file is ever a path here.
"""

import ctypes
import json
import math
import resource
import struct
import sys
from pathlib import Path
from typing import Any, Final

CPU_SECONDS: Final = 60
MEMORY_BYTES: Final = 1536 * 1024 * 1024
#: No file that this process writes (the answer, a rebuilt index) may be longer.
FILE_BYTES: Final = 256 * 1024 * 1024
MAX_FEATURES: Final = 20_000

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
#: What GDAL calls geometries that can hold an area; a layer of points or lines is never proposed.
_WITHOUT_AREA: Final = ("Point", "LineString", "MultiPoint", "MultiLineString", "CircularString", "CompoundCurve")


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    # Where the kernel does not allow it, the environment without proxies and the single driver must do.
    ctypes.CDLL(None).unshare(_CLONE_NEWUSER | _CLONE_NEWNET)


def _only(driver: str) -> tuple[Any, ctypes.CDLL]:
    """pyogrio and the GDAL below it, knowing this driver alone."""
    for heavy in ("pandas", "geopandas", "pyarrow", "shapely"):
        sys.modules[heavy] = None  # type: ignore[assignment]  # pyogrio would load them, and they cost seconds
    import pyogrio  # noqa: PLC0415  (after the limits)
    import pyogrio.raw  # noqa: PLC0415

    (library,) = (Path(pyogrio.__file__).parent.parent / "pyogrio.libs").glob("libgdal-*.so*")
    gdal = ctypes.CDLL(str(library))
    gdal.GDALGetDriver.restype = ctypes.c_void_p
    gdal.GDALGetDriverShortName.restype = ctypes.c_char_p
    gdal.GDALGetDriverShortName.argtypes = [ctypes.c_void_p]
    gdal.GDALDeregisterDriver.argtypes = [ctypes.c_void_p]
    for at in reversed(range(gdal.GDALGetDriverCount())):
        one = gdal.GDALGetDriver(at)
        if gdal.GDALGetDriverShortName(one).decode() != driver:
            gdal.GDALDeregisterDriver(one)
    if list(pyogrio.list_drivers()) != [driver]:
        raise SystemExit(3)
    return pyogrio, gdal


def _curved(gdal: ctypes.CDLL, source: str, layer: str) -> int:
    """How many features of a layer have curves in their borders; pyogrio hands them out as straight lines."""
    for name in ("GDALOpenEx", "GDALDatasetGetLayerByName", "OGR_L_GetNextFeature", "OGR_F_GetGeometryRef"):
        getattr(gdal, name).restype = ctypes.c_void_p
    pointer, vectors = ctypes.c_void_p, 0x04
    gdal.OGRSetNonLinearGeometriesEnabledFlag(1)  # pyogrio forbids them, and they would be straight here too
    opened = gdal.GDALOpenEx(source.encode(), vectors, None, None, None)
    found = pointer(gdal.GDALDatasetGetLayerByName(pointer(opened), layer.encode()))
    curved = 0
    while feature := gdal.OGR_L_GetNextFeature(found):
        geometry = gdal.OGR_F_GetGeometryRef(pointer(feature))
        curved += bool(geometry and gdal.OGR_G_HasCurveGeometry(pointer(geometry), 1))
        gdal.OGR_F_Destroy(pointer(feature))
    gdal.GDALClose(pointer(opened))
    return curved


def _epsg(said: str | None) -> tuple[int | None, str]:
    """The EPSG number of what the file says, and its name when it has no number."""
    if not said:
        return None, ""
    if said.startswith("EPSG:") and said[5:].isdecimal():
        return int(said[5:]), ""
    from pyproj import CRS, exceptions  # noqa: PLC0415  (text of a file is parsed in here only)

    try:
        system = CRS.from_user_input(said)
    except exceptions.CRSError:
        return None, said[:120]
    if "undefined" in system.name.lower():  # GeoPackage's two ways of saying nothing
        return None, ""
    if not (system.is_geographic or system.is_projected):
        return None, system.name[:120]
    number = system.to_epsg(min_confidence=70)
    return number, "" if number else system.name[:120]


def _plain(value: Any) -> Any:
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bytes | bytearray) or value is None:
        return None
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if isinstance(value, str | int | bool) else str(value)


def _read(driver: str, source: str, wanted: str) -> tuple[dict[str, Any], list[bytes | None]]:
    pyogrio, gdal = _only(driver)
    # Latin-1 gives every byte of a shapefile's text back as it is; the encoding is found out by the reader.
    how = {"encoding": "ISO-8859-1"} if driver == "ESRI Shapefile" else {}
    layers = [
        {
            "name": name,
            "geometry": geometry,
            "features": int(pyogrio.read_info(source, layer=name, force_feature_count=True, **how)["features"]),
        }
        for name, geometry in pyogrio.list_layers(source)
    ]
    able = [one for one in layers if one["geometry"] and one["geometry"].split(" ")[0] not in _WITHOUT_AREA]
    chosen = [one for one in layers if one["name"] == wanted] if wanted else able
    told: dict[str, Any] = {"layers": layers, "able": [one["name"] for one in able], "read": None}
    if len(chosen) != 1 or not chosen[0]["geometry"]:
        return told, []
    meta, _fids, geometries, columns = pyogrio.raw.read(
        source, layer=chosen[0]["name"], max_features=MAX_FEATURES + 1, datetime_as_string=True, **how
    )
    number, name = _epsg(meta["crs"])
    told |= {
        "read": chosen[0]["name"],
        "curved": _curved(gdal, source, chosen[0]["name"]),
        "crs": number,
        "crs_name": name,
        "fields": list(meta["fields"]),
        "rows": [[_plain(value) for value in row] for row in zip(*columns, strict=True)],
    }
    return told, list(geometries)


def main(driver: str, source: str, target: str, wanted: str) -> None:
    _confine()
    told, geometries = _read(driver, source, wanted)
    head = json.dumps(told).encode()
    with Path(target).open("wb") as answer:
        answer.write(struct.pack("<Q", len(head)) + head)
        for wkb in geometries:
            answer.write(struct.pack("<Q", len(wkb or b"")) + (wkb or b""))


if __name__ == "__main__":
    main(*sys.argv[1:])
