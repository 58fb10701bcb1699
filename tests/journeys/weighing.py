"""An old phone, simulated by the browser, and what it notices of the map: bytes, time to read, smoothness.

The journeys weigh a small city by it, `bin/bench` one of any size.
"""

import re
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser, CDPSession, Page

#: Promised for the first view, everything included, in bytes that cross the network.
MOST_BYTES: Final = 200_000
#: Promised until something can be read, and for all that a drag of the map brings, on a machine of its own.
PAINT_MS: Final = 3000
MOVE_MS: Final = 200
#: What happens within a second of a press does not break the train of thought, on a network that takes 0.3 s to answer.
STEP_MS: Final = 1000
#: A processor this many times slower, 1.6 Mbit/s and 150 ms away.
SLOWER: Final = 4
SLOW_NETWORK: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
FREE_NETWORK: Final = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
#: How the map is dragged, in pixels, at each of several zooms.
DRAGS: Final = [(-150, 0), (0, 120), (-120, -90), (150, 60), (60, -140), (100, 100)]
ZOOMS: Final = 3
#: When nothing on the map has changed for so long, it has settled.
QUIET_MS: Final = 350

# How a list names the place of a message that lies in no district: its page leads to none.
NOWHERE: Final = re.compile("Outside the districts|The whole city|No place given")
# What is on the page after each step of a resident; all of it was not there before.
SEARCHED: Final = "document.querySelector('#results mark') && document.getElementById('total')"
EVERYTHING: Final = "!location.search && document.querySelector('.pager [rel=next]')"
OLDER: Final = "location.search.includes('after=') && document.querySelector('.pager [rel=prev]')"
MESSAGE: Final = "location.pathname.startsWith('/pins/') && document.querySelector('main h1')"
DISTRICT: Final = "location.pathname.startsWith('/areas/') && document.querySelector('main h1')"

# Frames and long tasks; and since when the signs on the map and the tiles they come from have been as they are.
WATCH: Final = """() => {
    window.seen = { frames: [], tasks: [], changed: 0 };
    let last = performance.now();
    const next = (now) => { seen.frames.push(now - last); last = now; requestAnimationFrame(next); };
    requestAnimationFrame(next);
    new PerformanceObserver((list) => {
        for (const task of list.getEntries()) seen.tasks.push(task.duration);
    }).observe({ type: "longtask" });
    // At the frame after the change it is on the screen.
    const change = () => requestAnimationFrame(() => (seen.changed = performance.now()));
    const signs = document.querySelector("#map .leaflet-marker-pane");
    new MutationObserver(change).observe(signs, { childList: true });
    new PerformanceObserver((list) => {
        if (list.getEntries().some(({ name }) => name.includes("/tiles/pins/"))) change();
    }).observe({ type: "resource" });
}"""


@dataclass(frozen=True)
class FirstView:
    """From the empty tab: bytes over the network, milliseconds to the first text and to the first signs."""

    weight: float
    paint: float
    signs: float
    heaviest: list[tuple[float, str]]


@dataclass(frozen=True)
class Moves:
    """Milliseconds from letting go of the map until what came into sight is drawn; and the worst frame meanwhile."""

    settled: list[float]
    longest_frame: float
    longest_task: float

    @property
    def median(self) -> float:
        return statistics.median(self.settled)


@contextmanager
def old_phone(browser: Browser, address: str) -> Iterator[tuple[Page, CDPSession]]:
    context = browser.new_context(
        base_url=address,
        viewport={"width": 360, "height": 800},
        device_scale_factor=2,
        has_touch=True,
        is_mobile=True,
        locale="en-GB",
    )
    context.set_default_timeout(60_000)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    try:
        yield page, session
    finally:
        context.close()


def wait_for_signs(page: Page) -> None:
    page.wait_for_function("() => document.getElementById('map-status')?.dataset.n > 0")


