"""The jobs of the worker: reading a file of borders, putting its draft in force, and tidying up behind people.

Either may be killed at any moment. Whether somebody is at work on an import is a lock in the database, so it is
free again the moment the worker is gone.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from mapfeedback.borders import actions, keeping, reading
from mapfeedback.borders.querysets import LOCK


@app.task(name="borders.read", queue="long")
def read(pk: int, attempt: int) -> None:
    with at_work(pk) as alone:
        if alone:
            reading.read(pk, attempt)


@app.task(name="borders.adopt", queue="long")
def adopt(pk: int) -> None:
    with at_work(pk) as alone:
        if alone:
            reading.put_in_force(pk)


@app.periodic(cron="41 3 * * *")
@app.task(name="borders.tidy", queueing_lock="borders.tidy", queue="long")
def tidy(timestamp: int) -> None:
    """Every night: imports that nobody has come back to, and files that no import needs."""
    actions.give_up_forgotten(now=timezone.now())
    keeping.sweep()


@contextmanager
def at_work(pk: int) -> Iterator[bool]:
    """Hold the lock of an import while working on it; False when somebody else holds it. Sets no limit to queries."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_try_advisory_lock({LOCK})", [pk])
        alone = bool(cursor.fetchone()[0])
        cursor.execute("SET statement_timeout = 0")
    try:
        yield alone
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
            if alone:
                cursor.execute(f"SELECT pg_advisory_unlock({LOCK})", [pk])
