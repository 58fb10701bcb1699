"""Markup in every text that a person or a file can bring, looked at in every place that shows it, in a real browser."""

from typing import Any, Final

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from areas.models import Area, Division, Municipality
from layers.actions import (
    NewShape,
    Scope,
    Words,
    create_plan,
    draft_response,
    publish_plan,
    publish_response,
    upload_layer,
)
from layers.models import Plan, Response
from mapfeedback.accounts.models import Organisation, User
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import point
from mapfeedback.pins.actions import Placed, place_pin
from mapfeedback.pins.models import Category
from tests.conftest import WEST, Place, box
from tests.journeys.conftest import Open

#: Runs wherever it is read as HTML; the end would close the element of a script or a template.
MARKUP: Final = """x'"><img src=x onerror="hit=1"><svg onload=hit=1></script><script>hit=1</script>{{7*7}}${hit=1}"""


@pytest.fixture
def hostile(city: Municipality, streets: Category, planner: User) -> tuple[Placed, Plan, Response]:
    """A city in which everything bears the markup as its name."""
    for named in (Municipality, Division, Area, Category, Organisation):
        named.objects.update(name_fi=MARKUP, name_sv=MARKUP)
    Category.objects.update(name_en=MARKUP)
    User.objects.update(display_name=MARKUP[:100])
    Consultation.objects.update(name_fi=MARKUP)
    plan = create_plan(
        municipality=city,
        name_fi=MARKUP,
        about_fi=MARKUP,
        kind="local_plan",
        record_number=MARKUP[:60],
        now=timezone.now(),
    )
    publish_plan(plan=plan, now=timezone.now())
    layer = upload_layer(
        plan=plan,
        name=MARKUP,
        shapes=[NewShape(MARKUP, box(25.64, 60.995, 25.66, 61.005), {MARKUP: MARKUP})],
        source_crs="EPSG:4326",
        now=timezone.now(),
    )
    placed = place_pin(
        kind="idea",
        category=streets,
        title=MARKUP,
        text=MARKUP,
        place_text=MARKUP,
        municipality=city,
        geom=point(*WEST),
        now=timezone.now(),
    )
    answer = draft_response(
        municipality=city,
        plan=plan,
        words=Words(summary=MARKUP, effect="partly", text=MARKUP, language="fi", signed_as=MARKUP),
        scopes=[Scope(shape=layer.shapes.get())],
        now=timezone.now(),
        actor=planner,
    )
    assert publish_response(response=answer, now=timezone.now()) == 1
    return placed, plan, answer


def unhurt(page: Page) -> None:
    expect(page.locator("body")).to_be_visible()
    assert page.evaluate("typeof hit") == "undefined", page.url
    assert page.locator("img[src=x], svg[onload]").count() == 0, page.url
    assert "49" not in page.title()


@pytest.mark.django_db(transaction=True)
def test_markup_in_any_text_is_shown_and_never_run(
    browser_page: Open, hostile: tuple[Placed, Plan, Response], place: Place, officer: User, planner: User
) -> None:
    placed, plan, answer = hostile
    held = place(text=f"{MARKUP} 040 123 4567")
    assert held.visibility == "held"
    page = browser_page(1280)
    district = "/areas/testila-districts/1/"
    for address in (
        f"/?q={MARKUP[:20].replace('#', '')}",
        "/pins/new/?place=testila",
        placed.pin.get_absolute_url(),
        f"/pins/mine/{placed.token}/",
        "/areas/",
        "/areas/testila-districts/",
        district,
        f"{district}report.html",
        "/plans/",
        f"/plans/{plan.slug}/",
    ):
        _look(page, address)
    _open_the_pin_on_the_map(page)
    _open_the_shape(page, f"/plans/{plan.slug}/")
    _look(page, f"{district}report.map.html")
    page.locator("path.leaflet-interactive").first.click(force=True)
    expect(page.locator(".leaflet-popup")).to_contain_text("<img src=x")
    unhurt(page)
    desk = browser_page(1280)
    _sign_in(desk, officer)
    shape = plan.layers.get().shapes.get()
    for address in (
        "/planning/",
        "/planning/pins/",
        f"/planning/plans/{plan.slug}/",
        f"/planning/plans/{plan.slug}/layers/new/",
        f"/planning/shapes/{shape.public_id}/answer/",
        f"/planning/responses/{answer.public_id}/",
        "/moderation/",
    ):
        _look(desk, address)


def _look(page: Page, address: str) -> Any:
    answer = page.goto(address)
    assert answer is not None and answer.status == 200, address
    page.wait_for_load_state("networkidle")
    unhurt(page)


def _open_the_pin_on_the_map(page: Page) -> None:
    page.goto(f"/#17/{WEST[1]}/{WEST[0]}")
    page.locator("#map .mf-pin").first.click()
    expect(page.locator(".leaflet-popup, dialog[open]")).to_contain_text("<img src=x")
    unhurt(page)


def _open_the_shape(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("path.mf-shape").first.click(force=True)
    expect(page.locator(".leaflet-popup")).to_contain_text("<img src=x")
    unhurt(page)


def _sign_in(page: Page, user: User) -> None:
    page.goto("/accounts/login/?next=/planning/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill("salasana-kelpaa-1")
    page.locator("input[name=password]").press("Enter")
    expect(page.locator("h1")).to_be_visible()
    page.wait_for_url("**/planning/")
