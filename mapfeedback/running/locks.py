"""Locks between commands of one instance. The kernel releases them when a process ends, however it ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Lock:
    """A lock file that several processes hold together (shared) or one alone (exclusive)."""

    def __init__(self, file: Path) -> None:
        self.descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def share(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_SH)

    def take(self) -> None:
        fcntl.flock(self.descriptor, fcntl.LOCK_EX)

    def take_at_once(self) -> bool:
        """Whether nobody else held it; then it is held alone."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def close(self) -> None:
        os.close(self.descriptor)


@contextmanager
def alone(file: Path) -> Iterator[None]:
    """Wait until nobody else does what this file stands for."""
    lock = Lock(file)
    try:
        lock.take()
        yield
    finally:
        lock.close()
