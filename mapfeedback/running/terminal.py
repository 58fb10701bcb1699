"""What a person at the terminal sees: steps with their times, and failures in one clear piece."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Refusal(Exception):
    """Something a person has to settle first. The message says what and how; no traceback is shown."""


class Stopped(BaseException):
    """Somebody asked this command to stop (Ctrl-C, or a polite kill)."""


def say(message: str) -> None:
    """Progress goes to standard error, so that a command's own output stays clean."""
    print(message, file=sys.stderr, flush=True)


@contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is being done and how long it took."""
    began = time.monotonic()
    say(f"· {what}")
    yield
    say(f"  done in {time.monotonic() - began:.1f} s")
