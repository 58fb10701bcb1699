"""A reader looks at the same messages as dots, as density and as painted districts: address, map and table agree."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from areas.models import Municipality
from mapfeedback.geo import point
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Category, Pin
from tests.conftest import EAST, WEST
from tests.journeys.conftest import Check, Open

#: A pixel of the sheet of marks that is not bare, as x and y of the window, nearest to the middle of the map.
PAINTED = """() => {
    const sheet = document.querySelector(".mf-sheet");
    const box = sheet.getBoundingClientRect();
    const map = document.getElementById("map").getBoundingClientRect();
    const { width, height } = sheet;
    const { data } = sheet.getContext("2d").getImageData(0, 0, width, height);
    const middle = { x: map.left + map.width / 2, y: map.top + map.height / 2 };
    let best = null;
    for (let nth = 0; nth < width * height; nth += 1) {
        if (data[4 * nth + 3] < 200) continue;
        const x = box.left + ((nth % width) / width) * box.width;
        const y = box.top + (Math.floor(nth / width) / height) * box.height;
        const far = Math.hypot(x - middle.x, y - middle.y);
        if (!best || far < best.far) best = { x, y, far };
    }
    return best;
}"""


@pytest.fixture
def crowds(city: Municipality, streets: Category) -> None:
    """Thirty messages on one spot, six near another, four without a place."""
    for where, n in ((WEST, 30), (EAST, 6), (None, 4)):
        Pin.objects.bulk_create(
            Pin(
                municipality=city,
                category=streets,
                kind="idea",
                text=f"Viesti {nth}",
                geom=point(*where) if where else None,
                precision="exact" if where else "unknown",
                placed_at=timezone.now(),
                changed_at=timezone.now(),
            )
            for nth in range(n)
        )
    remember_areas()


def press_a_mark(page: Page) -> None:
    at = page.evaluate(PAINTED)
    page.mouse.click(at["x"], at["y"])
    # The map moves until all that opens is in sight; what is pressed meanwhile is somewhere else.
    page.wait_for_timeout(100)
    expect(page.locator(".leaflet-pan-anim")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1280])
def test_every_way_of_looking_shows_the_same_messages(browser_page: Open, axe: Check, crowds: None, width: int) -> None:
    page = browser_page(width)
    page.goto("/?kind=idea")
    status = page.locator("#map-status")
    expect(status).to_have_text("36 messages in this view.")
    ways = page.get_by_role("navigation", name="Show as")

    ways.get_by_role("link", name="Dots").click()
    expect(page).to_have_url(re.compile(r"\?kind=idea&show=dots#"))
    expect(status).to_have_text("36 messages in this view.")
    expect(ways.get_by_role("link", name="Dots")).to_be_focused()
    expect(page.locator("#map .leaflet-marker-icon")).to_have_count(0)
    axe(page)
    press_a_mark(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name=re.compile("Viesti")).first).to_be_visible()
    page.keyboard.press("Escape")

    ways.get_by_role("link", name="Density").click()
    expect(page).to_have_url(re.compile(r"\?kind=idea&show=heat#"))
    expect(status).to_have_text("36 messages in the squares of this view.")
    legend = page.locator("#heat-key")
    expect(legend).to_contain_text("Messages per square kilometre")
    expect(legend.locator("[data-class]").last).to_have_text(re.compile(r"^[\d.,]+–[\d.,]+$"))
    expect(page.locator("#densest tfoot tr").last).to_contain_text("36")
    covered = page.evaluate(
        """() => {
            const legend = document.getElementById("looking").getBoundingClientRect();
            const map = document.getElementById("map").getBoundingClientRect();
            return legend.top < map.bottom - 1;
        }"""
    )
    assert not covered
    axe(page)
    press_a_mark(page)
    page.get_by_role("link", name="Show these in the list").click()
    expect(page).to_have_url(re.compile(r"kind=idea&bbox=.*show=heat"))
    expect(page.locator("#total")).to_have_text(re.compile(r"\b(30|6) messages"))
    page.go_back()
    expect(status).to_have_text("36 messages in the squares of this view.")

    ways.get_by_role("link", name="Districts").click()
    page.get_by_label("Painted by").select_option(label="Answered share")
    page.locator("#looking").get_by_role("button", name="Show these").click()
    expect(page).to_have_url(re.compile(r"show=districts&division=testila-districts&measure=answered"))
    expect(page.locator("#painted")).to_contain_text("Answered share")
    expect(page.locator("#map path[class*='mf-class-']")).to_have_count(3)
    expect(page.get_by_role("link", name="Länsi: 30 messages")).to_be_attached()
    axe(page)

    ways.get_by_role("link", name="Groups").click()
    expect(page).to_have_url(re.compile(r"\?kind=idea#"))
    expect(status).to_have_text("36 messages in this view.")
    expect(page.locator("#map path[class*='mf-class-']")).to_have_count(0)
    page.go_back()
    expect(page.locator("#painted")).to_be_attached()


def test_moving_the_map_changes_no_class(browser_page: Open, crowds: None) -> None:
    page = browser_page(1280)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/?show=heat")
    classes = page.locator("#heat-key [data-class]")
    expect(classes.first).to_be_visible()
    before = classes.all_inner_texts()
    page.get_by_role("button", name="Move the map with arrows").click()
    page.get_by_role("button", name="Move the map right").click()
    page.wait_for_load_state("networkidle")
    assert classes.all_inner_texts() == before
    assert sum("scale.json" in url for url in asked) == 1


def test_without_a_script_the_choice_and_the_tables_are_there(browser_page: Open, crowds: None) -> None:
    page = browser_page(360, java_script_enabled=False)
    page.goto("/?kind=idea")
    page.get_by_role("link", name="Density").click()
    expect(page.locator("#densest tbody tr").first).to_contain_text("30")
    page.get_by_role("link", name="Districts", exact=True).last.click()
    expect(page.locator("#painted tbody tr").first).to_contain_text("30")
    assert "kind=idea" in page.url
