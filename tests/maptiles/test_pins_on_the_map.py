"""What the map shows adds up to the list beside it, at every zoom and for every filter."""

import json
import math
import random
from collections.abc import Sequence
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import LineString
from django.db import transaction
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.geo import MERCATOR_EDGE, Tile, point
from mapfeedback.journal.models import Entry
from mapfeedback.maptiles import pintile
from mapfeedback.maptiles.pintile import pin_tile
from mapfeedback.pins.actions import change_status, correct_text, move_pin, withdraw_pin
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Kind, Pin, Status, Visibility
from mapfeedback.pins.rollups import folding
from tests.conftest import EAST, OUTSIDE, WEST, Place

WORLD = "/tiles/pins/0/0/0.json"


def tile_of(lon: float, lat: float, zoom: int) -> tuple[int, int]:
    """Which tile holds a place, worked out another way than the product does."""
    across = (lon + 180) / 360
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2
    return int(across * 2**zoom), int(down * 2**zoom)


def total_of(tile: dict[str, Any]) -> int:
    return int(sum(cluster["n"] for cluster in tile["clusters"]) + len(tile["pins"]))


def store(city: Municipality, category: Category, places: Sequence[tuple[float, float] | None], **more: Any) -> None:
    chance = random.Random(7)
    Pin.objects.bulk_create(
        Pin(
            **{
                "municipality": city,
                "category": category,
                "kind": chance.choice(Kind.values),
                "status": chance.choice(Status.values),
                "text": chance.choice(["Penkki puuttuu", "Valo on rikki", "100 % hyvä {paikka}"]),
                "geom": point(*where) if where else None,
                "precision": "exact" if where else "unknown",
                "placed_at": timezone.now(),
                "changed_at": timezone.now(),
            }
            | more
        )
        for where in places
    )


def test_a_tile_gives_single_pins_with_what_a_sign_needs(client: Client, place: Place) -> None:
    pin = place(WEST, text="Penkki olisi hyvä.\nToinen rivi.", kind="idea")
    tile = client.get(WORLD).json()
    assert tile["n"] == 1
    assert tile["clusters"] == []
    (shown,) = tile["pins"]
    assert shown == {
        "id": str(pin.public_id),
        "kind": "idea",
        "category": "streets",
        "status": "received",
        "headline": "Penkki olisi hyvä.",
        "answered": False,
        "language": "fi",
        "lon": 25.65,
        "lat": 61.0,
    }


@pytest.mark.parametrize("text", ["Valo " * 18, "Valo on rikki. " * 9, "Pitkäyhdyssana" * 9, "Ääni\n" + "x" * 200])
def test_a_long_text_is_shortened_as_in_the_list(client: Client, place: Place, text: str) -> None:
    pin = place(WEST, text=text)
    assert [one["headline"] for one in client.get(WORLD).json()["pins"]] == [pin.headline]


def test_many_pins_become_clusters_that_say_how_many_of_each_kind(
    client: Client, city: Municipality, streets: Category
) -> None:
    store(city, streets, [(25.6 + i / 1000, 61.0) for i in range(100)], kind="thanks")
    tile = client.get(WORLD).json()
    assert (tile["n"], tile["pins"]) == (100, [])
    (cluster,) = tile["clusters"]
    assert (cluster["n"], cluster["kinds"]) == (100, {"thanks": 100})
    west, south, east, north = cluster["bounds"]
    # All of them lie within; the bounds are a part of the tile larger at most, seldom more than a pixel or two.
    assert 25.57 < west <= 25.6 < 25.699 <= east < 25.73
    assert 60.98 < south <= 61.0 <= north < 61.02
    assert west < cluster["lon"] < east


def test_a_pin_alone_in_its_cell_keeps_its_kind_among_the_clusters(
    client: Client, city: Municipality, streets: Category
) -> None:
    store(city, streets, [(25.6 + i / 10000, 61.0) for i in range(100)])
    store(city, streets, [(-100.0, 40.0)], kind="thanks")
    tile = client.get(WORLD).json()
    assert [cluster["n"] for cluster in tile["clusters"]] == [100]
    assert [pin["kind"] for pin in tile["pins"]] == ["thanks"]


def test_a_crowd_on_one_spot_stays_one_cluster_however_close_one_looks(
    client: Client, city: Municipality, streets: Category
) -> None:
    crowd = pintile.CROWD + 1
    store(city, streets, [WEST] * crowd + [(WEST[0] + 0.00001, WEST[1])])
    x, y = tile_of(*WEST, 18)
    tile = client.get(f"/tiles/pins/18/{x}/{y}.json").json()
    assert tile["n"] == crowd + 1
    (cluster,) = tile["clusters"]
    assert cluster["n"] == crowd
    assert cluster["bounds"][:2] == cluster["bounds"][2:]
    assert len(tile["pins"]) == 1


