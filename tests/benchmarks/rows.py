"""The things that are measured: ours against a baseline that does the least that could be done."""

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from wsgiref.util import setup_testing_defaults

import psycopg
from django.core.handlers.wsgi import WSGIHandler

REPEATS = {"small": 50, "medium": 300, "large": 2000}


@dataclass(frozen=True)
class Row:
    """Milliseconds, as medians. It holds when ours takes at most `target` times the baseline."""

    name: str
    ours: float
    baseline: float
    target: float

    def as_dict(self) -> dict[str, str | float | bool]:
        ratio = self.ours / self.baseline
        return {
            "name": self.name,
            "ours": round(self.ours, 3),
            "baseline": round(self.baseline, 3),
            "ratio": round(ratio, 3),
            "target": self.target,
            "holds": ratio <= self.target,
        }


def median(action: Callable[[], object], repeats: int) -> float:
    """Milliseconds of the middle run, after a few that do not count."""
    for _ in range(5):
        action()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        action()
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def whole_request(size: str) -> Row:
    """A whole request to /health, database included, against only opening a database session and asking it.

    It holds while requests keep their sessions in a pool; with a new one per request it cannot.
    """
    application = WSGIHandler()

    def begin(status: str, headers: list[tuple[str, str]], failure: object = None) -> Callable[[bytes], object]:
        assert status.startswith("200"), status
        return lambda written: None

    def request() -> None:
        environ: dict[str, object] = {"PATH_INFO": "/health"}
        setup_testing_defaults(environ)
        environ["HTTP_HOST"] = "localhost"
        answer = application(environ, begin)
        assert b'"ok"' in b"".join(answer)
        answer.close()  # Django gives the session back here

    def new_session() -> None:
        with psycopg.connect(os.environ["DATABASE_URL"]) as session:
            session.execute("SELECT 1")

    return Row(
        name="whole-request",
        ours=median(request, REPEATS[size]),
        baseline=median(new_session, REPEATS[size]),
        target=1.0,
    )


ROWS: dict[str, Callable[[str], Row]] = {"whole-request": whole_request}
