"""Run by itself, as `packing.py PATH TOLD`: lines of cells come in, a GeoPackage goes to PATH. Imports nothing of ours.

In a process of its own because it computes all the time: a web worker would stand still meanwhile. It gives way to
those who wait for a page. TOLD is JSON: `columns`, the names and kinds of all cells but the last, which is a geometry
as WKB in hex; and `about`, what the file says of itself.

A GeoPackage is a SQLite database (OGC 12-128r18). SQLite's own way into an index of places takes longer than all the
rest, so the index is sorted and written as its finished pages (https://www.sqlite.org/rtree.html, section 6.1).
"""

import json
import os
import re
import sqlite3
import struct
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final
from xml.sax.saxutils import quoteattr

import numpy as np
import shapely

#: Bytes that are taken in at one go: less than the pipe holds, so that the database writes on meanwhile.
BATCH: Final = 256 * 1024
#: "GP", version 0, little endian without an envelope, EPSG:4326.
HEAD: Final = b"GP\x00\x01" + struct.pack("<i", 4326)
#: How a point begins in hex; nearly everything is one, and its two numbers are handed on as they come.
POINT: Final = "0101000020E6100000"
POINT_IN: Final = np.dtype([("head", "V9"), ("at", "<f8", 2)])
POINT_OUT: Final = np.dtype([("head", f"V{len(HEAD) + 5}"), ("at", "<f8", 2)])
#: Layer → what it holds; an empty kind is a table without geometry.
LAYERS: Final = {
    "points": "POINT",
    "lines": "MULTILINESTRING",
    "areas": "MULTIPOLYGON",
    "without_place": "",
    "groups_of_points": "MULTIPOINT",
}
#: Which layer takes which type of shapely's geometries, and those made several of to fit their layer.
LAYER_OF: Final = {
    -1: "without_place",
    0: "points",
    1: "lines",
    3: "areas",
    4: "groups_of_points",
    5: "lines",
    6: "areas",
}
SEVERAL: Final = {1: shapely.multilinestrings, 3: shapely.multipolygons}
#: A page of SQLite's R-tree with 4-byte coordinates: at most so many cells, of so many bytes.
CELLS: Final = 51
CELL: Final = np.dtype([("id", ">i8"), ("box", ">f4", 4)])
PAGE_BYTES: Final = 4 + CELLS * CELL.itemsize
ESCAPED: Final = re.compile(r"\\(.)")
UNESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}

# The times that these fill in by themselves are those of the standard; what we write is `_day`.
TABLES: Final = """
PRAGMA page_size = 4096; PRAGMA application_id = 1196444487; PRAGMA user_version = 10200;
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536;
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
INSERT INTO gpkg_spatial_ref_sys VALUES
    ('Undefined cartesian SRS', -1, 'NONE', -1, 'undefined', 'undefined cartesian coordinate reference system'),
    ('Undefined geographic SRS', 0, 'NONE', 0, 'undefined', 'undefined geographic coordinate reference system'),
    ('WGS 84 geodetic', 4326, 'EPSG', 4326, 'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,'
     || 'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],'
     || 'UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],'
     || 'AUTHORITY["EPSG","4326"]]', 'longitude/latitude coordinates in decimal degrees on the WGS 84 spheroid');
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
    description TEXT DEFAULT '', last_change DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER,
    CONSTRAINT fk_gc_r_srs_id FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys(srs_id));
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL,
    CONSTRAINT pk_geom_cols PRIMARY KEY (table_name, column_name), CONSTRAINT uk_gc_table_name UNIQUE (table_name),
    CONSTRAINT fk_gc_tn FOREIGN KEY (table_name) REFERENCES gpkg_contents(table_name),
    CONSTRAINT fk_gc_srs FOREIGN KEY (srs_id) REFERENCES gpkg_spatial_ref_sys (srs_id));
CREATE TABLE gpkg_extensions (table_name TEXT, column_name TEXT, extension_name TEXT NOT NULL,
    definition TEXT NOT NULL, scope TEXT NOT NULL,
    CONSTRAINT ge_tce UNIQUE (table_name, column_name, extension_name));
CREATE TABLE gpkg_metadata (id INTEGER CONSTRAINT m_pk PRIMARY KEY ASC NOT NULL,
    md_scope TEXT NOT NULL DEFAULT 'dataset', md_standard_uri TEXT NOT NULL,
    mime_type TEXT NOT NULL DEFAULT 'text/xml', metadata TEXT NOT NULL DEFAULT '');
CREATE TABLE gpkg_metadata_reference (reference_scope TEXT NOT NULL, table_name TEXT, column_name TEXT,
    row_id_value INTEGER, timestamp DATETIME NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ','now')),
    md_file_id INTEGER NOT NULL, md_parent_id INTEGER,
    CONSTRAINT crmr_mfi_fk FOREIGN KEY (md_file_id) REFERENCES gpkg_metadata(id),
    CONSTRAINT crmr_mpi_fk FOREIGN KEY (md_parent_id) REFERENCES gpkg_metadata(id));
INSERT INTO gpkg_extensions VALUES
    ('gpkg_metadata', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec120/#extension_metadata', 'read-write'),
    ('gpkg_metadata_reference', NULL, 'gpkg_metadata', 'http://www.geopackage.org/spec120/#extension_metadata',
     'read-write');
"""

