"""How a row is measured: ours and the baseline in turns, so that a busy moment of the machine meets both."""

import statistics
import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

from django.core.handlers.wsgi import WSGIHandler

#: Pins of the synthetic city.
SIZES: Final = {"small": 10_000, "medium": 1_000_000, "large": 10_000_000}
HEAVY: Final = 5
LIGHT: Final = 50
#: A turn of both that takes more seconds than these is taken nine times at most, three times only, or once.
SLOW: Final = 1
LONG: Final = 30
VERY_LONG: Final = 100


@dataclass(frozen=True)
class Row:
    """Milliseconds, as medians. It holds when ours takes at most `target` times the baseline."""

    name: str
    ours: float
    baseline: float
    target: float
    #: How many turns the medians are of: fewer than five where one takes minutes.
    turns: int = HEAVY

    def as_dict(self) -> dict[str, str | float | bool]:
        ratio = self.ours / self.baseline
        return {
            "name": self.name,
            "ours": round(self.ours, 3),
            "baseline": round(self.baseline, 3),
            "ratio": round(ratio, 4),
            "target": self.target,
            "holds": ratio <= self.target,
            "turns": self.turns,
        }


def compared(
    name: str,
    *,
    ours: Callable[[], object],
    baseline: Callable[[], object],
    target: float,
    repeats: int,
    before: Callable[[], object] = lambda: None,
) -> Row:
    """Run both in turns, the first turn uncounted; `before` runs ahead of each of ours, also uncounted."""

    def timed(action: Callable[[], object]) -> float:
        began = time.perf_counter()
        action()
        return time.perf_counter() - began

    def ours_after_before() -> float:
        before()
        return timed(ours)

    return in_turns(name, ours=ours_after_before, baseline=lambda: timed(baseline), target=target, repeats=repeats)


def in_turns(
    name: str, *, ours: Callable[[], float], baseline: Callable[[], float], target: float, repeats: int
) -> Row:
    """As `compared`, for what measures itself: both answer with seconds.

    Where the first turn is already VERY_LONG, it is the only one; where it is LONG, three follow; where SLOW, nine.
    """
    turns = [(ours(), baseline())]
    took = sum(turns[0])
    if took <= VERY_LONG:
        if took > SLOW:
            repeats = min(repeats, 3 if took > LONG else 9)
        turns = [(ours(), baseline()) for _turn in range(repeats)]
    medians = [1000 * statistics.median(taken) for taken in zip(*turns, strict=True)]
    return Row(name, medians[0], medians[1], target, turns=len(turns))


@cache
def application() -> WSGIHandler:
    return WSGIHandler()


def request(path: str, body: bytes = b"", **headers: str) -> bytes:
    """The bytes of one whole request, all middleware included, without network; a body makes it a POST of JSON."""
    return b"".join(stream(path, body, **headers))


def stream(path: str, body: bytes = b"", **headers: str) -> Generator[bytes, None, None]:
    """The same block by block, for what nobody should hold in memory as a whole."""
    split = urlsplit(path)
    environ: dict[str, object] = {"PATH_INFO": split.path, "QUERY_STRING": split.query, "HTTP_HOST": "localhost"}
    if body:
        environ |= {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))}
        environ["wsgi.input"] = BytesIO(body)
    setup_testing_defaults(environ)
    environ |= headers

    def begin(status: str, headers: list[tuple[str, str]], failure: object = None) -> Callable[[bytes], object]:
        assert status.startswith("2"), status
        return lambda written: None

    with closing(application()(environ, begin)) as answer:  # Django gives the database session back on closing
        yield from answer
