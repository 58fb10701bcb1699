"""Messages with a photo: found, shown in lists, on the map and in files; what waits leaves no trace."""

import csv
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from mapfeedback.accounts.models import User
from mapfeedback.pins.models import Photo, Pin
from mapfeedback.pins.photos.actions import add_photos, decide_photo
from mapfeedback.pins.photos.reading import Picture
from tests.conftest import EAST, WEST, Place

#: Everything that tells of a filtered set.
TOLD_BY = [
    "/pins.csv",
    "/pins.geojson",
    "/pins.atom",
    "/tiles/pins/0/0/0.json",
    "/tiles/pins/0/0/0.mvt",
    "/areas/testila-districts/counts.json",
    "/areas/testila-districts/1/report.csv",
]


def shown_on(pin: Pin, *names: bytes, by: User | None = None) -> list[Photo]:
    pictures = [Picture(name, name, 400, 300) for name in names]
    photos = add_photos(pin=pin, pictures=pictures, now=timezone.now())
    for photo in photos if by else []:
        assert by is not None
        decide_photo(photo=photo, visibility="published", reason="", now=timezone.now(), actor=by)
    return photos


def body(client: Client, address: str) -> bytes:
    answer: Any = client.get(address)
    assert answer.status_code == 200
    return bytes(answer.getvalue() if answer.streaming else answer.content)


def test_the_filter_finds_messages_with_a_public_photo(client: Client, place: Place, moderator: User) -> None:
    with_photo, waiting, without = place(WEST), place(EAST), place(WEST)
    shown_on(with_photo, b"a", by=moderator)
    shown_on(waiting, b"b")
    found = {query: body(client, f"/?{query}").decode() for query in ("photo=yes", "photo=no")}
    assert str(with_photo.public_id) in found["photo=yes"] and 'data-total="1"' in found["photo=yes"]
    assert 'data-total="2"' in found["photo=no"]
    assert str(waiting.public_id) in found["photo=no"] and str(without.public_id) in found["photo=no"]
    page = client.get("/?photo=yes", headers={"Accept-Language": "en"}).text
    assert "With a photo\n" in page or "With a photo<" in page
    assert '<option value="yes" selected>' in page


@pytest.mark.parametrize("query", ["photo=yes", "photo=no"])
def test_a_waiting_photo_changes_no_answer_to_others(client: Client, place: Place, query: str) -> None:
    pin = place(WEST)
    addresses = [*TOLD_BY, "/", pin.get_absolute_url()]
    before = {address: body(client, f"{address}?{query}") for address in addresses}
    (photo,) = shown_on(pin, b"a")
    for address, told in before.items():
        now = body(client, f"{address}?{query}")
        assert now == told or address in {"/", pin.get_absolute_url()}, address  # pages carry a nonce
        assert str(photo.public_id).encode() not in now


def test_files_and_tiles_hold_the_addresses_of_public_photos(client: Client, place: Place, moderator: User) -> None:
    pin = place(WEST)
    first, second = shown_on(pin, b"a", b"b", by=moderator)
    shown_on(pin, b"waits")
    urls = [f"http://testserver/photos/{photo.public_id}/large.jpg" for photo in (first, second)]
    for address in ("/pins.csv", "/areas/testila-districts/1/report.csv"):
        (row,) = csv.DictReader(io.StringIO(body(client, address).decode()))
        assert (row["photos"], row["photo_urls"]) == ("2", " | ".join(urls))
    (feature,) = json.loads(body(client, "/pins.geojson"))["features"]
    assert (feature["properties"]["photos"], feature["properties"]["photo_urls"]) == (2, urls)
    (told,) = json.loads(body(client, "/tiles/pins/0/0/0.json"))["pins"]
    assert told["photo"] == str(first.public_id)


def test_a_list_shows_the_first_photo_of_each_in_as_many_queries_as_without(
    client: Client, place: Place, moderator: User
) -> None:
    pins = [place(WEST) for _nth in range(4)]
    with CaptureQueriesContext(
        connection,
    ) as before:
        client.get("/")
    photos = [shown_on(pin, name.encode(), by=moderator)[0] for pin, name in zip(pins, "abcd", strict=True)]
    with CaptureQueriesContext(connection) as after:
        page = client.get("/", headers={"Accept-Language": "en"}).text
    assert len(after) == len(before)
    for photo in photos:
        assert f'src="{photo.small}"' in page
    assert page.count('loading="lazy"') == 4
    assert "1 photo" in page


def test_a_message_with_photos_costs_its_page_one_query_more(client: Client, place: Place, moderator: User) -> None:
    pin = place(WEST)
    with CaptureQueriesContext(connection) as before:
        client.get(pin.get_absolute_url())
    shown_on(pin, b"a", b"b", b"c", by=moderator)
    with CaptureQueriesContext(connection) as after:
        client.get(pin.get_absolute_url())
    assert len(after) == len(before) + 1


def test_photos_are_found_by_a_thin_index(place: Place, moderator: User) -> None:
    for _nth in range(20):
        place(WEST)
    shown_on(place(WEST), b"a", by=moderator)
    pins = Pin.objects.filter(visibility="published", photo_count__gt=0)
    with connection.cursor() as cursor:
        # Among so few the planner takes any index, unless it knows how many each holds.
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; ANALYZE pins_pin")
    assert "with_photo" in pins.order_by("-placed_at", "-pk").values("pk").explain()
    tile = pins.filter(tile_code__gte=0, tile_code__lt=2**62).order_by().values("id", "kind", "tile_code")
    plan = tile.explain()
    assert "pin_tile" in plan or "with_photo" in plan
