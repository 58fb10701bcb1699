"""Several tasks at once: each hand is a process with a database session of its own."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from typing import Final

from django.db import connection, connections

Task = Callable[[], object]

#: More of them would wait for the disk.
MOST: Final = 8


class TaskFailed(Exception):
    """A process ended before its time; it has said why on standard error."""


def there() -> int:
    """As many hands as the machine has cores to work with."""
    return min(MOST, os.cpu_count() or 1)


def work(tasks: Sequence[Task], *, hands: int, inside: Callable[[], AbstractContextManager[None]]) -> None:
    """Do all tasks in the order given, so many at a time; whoever does some enters `inside` first.

    One hand is this process with the transaction that it has open. Several begin with what is committed and commit as
    they go; this process must have no transaction then. Raises TaskFailed when one of theirs failed; the rest stays
    undone.
    """
    if hands == 1:
        with inside():
            for task in tasks:
                task()
        return
    # A session that two processes share speaks for neither.
    _leave()
    fork = multiprocessing.get_context("fork")
    turn = fork.Value("i", 0)

    def next_task() -> int:
        with turn.get_lock():
            turn.value += 1
            mine: int = turn.value - 1
            return mine

    def hand() -> None:
        try:
            _arrive()
            with inside():
                while (nth := next_task()) < len(tasks):
                    tasks[nth]()
            _leave()
        except BaseException:
            turn.value = len(tasks)
            raise

    processes = [fork.Process(target=hand) for _ in range(min(hands, len(tasks)))]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise TaskFailed


def _arrive() -> None:
    """In a new process: sessions that the old one has open, in another thread or beside an event loop, are its own."""
    connection._connection_pools.clear()  # type: ignore[attr-defined]
    for alias in connections:
        with suppress(AttributeError):  # none was open
            del connections[alias]


def _leave() -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
