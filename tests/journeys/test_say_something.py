"""A resident on the way home says something about a place: by thumb, by keyboard, or without map and script."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from areas.models import Municipality
from mapfeedback.geo import point
from mapfeedback.pins.models import Category, Pin
from tests.conftest import WEST
from tests.journeys.conftest import Check, Open

WIDTHS = [360, 1280]
HERE = f"#15/{WEST[1]}/{WEST[0]}"


@pytest.fixture(autouse=True)
def ground(city: Municipality, streets: Category, nature: Category) -> None:
    Category.objects.create(slug="other", name_fi="Muu", name_sv="Annat", name_en="Other", order=99)


def count_of_district_one(page: Page) -> int:
    counts: dict[str, Any] = page.request.get("/areas/testila-districts/counts.json").json()
    return int(next(area["pins"] for area in counts["areas"] if area["code"] == "1"))


def written(page: Page, text: str) -> None:
    page.get_by_role("radio", name="Idea").check(force=True)
    page.get_by_label("What do you want to say?").fill(text)


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_map_to_a_pin_that_counts_in_its_district(browser_page: Open, axe: Check, width: int) -> None:
    page = browser_page(width)
    page.goto(f"/{HERE}")
    before = count_of_district_one(page)
    page.get_by_role("link", name="Say something about a place").first.click()
    expect(page).to_have_url(re.compile(r"/pins/new/#1\d"))  # the form's map starts where the reader was
    axe(page)
    written(page, "Tähän tarvitaan penkki.")
    page.get_by_role("button", name="Put it here").click()
    expect(page.locator("#placing-status")).to_contain_text("Länsi")
    axe(page)
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you! Your message is on the map.")).to_be_visible()
    axe(page)
    pin = Pin.objects.get()
    assert pin.kind == "idea" and pin.geom is not None
    assert pin.geom.distance(point(*WEST)) < 0.001
    assert count_of_district_one(page) == before + 1


def test_a_tap_moves_the_mark_and_a_second_thought_removes_it(browser_page: Open) -> None:
    page = browser_page(360)
    page.goto(f"/pins/new/{HERE}")
    page.locator("#pin-map").tap(position={"x": 80, "y": 90})
    expect(page.locator("#placing-status")).to_contain_text("marked")
    first = page.locator("[name=geometry]").input_value()
    page.locator("#pin-map").tap(position={"x": 200, "y": 200})
    expect(page.locator("[name=geometry]")).not_to_have_value(first)
    page.get_by_role("button", name="Remove the mark").click()
    expect(page.locator("[name=geometry]")).to_have_value("")


@pytest.mark.parametrize("width", WIDTHS)
def test_an_area_is_drawn_corner_by_corner_and_a_corner_is_undone(browser_page: Open, axe: Check, width: int) -> None:
    page = browser_page(width)
    page.goto(f"/pins/new/{HERE}")
    written(page, "Koko puisto kaipaa valoja.")
    page.get_by_role("button", name="Draw an area").click()
    corners = [(60, 60), (180, 60), (180, 180), (60, 180)]
    for x, y in [*corners, (90, 20)]:
        page.locator("#pin-map").click(position={"x": x, "y": y})
    page.get_by_role("button", name="Undo the last corner").click()
    axe(page)
    page.get_by_role("button", name="Ready").click()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    pin = Pin.objects.get()
    assert pin.geom is not None and pin.geom.geom_type == "Polygon"
    assert len(pin.geom.coords[0]) == 5
    assert pin.area is not None and pin.area.code == "1"


def test_by_keyboard_alone(browser_page: Open) -> None:
    page = browser_page(1280)
    page.goto(f"/pins/new/{HERE}")
    page.get_by_role("radio", name="Feedback").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.type("Kaatunut liikennemerkki.")
    page.locator("#pin-map").focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("[name=geometry]")).not_to_have_value("")
    expect(page.locator("#placing-status")).to_contain_text("marked")
    page.get_by_role("button", name="Send").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Thank you!")).to_be_visible()
    pin = Pin.objects.get()
    assert pin.kind == "idea" and pin.geom is not None and pin.geom.coords[0] < WEST[0]


def test_without_a_script_the_list_and_the_words_are_enough(browser_page: Open) -> None:
    page = browser_page(360, java_script_enabled=False)
    page.goto("/pins/new/")
    expect(page.get_by_role("button", name="Put it here")).to_be_hidden()
    written(page, "Bussi ei pysähdy.")
    page.get_by_label("Choose a district from the list").select_option(label="Itä")
    page.get_by_label("The place in your own words").fill("koulun edessä")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    pin = Pin.objects.get()
    assert (pin.area and pin.area.code, pin.place_text) == ("2", "koulun edessä")


def test_a_refused_form_keeps_the_text_and_the_place(browser_page: Open, axe: Check) -> None:
    page = browser_page(360)
    page.goto(f"/pins/new/{HERE}")
    page.get_by_role("button", name="Put it here").click()
    place = page.locator("[name=geometry]").input_value()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Write what you want to say.")
    expect(page.locator("[name=geometry]")).to_have_value(place)
    axe(page)
    page.get_by_role("link", name=re.compile("What do you want to say")).click()
    expect(page.get_by_label("What do you want to say?")).to_be_focused()
    written(page, "Nyt on tekstiä.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    assert Pin.objects.count() == 1


def test_a_place_in_the_next_municipality_is_still_named_as_such_when_the_form_comes_back(browser_page: Open) -> None:
    page = browser_page(360)
    page.goto("/pins/new/#14/61.5/23.8")
    written(page, "Naapurissa on hyvä latu.")
    page.get_by_role("button", name="Put it here").click()
    status = page.locator("#placing-status")
    expect(status).to_contain_text("not in our area")
    page.get_by_role("button", name="Send").click()
    expect(page).to_have_title(re.compile("^Error"))
    expect(status).to_contain_text("not in our area")
    expect(page.get_by_label("What do you want to say?")).to_have_value("Naapurissa on hyvä latu.")


def test_the_author_corrects_and_takes_back_by_the_secret_link(browser_page: Open, axe: Check) -> None:
    page = browser_page(360)
    page.goto("/pins/new/")
    written(page, "Penki rikki.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you!")).to_be_visible()
    page.get_by_text("Correct the text").click()
    page.get_by_label("What do you want to say?").fill("Penkki on rikki.")
    page.get_by_role("button", name="Save the text").click()
    expect(page.get_by_role("heading", name="Penkki on rikki.")).to_be_visible()
    page.get_by_text("Take the message back", exact=True).click()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_role("heading", name="You took your message back")).to_be_visible()
    axe(page)
    assert Pin.objects.get().visibility == "withdrawn"
