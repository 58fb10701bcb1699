"""The base map comes from our own address, from a service that may be slow, broken or hostile."""

import base64
import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from pytest_django import Settings

from mapfeedback.basemap import upstream
from mapfeedback.basemap.upstream import address_of
from mapfeedback.geo import Tile

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)


class Service(ThreadingHTTPServer):
    """A map service of our own, that answers as it is told and remembers what it was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[str] = []
        self.agents: list[str] = []
        self.status = 200
        self.body = PNG
        self.content_type = "image/png"
        self.delay = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answer(BaseHTTPRequestHandler):
    server: Service

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        self.server.agents.append(self.headers["User-Agent"])
        time.sleep(self.server.delay)
        self.send_response(self.server.status)
        self.send_header("Content-Type", self.server.content_type)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        with contextlib.suppress(BrokenPipeError):  # whoever asked may have given up
            self.wfile.write(self.server.body)

    def log_message(self, format: str, *values: object) -> None:
        """Silent."""


@pytest.fixture
def service(settings: Settings, tmp_path: Path) -> Iterator[Service]:
    server = Service()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    settings.VAR = tmp_path
    settings.BASEMAP_URL = f"{server.address}/{{z}}/{{x}}/{{y}}.png?key=SECRET"
    yield server
    server.shutdown()
    server.server_close()


def test_a_tile_is_fetched_once_and_then_comes_from_our_own_disk(service: Service, client: Client) -> None:
    answers = [client.get("/basemap/12/2340/1170.png") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert {answer.content for answer in answers} == {PNG}
    assert answers[0]["Content-Type"] == "image/png"
    assert service.asked == ["/12/2340/1170.png?key=SECRET"]
    assert service.agents[0].startswith("mapfeedback/")


def test_a_week_old_tile_is_asked_again_and_stays_when_nobody_answers(
    service: Service, client: Client, tmp_path: Path
) -> None:
    client.get("/basemap/1/0/0.png")
    (kept,) = [path for path in (tmp_path / "basemap").rglob("*") if path.is_file()]
    long_ago = time.time() - 30 * 24 * 3600
    os.utime(kept, (long_ago, long_ago))
    service.status = 500
    answer = client.get("/basemap/1/0/0.png")
    assert (answer.status_code, answer.content) == (200, PNG)
    assert len(service.asked) == 2


def test_a_wms_is_asked_for_the_tile_s_box_in_web_mercator(
    service: Service, settings: Settings, client: Client
) -> None:
    settings.BASEMAP_URL = (
        f"{service.address}/wms?SERVICE=WMS&REQUEST=GetMap&CRS=EPSG:3857&BBOX={{bbox}}"
        "&WIDTH={width}&HEIGHT={height}&LAYERS=kaupunki&FORMAT=image/png"
    )
    assert client.get("/basemap/1/1/0.png").status_code == 200
    asked = parse_qs(urlsplit(service.asked[0]).query)
    assert [float(edge) for edge in asked["BBOX"][0].split(",")] == pytest.approx([0, 0, 20037508.34, 20037508.34])
    assert (asked["WIDTH"], asked["HEIGHT"]) == (["256"], ["256"])


def test_wmts_placeholders_stand_in_any_order() -> None:
    template = "https://kartta.example/wmts/{TileMatrix}/{TileRow}/{TileCol}.png"
    assert address_of(template, Tile(12, 2340, 1170)) == "https://kartta.example/wmts/12/1170/2340.png"


@pytest.mark.parametrize("broken", ["status", "html", "huge"])
def test_an_upstream_in_trouble_costs_one_question_and_then_rests(
    service: Service, client: Client, broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    if broken == "status":
        service.status = 403
    elif broken == "html":
        service.body = b"<html><script>alert(1)</script>"
    else:
        service.body = PNG + b"\0" * (upstream.MAX_BYTES + 1)
    with caplog.at_level(logging.DEBUG):
        answers = [client.get(f"/basemap/5/{x}/9.png") for x in range(6)]
    assert [answer.status_code for answer in answers] == [204] * 6
    assert {answer.content for answer in answers} == {b""}
    assert len(service.asked) == 1
    assert "SECRET" not in caplog.text


def test_a_dead_network_never_slows_the_page(
    settings: Settings, tmp_path: Path, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    settings.VAR = tmp_path
    settings.BASEMAP_URL = "http://127.0.0.1:9/{z}/{x}/{y}.png?key=SECRET"
    start = time.monotonic()
    with caplog.at_level(logging.INFO):
        assert {client.get(f"/basemap/6/{x}/9.png").status_code for x in range(30)} == {204}
    assert time.monotonic() - start < 6
    assert "did not answer" in caplog.text
    assert "SECRET" not in caplog.text


def test_a_slow_upstream_is_given_up_after_its_time(service: Service, client: Client) -> None:
    service.delay = 4
    start = time.monotonic()
    assert client.get("/basemap/6/1/9.png").status_code == 204
    assert client.get("/basemap/6/2/9.png").status_code == 204
    assert time.monotonic() - start < 7


def test_a_missing_tile_does_not_rest_the_upstream(service: Service, client: Client) -> None:
    service.status, service.body = 404, b""
    assert client.get("/basemap/6/1/9.png").status_code == 204
    service.status, service.body = 200, PNG
    assert client.get("/basemap/6/2/9.png").status_code == 200


@pytest.mark.parametrize("path", ["3/8/0", "3/0/8", "23/0/0", "20/1/1", "99999999999999999999/0/0"])
def test_what_is_outside_the_world_is_not_found_and_never_asked(service: Service, client: Client, path: str) -> None:
    assert client.get(f"/basemap/{path}.png").status_code == 404
    assert service.asked == []


def test_without_a_base_map_there_is_nothing_at_its_address(settings: Settings, client: Client) -> None:
    settings.BASEMAP_URL = ""
    assert client.get("/basemap/1/0/0.png").status_code == 404


def test_nobody_fills_the_disk_by_asking_for_the_world(
    service: Service, client: Client, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upstream, "SWEEP_EVERY", 5)
    settings.BASEMAP_CACHE_MB = 1
    service.body = PNG + bytes(100_000)
    asked = [(x, y) for x in range(8) for y in range(5)]
    for nth, (x, y) in enumerate(asked):
        assert client.get(f"/basemap/6/{x}/{y}.png").status_code == 200
        for path in (tmp_path / "basemap").rglob("*"):  # each fetched a minute after the one before
            if path.is_file() and path.stat().st_mtime > 1e9:
                os.utime(path, (nth * 60, nth * 60))
    kept = {path for path in (tmp_path / "basemap").rglob("*") if path.is_file()}
    assert sum(path.stat().st_blocks * 512 for path in kept) <= 1024 * 1024 + 5 * (len(service.body) + 4096)
    columns = set((tmp_path / "basemap").glob("*/6/*"))
    assert columns == {path.parent for path in kept}, "empty folders went too"
    assert {(int(path.parent.name), int(path.name)) for path in kept} == set(asked[-len(kept) :]), "the oldest went"
    assert client.get("/basemap/6/0/0.png").content == service.body, "what went is fetched again"
