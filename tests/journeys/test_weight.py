"""What the map weighs on an old phone: bytes of the first view, time to its first words and signs, smooth dragging.

Static files and pages are served as in earnest: compressed, with checksums in their names. Bytes are exact and
asserted as promised. Times are those of a machine that may be busy: they are reported (`pytest -s -k weight`), and
asserted so loosely that only something broken fails. `bin/bench --size medium --only first-view` and `--only panning`
measure the same at a million on a machine of its own.
"""

import random
import urllib.request
from collections.abc import Iterator
from typing import Any, cast

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.test import override_settings
from django.test.testcases import LiveServerThread
from django.utils import timezone
from playwright.sync_api import Browser

from areas.models import Municipality
from mapfeedback.geo import point
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Category, Kind, Pin
from tests.journeys.weighing import (
    MOST_BYTES,
    MOVE_MS,
    PAINT_MS,
    STEP_MS,
    busy,
    first_view,
    moves,
    old_phone,
    steps,
    wait_for_signs,
)

#: Static files of no page of ours; compressing them takes longest.
OTHERS = ["gis", "account", "draw", "leaflet-src*", "proj4*", "Control*"]
#: A shared machine may be this much slower.
SLACK = 10


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> override_settings:
    """Settings under which static files are served compressed and versioned; the map's own are collected."""
    earnest = override_settings(
        STORAGES={
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": "mapfeedback.staticfiles.VersionedStatic"},
        },
        STATIC_ROOT=tmp_path_factory.mktemp("static"),
        WHITENOISE_USE_FINDERS=False,
    )
    with earnest:
        call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=OTHERS)
    return earnest


@pytest.fixture
def as_in_earnest(transactional_db: None, collected: override_settings) -> Iterator[str]:
    """Address of a server in earnest."""
    with collected:
        # No handler of static files in front: ours serves them itself, as in earnest.
        unchanged = cast("type[WSGIHandler]", lambda application: application)
        server = LiveServerThread("127.0.0.1", static_handler=unchanged)
        server.daemon = True
        server.start()
        server.is_ready.wait()
        assert server.error is None
        yield f"http://127.0.0.1:{server.port}"
        server.terminate()


@pytest.fixture
def many_voices(city: Municipality, streets: Category) -> None:
    chance = random.Random(5)
    Pin.objects.bulk_create(
        Pin(
            municipality=city,
            category=streets,
            kind=chance.choice(Kind.values),
            text=f"Viesti {nth}: penkki olisi hyvä tässä, ja valo tuolla.",
            geom=point(chance.gauss(25.7, 0.03), chance.gauss(60.98, 0.01)),
            precision="exact",
            placed_at=timezone.now(),
            changed_at=timezone.now(),
        )
        for nth in range(2000)
    )
    remember_areas()


def test_the_map_is_light_and_quick_on_an_old_phone(
    browser: Browser, as_in_earnest: str, many_voices: None, record_property: Any
) -> None:
    # As a service that has been asked before: templates are read, addresses known.
    urllib.request.urlopen(as_in_earnest).read()
    with old_phone(browser, as_in_earnest) as (page, session):
        seen = first_view(page, session)
        took = steps(page, "penkki")
        page.goto("/")
        wait_for_signs(page)
        dragged = moves(page, session)
    told = {
        "first view, bytes": seen.weight,
        "first text, ms": seen.paint,
        "signs on the map, ms": seen.signs,
        "settled after a drag, median, ms": dragged.median,
        "settled after a drag, longest, ms": max(dragged.settled),
        "longest frame while dragging, ms": dragged.longest_frame,
        "longest task while dragging, ms": dragged.longest_task,
        **{f"{name}, ms": step for name, step in took.items()},
        "the machine is busy, times": busy(),
    }
    for name, value in told.items():
        record_property(name, round(value, 1))
    print("\n" + "\n".join(f"{name}: {value:.1f}" for name, value in told.items()))
    print("\n".join(f"  {size:8.0f}  {url}" for size, url in seen.heaviest[:8]))
    assert seen.weight < MOST_BYTES, seen.heaviest
    assert seen.paint < PAINT_MS * SLACK
    assert seen.signs < PAINT_MS * SLACK
    assert max(took.values()) < STEP_MS * SLACK, took
    assert any(dragged.settled), "dragging brought nothing new"
    assert dragged.median < MOVE_MS * SLACK
    assert dragged.longest_task < MOVE_MS * SLACK


def test_a_repeated_view_asks_for_no_tile_again(browser: Browser, as_in_earnest: str, many_voices: None) -> None:
    context = browser.new_context(base_url=as_in_earnest, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    from_cache: list[bool] = []

    def note(seen: dict[str, Any]) -> None:
        if "/tiles/pins/" in seen["response"]["url"]:
            from_cache.append(bool(seen["response"].get("fromDiskCache")))

    page.goto("/")
    wait_for_signs(page)
    session.on("Network.responseReceived", note)
    page.goto("/plans/")
    page.goto("/")
    wait_for_signs(page)
    context.close()
    assert from_cache
    assert all(from_cache)
