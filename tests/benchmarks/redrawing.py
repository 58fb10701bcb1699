"""An edition change while people read: nobody may wait for it, and nobody may see half of it."""

import sys
import threading
import time
from typing import Final

from django.db import connections
from django.utils import timezone

from areas.actions import draft_edition
from mapfeedback.pins.redrawing import put_in_force, take_back, throw_away
from tests.benchmarks.city import FIRST_DAY, City, areas, settle
from tests.benchmarks.measuring import Row, request

#: What is asked over and over meanwhile: all counts, one district's messages on the map, and its report.
PAGES: Final = (
    "/areas/seeded-districts/counts.json",
    "/tiles/pins/11/1173/562.json?area=seeded-districts/055",
    "/areas/seeded-districts/055/report.csv",
)
QUIET: Final = 10


def while_serving(city: City) -> Row:
    """The longest answer of a page while borders change, against the longest while nothing changes.

    The seconds of the whole change, from drawing the draft to the swap, go to standard error.
    """
    asked(QUIET)
    quiet = asked(QUIET)
    stop, busy = threading.Event(), list[float]()

    def reader() -> None:
        try:
            while not stop.is_set():
                busy.extend(asked(1))
        finally:
            connections.close_all()

    reading = threading.Thread(target=reader)
    reading.start()
    try:
        began = time.monotonic()
        draft = draft_edition(division=city.edition.division, areas=areas(), valid_from=FIRST_DAY, source="bench")
        put_in_force(edition=draft, now=timezone.now())
        seconds = time.monotonic() - began
    finally:
        stop.set()
        reading.join()
    print(f"  borders changed in {seconds:.1f} s; {len(busy)} pages answered meanwhile", file=sys.stderr, flush=True)
    assert seconds < 60 or city.size != "small"
    take_back(edition=draft, now=timezone.now())
    throw_away(edition=draft)
    settle()
    return Row("edition-while-serving", max(busy), max(quiet), target=3.0)


def asked(times: int) -> list[float]:
    """Milliseconds of each answer; an answer that is not 200 ends the measurement."""
    taken = []
    for _time in range(times):
        for page in PAGES:
            began = time.perf_counter()
            request(page)
            taken.append((time.perf_counter() - began) * 1000)
    return taken
