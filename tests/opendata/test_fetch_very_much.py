"""Anyone fetches very much through a real web server: at once, in flat memory, and never half of it unnoticed."""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from contextlib import closing

import psycopg
import pytest
from django.db import connection
from django.test import Client

from mapfeedback.opendata import streaming
from mapfeedback.opendata.copying import BROKEN_OFF, csv_rows, geojson_rows
from mapfeedback.opendata.streaming import Copying, Place, Stream
from mapfeedback.opendata.views import public_pins
from mapfeedback.pins.filtering import PinFilter
from tests.conftest import Place as PlaceAPin
from tests.opendata.endless import HEAD, PATIENCE

MANY = 600_000


@pytest.fixture(scope="module")
def port(django_db_setup: None) -> Iterator[int]:
    """Where one process of the web server listens, as bin/serve starts two."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        number = int(trial.getsockname()[1])
    where = connection.settings_dict
    address = f"postgresql://{where['USER']}:{where['PASSWORD']}@/{where['NAME']}?host={where['HOST']}"
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(number)]
    command += [
        "--workers",
        "1",
        "--blocking-threads",
        "4",
        "--log-level",
        "warning",
        "tests.opendata.wsgi:application",
    ]
    environment = os.environ | {"SECRET_KEY": "k" * 50, "ALLOWED_HOSTS": "localhost", "DATABASE_URL": address}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        deadline = time.monotonic() + 60
        while not listening(number):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.1)
        yield number
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def listening(port: int) -> bool:
    try:
        return memory(port) > 0
    except OSError:
        return False


def ask(port: int, path: str, **headers: str) -> http.client.HTTPResponse:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    client.request("GET", path, headers={"Host": "localhost", **headers})
    return client.getresponse()


def memory(port: int) -> int:
    return int(ask(port, "/memory").read())


def running() -> int:
    """How many statements of ours the database works on."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'"
            " AND query LIKE 'COPY%generate_series%'"
        )
        return int(cursor.fetchone()[0])


def test_the_first_byte_comes_at_once_and_memory_stays_flat(port: int) -> None:
    before, began = memory(port), time.monotonic()
    answer = ask(port, f"/rows.csv?n={MANY}")
    assert answer.read(len(HEAD)) == HEAD
    first = time.monotonic() - began
    size = sum(len(block) for block in iter(lambda: answer.read(1 << 20), b""))
    whole = time.monotonic() - began
    assert size > 120_000_000 and answer.getheader("Content-Length") is None
    assert first < max(2, whole / 3), (first, whole)
    assert memory(port) - before < 150 * 1024 / 3


@pytest.mark.django_db(transaction=True)
def test_who_goes_away_ends_the_statement(port: int) -> None:
    answer = ask(port, f"/rows.csv?n={MANY * 100}")
    assert answer.read(10) and running() == 1
    answer.close()
    deadline = time.monotonic() + 20
    while running():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_what_breaks_off_in_the_middle_never_looks_whole(port: int) -> None:
    query = "n=100000&bad=60000"
    content = ask(port, f"/rows.csv?{query}").read()
    assert content.endswith(b"\n" + BROKEN_OFF) and content.count(b'"') == 1
    packed = ask(port, f"/rows.csv?{query}", **{"Accept-Encoding": "gzip"})
    assert packed.getheader("Content-Encoding") == "gzip"
    with pytest.raises(zlib.error):
        zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(packed.read())


def test_what_fails_at_once_is_refused_and_nothing_is_held_afterwards(port: int) -> None:
    for _ in range(streaming.PLACES + 1):
        assert ask(port, "/rows.csv?n=10&bad=1").status == 500
    answer = ask(port, "/rows.csv?n=10")
    assert answer.status == 200 and answer.getheader("Content-Length") and len(answer.read()) > 2000


def test_packed_or_not_it_is_the_same_file(port: int) -> None:
    for n in (0, 5, 30_000):
        plain = ask(port, f"/rows.csv?n={n}").read()
        packed = ask(port, f"/rows.csv?n={n}", **{"Accept-Encoding": "gzip"}).read()
        assert zlib.decompress(packed, wbits=zlib.MAX_WBITS | 16) == plain and plain.startswith(HEAD)


def test_who_stops_reading_loses_their_place(port: int) -> None:
    stalled = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(streaming.PLACES)]
    for each in stalled:
        each.sendall(f"GET /rows.csv?n={MANY} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert each.recv(10)
    assert ask(port, "/rows.csv?n=5").status == 503
    deadline = time.monotonic() + 40
    while ask(port, "/rows.csv?n=5").status == 503:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(PATIENCE)  # nobody has read meanwhile
    for each in stalled:
        with closing(each), pytest.raises(ConnectionResetError):
            while each.recv(1 << 20):
                pass


def test_who_reads_slowly_keeps_it(port: int) -> None:
    answer, size = ask(port, f"/rows.csv?n={MANY // 10}"), 0
    slow = time.monotonic() + 2 * PATIENCE
    while block := answer.read(1 << 18):
        size += len(block)
        time.sleep(0.4 if time.monotonic() < slow else 0)
    assert size > 12_000_000


@pytest.mark.django_db(transaction=True)
def test_a_slow_reader_holds_no_statement() -> None:
    rows = Copying("SELECT repeat('x', 200) FROM generate_series(1, 50000)", (), "FORMAT csv")
    with closing(Stream(rows, packed=False)) as stream:
        deadline = time.monotonic() + 20
        with psycopg.connect(**connection.get_connection_params() | {"context": None, "autocommit": True}) as other:
            while other.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'"
            ).fetchone() != (0,):
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert sum(map(len, stream)) == 50_000 * 201


@pytest.mark.django_db(transaction=True)
def test_a_geojson_that_broke_off_has_no_end(place: PlaceAPin) -> None:
    place()
    rows = geojson_rows(public_pins(PinFilter()), site="")
    assert rows.before.endswith(b"[\n") and rows.after == b"]}\n" and not rows.broken
    assert csv_rows(public_pins(PinFilter()), site="").broken == BROKEN_OFF


@pytest.mark.parametrize("ending", ["csv", "geojson", "gpkg"])
def test_only_so_many_fetch_at_one_time_and_the_next_hears_when_to_come_again(
    client: Client, place: PlaceAPin, ending: str
) -> None:
    place()
    held = [Place() for _ in range(streaming.PLACES)]
    try:
        refused = client.get(f"/pins.{ending}")
        assert refused.status_code == 503 and refused["Retry-After"] == "60"
        assert refused["Content-Type"] == "application/problem+json"
    finally:
        for each in held:
            each.give_back()
            each.give_back()  # nothing is given twice
    assert client.get(f"/pins.{ending}").status_code == 200
    assert client.head(f"/pins.{ending}").content == b""
