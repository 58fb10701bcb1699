"""A real browser for journeys: a phone (360 px) or a desk (1280 px), which may only talk to our own server.

    def test_…(browser_page: Open, axe: Check) -> None:
        page = browser_page(360)          # or 1280; further keywords go to the browser context
        page.goto("/")                    # addresses are relative to the running server
        axe(page)                         # fails with every violation axe finds

When the test ends, a request to another host, an error in the console (a broken content policy is one) or an
uncaught exception fails it.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from tests.journeys.chromium import a_browser

# Playwright's loop runs in this thread; the ORM is used between its steps, never inside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

Open = Callable[..., Page]
Check = Callable[[Page], None]

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/journeys/" in item.path.as_posix():
            item.add_marker(pytest.mark.journey)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=10_000)
    try:
        with a_browser() as running:
            yield running
    except LookupError as missing:
        pytest.fail(f"{missing} Or leave the journeys out: -m 'not journey'.")


@pytest.fixture
def browser_page(browser: Browser, live_server: LiveServer) -> Iterator[Open]:
    """`browser_page(360)` is a phone with a touch screen, `browser_page(1280)` a desk with a mouse."""
    complaints: list[str] = []
    contexts = []

    def _open(width: int, **more: Any) -> Page:
        phone = width < 600
        given: dict[str, Any] = {
            "base_url": live_server.url,
            "viewport": {"width": width, "height": 800 if phone else 900},
            "has_touch": phone,
            "is_mobile": phone,
            "locale": "en-GB",
            "reduced_motion": "reduce",
        }
        context = browser.new_context(**(given | more))
        context.set_default_timeout(15_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: _own_host(request, live_server, complaints))
        page.on("console", lambda message: _quiet(message, page, complaints))
        page.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
        return page

    yield _open
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


def _own_host(request: Request, server: LiveServer, complaints: list[str]) -> None:
    parts = urlsplit(request.url)
    if parts.scheme not in {"data", "blob", "about"} and parts.netloc != urlsplit(server.url).netloc:
        complaints.append(f"asked another host: {request.url}")


def _quiet(message: ConsoleMessage, page: Page, complaints: list[str]) -> None:
    # A page that answers 4xx on purpose (a refused form) is reported by the browser too.
    refused_page = message.text.startswith("Failed to load resource") and message.location["url"] == page.url
    if message.type == "error" and not refused_page:
        complaints.append(f"console: {message.text} ({message.location['url']})")


@pytest.fixture
def axe() -> Check:
    """`axe(page)`: WCAG 2.2 A and AA and good practice, on the page as it stands."""

    def _check(page: Page) -> None:
        found = (
            Axe()
            .run(page, options={"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": RULES}})
            .response["violations"]
        )
        lines = [
            f"{one['id']}: {one['help']}\n" + "\n".join(f"    {node['html'][:200]}" for node in one["nodes"][:5])
            for one in found
        ]
        assert not lines, "axe found:\n" + "\n".join(lines)

    return _check