def test_lines_are_given_as_drawn_and_counted_once(client: Client, place: Place) -> None:
    place(None, geom=_line((25.60, 61.0), (25.75, 61.0)))
    found = [
        client.get(f"/tiles/pins/9/{x}/{y}.json").json()
        for x in range(tile_of(25.60, 61, 9)[0] - 1, tile_of(25.75, 61, 9)[0] + 2)
        for y in range(tile_of(25.60, 61, 9)[1] - 1, tile_of(25.60, 61, 9)[1] + 2)
    ]
    assert sum(tile["n"] for tile in found) == 1
    (drawn,) = [pin for tile in found for pin in tile["pins"]]
    assert drawn["geometry"]["type"] == "LineString"


def _line(*places: tuple[float, float]) -> Any:
    return LineString(*places, srid=4326)


def test_a_line_is_told_in_every_tile_it_reaches_into(client: Client, place: Place) -> None:
    long = place(None, geom=_line(WEST, EAST))
    place(EAST)
    x, y = tile_of(*EAST, 15)
    tile = client.get(f"/tiles/pins/15/{x}/{y}.json").json()
    assert (tile["n"], len(tile["pins"])) == (1, 1)
    (shape,) = tile["shapes"]
    assert (shape["id"], shape["geometry"]["type"]) == (str(long.public_id), "LineString")
    assert client.get(f"/tiles/pins/15/{x}/{y}.json?kind=thanks").json()["shapes"] == []


def test_what_is_not_published_leaves_no_trace_on_the_map(client: Client, place: Place, moderator: User) -> None:
    for visibility in (Visibility.HELD, Visibility.HIDDEN, Visibility.WITHDRAWN):
        Pin.objects.filter(pk=place(EAST).pk).update(visibility=visibility)
    shown = place(WEST)
    tile = client.get(WORLD).json()
    assert tile["n"] == 1
    assert tile["pins"][0]["id"] == str(shown.public_id)
    client.force_login(moderator)
    assert client.get(WORLD).json()["n"] == 1