def first_view(page: Page, session: CDPSession, path: str = "/") -> FirstView:
    """Open the map page on a phone that has never seen it."""
    addresses: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session.on("Network.responseReceived", lambda seen: addresses.update({seen["requestId"]: seen["response"]["url"]}))
    session.on("Network.loadingFinished", lambda seen: sizes.update({seen["requestId"]: seen["encodedDataLength"]}))
    page.goto(path, wait_until="commit")
    wait_for_signs(page)
    signs = page.evaluate("performance.now()")
    page.wait_for_load_state("networkidle")
    paint = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    heaviest = sorted(((size, addresses.get(one, "")) for one, size in sizes.items()), reverse=True)
    return FirstView(sum(sizes.values()), paint, signs, heaviest)


def moves(page: Page, session: CDPSession) -> Moves:
    """Drag the map that is open, closer and closer, with the phone's processor and a network of no weight."""
    session.send("Network.emulateNetworkConditions", FREE_NETWORK)
    page.evaluate(WATCH)
    settled = []
    for _zoom in range(ZOOMS):
        for x, y in DRAGS:
            settled.append(_dragged(page, session, x, y))
        page.locator("#map .leaflet-control-zoom-in").click()
        _settle(page)
    return Moves(
        settled,
        page.evaluate("Math.max(...seen.frames)"),
        page.evaluate("Math.max(0, ...seen.tasks)"),
    )


def steps(page: Page, word: str) -> dict[str, float]:
    """What a resident does next on the map that is open: milliseconds from each press until what it brings can be read.

    The phone keeps what it has fetched before; processor and network are the old phone's.
    """
    page.locator("#filters > summary").tap()
    page.locator("#filter-q").fill(word)
    took = {"search": _pressed(page, lambda: page.locator("#filter-q").press("Enter"), SEARCHED)}
    took["everything"] = _pressed(page, page.locator("a.chip[href='/']").first.tap, EVERYTHING)
    took["older"] = _pressed(page, page.locator(".pager [rel=next]").tap, OLDER)
    in_a_district = page.locator(".pin-card").filter(has_not_text=NOWHERE)
    took["message"] = _pressed(page, in_a_district.locator(".pin-card__title a").first.tap, MESSAGE)
    took["district"] = _pressed(page, page.locator("main a[href^='/areas/']").first.tap, DISTRICT)
    took["back"] = _pressed(page, page.go_back, MESSAGE)
    took["list"] = _pressed(page, page.go_back, OLDER)
    return took


def _pressed(page: Page, press: Callable[[], object], shown: str) -> float:
    page.wait_for_load_state("networkidle")
    clock = "performance.timeOrigin + performance.now()"
    began = float(page.evaluate(clock))
    press()
    # It answers at a frame, so what it saw is on the screen.
    seen = page.wait_for_function(f"() => ({shown}) && {clock}")
    return float(seen.json_value()) - began


def _dragged(page: Page, session: CDPSession, x: float, y: float) -> float:
    """With two fingers, as the page asks for: one finger scrolls it."""
    box: Any = page.locator("#map").bounding_box()
    middle, down = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def touch(kind: str, done: float) -> None:
        fingers = [] if kind == "touchEnd" else [-20, 20]
        points = [{"x": middle + side + x * done, "y": down + y * done, "id": side + 20} for side in fingers]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0)
    for step in range(1, 9):
        touch("touchMove", step / 8)
        page.wait_for_timeout(16)
    began = float(page.evaluate("performance.now()"))
    touch("touchEnd", 1)
    return max(0.0, _settle(page) - began)


def _settle(page: Page) -> float:
    """When the map became as it stays, by the page's clock."""
    page.wait_for_timeout(QUIET_MS)
    page.wait_for_function(f"() => performance.now() - seen.changed > {QUIET_MS}")
    return float(page.evaluate("seen.changed"))


def busy() -> float:
    """How many times longer than its own work a process takes right now: 1 on a machine of its own."""
    began, worked = time.perf_counter(), time.process_time()
    while time.process_time() - worked < 0.2:
        pass
    return (time.perf_counter() - began) / 0.2
