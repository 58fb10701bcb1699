"""Somebody puts the map up elsewhere, in a real browser."""

import random
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from areas.paper import Paper
from mapfeedback.pins.models import Pin
from mapfeedback.sharing.signs import signs_on
from tests.conftest import WEST, Place
from tests.journeys.conftest import Check, Open

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def somebody_else(live_server: LiveServer) -> Iterator[str]:
    """The address of a page on another site that shows our map in a frame."""

    class _Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            frame = f"{live_server.url}/embed/?kind=idea&amp;lang=en#13/61.0/25.65"
            body = f'<!DOCTYPE html><title>City</title><iframe src="{frame}" width="100%" height="600"></iframe>'
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: Any) -> None:
            """Nothing is written down."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_map_on_another_site_keeps_no_cookie_and_asks_only_us(
    browser: Browser, live_server: LiveServer, somebody_else: str, place: Place
) -> None:
    place(WEST, kind="idea", text="Penkki tähän")
    place(WEST, kind="thanks", text="Ei näy")
    context = browser.new_context(viewport={"width": 1000, "height": 700}, locale="en-GB")
    page = context.new_page()
    asked: list[str] = []
    set_cookies: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("response", lambda answer: set_cookies.extend(_cookies(answer)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(somebody_else)
    frame = page.frame_locator("iframe")
    expect(frame.locator("#map-status")).to_have_text("One message in this view.")
    frame.get_by_role("button", name="Idea: Penkki tähän").click()
    popup = frame.get_by_role("link", name="Penkki tähän").first
    expect(popup).to_have_attribute("target", "_top")
    frame.get_by_role("button", name="Zoom in").click()
    expect(frame.locator("#map-status")).not_to_be_empty()
    assert context.cookies() == [] and set_cookies == []
    assert all(url.startswith((live_server.url, somebody_else, "data:", "blob:")) for url in asked), asked
    assert not complaints
    frame.get_by_role("link", name="Open in").click()
    page.wait_for_url(re.compile(rf"{live_server.url}/\?kind=idea#1[34]"))
    expect(page.locator("#total")).to_have_text("One message")
    context.close()


def _cookies(answer: Any) -> list[str]:
    return [one["value"] for one in answer.headers_array() if one["name"].lower() == "set-cookie"]


def test_without_a_script_the_frame_holds_the_list(browser_page: Open, place: Place) -> None:
    place(WEST, text="Penkki tähän")
    page = browser_page(360, java_script_enabled=False)
    page.goto("/embed/?lang=en")
    expect(page.get_by_role("link", name="Penkki tähän")).to_be_visible()
    expect(page.locator("#map")).to_be_hidden()


def test_the_sheet_has_the_numbers_of_the_screen(browser_page: Open, place: Place) -> None:
    chance = random.Random(4)
    for _nth in range(120):
        where = (chance.gauss(25.68, 0.02), chance.gauss(60.985, 0.008))
        place((min(max(where[0], 25.6), 25.8), min(max(where[1], 60.94), 61.02)), kind="idea")
    page = browser_page(1280)
    page.goto("/embed/?lang=en#13/60.985/25.68")
    expect(page.locator("#map-status")).to_have_text(re.compile("messages in this view"))
    box = page.locator("#map").bounding_box()
    assert box
    paper = Paper(13, 60.985, 25.68, round(box["width"]), round(box["height"]))
    # Both draw some that lie outside, not the same ones.
    on_paper = sorted(
        sign.n
        for sign in signs_on(paper, Pin.objects.visible_to(AnonymousUser()))
        if 0 < sign.x < paper.width and 0 < sign.y < paper.height
    )
    on_screen = page.locator("#map .leaflet-marker-icon").evaluate_all(
        """signs => {
            const frame = document.getElementById("map").getBoundingClientRect();
            const inside = ({ left, right, top, bottom }) =>
                left + right > 2 * frame.left && left + right < 2 * frame.right &&
                top + bottom > 2 * frame.top && top + bottom < 2 * frame.bottom;
            return signs.filter(sign => inside(sign.getBoundingClientRect())).map(sign => Number(sign.dataset.n));
        }"""
    )
    assert len(on_paper) > 5 and on_paper == sorted(on_screen)


@pytest.mark.parametrize("width", [360, 1280])
def test_somebody_copies_the_code_and_nothing_bars_the_way(
    browser_page: Open, axe: Check, place: Place, width: int
) -> None:
    place(WEST, kind="idea")
    page = browser_page(width, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/?kind=idea#14/61/25.65")
    expect(page.locator("#map-status")).to_have_text("One message in this view.")
    page.get_by_role("link", name="Share this map").click()
    page.wait_for_url(re.compile(r"/share/\?kind=idea&view=14/6[01]\.\d+/25\.6[45]\d+$"))
    axe(page)
    page.get_by_role("button", name=re.compile("Copy.*Address of the map")).click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"/\?kind=idea#14/6[01]\.\d+/25\.6[45]\d+$", link)
    _no_sideways(page)
    page.goto(link)
    expect(page.locator("#map-status")).to_have_text("One message in this view.")
    page.goto("/embed/?lang=en#14/61/25.65")
    expect(page.locator("#map-status")).to_have_text("One message in this view.")
    axe(page)
    _no_sideways(page)


def _no_sideways(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
