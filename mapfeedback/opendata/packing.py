"""Run by itself, as `packing.py PATH`: lines of cells come in, a GeoPackage goes to PATH. Imports nothing of ours.

In a process of its own because it computes all the time: a web worker would stand still meanwhile. It gives way to
those who wait for a page. Only Python's own library, because loading any other takes as long as packing ten thousand
rows; what needs to know geometry, PostGIS has done. The first line is JSON: `columns`, the names and kinds of all cells
but the last, which is the geometry; and `about`, what the file says of itself. A geometry is empty; a point in WGS 84
as PostGIS writes it in hex; or, with a space between, what it is, its west, east, south and north, and its WKB in hex.

A GeoPackage is a SQLite database (OGC 12-128r18). SQLite's own way into an index of places takes longer than all the
rest, so the index is sorted and written as its finished pages (https://www.sqlite.org/rtree.html, section 6.1).
"""

import json
import os
import re
import sqlite3
import struct
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from html import escape
from itertools import chain
from typing import Any, BinaryIO, Final

#: Bytes that are taken in at one go: less than the pipe holds, so that the database writes on meanwhile.
BATCH: Final = 256 * 1024
#: So many rows make one INSERT, which is a tenth quicker than one by one.
TOGETHER: Final = 32
#: "GP", version 0, little endian without an envelope, EPSG:4326.
HEAD: Final = b"GP\x00\x01" + struct.pack("<i", 4326)
#: How a point begins in hex; nearly everything is one, and its two numbers are handed on as they come.
POINT: Final = "0101000020E6100000"
POINT_HEAD: Final = HEAD + struct.pack("<bi", 1, 1)
POINT_BYTES: Final = 16
#: Layer → what it holds; an empty kind is a table without geometry.
LAYERS: Final = {
    "points": "POINT",
    "lines": "MULTILINESTRING",
    "areas": "MULTIPOLYGON",
    "without_place": "",
    "groups_of_points": "MULTIPOINT",
}
LAYER_OF: Final = {kind: name for name, kind in LAYERS.items()}
#: A page of SQLite's R-tree with 4-byte coordinates: at most so many cells, of so many bytes.
CELLS: Final = 51
CELL: Final = struct.Struct(">qffff")
PAGE_BYTES: Final = 4 + CELLS * CELL.size
#: What a number can change at most when it is cut down to four bytes: a share of it, or next to nothing of next to 0.
ROUNDED: Final = 2.0**-23
NOTHING: Final = 1e-44
ESCAPED: Final = re.compile(r"\\(.)")
UNESCAPED: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}

#: Its last cell is the geometry.
Row = list[Any]
Degrees = Sequence[float]
Sides = tuple["array[float]", "array[float]", "array[float]", "array[float]"]

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


class Boxes:
    """Boxes in degrees, one after the other, in four bytes a side as the index has them; and what holds them all."""

    def __init__(self) -> None:
        #: West, east, south, north; rounded outwards, so that no place falls out of its box.
        self.sides: Sides = (array("f"), array("f"), array("f"), array("f"))
        self._extents: list[tuple[float, float, float, float]] = []

    def add(self, west: Degrees, east: Degrees, south: Degrees, north: Degrees) -> None:
        for least, most, axis in ((west, east, 0), (south, north, 2)):
            self.sides[axis].extend([at - abs(at) * ROUNDED - NOTHING for at in least])
            self.sides[axis + 1].extend([at + abs(at) * ROUNDED + NOTHING for at in most])
        self._extents.append((min(west), max(east), min(south), max(north)))

    def __len__(self) -> int:
        return len(self.sides[0])

    def extent(self) -> tuple[float | None, ...]:
        """West, south, east and north of all, exactly."""
        if not self._extents:
            return (None,) * 4
        west, east, south, north = zip(*self._extents, strict=True)
        return min(west), min(south), max(east), max(north)