#: What keeps the index true when somebody edits the file (requirement 75 of the standard).
THERE: Final = "NEW.geom NOTNULL AND NOT ST_IsEmpty(NEW.geom)"
GONE: Final = "NEW.geom ISNULL OR ST_IsEmpty(NEW.geom)"
PUT: Final = (
    "INSERT OR REPLACE INTO {index} VALUES"
    " (NEW.fid, ST_MinX(NEW.geom), ST_MaxX(NEW.geom), ST_MinY(NEW.geom), ST_MaxY(NEW.geom));"
)
DROP: Final = "DELETE FROM {index} WHERE id = OLD.fid;"
TRIGGERS: Final = {
    "insert": ("INSERT", THERE, PUT),
    "update1": ("UPDATE OF geom", f"OLD.fid = NEW.fid AND ({THERE})", PUT),
    "update2": ("UPDATE OF geom", f"OLD.fid = NEW.fid AND ({GONE})", DROP),
    "update3": ("UPDATE", f"OLD.fid != NEW.fid AND ({THERE})", DROP + PUT),
    "update4": ("UPDATE", f"OLD.fid != NEW.fid AND ({GONE})", "DELETE FROM {index} WHERE id IN (OLD.fid, NEW.fid);"),
    "delete": ("DELETE", "OLD.geom NOTNULL", DROP),
}


class Layer:
    """A table that grows by batches, and the boxes of what is in it."""

    def __init__(self, file: sqlite3.Connection, name: str, columns: Sequence[tuple[str, str]]) -> None:
        self.name, self.kind, self.count = name, LAYERS[name], 0
        self.index = f'"rtree_{name}_geom"'
        self._file = file
        self._boxes: list[Any] = []
        fields = [f'"{column}" {kind}' for column, kind in columns]
        cells = [
            "CASE ? WHEN 't' THEN 1 WHEN 'f' THEN 0 END" if k == "BOOLEAN" else "NULLIF(?, '')" for _, k in columns
        ]
        if self.kind:
            fields, cells = [f'"geom" {self.kind}', *fields], ["?", *cells]
        file.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {", ".join(fields)})')
        self._insert = f'INSERT INTO "{name}" VALUES (?, {", ".join(cells)})'  # noqa: S608 - names from our code

    def add(self, rows: Sequence[Sequence[str]], shapes: Sequence[bytearray], boxes: Any) -> None:
        """These cells, with their geometries as the blobs of a GeoPackage, and their boxes."""
        numbers = range(self.count + 1, self.count + len(rows) + 1)
        self.count += len(rows)
        filled: Iterable[tuple[Any, ...]]
        if self.kind:
            self._boxes.append(boxes)
            filled = ((number, shape, *row) for number, shape, row in zip(numbers, shapes, rows, strict=True))
        else:
            filled = ((number, *row) for number, row in zip(numbers, rows, strict=True))
        self._file.executemany(self._insert, filled)

    def finish(self) -> None:
        """Tell of it in the package's tables, and write its index."""
        if not self.kind:
            self._tell("attributes", (None,) * 5)
            return
        boxes = np.concatenate(self._boxes) if self._boxes else np.empty((0, 4))
        extent = (*boxes[:, :2].min(axis=0), *boxes[:, 2:].max(axis=0)) if len(boxes) else (None,) * 4
        self._tell("features", (*extent, 4326))
        self._file.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)", (self.name, self.kind)
        )
        self._file.execute(
            "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index',"
            " 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            (self.name,),
        )
        self._file.execute(f"CREATE VIRTUAL TABLE {self.index} USING rtree(id, minx, maxx, miny, maxy)")
        if len(boxes):
            write_index(self._file, f"rtree_{self.name}_geom", boxes)
        for event, (when, condition, action) in TRIGGERS.items():
            self._file.execute(
                f'CREATE TRIGGER "rtree_{self.name}_geom_{event}" AFTER {when} ON "{self.name}"'
                f" WHEN ({condition}) BEGIN {action.format(index=self.index)} END"
            )

    def _tell(self, kind: str, extent_and_system: tuple[Any, ...]) -> None:
        self._file.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, min_x, min_y, max_x, max_y,"
            " srs_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self.name, kind, self.name, _day(), *extent_and_system),
        )


