"""What a resident's old phone makes of the map, in a real browser: see `tests/journeys/weighing.py`."""

import statistics
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import CDPSession, Page

from tests.benchmarks.city import City
from tests.benchmarks.measuring import Row
from tests.benchmarks.serving import a_server
from tests.journeys.chromium import a_browser
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

#: Enough for both processes of the server to have read their templates.
WARMING: Final = 12
#: So often a resident goes the same way. The word is in thousands of messages.
JOURNEYS: Final = 5
WORD: Final = "keinu"


def first_text(city: City) -> Row:
    """Milliseconds to the first text of the map page, against the three seconds that are promised."""
    with _phone() as (page, session):
        seen = first_view(page, session)
    _tell(f"signs after {seen.signs:.0f} ms; {seen.weight:.0f} bytes of {MOST_BYTES}")
    assert seen.weight < MOST_BYTES, seen.heaviest
    return Row("first-view", seen.paint, PAINT_MS, 1.0)


def panning(city: City) -> Row:
    """Milliseconds from letting go of the map until all is drawn, the median drag, against what is promised."""
    with _phone() as (page, session):
        first_view(page, session)
        dragged = moves(page, session)
    _tell(
        f"{len(dragged.settled)} drags, the slowest {max(dragged.settled):.0f} ms; "
        f"longest frame {dragged.longest_frame:.0f} ms, longest task {dragged.longest_task:.0f} ms"
    )
    return Row("panning", dragged.median, MOVE_MS, 1.0)


def journey(city: City) -> Row:
    """Milliseconds from a press to what it brings, the median step of a resident, against the second of a thought."""
    with _phone() as (page, session):
        first_view(page, session)
        steps(page, WORD)  # the phone fetches scripts and fonts of every page once
        gone = []
        for _time in range(JOURNEYS):
            page.goto("/")
            wait_for_signs(page)
            gone.append(steps(page, WORD))
    each = {name: statistics.median(one[name] for one in gone) for name in gone[0]}
    _tell(", ".join(f"{name} {took:.0f}" for name, took in each.items()))
    return Row("phone-journey", statistics.median(each.values()), STEP_MS, 1.0, turns=JOURNEYS)


@contextmanager
def _phone() -> Iterator[tuple[Page, CDPSession]]:
    with a_server() as port, a_browser() as browser:
        for _time in range(WARMING):
            urllib.request.urlopen(f"http://localhost:{port}/").read()
        with old_phone(browser, f"http://localhost:{port}") as phone:
            yield phone


def _tell(sentence: str) -> None:
    print(f"  {sentence}; the machine is busy, times {busy():.1f}", file=sys.stderr, flush=True)