class Layer:
    """A table that grows by batches, and the boxes of what is in it."""

    def __init__(self, file: sqlite3.Connection, name: str, columns: Sequence[tuple[str, str]]) -> None:
        self.name, self.kind = name, LAYERS[name]
        self.boxes = Boxes()
        self._file = file
        fields = [f'"{column}" {kind}' for column, kind in columns]
        names = [f'"{column}"' for column, _ in columns]
        cells = ["CASE ? WHEN 't' THEN 1 WHEN 'f' THEN 0 END" if kind == "BOOLEAN" else "?" for _, kind in columns]
        if self.kind:
            fields, names, cells = [f'"geom" {self.kind}', *fields], [*names, '"geom"'], [*cells, "?"]
        file.execute(f'CREATE TABLE "{name}" (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, {", ".join(fields)})')
        self._insert = f'INSERT INTO "{name}" ({", ".join(names)}) VALUES '  # noqa: S608 - names from our code
        self._row = f"({', '.join(cells)})"

    def add(self, rows: Sequence[Row]) -> None:
        """These cells, the geometry as the blob of a GeoPackage behind them."""
        whole = len(rows) - len(rows) % TOGETHER
        several = (chain.from_iterable(rows[start : start + TOGETHER]) for start in range(0, whole, TOGETHER))
        self._file.executemany(self._insert + ", ".join([self._row] * TOGETHER), map(tuple, several))
        self._file.executemany(self._insert + self._row, rows[whole:])

    def finish(self) -> None:
        """Tell of it in the package's tables, and write its index."""
        if not self.kind:
            self._tell("attributes", (None,) * 5)
            return
        self._tell("features", (*self.boxes.extent(), 4326))
        self._file.execute(
            "INSERT INTO gpkg_geometry_columns VALUES (?, 'geom', ?, 4326, 0, 0)", (self.name, self.kind)
        )
        self._file.execute(
            "INSERT INTO gpkg_extensions VALUES (?, 'geom', 'gpkg_rtree_index',"
            " 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only')",
            (self.name,),
        )
        index = f"rtree_{self.name}_geom"
        self._file.execute(f'CREATE VIRTUAL TABLE "{index}" USING rtree(id, minx, maxx, miny, maxy)')
        if self.boxes:
            write_index(self._file, index, self.boxes.sides)
        for event, (when, condition, action) in TRIGGERS.items():
            self._file.execute(
                f'CREATE TRIGGER "{index}_{event}" AFTER {when} ON "{self.name}"'
                f" WHEN ({condition}) BEGIN {action.format(index=index)} END"
            )

    def _tell(self, kind: str, extent_and_system: tuple[Any, ...]) -> None:
        self._file.execute(
            "INSERT INTO gpkg_contents (table_name, data_type, identifier, last_change, min_x, min_y, max_x, max_y,"
            " srs_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self.name, kind, self.name, _day(), *extent_and_system),
        )


def write_index(file: sqlite3.Connection, name: str, sides: Sides) -> None:
    """The finished pages of an R-tree over these boxes, row 1 being the first."""
    ids, depth, free = range(1, len(sides[0]) + 1), 0, 2
    while True:
        pages = _in_pages(sides)
        numbers = range(free, free + len(pages)) if len(pages) > 1 else range(1, 2)
        free += len(pages)
        # Only the first page says how many levels lie below it.
        told = depth if len(pages) == 1 else 0
        above: Sides = (array("f"), array("f"), array("f"), array("f"))
        page_of = array("q", bytes(8 * len(ids)))
        written = []
        for number, held in zip(numbers, pages, strict=True):
            boxes = [[side[nth] for nth in held] for side in sides]
            cells = b"".join(map(CELL.pack, [ids[nth] for nth in held], *boxes))
            written.append((number, (struct.pack(">HH", told, len(held)) + cells).ljust(PAGE_BYTES, b"\0")))
            for side, values, widest in zip(above, boxes, (min, max, min, max), strict=True):
                side.append(widest(values))
            for nth in held:
                page_of[nth] = number
        # The first page is there since the table is, and empty.
        file.executemany(f"INSERT OR REPLACE INTO {name}_node VALUES (?, ?)", written)  # noqa: S608 - names from our code
        owned = f"{name}_parent" if depth else f"{name}_rowid (rowid, nodeno)"
        file.executemany(f"INSERT INTO {owned} VALUES (?, ?)", zip(ids, page_of, strict=True))  # noqa: S608
        if len(pages) == 1:
            return
        ids, sides, depth = numbers, above, depth + 1


