"""A planner's day: sign in, find, draw, upload, answer a block, and see the answer where the resident sees it."""

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect

from areas.models import Municipality
from layers import tasks, underway
from layers.actions import NewShape, Scope, Words, create_plan, draft_response, publish_plan, upload_layer
from layers.models import Plan
from mapfeedback.accounts.models import User
from tests.conftest import EAST, WEST, Place, box
from tests.journeys.conftest import Check, Open

WIDTHS = [360, 1280]


@pytest.fixture
def plan(city: Municipality) -> Plan:
    plan = create_plan(municipality=city, name_fi="Rantakaava", kind="local_plan", now=timezone.now())
    publish_plan(plan=plan, now=timezone.now())
    upload_layer(
        plan=plan,
        name="Korttelit",
        shapes=[NewShape("Kortteli 5", box(25.64, 60.995, 25.66, 61.005), {})],
        source_crs="EPSG:4326",
        now=timezone.now(),
    )
    return plan


def sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/?next=/planning/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill("salasana-kelpaa-1")
    page.locator("input[name=password]").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Planning desk")


def block_file(folder: Path) -> Path:
    corners = [[25.74, 60.995], [25.76, 60.995], [25.76, 61.005], [25.74, 61.005], [25.74, 60.995]]
    file = folder / "korttelit.geojson"
    shape = {"type": "Polygon", "coordinates": [corners]}
    one = {"type": "Feature", "properties": {"nimi": "Kortteli 9"}, "geometry": shape}
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [one]}))
    return file


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_new_plan_to_the_answer_on_a_message(
    width: int, browser_page: Open, axe: Check, planner: User, place: Place, tmp_path: Path
) -> None:
    inside, outside = place(EAST, text="Tähän penkki"), place(WEST, text="Tuonne valo")
    page = browser_page(width)
    sign_in(page, planner)
    axe(page)
    page.get_by_role("link", name="New plan").first.click()
    axe(page)
    page.get_by_label("Name in Finnish").fill("Itäkaava")
    page.get_by_role("button", name="Make the plan").click()
    axe(page)
    page.get_by_label("Name of the layer").fill("Korttelit")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a file.")
    expect(page.get_by_label("Name of the layer")).to_have_value("Korttelit")
    axe(page)
    page.get_by_label("GeoJSON file").set_input_files(block_file(tmp_path))
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("status").first).to_contain_text("1 shape was read.")
    expect(page.locator("#plan-map path.mf-shape")).to_have_count(1)
    axe(page)
    page.get_by_role("button", name="Publish the plan").click()
    page.get_by_role("link", name="Answer Kortteli 9").click()
    expect(page.get_by_text("1 message would get this answer now.")).to_be_visible()
    axe(page)
    page.get_by_label("What was said, in short").fill("Penkkejä toivotaan.")
    page.get_by_label("The plan was changed").check()
    page.get_by_label("Response", exact=True).fill("Penkit lisättiin.")
    page.get_by_role("button", name="Save and see who gets it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check before publishing")
    expect(page.get_by_role("row", name="Tähän penkki")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Publish the answer").click()
    expect(page.get_by_role("status").first).to_contain_text("Published. 1 message shows this answer now.")
    axe(page)
    reader = browser_page(width)
    reader.goto(inside.get_absolute_url())
    expect(reader.get_by_text("This place is inside Kortteli 9 (Itäkaava).")).to_be_visible()
    expect(reader.get_by_text("Penkit lisättiin.")).to_be_visible()
    axe(reader)
    reader.get_by_role("link", name="See the plan").click()
    expect(reader.locator("#plan-map path.mf-shape--answered")).to_have_count(1)
    axe(reader)
    reader.goto(outside.get_absolute_url())
    expect(reader.get_by_text("Penkit lisättiin.")).to_have_count(0)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_area_drawn_by_tapping_narrows_list_and_count(
    width: int, browser_page: Open, axe: Check, planner: User, place: Place
) -> None:
    for step in range(5):
        place((25.65 + step / 1000, 61.0))
    place(EAST)
    page = browser_page(width)
    sign_in(page, planner)
    page.get_by_role("link", name="Find messages to answer").click()
    expect(page.locator("#list-title")).to_have_text("6 messages")
    axe(page)
    page.get_by_role("button", name="Draw an area").click()
    map_ = page.locator("#desk-map")
    map_.scroll_into_view_if_needed()
    for lon, lat in [(25.6, 60.97), (25.7, 60.97), (25.7, 61.03), (25.6, 61.03), (25.65, 60.9)]:
        x, y = _on_screen(page, lon, lat)
        page.touchscreen.tap(x, y) if width < 600 else page.mouse.click(x, y)
    status = page.locator("[data-draw] [role=status]")
    expect(status).to_contain_text("The line crosses itself.")
    page.get_by_role("button", name="Undo the last corner").click()
    expect(status).to_have_text("Corners: 4")
    axe(page)
    page.get_by_role("button", name="Finish the area").click()
    expect(page.locator("#list-title")).to_have_text("5 messages")
    expect(page.get_by_role("link", name="Answer these 5 messages")).to_be_visible()
    expect(page.locator("#desk-map path.mf-drawing")).to_have_count(1)
    axe(page)
    page.get_by_role("link", name="Answer these 5 messages").click()
    expect(page.get_by_text("5 messages would get this answer now.")).to_be_visible()


def test_an_area_drawn_with_the_keyboard_alone(browser_page: Open, planner: User, place: Place) -> None:
    place((25.7, 60.98))
    place((25.79, 61.01))
    page = browser_page(1280)
    sign_in(page, planner)
    page.goto("/planning/pins/")
    start = page.get_by_role("button", name="Draw an area")
    start.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#desk-map")).to_be_focused()
    expect(page.locator("#desk-map .mf-crosshair")).to_be_visible()
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight", "ArrowUp"):
        page.keyboard.press(key)
        page.wait_for_timeout(300)
        page.keyboard.press("Enter")
    status = page.locator("[data-draw] [role=status]")
    expect(status).to_have_text("Corners: 4")
    page.keyboard.press("Backspace")
    expect(status).to_have_text("Corners: 3")
    page.keyboard.press("Escape")
    expect(status).to_have_text("Drawing was cancelled.")
    expect(start).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Finish the area").focus()
    page.keyboard.press("Enter")
    expect(status).to_have_text("Add at least three corners.")
    page.locator("#desk-map").focus()
    for key in ("ArrowLeft", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
        page.wait_for_timeout(300)
        page.keyboard.press("Enter")
    page.get_by_role("button", name="Finish the area").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**within=**")
    corners = parse_qs(urlsplit(page.url).query)["within"][0].split(",")
    assert len(corners) == 3


def test_the_desk_works_without_javascript(
    browser_page: Open, planner: User, plan: Plan, place: Place, axe: Check
) -> None:
    place(WEST), place(EAST)
    page = browser_page(1280, java_script_enabled=False)
    sign_in(page, planner)
    page.goto("/planning/pins/")
    expect(page.get_by_role("button", name="Draw an area")).to_be_hidden()
    page.get_by_label("Inside an area").fill("25.6 60.98,25.7 60.98,25.7 61.02,25.6 61.02")
    page.get_by_role("button", name="Show these").click()
    expect(page.locator("#list-title")).to_have_text("1 message")
    page.goto(f"/planning/plans/{plan.slug}/")
    page.get_by_role("link", name="Answer Kortteli 5").click()
    page.get_by_label("What was said, in short").fill("Lyhyesti.")
    page.get_by_label("Noted").check()
    page.get_by_label("Response", exact=True).fill("Kiitos.")
    page.get_by_role("button", name="Save and see who gets it").click()
    page.get_by_role("button", name="Publish the answer").click()
    expect(page.get_by_role("status").first).to_contain_text("1 message shows this answer now.")


def test_an_answer_to_many_shows_that_it_is_under_way_and_then_that_it_is_there(
    browser_page: Open, planner: User, plan: Plan, place: Place, axe: Check, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(underway, "AT_ONCE", 2)
    for _nth in range(3):
        place(WEST)
    words = Words(summary="Penkkejä toivotaan.", effect="noted", text="Kiitos.", language="fi", signed_as="Kaavoitus")
    scopes = [Scope(shape=plan.layers.get().shapes.get())]
    response = draft_response(municipality=plan.municipality, plan=plan, words=words, scopes=scopes, now=timezone.now())
    page = browser_page(360)
    sign_in(page, planner)
    page.goto(f"/planning/responses/{response.public_id}/")
    page.get_by_role("button", name="Publish the answer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The answer is being published")
    axe(page)
    tasks.publish(response=response.pk, by=planner.pk)
    with connection.cursor() as cursor:  # the worker's last word
        cursor.execute("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE task_name = %s", [underway.PUBLISH])
    expect(page.get_by_role("heading", name="3 messages have this answer")).to_be_visible()
    axe(page)


def _on_screen(page: Page, lon: float, lat: float) -> tuple[float, float]:
    """Where a place lies on the desk's map: it shows the municipality's box, so two of its ground's edges tell."""
    found = page.evaluate(
        """([lon, lat]) => {
            const element = document.getElementById("desk-map");
            const [west, south, east, north] = element.dataset.bounds.split(",").map(Number);
            const box = element.getBoundingClientRect();
            const y = (degrees) => Math.log(Math.tan(Math.PI / 4 + (degrees * Math.PI) / 360)) * (180 / Math.PI);
            const zoom = Math.floor(Math.log2(Math.min(
                ((box.width - 16) * 360) / (256 * (east - west)),
                ((box.height - 16) * 360) / (256 * (y(north) - y(south))),
            )));
            const scale = (256 * 2 ** zoom) / 360;
            return [
                box.left + box.width / 2 + (lon - (west + east) / 2) * scale,
                box.top + box.height / 2 - (y(lat) - (y(south) + y(north)) / 2) * scale,
            ];
        }""",
        [lon, lat],
    )
    return found[0], found[1]
