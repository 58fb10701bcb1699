"""What readers fetch: a cluster tile, and everything as a file."""

import os
import resource
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import psycopg
from django.db import connection

from tests.benchmarks.city import City
from tests.benchmarks.measuring import HEAVY, LIGHT, Row, compared, request, stream

#: What a file of any length may take of memory.
FLAT_MB = 150
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


def everything_as_csv(city: City) -> Row:
    """/pins.csv with every column, district name and answer, against COPY of the bare table."""

    def copy() -> int:
        statement = "COPY pins_pin TO STDOUT (FORMAT csv, HEADER)"
        with psycopg.connect(os.environ["DATABASE_URL"]) as session, session.cursor().copy(statement) as rows:
            return sum(len(block) for block in rows)

    def ours() -> None:
        for _block in stream("/pins.csv"):
            pass

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ours()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert grown < FLAT_MB, f"memory grew by {grown:.0f} MB"
    return compared("csv-of-everything", ours=ours, baseline=copy, target=2.0, repeats=HEAVY)
