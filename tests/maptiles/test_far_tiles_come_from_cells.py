"""Far tiles are made from cells kept beside the pins: the same tile to the letter, whatever happens meanwhile."""

import datetime
import json
import threading
import uuid
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.geo import Precision, Tile, point
from mapfeedback.maptiles.parts import sources, squares
from mapfeedback.maptiles.pintile import CROWD, pin_tile
from mapfeedback.maptiles.vectortile import vector_tile
from mapfeedback.pins import actions
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Kind, Pin, Status
from mapfeedback.pins.rollups import cells, folding, proving
from mapfeedback.pins.rollups.cells import Asked
from mapfeedback.pins.rollups.models import Cell, CellCount, Delta, MarkedCell
from mapfeedback.pins.rollups.writing import count_new
from tests.conftest import EAST, WEST, Place
from tests.maptiles.test_pins_on_the_map import store, tile_of

NOW = timezone.now().replace(microsecond=0)
WORLD = "/tiles/pins/0/0/0.json"
#: Neighbours in one cell, in one tile, in the next one, and far away; and one on the very edge of tiles.
PLACES = [WEST, (WEST[0] + 0.0001, WEST[1]), (WEST[0] + 0.004, WEST[1]), EAST, (25.0, 60.5), (22.5, 61.0), None]
FILTERS = [
    "",
    "kind=idea",
    "kind=idea&kind=thanks",
    "category=streets",
    "category=nature&answered=no",
    "status=received",
    "status=done&status=received&kind=idea",
    "answered=yes",
    "answered=no&area=testila",
    "area=testila",
]


@pytest.fixture
def kept(db: None) -> None:
    folding.rebuild_cells()


def both(query: str, tile: Tile) -> tuple[Any, Any]:
    """A tile from cells, and from pins."""
    chosen = PinFilter.parse(QueryDict(query))
    pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
    asked = Asked.of(chosen)
    assert asked
    return json.loads(pin_tile(pins, tile, asked)), json.loads(pin_tile(pins, tile))


def crowd(city: Municipality, category: Category, places: list[Any], **more: Any) -> None:
    """Many pins at once, counted as every way of storing counts them."""
    before = set(Pin.objects.values_list("pk", flat=True))
    store(city, category, places, **more)
    count_new(set(Pin.objects.values_list("pk", flat=True)) - before)


EVENTS = st.lists(
    st.tuples(
        st.sampled_from(
            ["place", "place", "crowd", "spot", "move", "close", "hide", "answer", "reopen", "fold", "fold"]
        ),
        st.integers(0, 30),
        st.integers(0, 20),
    ),
    min_size=3,
    max_size=14,
)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(events=EVENTS, queries=st.lists(st.sampled_from(FILTERS), min_size=3, max_size=3, unique=True))
def test_whatever_happens_a_tile_from_cells_is_the_tile_from_pins(
    city: Municipality,
    streets: Category,
    nature: Category,
    events: list[tuple[str, int, int]],
    queries: list[str],
) -> None:
    with transaction.atomic():
        folding.rebuild_cells()
        pins: list[Pin] = []
        for what, which, turn in events:
            happens(what, which, turn, city, (streets, nature)[turn % 2], pins)
        for query in ["", *queries]:
            for zoom in (0, 6, 9, 10, 11, 12):
                x, y = tile_of(*WEST, zoom)
                from_cells, from_pins = both(query, Tile(zoom, x, y))
                assert from_cells == from_pins, (query, zoom)
        assert cells.differences() == 0
        folding.fold()
        assert not Delta.objects.exists()
        assert cells.differences() == 0
        transaction.set_rollback(True)


