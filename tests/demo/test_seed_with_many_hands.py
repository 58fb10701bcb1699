"""The seeded city made by several processes: the same city, and tables as they were."""

import asyncio
import datetime
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress

import psycopg
import pytest
from django.db import OperationalError, connection, transaction

from areas.models import Edition
from mapfeedback.management.seeding import ground, sowing
from mapfeedback.management.seeding.hands import TaskFailed, work
from mapfeedback.pins.models import Pin
from mapfeedback.pins.proving import differences
from mapfeedback.pins.rollups import proving

NOW = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
PINS = 1500


def catalogue() -> list[tuple[str, ...]]:
    """Columns, indexes and keys of all tables, as the database tells them."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT table_schema || '.' || table_name, column_name, data_type, column_default, is_nullable, is_identity,
                generation_expression FROM information_schema.columns WHERE table_name ~ '^(pins|layers)_'
            UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '', ''
                FROM pg_constraint WHERE conrelid::regclass::text ~ '(pins|layers)_'
            UNION ALL SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid), '', '', '', '', ''
                FROM pg_index WHERE indrelid::regclass::text ~ '(pins|layers)_'
            UNION ALL SELECT relname, reloptions::text, '', '', '', '', ''
                FROM pg_class WHERE relname ~ '^(pins|layers)_' AND relkind = 'r'
            ORDER BY 1, 2, 3"""
        )
        return list(cursor.fetchall())


def count_from_one() -> None:
    """The dice depend on the ids that were used before."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER SEQUENCE pins_pin_id_seq RESTART")


def stored() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, public_id, text, geom, placed_at, answered_at, words::text,"
            " (SELECT array_agg(area.code ORDER BY area.edition_id) FROM pins_membership"
            "  JOIN areas_area area ON area.id = area_id WHERE pin_id = pin.id) FROM pins_pin pin ORDER BY id"
        )
        return list(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
def test_many_hands_make_the_same_city_and_leave_the_tables_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    before = catalogue()
    count_from_one()
    monkeypatch.setattr(sowing, "CHUNK", 300)
    with transaction.atomic():
        sowing.sow(pins=PINS, seed=3, now=NOW)
        alone = stored()
        transaction.set_rollback(True)
    count_from_one()
    monkeypatch.setattr(sowing, "there", lambda: 2)
    sowing.sow(pins=PINS, seed=3, now=NOW)
    sowing.sow(pins=400, seed=3, now=NOW)
    assert stored()[:PINS] == alone
    assert Pin.objects.count() == PINS + 400
    assert Edition.objects.count() == len(ground.LEVELS)
    assert catalogue() == before
    assert differences(Pin.objects.all()) == []
    for edition in Edition.objects.select_related("division"):
        assert proving.differences(edition) == []


@pytest.mark.django_db(transaction=True)
def test_what_fails_leaves_no_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    before = catalogue()
    monkeypatch.setattr(sowing, "there", lambda: 2)
    monkeypatch.setattr(sowing, "CHUNK", 50)
    monkeypatch.setattr(sowing, "LINKS", "SELECT 1 / 0")
    with pytest.raises(TaskFailed):
        sowing.sow(pins=100, seed=3, now=NOW)
    assert catalogue() == before
    assert not Pin.objects.exists()


@pytest.fixture
def noted(transactional_db: None) -> Iterator[Callable[[], list[tuple[int, int]]]]:
    """Of a table `seeding_hands`: each session with each process that spoke through it."""

    def _noted() -> list[tuple[int, int]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT DISTINCT session, process FROM seeding_hands")
            return list(cursor.fetchall())

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS seeding_hands; CREATE TABLE seeding_hands (session int, process int)")
    yield _noted
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE seeding_hands")


def note() -> None:
    with connection.cursor() as cursor:
        for _nth in range(50):
            cursor.execute("INSERT INTO seeding_hands VALUES (pg_backend_pid(), %s)", [os.getpid()])


def test_hands_have_sessions_of_their_own_whatever_another_thread_does_meanwhile(
    noted: Callable[[], list[tuple[int, int]]],
) -> None:
    """A web server in the same process may ask the database at any moment, also between leaving and forking."""
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            # The pool may be closed between taking it and asking it; a web server answers 503 then.
            with suppress(psycopg.OperationalError, OperationalError), connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            connection.close()

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        work([note, note], hands=2, inside=nullcontext)
    finally:
        stop.set()
        asking.join()
    sessions, processes = zip(*noted(), strict=True)
    assert len(set(sessions)) == len(sessions)
    assert os.getpid() not in processes


def test_hands_have_sessions_of_their_own_where_an_event_loop_runs(
    noted: Callable[[], list[tuple[int, int]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django keeps one session for the loop and one for the thread outside; in the new process no loop runs."""
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

    async def in_the_loop() -> None:
        note()
        work([note, note], hands=2, inside=nullcontext)
        connection.close()

    def in_a_thread() -> None:
        note()
        asyncio.run(in_the_loop())
        connection.close()

    # In a thread of its own: in ours a browser's loop may be running, and a thread has one. What fails there has told
    # nothing, or half, and is written out.
    thread = threading.Thread(target=in_a_thread)
    thread.start()
    thread.join()
    sessions, processes = zip(*noted(), strict=True)
    assert len(set(sessions)) == len(sessions) >= 3
    assert len(set(processes)) >= 2
