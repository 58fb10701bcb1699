"""The chair of an association opens the district, reads its numbers and takes the report to a meeting."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from mapfeedback.pins.models import Pin
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place
from tests.journeys.conftest import Check, Open

DISTRICT = "/areas/testila-districts/1/"


@pytest.fixture
def told(place: Place) -> None:
    for nth in range(6):
        place((WEST[0] + nth / 500, WEST[1]), text=f"Penkki {nth}", kind="idea" if nth else "thanks")
    for where in (EAST, SOUTH, OUTSIDE, None):
        place(where)
    Pin.objects.filter(text="Penkki 0").update(answered_at=timezone.now())


def downloaded(page: Page, name: str) -> bytes:
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    return Path(started.value.path()).read_bytes()


@pytest.mark.parametrize("width", [360, 1280])
def test_from_all_districts_to_a_report_in_hand(browser_page: Open, axe: Check, told: None, width: int) -> None:
    page = browser_page(width)
    page.goto("/areas/")
    axe(page)
    page.get_by_role("link", name="Kaupunginosat").click()
    expect(page.locator("#map path.mf-class-3")).to_have_count(1)
    axe(page)

    page.get_by_role("link", name="Per 1,000 residents").first.click()
    expect(page.locator("#map path.mf-class-unknown")).to_have_count(1)
    axe(page)

    page.locator("table").get_by_role("link", name="Länsi").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Länsi")
    expect(page.locator("#map .leaflet-marker-icon").first).to_be_visible()
    shown = page.locator("#map .leaflet-marker-icon").evaluate_all("all => all.map(e => Number(e.dataset.n))")
    assert sum(shown) == 6
    axe(page)
    page.get_by_text("Period and filter").click()
    axe(page)

    rows = list(csv.DictReader(io.StringIO(downloaded(page, "Table (CSV)").decode())))
    features = json.loads(downloaded(page, "Map data (GeoJSON)"))["features"]
    assert len(downloaded(page, "Excel (XLSX)")) > 1000
    assert [row["id"] for row in rows] == [feature["id"] for feature in features]

    page.get_by_role("link", name="Report to read and print").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Länsi")
    items = page.locator("[data-item]").evaluate_all("all => all.map(e => e.dataset.item)")
    assert items == [row["id"] for row in rows]
    axe(page)


def test_a_pin_placed_now_raises_the_districts_count_by_one(browser_page: Open, told: None, place: Place) -> None:
    page = browser_page(360)
    page.goto(DISTRICT)
    expect(page.locator(".figure-card dd").first).to_have_text("6")
    place(WEST)
    page.reload()
    expect(page.locator(".figure-card dd").first).to_have_text("7")


def test_a_district_on_the_map_opens_by_keyboard(browser_page: Open, told: None) -> None:
    page = browser_page(1280)
    page.goto("/areas/testila-districts/")
    page.locator("#map path[role=link]").first.wait_for()
    page.get_by_role("link", name="Länsi: 6 messages").focus()
    expect(page.locator(".leaflet-tooltip")).to_contain_text("Länsi")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Länsi")


def test_without_a_script_the_districts_are_drawn_and_the_table_says_all(browser_page: Open, told: None) -> None:
    page = browser_page(1280, java_script_enabled=False)
    page.goto("/areas/testila-districts/")
    expect(page.locator(".district-drawing path")).to_have_count(3)
    expect(page.locator("#map")).to_be_hidden()
    page.locator("th").get_by_role("link", name="Messages").click()
    expect(page.locator("tbody th").first).to_have_text("Etelä" if "sort=pins" in page.url else "Länsi")


def test_a_bookmarked_period_shows_the_same_again(browser_page: Open, told: None) -> None:
    page = browser_page(1280)
    page.goto(DISTRICT)
    page.get_by_role("link", name="Last year").click()
    expect(page.locator(".figure-card dd").first).to_have_text("0")
    expect(page.get_by_role("link", name="Last year")).to_have_attribute("aria-current", "true")


@pytest.fixture
def map_file(client: Client, told: None, tmp_path: Path, place: Place) -> Callable[[], Path]:
    def _saved() -> Path:
        place((WEST[0] - 0.01, WEST[1]), text="Tämä <b>penkki</b>")
        file = tmp_path / "map.html"
        file.write_bytes(client.get(f"{DISTRICT}report.map.html").content)
        return file

    return _saved


def test_the_map_in_one_file_opens_with_the_network_off(browser: Browser, map_file: Callable[[], Path]) -> None:
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(map_file().as_uri())
    signs = page.locator("path.leaflet-interactive")
    expect(signs).to_have_count(7)
    signs.first.click(force=True)
    expect(page.locator(".leaflet-popup-content")).to_contain_text("1. Tämä <b>penkki</b>")
    assert [address for address in asked if not address.startswith(("file:", "data:"))] == []
    assert errors == []
    context.close()


def test_the_map_in_one_file_also_opens_where_it_is_made(browser_page: Open, axe: Check, told: None) -> None:
    page = browser_page(360)
    page.goto(f"{DISTRICT}report.map.html")
    expect(page.locator("path.leaflet-interactive")).to_have_count(6)
    axe(page)
