"""A reader agrees with a message, sees it at once, and takes it back: by keyboard, by touch, without a script."""

import pytest
from playwright.sync_api import Page, expect

from mapfeedback.pins.support.actions import Supporter, support_pin
from tests.conftest import Place
from tests.journeys.conftest import Check, Open
from tests.pins.test_agree_with_a_message import NOON


def cookies(page: Page) -> list[str]:
    return [one["name"] for one in page.context.cookies()]


@pytest.mark.parametrize("width", [360, 1280])
def test_one_press_agrees_in_place_and_another_takes_it_back(
    browser_page: Open, axe: Check, place: Place, width: int
) -> None:
    pin = place(text="Penkki kioskin luo")
    page = browser_page(width)
    page.goto("/")
    page.goto(pin.get_absolute_url())
    assert cookies(page) == []
    button = page.get_by_role("button", name="I agree")
    box = button.bounding_box()
    assert box and box["height"] >= 44 and box["width"] >= 44
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("You agree with this.")).to_be_visible()
    expect(page.locator("[data-support-count]")).to_be_focused()
    expect(page.locator("[data-support-count]")).to_contain_text("One person agrees")
    assert cookies(page) == ["mf_device"]
    axe(page)
    page.reload()
    expect(page.get_by_text("You agree with this.")).to_be_visible()
    page.get_by_role("button", name="Take your support back").click()
    expect(page.get_by_text("Nobody has agreed yet.")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_a_script_the_form_does_the_same(browser_page: Open, place: Place) -> None:
    pin = place()
    page = browser_page(360, java_script_enabled=False)
    page.goto(pin.get_absolute_url())
    page.get_by_role("button", name="I agree").click()
    expect(page).to_have_url(f"{page.url.split('/pins/')[0]}{pin.get_absolute_url()}#support")
    expect(page.get_by_text("You agree with this.")).to_be_visible()
    page.get_by_role("button", name="Take your support back").click()
    expect(page.get_by_role("button", name="I agree")).to_be_visible()


def test_the_map_says_how_many_agree_with_a_message_that_is_opened(browser_page: Open, place: Place) -> None:
    pin = place(text="Penkki kioskin luo")
    page = browser_page(1280)
    page.goto("/")
    sign = page.locator(".leaflet-marker-icon")
    expect(sign).to_have_count(1)
    # The tile is in the browser by now; the number is of the moment at which somebody asks.
    for nth in range(3):
        support_pin(pin=pin, supporter=Supporter(device=str(nth)), now=NOON)
    sign.click()
    expect(page.locator(".leaflet-popup")).to_contain_text("3 people agree")