def write_index(file: sqlite3.Connection, name: str, boxes: Any) -> None:
    """The finished pages of an R-tree over these boxes (west, south, east, north), row 1 being the first.

    Neighbours come onto one page: in strips from west to east, each from south to north, so many that a strip has about
    as many pages as there are strips. Coordinates are rounded outwards, so that no place falls out of its box.
    """
    cells = np.empty(len(boxes), CELL)
    cells["id"] = np.arange(1, len(boxes) + 1)
    cells["box"] = np.stack([_down(boxes[:, 0]), _up(boxes[:, 2]), _down(boxes[:, 1]), _up(boxes[:, 3])], axis=1)
    level, next_page = 0, 2
    while True:
        cells, pages = _in_pages(cells, len(cells) <= CELLS)
        count = int(pages[-1]) + 1
        numbers = np.array([1]) if count == 1 else np.arange(next_page, next_page + count)
        next_page += count
        of_cells = numbers[pages]
        if level == 0:
            by_id = np.argsort(cells["id"], kind="stable")
            owners = zip(cells["id"][by_id].tolist(), of_cells[by_id].tolist(), strict=True)
            file.executemany(f"INSERT INTO {name}_rowid (rowid, nodeno) VALUES (?, ?)", owners)  # noqa: S608
        else:
            owners = zip(cells["id"].tolist(), of_cells.tolist(), strict=True)
            file.executemany(f"INSERT INTO {name}_parent VALUES (?, ?)", owners)  # noqa: S608
        starts = np.searchsorted(pages, np.arange(count))
        file.executemany(
            f"INSERT OR REPLACE INTO {name}_node VALUES (?, ?)",  # noqa: S608 - names from our code
            _written(cells, numbers.tolist(), [*starts.tolist(), len(cells)], level if count == 1 else 0),
        )
        if count == 1:
            return
        above = np.empty(count, CELL)
        above["id"] = numbers
        for axis, least in enumerate((np.minimum, np.maximum, np.minimum, np.maximum)):
            above["box"][:, axis] = least.reduceat(cells["box"][:, axis], starts)
        cells, level = above, level + 1


