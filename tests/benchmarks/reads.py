"""What readers fetch: a cluster tile, and everything as a file."""

import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
from django.db import connection

from tests.benchmarks.city import City
from tests.benchmarks.measuring import HEAVY, LIGHT, Row, compared, request, stream

#: What a file of any length may take of memory.
FLAT_MB = 150
FLAT_GEOPACKAGE_MB = 500
FIRST_BYTE_SECONDS = 2.0
#: The tile of the city's middle, about as wide as the city.
TILE = "/tiles/pins/11/1173/562.json"


#: What people ask the map for most: those that nobody has answered.
FILTERED = f"{TILE}?answered=no"
#: No more than this in a tile of a small city.
SMALL = 10_000


def cluster_tile(city: City) -> Row:
    """One tile from the address to the bytes, without network, against the bare statement that makes it."""
    return _against_its_statement("cluster-tile", TILE)


def filtered_tile(city: City) -> Row:
    """The same under a filter in common use."""
    return _against_its_statement("cluster-tile-filtered", FILTERED)


def tile_of_any_size(city: City) -> Row:
    """The same against the fullest tile of that zoom or nearer that holds no more than a city of 10,000 messages."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT z, tile_axis(code), tile_axis(code >> 1) FROM (
                   SELECT z, code >> 2 * (14 - z) AS code, sum(n) AS n
                   FROM pins_cell, generate_series(11, 12) AS z WHERE level = 14 GROUP BY 1, 2) AS tile
               WHERE n <= %s ORDER BY n DESC, z LIMIT 1""",
            [SMALL],
        )
        small = "/tiles/pins/{}/{}/{}.json".format(*cursor.fetchone())
    return compared(
        "cluster-tile-of-any-size",
        ours=lambda: request(TILE),
        baseline=lambda: request(small),
        target=2.0,
        repeats=LIGHT // 5,
    )


def _against_its_statement(name: str, address: str) -> Row:
    ran: list[tuple[str, Any]] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        ran.append((sql, params))
        return execute(sql, params, many, context)

    with ExitStack() as stack:
        stack.enter_context(connection.execute_wrapper(watch))
        content = request(address)
    statement, values = next((sql, params) for sql, params in ran if "clusters AS" in sql)

    def bare() -> str:
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return str(cursor.fetchone()[0])

    assert bare().encode() == content and len(content) > 1000
    return compared(name, ours=lambda: request(address), baseline=bare, target=3.0, repeats=LIGHT // 5)


#: The columns of our files as anybody would join them by hand: in no order, without the guard against formulas.
BY_HAND = """
    SELECT pin.public_id AS id, 'http://localhost/pins/' || pin.public_id || '/' AS url, pin.kind,
        category.slug AS category,
        pin.title, pin.text, pin.language, pin.status, pin.placed_at::date AS placed, pin.answered_at::date AS answered,
        pin.channel, pin.precision, pin.place_text AS place, ST_X(spot.geom) AS lon, ST_Y(spot.geom) AS lat,
        municipality.slug AS municipality, division.slug || '/' || area.code AS area, area.name_fi AS area_name,
        pin.suspected_default_place, told.effects, told.answers{geometry}
    FROM pins_pin pin
    JOIN pins_category category ON category.id = pin.category_id
    JOIN areas_municipality municipality ON municipality.id = pin.municipality_id
    CROSS JOIN LATERAL (SELECT ST_PointOnSurface(pin.geom) AS geom) spot
    LEFT JOIN (pins_membership home
        JOIN areas_area area ON area.id = home.area_id
        JOIN areas_edition edition ON edition.id = home.edition_id AND edition.valid_to IS NULL
        JOIN areas_division division ON division.id = edition.division_id AND division.is_main) ON home.pin_id = pin.id
    LEFT JOIN (SELECT link.pin_id, string_agg(effect, ' | ' ORDER BY published_at) AS effects,
            string_agg(summary, ' | ' ORDER BY published_at) AS answers
        FROM layers_responselink link JOIN layers_response response ON response.id = link.response_id
        WHERE response.state = 'published' AND link.how <> 'excluded' GROUP BY link.pin_id) told ON told.pin_id = pin.id
    WHERE pin.visibility = 'published'
"""


def everything_as_csv(city: City) -> Row:
    """/pins.csv with every column, district name and answer, against COPY of the same columns joined by hand."""

    def copy() -> int:
        statement = f"COPY ({BY_HAND.format(geometry='')}) TO STDOUT (FORMAT csv, HEADER)"
        with psycopg.connect(os.environ["DATABASE_URL"]) as session, session.cursor().copy(statement) as rows:
            return sum(len(block) for block in rows)

    began = time.perf_counter()
    with closing(stream("/pins.csv")) as blocks:
        assert next(block for block in blocks if block)
    first = time.perf_counter() - began
    assert first < FIRST_BYTE_SECONDS, f"the first byte took {first:.1f} s"
    return _flat("csv-of-everything", "/pins.csv", copy, most_mb=FLAT_MB, target=2.0)


def everything_as_geopackage(city: City) -> Row:
    """/pins.gpkg with layers and index, against ogr2ogr of the same columns joined by hand."""
    address = urlsplit(os.environ["DATABASE_URL"])
    told = {
        "dbname": address.path.strip("/"),
        "host": parse_qs(address.query).get("host", [address.hostname])[0],
        "port": address.port,
        "user": address.username,
        "password": address.password,
    }
    where = "PG:" + " ".join(f"{name}='{value}'" for name, value in told.items() if value)

    def convert() -> None:
        with tempfile.TemporaryDirectory() as folder:
            command = ["ogr2ogr", "-f", "GPKG", f"{folder}/pins.gpkg", where, "-nln", "pins", "-nlt", "GEOMETRY"]
            subprocess.run(
                [*command, "-sql", BY_HAND.format(geometry=", pin.geom")], check=True, stderr=subprocess.DEVNULL
            )

    if shutil.which("ogr2ogr") is None:
        raise RuntimeError("This row needs ogr2ogr: apt-get install gdal-bin.")
    return _flat("geopackage-of-everything", "/pins.gpkg", convert, most_mb=FLAT_GEOPACKAGE_MB, target=0.6)


def _flat(name: str, path: str, baseline: Callable[[], object], *, most_mb: int, target: float) -> Row:
    """The row of a file of everything; raises when this process or one it started took more memory for it."""

    def ours() -> None:
        for _block in stream(path):
            pass

    def taken() -> float:
        of_both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
        return sum(resource.getrusage(whose).ru_maxrss for whose in of_both) / 1024

    before = taken()
    ours()
    grown = taken() - before
    assert grown < most_mb, f"memory grew by {grown:.0f} MB"
    return compared(name, ours=ours, baseline=baseline, target=target, repeats=HEAVY)