def happens(what: str, which: int, turn: int, city: Municipality, category: Category, pins: list[Pin]) -> None:
    now = NOW + datetime.timedelta(hours=turn)
    where = PLACES[which % len(PLACES)]
    if what == "fold":
        folding.fold()
    elif what == "crowd":
        crowd(city, category, [(WEST[0] + nth * which / 3000, WEST[1] - nth / 900) for nth in range(70)])
    elif what == "spot":
        crowd(city, category, [where] * (CROWD + 25), kind=Kind.values[which % 2])
    elif what == "place" or not pins:
        pins.append(
            actions.place_pin(
                kind=Kind.values[which % 3],
                category=category,
                text="Penkki olisi tässä hyvä." if which % 7 else "Soita 040 123 4567",
                municipality=city,
                geom=point(*where) if where else None,
                now=now,
            ).pin
        )
    else:
        changes(what, pins[which % len(pins)], where or EAST, now)


def changes(what: str, pin: Pin, where: tuple[float, float], now: datetime.datetime) -> None:
    if what == "move":
        actions.move_pin(pin=pin, geom=point(*where), precision=Precision.EXACT, now=now)
    elif what == "close":
        pin.refresh_from_db()
        if pin.status == Status.RECEIVED:
            actions.change_status(pin=pin, status=Status.DONE, now=now, actor=None)
    elif what == "hide":
        actions.withdraw_pin(pin=pin, now=now)
    elif what == "answer":
        actions.mark_answered([pin.pk], now=now)
    elif what == "reopen":
        actions.mark_unanswered([pin.pk], now=now)


def test_a_far_tile_looks_at_no_pin_but_those_it_shows_one_by_one(
    kept: None, client: Client, city: Municipality, streets: Category
) -> None:
    crowd(city, streets, [(25.6 + nth / 1000, 60.9 + nth / 1000) for nth in range(100)])
    folding.fold()
    Pin.objects.all().delete()  # nobody told the cells
    told = client.get("/tiles/pins/6/36/18.json").json()
    assert (told["n"], told["pins"]) == (100, [])
    assert client.get("/tiles/pins/6/36/18.json?channel=web").json()["n"] == 0


def test_nothing_kept_yet_is_counted_from_the_pins(client: Client, place: Place) -> None:
    place(WEST)
    folding.fold()
    assert not CellCount.objects.exists()
    Cell.objects.all().delete()
    assert client.get(WORLD).json()["n"] == 1
    folding.rebuild_cells()
    assert client.get(WORLD).json()["n"] == 1


def test_a_moderator_s_map_of_cells_says_what_the_public_s_list_says(
    kept: None, client: Client, place: Place, moderator: User
) -> None:
    held = place(WEST, text="Soita minulle 040 123 4567")
    shown = place(EAST)
    client.force_login(moderator)
    for _folded in range(2):
        told = client.get(WORLD).json()
        assert (told["n"], [pin["id"] for pin in told["pins"]]) == (1, [str(shown.public_id)])
        folding.fold()
    actions.decide_visibility(pin=held, visibility="published", reason="nothing_wrong", now=NOW, actor=moderator)
    assert client.get(WORLD).json()["n"] == 2


@pytest.mark.parametrize(
    ("query", "known"),
    [(query, True) for query in FILTERS]
    + [
        (query, False)
        for query in [
            "q=penkki",
            "since=2026-01-01",
            "area=testila-districts/1",
            "area=testila&area=testila-districts/1",
            "category=streets&status=received",
            "channel=web",
            "bbox=25,60,26,61",
        ]
    ],
)
def test_what_cells_cannot_say_is_counted_from_the_pins(
    city: Municipality, streets: Category, nature: Category, query: str, known: bool
) -> None:
    assert (Asked.of(PinFilter.parse(QueryDict(query))) is not None) == known


def test_near_tiles_are_made_from_the_pins(db: None) -> None:
    from_cells = {
        zoom: [one.kept for one in sources(Pin.objects.all(), Tile(zoom, 0, 0), zoom + 6, Asked())] for zoom in (12, 13)
    }
    assert from_cells == {12: [True, False], 13: [False]}


