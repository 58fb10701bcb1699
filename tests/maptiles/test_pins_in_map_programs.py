"""Pins as vector tiles for map programs: one by one while they are few, else counted; lines and areas as drawn."""

import datetime
from typing import Any

import pytest
from django.contrib.gis.geos import LineString, Polygon
from django.test import Client
from django.utils import timezone

from areas.models import Municipality
from mapfeedback.maptiles import vectortile
from mapfeedback.pins.models import Category, Pin, Visibility
from tests.conftest import EAST, WEST, Place
from tests.maptiles.reading import layers_of
from tests.maptiles.test_pins_on_the_map import store, tile_of


def layers(client: Client, zoom: int, where: tuple[float, float], query: str = "") -> dict[str, list[dict[str, Any]]]:
    x, y = tile_of(*where, zoom)
    answer = client.get(f"/tiles/pins/{zoom}/{x}/{y}.mvt?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/vnd.mapbox-vector-tile")
    return layers_of(answer.content)


def test_a_vector_tile_gives_each_pin_with_its_values(client: Client, place: Place) -> None:
    pin = place(WEST, kind="idea")
    told = layers(client, 14, WEST)
    assert list(told) == ["pins"]
    ((shown),) = told["pins"]
    at = shown.pop("at")
    assert shown == {
        "id": str(pin.public_id),
        "kind": "idea",
        "category": "streets",
        "status": "received",
        "answered": False,
        "type": 1,
    }
    assert all(0 <= number <= 4096 for number in at[0])


def test_a_vector_tile_takes_the_filter_and_the_one_door(client: Client, place: Place) -> None:
    place(WEST, kind="idea")
    place(WEST, kind="thanks")
    Pin.objects.filter(pk=place(WEST, kind="idea").pk).update(visibility=Visibility.HELD)
    assert [pin["kind"] for pin in layers(client, 10, WEST, "kind=idea")["pins"]] == ["idea"]
    assert layers(client, 10, WEST, "kind=question") == {}
    assert client.get("/tiles/pins/0/0/0.mvt?colour=red").json()["parameter"] == "colour"
    assert client.get("/tiles/pins/0/1/0.mvt").status_code == 404


def test_what_is_too_much_one_by_one_is_counted_in_cells(
    client: Client, city: Municipality, streets: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectortile, "PINS", 10)
    store(city, streets, [WEST] * 8 + [EAST] * 3, kind="idea")
    store(city, streets, [WEST] * 2, kind="thanks")
    told = layers(client, 9, WEST)
    assert list(told) == ["clusters"]
    counted = [{key: value for key, value in one.items() if key not in {"at", "type"}} for one in told["clusters"]]
    assert sorted(counted, key=lambda one: -one["n"]) == [{"n": 10, "idea": 8, "thanks": 2}, {"n": 3, "idea": 3}]


def test_lines_and_areas_are_drawn_in_every_tile_they_reach_into(client: Client, place: Place) -> None:
    line = place(None, geom=LineString(WEST, EAST, srid=4326))
    place(
        None,
        geom=Polygon([WEST, (WEST[0] + 0.001, WEST[1]), (WEST[0], WEST[1] + 0.001), WEST], srid=4326),
        kind="thanks",
    )
    west, east = layers(client, 14, WEST), layers(client, 14, EAST)
    assert sorted(shape["type"] for shape in west["shapes"]) == [2, 3]
    assert [shape["id"] for shape in east["shapes"]] == [str(line.public_id)]
    for shape in west["shapes"] + east["shapes"]:
        assert all(-64 <= number <= 4096 + 64 for place_of in shape["at"] for number in place_of)


def test_pins_and_cells_of_all_tiles_add_up_to_the_whole(
    client: Client, city: Municipality, streets: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectortile, "PINS", 12)
    store(city, streets, [(-179.9 + nth * 7, -80 + nth * 3.2) for nth in range(50)], placed_at=timezone.now())
    assert Pin.objects.filter(placed_at__gte=timezone.now() - datetime.timedelta(hours=1)).count() == 50
    for zoom in (0, 1, 2):
        total = 0
        for x in range(2**zoom):
            for y in range(2**zoom):
                told = layers_of(client.get(f"/tiles/pins/{zoom}/{x}/{y}.mvt").content)
                total += len(told.get("pins", [])) + sum(cluster["n"] for cluster in told.get("clusters", []))
        assert total == 50
