"""A reader on the map page: map, list and address always say the same."""

import random
import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from areas.models import Municipality
from mapfeedback.geo import point
from mapfeedback.pins.models import Category, Kind, Pin
from tests.conftest import WEST, Place
from tests.journeys.conftest import Check, Open

WIDTHS = [360, 1280]


@pytest.fixture
def voices(city: Municipality, streets: Category, nature: Category) -> None:
    """150 pins all over the city, a dozen of them on one spot, and ten without a place."""
    chance = random.Random(11)
    places = [(chance.uniform(25.61, 25.79), chance.uniform(60.95, 61.01)) for _ in range(138)] + [WEST] * 12
    Pin.objects.bulk_create(
        Pin(
            municipality=city,
            category=chance.choice([streets, nature]),
            kind=chance.choice(Kind.values),
            text=f"Viesti {nth}",
            geom=point(*where) if where else None,
            precision="exact" if where else "unknown",
            placed_at=timezone.now(),
            changed_at=timezone.now(),
        )
        for nth, where in enumerate([*places, *[None] * 10])
    )


def located(page: Page) -> int:
    return int(page.locator("#total").get_attribute("data-located") or -1)


def total(page: Page) -> int:
    return int(page.locator("#total").get_attribute("data-total") or -1)


def settle(page: Page) -> None:
    """Until the signs on the map have come to the number the list says."""
    page.wait_for_function(
        """() => {
            const { n, shows } = document.getElementById("map-status").dataset;
            const { query } = document.getElementById("results").dataset;
            return shows === query && n === document.getElementById("total").dataset.located;
        }"""
    )


def signs(page: Page) -> int:
    return sum(
        int(n) for n in page.locator("#map .leaflet-marker-icon").evaluate_all("all => all.map(e => e.dataset.n)")
    )


@pytest.mark.parametrize("width", WIDTHS)
def test_the_signs_on_the_map_add_up_to_the_list_and_follow_its_filter(
    browser_page: Open, axe: Check, voices: None, width: int
) -> None:
    page = browser_page(width)
    page.goto("/")
    settle(page)
    assert (total(page), located(page), signs(page)) == (160, 150, 150)
    axe(page)

    page.get_by_text("Search and filter").click()
    page.get_by_label("Idea", exact=True).check()
    axe(page)
    page.get_by_role("button", name="Show these").click()
    expect(page).to_have_url(re.compile(r"\?kind=idea#"))
    settle(page)
    ideas = Pin.objects.filter(kind="idea")
    assert (total(page), located(page)) == (ideas.count(), ideas.filter(geom__isnull=False).count())
    assert signs(page) == located(page)

    page.get_by_role("link", name="Remove the filter: Idea").click()
    expect(page).not_to_have_url(re.compile("kind="))
    settle(page)
    assert (total(page), signs(page)) == (160, 150)
    page.go_back()
    expect(page.locator("#results")).to_have_attribute("data-query", "kind=idea")
    settle(page)
    assert (total(page), signs(page)) == (ideas.count(), located(page))


def test_a_link_shows_the_same_place_and_the_same_filter(browser_page: Open, voices: None) -> None:
    page = browser_page(1280)
    page.goto("/?kind=idea&kind=thanks")
    settle(page)
    page.get_by_role("button", name="Zoom in", exact=True).click()
    page.wait_for_function("() => /^#1[0-9.]+\\//.test(location.hash)")
    page.wait_for_load_state("networkidle")
    there = page.url
    assert "kind=idea&kind=thanks#" in there
    in_view = page.locator("#map-status").inner_text()

    other = browser_page(1280)
    other.goto(there)
    expect(other.locator("#map-status")).to_have_text(in_view)
    assert other.url == there
    say = other.get_by_role("link", name="Say something about a place").get_attribute("href")
    assert str(say).startswith("/pins/new/#" + there.partition("#")[2][:8])


def test_other_maps_links_with_map_in_the_hash_are_understood(browser_page: Open, voices: None) -> None:
    page = browser_page(1280)
    page.goto("/#map=15/60.98/25.70")
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name="Zoom out").click()
    expect(page).to_have_url(re.compile(r"#14/60\.98\d*/25\.70\d*$"))


