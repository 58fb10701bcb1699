"""Border files of every format and every fault, made from scratch for the tests of importing."""

import io
import json
import sqlite3
import struct
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy
import pyogrio.raw
import pyproj
import shapely

#: Two areas side by side near Lahti, and names with letters that go wrong first.
NAMES = ["Töölönjärvi – itä", "Ääslä"]


def squares(count: int = 2, size: float = 0.02) -> list[shapely.Geometry]:
    return [shapely.box(25.6 + size * at, 60.96, 25.6 + size * (at + 1), 60.96 + size) for at in range(count)]


def in_system(geometries: list[shapely.Geometry], code: int, northing_first: bool = False) -> list[shapely.Geometry]:
    change = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform
    order = -1 if northing_first else 1
    return list(
        shapely.transform(numpy.array(geometries), lambda xy: numpy.column_stack(change(xy[:, 0], xy[:, 1])[::order]))
    )


def written(
    path: Path,
    geometries: list[shapely.Geometry | bytes | None] | list[shapely.Geometry],
    *,
    driver: str = "GPKG",
    layer: str = "alueet",
    names: list[str] | None = None,
    crs: str | None = "EPSG:4326",
    kind: str = "Polygon",
    append: bool = False,
    **options: Any,
) -> Path:
    """A file as a map program writes it, with the fields nimi and vakiluku."""
    said = names if names is not None else [*NAMES, *(f"Kylä {at}" for at in range(3, len(geometries) + 1))]
    with warnings.catch_warnings():
        # A file without a coordinate system is what some tests are about.
        warnings.filterwarnings("ignore", "'crs' was not provided")
        warnings.filterwarnings("ignore", "Registering non-standard")
        pyogrio.raw.write(
            path,
            numpy.array(
                [one if one is None or isinstance(one, bytes) else shapely.to_wkb(one) for one in geometries], object
            ),
            [numpy.array(said[: len(geometries)], object), numpy.array([1200] * len(geometries))],
            ["nimi", "vakiluku"],
            layer=layer,
            driver=driver,
            geometry_type=kind,
            crs=crs,
            append=append,
            **options,
        )
    return path


def geopackage(folder: Path, geometries: Any = None, **options: Any) -> bytes:
    return written(folder / "a.gpkg", geometries or squares(), **options).read_bytes()


def changed(folder: Path, *statements: str) -> bytes:
    """A GeoPackage on which somebody worked with SQL."""
    file = folder / "b.gpkg"
    file.write_bytes(geopackage(folder))
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
    return file.read_bytes()


def shapefile(folder: Path, geometries: Any = None, *, encoding: str = "UTF-8", **options: Any) -> dict[str, bytes]:
    """The files of a shapefile by their endings."""
    written(folder / "alueet.shp", geometries or squares(), driver="ESRI Shapefile", encoding=encoding, **options)
    return {file.suffix[1:]: file.read_bytes() for file in folder.glob("alueet.*")}


