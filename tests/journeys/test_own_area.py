"""A member of an association draws its area by keyboard alone or by tapping, checks it and puts it in use."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from areas.models import Division
from mapfeedback.accounts.models import User
from tests.conftest import EAST, WEST, Place
from tests.journeys.conftest import Check, Open

WIDTHS = [360, 1280]


@pytest.fixture
def work(db: None) -> Callable[[], None]:
    """What the worker does meanwhile."""
    # The queue is not emptied between tests.
    done = set(ProcrastinateJob.objects.values_list("pk", flat=True))

    def _work() -> None:
        ours = ProcrastinateJob.objects.filter(task_name__startswith="borders.")
        for job in ours.exclude(pk__in=done).order_by("pk"):
            done.add(job.pk)
            app.tasks[job.task_name](**job.args)

    return _work


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.BORDERS_FOLDER = tmp_path / "borders"
    yield


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_drawing_to_a_page_of_its_own_and_out_of_use(
    width: int, browser_page: Open, axe: Check, member: User, place: Place, work: Callable[[], None]
) -> None:
    place(WEST), place(EAST)
    page = browser_page(width)
    _sign_in(page, member)
    page.goto("/areas/")
    page.get_by_role("main").get_by_role("link", name="Your association's area").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your association's area")
    expect(page.locator("#own-map path.mf-border")).to_have_count(3)
    axe(page)
    page.get_by_role("button", name="Go on: check on the map").click()
    expect(page.get_by_role("alert")).to_contain_text("Draw the area, choose districts or upload a file.")
    axe(page)
    page.get_by_label("Name of the area, in Finnish").fill("Lahden ranta")
    page.get_by_role("button", name="Draw an area").click()
    axe(page)
    if width < 600:
        _tap_corners(page)
        page.get_by_role("button", name="Finish the area").click()
    else:
        _walk_corners(page)
        page.get_by_role("button", name="Finish the area").press("Enter")
    expect(page.get_by_text("The area is drawn.")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Go on: check on the map").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The file is being read")
    axe(page)
    work()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check on the map")
    expect(page.locator("#borders-map path.mf-border--new")).to_have_count(1)
    axe(page)
    page.get_by_role("link", name="Go on: what changes").first.click()
    axe(page)
    page.get_by_role("button", name="Adopt these borders").click()
    work()
    expect(page.get_by_role("heading", level=1)).to_have_text("The borders are in force")
    axe(page)
    page.get_by_role("link", name="See your area").click()
    expect(page.get_by_text("Drawn by the association, not the city's borders.").first).to_be_visible()
    axe(page)
    page.goto(f"/areas/{Division.objects.get(kind='own').slug}/1/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Lahden ranta")
    axe(page)
    page.goto("/areas/")
    expect(page.get_by_role("heading", name="Associations' own areas")).to_be_visible()
    axe(page)
    page.goto("/borders/own/")
    axe(page)
    page.get_by_role("link", name="Take out of use").click()
    axe(page)
    page.get_by_role("button", name="Take out of use").click()
    expect(page.get_by_role("status").first).to_contain_text("The area is out of use.")


def _sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/?next=/areas/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill("salasana-kelpaa-1")
    page.locator("input[name=password]").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Districts")


def _tap_corners(page: Page) -> None:
    frame = page.locator("#own-map")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box is not None
    for x, y in ((0.3, 0.4), (0.6, 0.4), (0.6, 0.7)):
        frame.tap(position={"x": box["width"] * x, "y": box["height"] * y})


def _walk_corners(page: Page) -> None:
    """Drawing put the focus on the map: arrows move it, Enter adds the corner at the crosshair."""
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")  # the same spot again is no corner
    expect(page.get_by_text("Corners: 1")).to_be_visible()
    for nth, arrow in enumerate(("ArrowRight", "ArrowDown"), start=2):
        page.keyboard.press(arrow)
        page.keyboard.press("Enter")
        expect(page.get_by_text(f"Corners: {nth}")).to_be_visible()


def test_without_a_script_districts_are_united(
    browser_page: Open, member: User, work: Callable[[], None], city: object
) -> None:
    page = browser_page(360, java_script_enabled=False)
    _sign_in(page, member)
    page.goto("/borders/own/")
    page.get_by_label("Name of the area, in Finnish").fill("Länsi ja etelä")
    page.get_by_text("Or unite districts of the city").click()
    page.get_by_label("Länsi").check()
    page.get_by_label("Etelä").check()
    page.get_by_role("button", name="Go on: check on the map").click()
    work()
    page.get_by_role("link", name="See how far it is").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check on the map")
