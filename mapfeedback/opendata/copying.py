"""Any number of contributions into a file, written by PostgreSQL itself: memory stays flat, 100 000 in seconds.

The file is complete before its first byte is sent: a reader never gets a table that ends in the middle, and a slow
reader holds no statement open.
"""

import tempfile
from typing import IO, Any

from django.db import connection, transaction

from layers.public_rows import LISTS, WRITTEN, columns, public_table
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.spreadsheets import FORMULA, Separator, harmless_sql


def csv_file(pins: PinQuerySet, *, site: str, separator: Separator = Separator.COMMA) -> IO[bytes]:
    """A CSV of these pins, at its beginning; several answers of one pin are joined by `` | ``."""
    cells = []
    for name in columns(site):
        cell = f"array_to_string({name}, ' | ')" if name in LISTS else name
        cells.append(f"{harmless_sql(cell)} AS {name}" if name in WRITTEN | LISTS else name)
    guards = [FORMULA] * len(WRITTEN | LISTS)
    mark, sign = (b"\xef\xbb\xbf", ";") if separator is Separator.SEMICOLON else (b"", ",")
    return _copied(
        pins,
        site,
        f"SELECT {', '.join(cells)} FROM shown",  # noqa: S608 - names from code
        guards,
        f"FORMAT csv, HEADER, DELIMITER '{sign}'",
        before=mark,
    )


def geojson_file(pins: PinQuerySet, *, site: str) -> IO[bytes]:
    """An RFC 7946 FeatureCollection of these pins; what has no place has the geometry null."""
    properties = ", ".join(f"'{name}', {name}" for name in columns(site) if name not in {"id", "lon", "lat"})
    return _copied(
        pins,
        site,
        f"""
        SELECT CASE WHEN row_number() OVER () > 1 THEN ',' ELSE '' END || json_build_object(
            'type', 'Feature', 'id', id, 'geometry', ST_AsGeoJSON(geometry, 6)::json,
            'properties', json_build_object({properties}))
        FROM shown
        """,  # noqa: S608 - names from code
        [],
        # JSON text holds no raw control characters, so with these two the rows come out exactly as they are.
        r"FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01'",
        before=b'{"type": "FeatureCollection", "features": [\n',
        after=b"]}\n",
    )


def _copied(
    pins: PinQuerySet, site: str, statement: str, values: list[Any], how: str, *, before: bytes, after: bytes = b""
) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the answer closes it when it has been sent
    file.write(before)
    inner, parameters = public_table(pins, site)
    with transaction.atomic(), connection.cursor() as cursor:
        # A million rows take longer than a page may; nobody waits with a lock meanwhile.
        cursor.execute("SET LOCAL statement_timeout = '5min'; SET LOCAL work_mem = '32MB'")
        select = cursor.mogrify(statement.replace("shown", f"({inner}) AS shown", 1), [*values, *parameters])
        with cursor.copy(f"COPY ({select}) TO STDOUT WITH ({how})") as copy:
            for block in copy:
                file.write(block)
    file.write(after)
    file.seek(0)
    return file
