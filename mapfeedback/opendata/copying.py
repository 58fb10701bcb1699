"""Any number of contributions as the rows of a file, written by PostgreSQL itself: one COPY for each format."""

from typing import Final

from layers.public_rows import ANSWERS, LISTS, WRITTEN, columns, public_table
from mapfeedback.opendata.streaming import Copying
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.spreadsheets import Separator, harmless_sql

#: The last words of a CSV that broke off; the quotation mark stays open, so that a careful reader refuses it.
BROKEN_OFF: Final = b'"THIS FILE BROKE OFF AND IS NOT COMPLETE. PLEASE FETCH IT AGAIN.'

#: How several answers of one pin become one value: in a cell, and in JSON.
JOINED: Final = "string_agg({}, ' | ')"
LISTED: Final = "array_agg({})"
#: A geometry for `packing.py`: of a point, PostGIS's own hex; of another, what it is, its box, and its WKB.
SHAPE: Final = """
    CASE WHEN GeometryType(geometry) = 'POINT' THEN geometry::text
    ELSE concat_ws(' ', GeometryType(ST_Multi(geometry)), ST_XMin(geometry), ST_XMax(geometry), ST_YMin(geometry),
                   ST_YMax(geometry), encode(ST_AsBinary(ST_Multi(geometry), 'NDR'), 'hex')) END"""


def csv_rows(pins: PinQuerySet, *, site: str, separator: Separator = Separator.COMMA) -> Copying:
    """A CSV of these pins; several answers of one pin are joined by `` | ``."""
    mark, sign = (b"\xef\xbb\xbf", ";") if separator is Separator.SEMICOLON else (b"", ",")
    names = list(columns(site))
    inner, values = public_table(pins, site, several=JOINED)
    return Copying(
        f"SELECT {', '.join(map(_cell, names))} FROM ({inner}) AS shown",  # noqa: S608 - names from code
        values,
        f"FORMAT csv, DELIMITER '{sign}'",
        before=mark + sign.join(names).encode() + b"\n",
        broken=BROKEN_OFF,
    )


def geojson_rows(pins: PinQuerySet, *, site: str) -> Copying:
    """An RFC 7946 FeatureCollection of these pins; what has no place has the geometry null."""
    properties = ", ".join(f"'{name}', {name}" for name in columns(site) if name not in {"id", "lon", "lat"})
    inner, values = public_table(pins, site, several=LISTED)
    return Copying(
        f"""
        SELECT CASE WHEN row_number() OVER () > 1 THEN ',' ELSE '' END || json_build_object(
            'type', 'Feature', 'id', id, 'geometry', ST_AsGeoJSON(geometry, 6)::json,
            'properties', json_build_object({properties}))
        FROM ({inner}) AS shown
        """,  # noqa: S608 - names from code
        values,
        # JSON text holds no raw control characters, so with these two the rows come out exactly as they are.
        r"FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01'",
        before=b'{"type": "FeatureCollection", "features": [\n',
        after=b"]}\n",
    )


def table_rows(pins: PinQuerySet, *, site: str) -> Copying:
    """One line for each of these pins, between tabs: its columns, then its geometry as `packing.py` wants it.

    Lines and areas are several of them, whether they are one or not. Nothing is an empty cell; a tab, a line's end or a
    backslash inside of a cell is written as PostgreSQL does.
    """
    inner, values = public_table(pins, site, several=JOINED)
    select = f"SELECT {', '.join(map(_joined, columns(site)))}, {SHAPE} FROM ({inner}) AS shown"  # noqa: S608 - names from code
    return Copying(select, values, "FORMAT text, NULL ''")


def _joined(name: str) -> str:
    return f"array_to_string({name}, ' | ') AS {name}" if name in LISTS - ANSWERS else name


def _cell(name: str) -> str:
    cell = f"array_to_string({name}, ' | ')" if name in LISTS - ANSWERS else name
    return harmless_sql(cell) if name in WRITTEN | LISTS else cell