def _in_pages(cells: Any, one: bool) -> tuple[Any, Any]:
    """The cells so ordered that neighbours share a page, and the page of each, from 0; pages are evenly filled."""
    pages = -(-len(cells) // CELLS)
    if not one:
        across = -(-len(cells) // max(1, round(pages**0.5)))
        east = np.argsort(cells["box"][:, 0], kind="stable")
        strip = np.arange(len(cells)) // across
        cells = cells[east][np.lexsort((cells["box"][east, 2], strip))]
    return cells, np.arange(len(cells)) * pages // len(cells)


def _written(cells: Any, numbers: list[int], starts: list[int], depth: int) -> Iterator[tuple[int, bytes]]:
    for nth, number in enumerate(numbers):
        held = cells[starts[nth] : starts[nth + 1]]
        yield number, (struct.pack(">HH", depth, len(held)) + held.tobytes()).ljust(PAGE_BYTES, b"\0")


def _down(values: Any) -> Any:
    near = values.astype(np.float32)
    return np.where(near > values, np.nextafter(near, np.float32(-np.inf)), near)


def _up(values: Any) -> Any:
    near = values.astype(np.float32)
    return np.where(near < values, np.nextafter(near, np.float32(np.inf)), near)


def rows_of(lines: bytes) -> Iterator[list[str]]:
    for line in lines.split(b"\n"):
        cells = line.decode().split("\t")
        if b"\\" in line:
            cells = [ESCAPED.sub(lambda sign: UNESCAPED.get(sign[1], sign[1]), cell) for cell in cells]
        yield cells


def whole_lines(source: BinaryIO) -> Iterator[bytes]:
    """What comes in, in pieces that end before the end of a line."""
    held = b""
    while block := source.read(BATCH):
        lines, end, rest = block.rpartition(b"\n")
        if end:
            yield held + lines
        held = rest if end else held + rest


def points(shapes: Sequence[str]) -> tuple[list[bytearray], Any]:
    """The blobs and boxes of points in hex, without a look at each."""
    places = np.frombuffer(bytes.fromhex("".join(shapes)), POINT_IN)["at"]
    blobs = np.empty(len(places), POINT_OUT)
    blobs["head"] = np.void(HEAD + struct.pack("<bi", 1, 1))
    blobs["at"] = places
    # SQLite's module takes an array of bytes as it is, where it asks around how to adapt `bytes`.
    together, size = bytearray(blobs.tobytes()), POINT_OUT.itemsize
    return [together[start : start + size] for start in range(0, len(together), size)], np.hstack([places, places])


def main(path: str, told: dict[str, Any]) -> None:
    os.nice(10)
    file = sqlite3.connect(path, isolation_level=None)
    file.executescript(TABLES)
    file.execute("BEGIN")
    layers: dict[str, Layer] = {}

    def layer(name: str) -> Layer:
        return layers.get(name) or layers.setdefault(name, Layer(file, name, told["columns"]))

    for name in ("points", "lines", "areas", "without_place"):
        layer(name)
    for lines in whole_lines(sys.stdin.buffer):
        plain, others = list[list[str]](), list[list[str]]()
        for row in rows_of(lines):
            (plain if row[-1].startswith(POINT) else others).append(row)
        if plain:
            shapes = [row.pop() for row in plain]
            layer("points").add(plain, *points(shapes))
        _add_any(others, layer)
    for each in layers.values():
        each.finish()
    _describe(file, told["about"])
    file.execute("COMMIT")
    file.close()


def _add_any(rows: Sequence[list[str]], layer: Callable[[str], Layer]) -> None:
    shapes = shapely.from_wkb([row.pop() or None for row in rows])
    types = shapely.get_type_id(shapes)
    for one, several in SEVERAL.items():
        chosen = np.flatnonzero(types == one)
        shapes[chosen] = several(shapes[chosen], indices=np.arange(len(chosen)))
    names = np.array([LAYER_OF[each] for each in types.tolist()])
    for name in np.unique(names).tolist():
        chosen = np.flatnonzero(names == name)
        blobs = [bytearray(HEAD + (blob or b"")) for blob in shapely.to_wkb(shapes[chosen], byte_order=1, flavor="iso")]
        layer(name).add([rows[nth] for nth in chosen.tolist()], blobs, shapely.bounds(shapes[chosen]))


def _describe(file: sqlite3.Connection, about: dict[str, str]) -> None:
    """What the file says of itself, so that QGIS and ogrinfo show it."""
    items = "".join(f"<MDI key={quoteattr(key.upper())}>{_text(value)}</MDI>" for key, value in about.items() if value)
    file.execute(
        "INSERT INTO gpkg_metadata VALUES (1, 'dataset', 'http://gdal.org', 'text/xml', ?)",
        (f"<GDALMultiDomainMetadata><Metadata>{items}</Metadata></GDALMultiDomainMetadata>",),
    )
    file.execute(
        "INSERT INTO gpkg_metadata_reference (reference_scope, timestamp, md_file_id) VALUES ('geopackage', ?, 1)",
        (_day(),),
    )


def _day() -> str:
    """Times are those of the day, as in all open data: the same messages make the same file."""
    return datetime.now(UTC).strftime("%Y-%m-%dT00:00:00.000Z")


def _text(value: str) -> str:
    return quoteattr(value, {'"': "&quot;"})[1:-1]


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