def test_a_cluster_opens_by_keyboard_down_to_the_list_of_one_spot(browser_page: Open, axe: Check, voices: None) -> None:
    page = browser_page(1280)
    page.goto(f"/#19/{WEST[1]}/{WEST[0]}")
    crowd = page.get_by_role("button", name="12 messages here")
    crowd.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Messages on this spot")
    expect(dialog).to_be_visible()
    assert dialog.get_by_role("listitem").count() == 12
    assert page.evaluate("document.activeElement.closest('dialog') !== null")
    axe(page)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(crowd).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("link", name="Show all of these in the list").click()
    expect(page.locator("#total")).to_have_attribute("data-total", "12")


def test_a_pins_popup_closes_by_keyboard_and_gives_the_focus_back(
    browser_page: Open, city: Municipality, place: Place
) -> None:
    place(WEST, text="Penkki olisi hyvä.")
    page = browser_page(1280)
    page.goto(f"/#15/{WEST[1]}/{WEST[0]}")
    settle(page)
    sign = page.locator("#map .mf-pin")
    sign.focus()
    page.keyboard.press("Enter")
    link = page.locator(".leaflet-popup a")
    expect(link).to_be_focused()
    page.keyboard.press("Escape")
    expect(link).to_have_count(0)
    expect(sign).to_be_focused()


def test_all_signs_are_one_tab_stop_and_arrows_go_from_one_to_the_next(browser_page: Open, voices: None) -> None:
    page = browser_page(1280)
    page.goto("/")
    settle(page)
    all_signs = page.locator("#map .leaflet-marker-icon")
    assert all_signs.count() > 20
    assert page.locator("#map .leaflet-marker-icon[tabindex='0']").count() == 1
    page.locator("#map").focus()
    page.keyboard.press("Tab")
    first = page.evaluate("document.activeElement.getBoundingClientRect().left")
    assert page.evaluate("document.activeElement.matches('.leaflet-marker-icon')")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.matches('.leaflet-marker-icon')")
    assert page.evaluate("document.activeElement.getBoundingClientRect().left") > first
    assert page.locator("#map .leaflet-marker-icon[tabindex='0']").count() == 1
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.matches('.leaflet-marker-icon')")


def test_the_focus_survives_when_a_cluster_opens(browser_page: Open, voices: None) -> None:
    page = browser_page(1280)
    page.goto("/")
    settle(page)
    largest = page.locator("#map .mf-cluster").first
    largest.focus()
    before = page.url
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(before)
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => document.activeElement.matches('#map .leaflet-marker-icon')")


def test_a_crowd_on_one_spot_is_read_page_by_page(
    browser_page: Open, axe: Check, city: Municipality, streets: Category
) -> None:
    Pin.objects.bulk_create(
        Pin(
            municipality=city,
            category=streets,
            kind="idea",
            text=f"Viesti {nth}",
            geom=point(*WEST),
            precision="exact",
            placed_at=timezone.now(),
            changed_at=timezone.now(),
        )
        for nth in range(70)
    )
    page = browser_page(360)
    page.goto("/")
    settle(page)
    page.get_by_role("button", name="70 messages here: Idea 70").click()
    dialog = page.get_by_role("dialog", name="Messages on this spot")
    names = dialog.locator(".pin-card__title")
    expect(names).to_have_count(30)
    first = names.first.inner_text()
    axe(page)
    dialog.get_by_role("link", name="Older").click()
    expect(names.first).not_to_have_text(first)
    dialog.get_by_role("link", name="Older").click()
    expect(names).to_have_count(10)
    expect(dialog).to_be_visible()


