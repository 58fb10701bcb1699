"""A chair asks whether things changed, sets two districts side by side, and takes the numbers along."""

import csv
import io
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from mapfeedback.pins.models import Category
from mapfeedback.reports.comparing.periods import later
from tests.conftest import EAST, SOUTH, WEST, Place
from tests.journeys.conftest import Check, Open


@pytest.fixture
def told(place: Place, streets: Category) -> None:
    """In a sub-topic, so that tables have its rows under those of its topic."""
    crossings = Category.objects.create(slug="crossings", name_fi="Suojatiet", name_en="Crossings", parent=streets)
    today = timezone.now()
    recent = later(today.date().replace(day=1), -2)
    for where, before, after in ((WEST, 2, 12), (EAST, 12, 2), (SOUTH, 1, 1)):
        for year, n in ((recent.year - 1, before), (recent.year, after)):
            for _ in range(n):
                place(where, category=crossings, now=today.replace(year=year, month=recent.month, day=15))


# Rows, those of sub-topics too, in which the bars of both districts cannot be told apart.
SAME_COLOUR = """
    [...document.querySelectorAll('.bar--two')].filter(bar => {
        const fills = [...bar.querySelectorAll('rect')].map(one => getComputedStyle(one).fill)
        return new Set(fills).size < 2
    }).length"""


@pytest.mark.parametrize("width", [360, 1280])
def test_from_the_districts_to_a_comparison_in_hand(browser_page: Open, axe: Check, told: None, width: int) -> None:
    page = browser_page(width)
    page.goto("/areas/testila-districts/")
    page.get_by_role("link", name="Compare two periods").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before and after in Testilä: Kaupunginosat")
    expect(page.locator(".sheet").first.locator("use.mf-class-more-1")).to_have_count(1)
    expect(page.locator(".sheet").first.locator("use.mf-class-less-1")).to_have_count(1)
    axe(page)
    page.get_by_text("Choose the place and the periods").click()
    page.get_by_text("Before and after a day").click()
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_label("Place", exact=True).select_option("testila-districts/1")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Before and after: Länsi")
    axe(page)
    with page.expect_download() as started:
        page.get_by_role("link", name="This comparison (CSV)").click()
    rows = list(csv.DictReader(io.StringIO(Path(started.value.path()).read_text())))
    assert (rows[-1]["earlier"], rows[-1]["later"]) == ("2", "12")

    page.get_by_role("link", name="Two districts").click()
    page.get_by_label("First district").select_option("testila-districts/1")
    page.get_by_label("Second district").select_option("testila-districts/2")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Länsi and Itä")
    assert page.locator(".side__inner .bar--two").count() and page.evaluate(SAME_COLOUR) == 0
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("link", name="Swap the districts").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Itä and Länsi")
    page.locator("td.num a").first.click()
    assert "area=testila-districts/2" in page.url