def packed(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", how) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def zipped(parts: dict[str, bytes], *without: str, **more: bytes) -> bytes:
    return packed({f"alueet.{end}": content for end, content in parts.items() if end not in without} | more)


def linked(parts: dict[str, bytes]) -> bytes:
    """A zip in which the .dbf is a symbolic link."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for end, content in parts.items():
            entry = zipfile.ZipInfo(f"alueet.{end}")
            if end == "dbf":
                entry.create_system, entry.external_attr, content = 3, 0o120777 << 16, b"/etc/passwd"
            archive.writestr(entry, content)
    return target.getvalue()


def lying(parts: dict[str, bytes]) -> bytes:
    """A zip whose directory says that a .shp of 40 MB of zeros is small."""
    big = packed({f"alueet.{end}": content for end, content in (parts | {"shp": bytes(40_000_000)}).items()})
    return big.replace(struct.pack("<L", 40_000_000), struct.pack("<L", 400_000))


def misdirected(data: bytes) -> bytes:
    """A zip whose directory says that its files lie before its beginning."""
    at = data.rindex(b"PK\x05\x06") + 16
    (start,) = struct.unpack_from("<L", data, at)
    return data[:at] + struct.pack("<L", start + 1_000) + data[at + 4 :]


def geojson(geometries: Any = None, crs: str = "", names: list[str] | None = None) -> bytes:
    features = [
        {
            "type": "Feature",
            "properties": {"nimi": name},
            "geometry": None if one is None else shapely.geometry.mapping(one),
        }
        for name, one in zip(names or NAMES, geometries or squares(), strict=False)
    ]
    member = {"crs": {"type": "name", "properties": {"name": crs}}} if crs else {}
    return json.dumps({"type": "FeatureCollection", "features": features, **member}, ensure_ascii=False).encode()


def triangulated() -> bytes:
    """A surface of one triangle as TIN in WKB."""
    corners = [(25.6, 60.96), (25.62, 60.96), (25.62, 60.98), (25.6, 60.96)]
    triangle = struct.pack("<BIII", 1, 17, 1, 4) + b"".join(struct.pack("<dd", *corner) for corner in corners)
    return struct.pack("<BII", 1, 16, 1) + triangle


def topojson(code: int = 4326, objects: tuple[str, ...] = ("alueet",)) -> bytes:
    """Two quantised squares that share an arc: the second goes along it backwards."""
    west, middle = (in_system([shapely.Point(lon, 60.96)], code)[0] for lon in (25.6, 25.62))
    size = middle.x - west.x
    step = size / 1000
    arcs = [
        [[1000, 0], [0, 1000]],
        [[1000, 1000], [-1000, 0], [0, -1000], [1000, 0]],
        [[1000, 0], [1000, 0], [0, 1000], [-1000, 0]],
    ]
    shapes = [
        {"type": "Polygon", "arcs": [[0, 1]], "properties": {"nimi": "Länsi"}},
        {"type": "MultiPolygon", "arcs": [[[2, -1]]], "properties": {"nimi": "Itä"}},
    ]
    return json.dumps(
        {
            "type": "Topology",
            "transform": {"scale": [step, step], "translate": [west.x, west.y]},
            "arcs": arcs,
            "objects": {name: {"type": "GeometryCollection", "geometries": shapes} for name in objects},
        }
    ).encode()


def kml(body: str = "", before: str = "") -> bytes:
    square = "25.6,60.96,10 25.62,60.96,10 25.62,60.98,10 25.6,60.98,10 25.6,60.96,10"
    placemark = (
        "<Placemark><name>Töölö</name><ExtendedData><Data name='asukkaat'><value>77</value></Data></ExtendedData>"
        "<MultiGeometry><Polygon><outerBoundaryIs><LinearRing><coordinates>\n"
        + square
        + "\n</coordinates></LinearRing>"
        "</outerBoundaryIs></Polygon><Point><coordinates>25.61,60.97</coordinates></Point></MultiGeometry></Placemark>"
    )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>{before}<kml xmlns='http://www.opengis.net/kml/2.2'><Document>"
        f"<name>Kaupunki</name>{body or placemark}</Document></kml>"
    ).encode()


def curved() -> bytes:
    """A circle as CURVEPOLYGON in WKB: two arcs, no corner."""
    positions = [(25.6, 60.96), (25.61, 60.97), (25.62, 60.96), (25.61, 60.95), (25.6, 60.96)]
    arcs = struct.pack("<BII", 1, 8, 5) + b"".join(struct.pack("<dd", *position) for position in positions)
    return struct.pack("<BII", 1, 10, 1) + arcs


def open_ring() -> bytes:
    positions = [(25.6, 60.96), (25.62, 60.96), (25.62, 60.98), (25.6, 60.98)]
    return struct.pack("<BIII", 1, 3, 1, 4) + b"".join(struct.pack("<dd", *position) for position in positions)


def with_number(number: float) -> bytes:
    """A square of which one northing is this."""
    wkb: bytes = shapely.to_wkb(squares()[0])
    # Byte order, type, rings, corners, one corner and an easting come before.
    return wkb[:37] + struct.pack("<d", number) + wkb[45:]