def test_while_the_map_waits_for_its_tiles_the_old_signs_stay(browser_page: Open, voices: None) -> None:
    page = browser_page(1280)
    page.goto("/")
    settle(page)
    held: list[Route] = []
    page.route("**/tiles/pins/**", lambda route: held.append(route))
    before = page.locator("#map .leaflet-marker-icon").count()
    page.get_by_role("button", name="Zoom in", exact=True).click()
    page.wait_for_function("() => /^#1[0-9.]+\\//.test(location.hash)")
    page.wait_for_timeout(300)
    assert held, "another zoom asks for other tiles"
    assert page.locator("#map .leaflet-marker-icon").count() == before
    for route in held:
        route.continue_()
    page.unroute("**/tiles/pins/**")
    page.wait_for_load_state("networkidle")
    page.wait_for_function("() => document.getElementById('map-status').dataset.n > 0")


def test_the_list_and_the_map_hear_what_is_selected(browser_page: Open, voices: None) -> None:
    page = browser_page(1280)
    page.goto("/")
    settle(page)
    wanted = page.locator(".pin-card[data-pin]").first.get_attribute("data-pin")
    page.evaluate(
        "id => document.dispatchEvent(new CustomEvent('mf:select', { detail: { id } }))",
        wanted,
    )
    expect(page.locator(".pin-card--current")).to_have_attribute("data-pin", str(wanted))


@pytest.mark.parametrize("width", WIDTHS)
def test_one_pin_stands_out_on_the_map_and_in_the_list(browser_page: Open, voices: None, width: int) -> None:
    page = browser_page(width)
    page.goto("/")
    settle(page)
    show = page.locator("[data-show]:visible").first
    wanted = show.get_attribute("data-show")
    show.click()
    expect(page.locator("#map .mf-pin--selected, #map .mf-cluster--selected")).to_have_count(1)
    expect(page.locator(".pin-card--current")).to_have_attribute("data-pin", str(wanted))
    expect(page).to_have_url(re.compile("#17/"))


def test_on_a_phone_map_and_button_come_first_and_the_page_can_be_swiped(browser_page: Open, voices: None) -> None:
    page = browser_page(360)
    page.goto("/")
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    map_box = page.locator("#map").bounding_box()
    button = page.get_by_role("link", name="Say something about a place").bounding_box()
    assert map_box and button
    assert map_box["height"] <= 480
    assert map_box["y"] < button["y"] < 800 - button["height"]
    assert page.locator("#map").evaluate("element => getComputedStyle(element).touchAction") != "none"
    for name in ("Zoom in", "Zoom out", "Move the map with arrows"):
        target = page.get_by_role("button", name=name).bounding_box()
        assert target
        assert min(target["width"], target["height"]) >= 44
    page.get_by_role("button", name="Move the map with arrows").click()
    before = page.url
    page.get_by_role("button", name="Move the map left").click()
    expect(page).not_to_have_url(before)


def test_without_javascript_the_form_filters_the_list(browser_page: Open, voices: None) -> None:
    page = browser_page(360, java_script_enabled=False)
    page.goto("/")
    page.get_by_text("Search and filter").click()
    page.get_by_label("Idea", exact=True).check()
    page.get_by_role("button", name="Show these").click()
    assert total(page) == Pin.objects.filter(kind="idea").count()
    assert "kind=idea" in page.url


def test_the_way_back_leads_to_the_same_page_the_same_height_and_the_same_message(
    browser_page: Open, voices: None
) -> None:
    page = browser_page(1280)
    page.goto("/")
    settle(page)
    page.get_by_role("link", name="Older", exact=True).click()
    page.wait_for_url("**after=**")
    settle(page)
    card = page.locator("#results [data-pin]").nth(12)
    wanted = str(card.get_attribute("data-pin"))
    card.scroll_into_view_if_needed()
    height = page.evaluate("scrollY")
    assert height > 300
    card.locator("a").first.click()
    page.wait_for_url("**/pins/*/")
    page.go_back()
    settle(page)
    assert "after=" in page.url
    expect(page.locator(".pin-card--current")).to_have_attribute("data-pin", wanted)
    assert abs(page.evaluate("scrollY") - height) < 100
    page.get_by_role("link", name="Unanswered longest").click()
    page.wait_for_url("**sort=waiting**")
    settle(page)
    page.go_back()
    page.wait_for_url("**after=**")
    expect(page.locator(f'#results [data-pin="{wanted}"]')).to_have_count(1)