def test_the_map_takes_the_same_filter_as_the_list(client: Client, place: Place) -> None:
    place(WEST, kind="idea")
    place(EAST, kind="thanks")
    place(OUTSIDE, kind="thanks")
    assert client.get(f"{WORLD}?kind=thanks").json()["n"] == 2
    assert client.get(f"{WORLD}?kind=thanks&area=testila-districts/2").json()["n"] == 1
    assert client.get(f"{WORLD}?area=testila-districts/unlocated").json()["n"] == 0


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("kind=nonsense", "kind"), ("area=nowhere/9", "area"), ("colour=red", "colour"), ("since=soon", "since")],
)
def test_a_filter_that_makes_no_sense_is_refused_by_name(
    client: Client, city: Municipality, query: str, parameter: str
) -> None:
    answer = client.get(f"{WORLD}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["parameter"] == parameter


@pytest.mark.parametrize("path", ["0/1/0", "3/0/8", "23/0/0", "0/0/99999999999999999999"])
def test_a_tile_outside_the_world_is_not_found(client: Client, db: None, path: str) -> None:
    assert client.get(f"/tiles/pins/{path}.json").status_code == 404


def test_an_unchanged_tile_is_not_sent_twice(client: Client, place: Place, resident: User) -> None:
    place(WEST)
    first = client.get(WORLD)
    assert "public" in first["Cache-Control"]
    assert client.get(WORLD, headers={"If-None-Match": first["ETag"]}).status_code == 304
    place(EAST)
    assert client.get(WORLD, headers={"If-None-Match": first["ETag"]}).status_code == 200
    client.force_login(resident)
    assert "private" in client.get(WORLD)["Cache-Control"]


@pytest.mark.parametrize("change", ["correct", "move", "withdraw", "status"])
def test_every_change_of_a_pin_makes_its_tiles_new(client: Client, place: Place, change: str) -> None:
    pin = place(WEST)
    known = client.get(WORLD)["ETag"]
    now = timezone.now()
    if change == "correct":
        correct_text(pin=pin, title="", text="Penkki olisi kiva.", now=now)
    elif change == "move":
        move_pin(pin=pin, geom=point(*EAST), precision="exact", now=now)
    elif change == "withdraw":
        withdraw_pin(pin=pin, now=now)
    else:
        change_status(pin=pin, status=Status.IN_PROGRESS, now=now, actor=None)
    assert client.get(WORLD, headers={"If-None-Match": known}).status_code == 200


def test_a_change_that_ended_late_makes_tiles_new_too(client: Client, place: Place) -> None:
    """Its entry has a smaller number than one that was seen before it."""
    place(WEST)
    latest = Entry.objects.latest("pk")
    late = Entry.objects.create(pk=latest.pk + 5, at=latest.at, verb="pin.placed", thing=latest.thing)
    known = client.get(WORLD)["ETag"]
    Entry.objects.create(pk=late.pk - 2, at=latest.at, verb="pin.moved", thing=latest.thing)
    assert client.get(WORLD, headers={"If-None-Match": known}).status_code == 200


def test_a_public_tile_varies_by_no_cookie_and_a_private_one_is_kept_by_no_proxy(
    client: Client, place: Place, resident: User
) -> None:
    place(WEST)
    assert "Cookie" not in client.get(WORLD).get("Vary", "")
    public = client.get(WORLD)["ETag"]
    client.force_login(resident)
    private = client.get(WORLD, headers={"If-None-Match": public})
    assert private.status_code == 200
    assert "private" in private["Cache-Control"]
    assert "public" not in private["Cache-Control"]
    assert "Cookie" in private["Vary"]


def test_a_tile_costs_one_statement_and_a_look_at_the_journal_and_a_known_one_the_look(
    client: Client, city: Municipality, streets: Category, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    store(city, streets, [WEST] * 30)
    folding.rebuild_cells()
    with django_assert_num_queries(2):
        known = client.get(WORLD)["ETag"]
    with django_assert_num_queries(1):
        assert client.get(WORLD, headers={"If-None-Match": known}).status_code == 304


# -- the sum, for any pins, any filter, any zoom ---------------------------------------------------

HALVES = [MERCATOR_EDGE * part for part in (-1, -0.5, 0, 0.25, 0.5)]
lons = st.one_of(
    st.floats(-180, 180),
    st.floats(25.6, 25.8),
    st.sampled_from([-180.0, -90.0, 0.0, 45.0, 90.0, 180.0, 25.65, 25.7]),
)
lats = st.one_of(
    st.floats(-85, 85), st.floats(60.94, 61.02), st.sampled_from([-85.0, 0.0, 61.0, 66.51326044311186, 85.0])
)
pins_anywhere = st.lists(st.one_of(st.none(), st.tuples(lons, lats)), max_size=25)
queries = st.lists(
    st.sampled_from(
        [
            "kind=idea",
            "kind=thanks",
            "status=received",
            "status=done",
            "category=streets",
            "area=testila",
            "area=testila-districts/unlocated",
            "area=testila-districts/outside",
            "answered=no",
            "precision=exact",
            "channel=web",
            "since=2020-01-01",
            "within=20,50,30,65",
        ]
    ),
    max_size=4,
    unique=True,
).map("&".join)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(places=pins_anywhere, crowd=st.integers(0, 90), query=queries, zoom=st.integers(0, 19), words=st.booleans())
@example(places=[(0.0, 5e-324), (5e-324, -5e-324)], crowd=0, query="", zoom=3, words=False)
def test_the_tiles_of_every_zoom_add_up_to_the_filter_s_located_pins(
    city: Municipality,
    streets: Category,
    places: list[tuple[float, float] | None],
    crowd: int,
    query: str,
    zoom: int,
    words: bool,
) -> None:
    chosen = PinFilter.parse(QueryDict(query + ("&q=100 % {" if words else "")))
    with transaction.atomic():
        store(city, streets, [*places, *[WEST] * crowd])
        pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
        total = pins.located().count()
        tiles = [json.loads(pin_tile(pins, tile)) for tile in _tiles(zoom, [*places, WEST])]
        transaction.set_rollback(True)
    assert sum(tile["n"] for tile in tiles) == total
    assert [total_of(tile) for tile in tiles] == [tile["n"] for tile in tiles]
    for tile in tiles:
        assert all(sum(cluster["kinds"].values()) == cluster["n"] > 1 for cluster in tile["clusters"])


def _tiles(zoom: int, places: list[tuple[float, float] | None]) -> list[Tile]:
    """All tiles of a far zoom; of a near one those around the pins, neighbours included (the others hold none)."""
    if zoom <= 2:
        return [Tile(zoom, x, y) for x in range(2**zoom) for y in range(2**zoom)]
    names = set()
    for where in places:
        if where:
            x, y = tile_of(*where, zoom)
            names |= {(x + dx, y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)}
    return [tile for tile in (Tile(zoom, x, y) for x, y in names) if tile.exists]
