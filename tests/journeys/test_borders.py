"""A planner brings new borders: a file without a coordinate system, a look at the map, the change, and the way back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely
from playwright.sync_api import Page, expect
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from mapfeedback.accounts.models import User
from tests.areas import border_files as make
from tests.conftest import EAST, WEST, Place
from tests.journeys.conftest import Check, Open
from tests.journeys.test_planner import sign_in

WIDTHS = [360, 1280]
#: 1 West reaches over 2 East, which is gone; 4 is new; a gap lies between them and 3 South, whose border is as it was.
SHAPES = [
    shapely.box(25.60, 60.981, 25.76, 61.02),
    shapely.box(25.75, 60.98, 25.80, 61.02),
    shapely.box(25.60, 60.94, 25.80, 60.98),
]


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


@pytest.fixture
def file(tmp_path: Path) -> Path:
    document = json.loads(make.geojson(make.in_system(SHAPES, 3067), names=["Länsi", "Ranta", "Etelä"]))
    for one, code in zip(document["features"], ("1", "4", "3"), strict=True):
        one["properties"]["tunnus"] = code
    target = tmp_path / "kaupunginosat.geojson"
    target.write_text(json.dumps(document))
    return target


@pytest.mark.parametrize("width", WIDTHS)
def test_from_the_file_to_new_districts_and_back(
    width: int,
    browser_page: Open,
    axe: Check,
    planner: User,
    place: Place,
    file: Path,
    work: Callable[[], None],
    settings: Any,
    tmp_path: Path,
) -> None:
    settings.BORDERS_FOLDER = tmp_path / "borders"
    place(WEST), place(EAST)
    page = browser_page(width)
    sign_in(page, planner)
    page.get_by_role("link", name="Borders", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Borders")
    axe(page)
    page.get_by_role("link", name="Bring new borders").first.click()
    axe(page)
    page.get_by_role("button", name="Upload and read").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose a file.")
    page.get_by_label("Kaupunginosat").check()
    page.get_by_label("File of the borders").set_input_files(file)
    page.get_by_role("button", name="Upload and read").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The file is being read")
    axe(page)
    work()
    expect(page.get_by_role("heading", level=1)).to_have_text("What we understood")
    expect(page.get_by_label("EPSG:3067 (ETRS-TM35FIN)")).to_be_checked()
    expect(page.get_by_text("in Testilä").first).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Read with these choices").click()
    work()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check on the map")
    expect(page.locator("#borders-map path.mf-border--new")).to_have_count(3)
    expect(page.locator("#borders-map path.mf-border--old")).to_have_count(3)
    _numbers_on_the_map_are_those_of_the_report(page)
    axe(page)
    page.get_by_role("link", name="Go on: what changes").first.click()
    expect(page.get_by_text("Added: Ranta")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Adopt these borders").click()
    expect(page.get_by_role("alert")).to_contain_text("Agree to this")
    axe(page)
    page.get_by_label("I have looked at the points").check()
    page.get_by_role("button", name="Adopt these borders").click()
    work()
    expect(page.get_by_role("heading", level=1)).to_have_text("The borders are in force")
    axe(page)
    page.get_by_role("link", name="Borders", exact=True).last.click()
    page.get_by_role("link", name="Take back").click()
    axe(page)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("status").first).to_contain_text("The borders before are in force again.")
    axe(page)


def _numbers_on_the_map_are_those_of_the_report(page: Page) -> None:
    for summary in page.locator("#report details:not([open]) > summary").all():
        summary.click()
    told = set(page.locator("#report tbody th").all_inner_texts())
    assert told and set(page.locator("#borders-map .mf-finding-number").all_inner_texts()) == told


def test_a_file_that_is_too_large_is_told_before_it_is_sent(
    browser_page: Open, planner: User, tmp_path: Path, settings: Any
) -> None:
    settings.BORDERS_UPLOAD_MAX_BYTES = 1000
    large = tmp_path / "suuri.gpkg"
    large.write_bytes(bytes(2000))
    page = browser_page(1280)
    sign_in(page, planner)
    page.goto("/borders/new/?division=testila-districts")
    page.get_by_label("File of the borders").set_input_files(large)
    expect(page.get_by_text("This file is too large.")).to_be_visible()
    page.get_by_role("button", name="Upload and read").click()
    expect(page).to_have_url(page.url)
    expect(page.get_by_text("This file is too large.")).to_be_visible()