def test_squares_of_any_fineness_are_counted_alike_from_cells_and_from_pins(
    kept: None, city: Municipality, streets: Category
) -> None:
    crowd(city, streets, [(25.6 + nth / 300, 60.95 + nth / 3000) for nth in range(100)], kind="idea")
    whole = Tile(8, *tile_of(*WEST, 8))
    for folded in (False, True):
        for query in ("", "kind=idea", "status=received"):
            chosen = PinFilter.parse(QueryDict(query))
            pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
            for zoom in (8, 11, 13, 15, 17, 20):
                found = counted(pins, zoom, Asked.of(chosen), whole)
                assert found == counted(pins, zoom, None, whole) == counted(pins, zoom, Asked.of(chosen))
                assert sum(found.values()) == pins.count()
        assert folded or folding.fold()
    CellCount.objects.all().delete()
    Cell.objects.update(n=7)
    assert sum(counted(pins, 14, Asked(), whole).values()) == pins.count()


def counted(pins: Any, zoom: int, asked: Asked | None, tile: Tile | None = None) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(*squares(pins, zoom, asked, tile))
        return dict(cursor.fetchall())


@pytest.mark.parametrize("most", [3, 10])
def test_map_programs_get_the_same_numbers_from_cells(
    kept: None, city: Municipality, streets: Category, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr("mapfeedback.maptiles.vectortile.PINS", most)
    crowd(city, streets, [(25.6 + nth / 30, 60.9 + nth / 100) for nth in range(30)])
    for query in ("", "kind=idea", "answered=no"):
        chosen = PinFilter.parse(QueryDict(query))
        pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
        for zoom in (0, 5, 8, 10):
            tile = Tile(zoom, *tile_of(*WEST, zoom))
            assert vector_tile(pins, tile, Asked.of(chosen)) == vector_tile(pins, tile)


def test_cells_that_are_wrong_are_told_and_counted_anew(
    kept: None, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place(WEST)
    folding.fold()
    assert call("--check") == "agrees"
    Cell.objects.filter(level=15).update(n=7)
    MarkedCell.objects.filter(mark="").update(n=3)
    with pytest.raises(SystemExit):
        call("--check")
    proving.reconcile()
    assert "cells" in caplog.text
    assert call("--check") == "agrees"


def test_the_nightly_look_keeps_cells_where_none_are_kept_and_sweeps_empty_ones(place: Place) -> None:
    pin = place(WEST)
    proving.reconcile()
    assert (CellCount.objects.count(), Cell.objects.count()) == (1, len(cells.LEVELS))
    actions.withdraw_pin(pin=pin, now=NOW)
    folding.fold()
    proving.reconcile()
    assert not Cell.objects.exists()
    assert not MarkedCell.objects.exists()


def call(*arguments: str) -> str:
    out = StringIO()
    call_command("rebuild_rollups", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().split(":")[0]


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_leave_no_cell_wrong(city: Municipality, streets: Category, place: Place) -> None:
    shared = [place(where).pk for where in (WEST, EAST, (25.0, 60.5))]
    failures: list[Exception] = []

    def write(nth: int) -> None:
        try:
            for turn in range(5):
                where = PLACES[(nth + turn) % 6] or WEST
                mine = actions.place_pin(
                    kind=Kind.values[nth % 6],
                    category=streets,
                    text="Penkki olisi tässä hyvä.",
                    municipality=city,
                    geom=point(*where),
                    key=uuid.uuid4(),
                    now=NOW,
                ).pin
                common = Pin.objects.get(pk=shared[turn % 3])
                actions.move_pin(pin=common, geom=point(*where), precision=Precision.EXACT, now=NOW)
                with transaction.atomic():
                    actions.mark_answered([mine.pk, common.pk], now=NOW)
                if turn % 2:
                    actions.withdraw_pin(pin=mine, now=NOW)
                folding.fold()
        except Exception as failure:  # noqa: BLE001 - told by the one who started this thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(nth,)) for nth in range(6)]
    for thread in threads:
        thread.start()
    folding.rebuild_cells()
    for thread in threads:
        thread.join()
    assert failures == []
    with folding.one_state():
        assert cells.differences() == 0
    told, counted = both("", Tile(6, *tile_of(*WEST, 6)))
    assert told == counted
    assert counted["n"] == 3 + 6 * 3


def test_cells_know_every_kind() -> None:
    assert set(cells.KINDS) == set(Kind.values)