def _in_pages(sides: Sides) -> list[list[int]]:
    """Which boxes share a page, counted from 0: neighbours, and about as many on each page.

    In strips from west to east, each from south to north, so many that a strip has about as many pages as there are
    strips.
    """
    west, _, south, _ = sides
    count = len(west)
    pages = -(-count // CELLS)
    order = sorted(range(count), key=west.__getitem__)
    across = -(-count // round(pages**0.5))
    for start in range(0, count, across):
        order[start : start + across] = sorted(order[start : start + across], key=south.__getitem__)
    return [order[page * count // pages : (page + 1) * count // pages] for page in range(pages)]


def rows_of(lines: bytes) -> Iterator[Row]:
    """The cells of every line; None where there is nothing."""
    for line in lines.decode().split("\n"):
        cells = line.split("\t")
        if "\\" in line:
            cells = [ESCAPED.sub(lambda sign: UNESCAPED.get(sign[1], sign[1]), cell) for cell in cells]
        yield [cell or None for cell in cells]


def whole_lines(source: BinaryIO) -> Iterator[bytes]:
    """What comes in, in pieces that end before the end of a line."""
    held = b""
    while block := source.read(BATCH):
        lines, end, rest = block.rpartition(b"\n")
        if end:
            yield held + lines
        held = rest if end else held + rest


def add_points(layer: Layer, rows: Sequence[Row]) -> None:
    """Points in hex, without a look at each."""
    together = bytes.fromhex("".join([row[-1][len(POINT) :] for row in rows]))
    numbers = struct.unpack(f"<{2 * len(rows)}d", together)
    east, north = numbers[::2], numbers[1::2]
    layer.boxes.add(east, east, north, north)
    for row, start in zip(rows, range(0, len(together), POINT_BYTES), strict=True):
        # SQLite's module takes an array of bytes as it is, where it asks around how to adapt `bytes`.
        row[-1] = bytearray(POINT_HEAD + together[start : start + POINT_BYTES])
    layer.add(rows)


def add_shapes(layer: Layer, rows: Sequence[Row]) -> None:
    """Anything else: its box, and its WKB in hex."""
    boxes = list[list[float]]()
    for row in rows:
        _kind, *box, shape = row[-1].split(" ")
        boxes.append([float(side) for side in box])
        row[-1] = bytearray(HEAD + bytes.fromhex(shape))
    layer.boxes.add(*zip(*boxes, strict=True))
    layer.add(rows)


def main(path: str, source: BinaryIO) -> None:
    os.nice(10)
    told = json.loads(source.readline())
    file = sqlite3.connect(path, isolation_level=None)
    file.executescript(TABLES)
    file.execute("BEGIN")
    layers: dict[str, Layer] = {}

    def layer(name: str) -> Layer:
        return layers.get(name) or layers.setdefault(name, Layer(file, name, told["columns"]))

    for name in ("points", "lines", "areas", "without_place"):
        layer(name)
    for lines in whole_lines(source):
        _sort(rows_of(lines), layer)
    for each in layers.values():
        each.finish()
    _describe(file, told["about"])
    file.execute("COMMIT")
    file.close()


def _sort(rows: Iterable[Row], layer: Callable[[str], Layer]) -> None:
    """Every row into its layer, in its order."""
    points = list[Row]()
    others: dict[str, list[Row]] = {}
    for row in rows:
        shape = row[-1] or ""
        if shape.startswith(POINT):
            points.append(row)
        else:
            others.setdefault(LAYER_OF[shape.partition(" ")[0]], []).append(row)
    if points:
        add_points(layer("points"), points)
    for name, held in others.items():
        if LAYERS[name]:
            add_shapes(layer(name), held)
        else:
            layer(name).add([row[:-1] for row in held])


def _describe(file: sqlite3.Connection, about: dict[str, str]) -> None:
    """What the file says of itself, so that QGIS and ogrinfo show it."""
    items = "".join(f'<MDI key="{escape(key.upper())}">{escape(value)}</MDI>' for key, value in about.items() if value)
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


if __name__ == "__main__":
    main(sys.argv[1], sys.stdin.buffer)
