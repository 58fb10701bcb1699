"""One number everywhere: whatever the filter, list, counts, clusters and files speak of the same contributions.

As a reader gets them, through the pages; `test_thousands_of_filters` asks many more, without pages round them.
"""

import csv
import datetime
import io
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from areas.models import Division, Municipality
from mapfeedback.geo import point
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Category, Channel, Kind, Pin, Status, Visibility
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST

PLACES = {"1": WEST, "2": EAST, "3": SOUTH, "outside": OUTSIDE, "unlocated": None}
MONTHS = [datetime.date(2025, month, 1) for month in range(1, 13)]


@dataclass(frozen=True)
class Told:
    """One contribution, in the few things that the filters of this test ask about."""

    where: str
    kind: str
    category: str
    status: str
    channel: str
    visibility: str
    day: datetime.date
    answered: bool
    photos: int
    suspected: bool
    word: str
    language: str

    def stored(self, municipality: Municipality, categories: dict[str, Category]) -> Pin:
        place = PLACES[self.where]
        # Half past midnight at home is still the day before in UTC: days must mean the city's days.
        at = datetime.datetime.combine(self.day, datetime.time(0, 30), ZoneInfo("Europe/Helsinki"))
        return Pin(
            municipality=municipality,
            kind=self.kind,
            category=categories[self.category],
            text=f"Tässä on {self.word}.",
            language=self.language,
            geom=point(*place) if place else None,
            precision="exact" if place else "unknown",
            channel=self.channel,
            status=self.status,
            visibility=self.visibility,
            placed_at=at,
            changed_at=at,
            answered_at=at if self.answered else None,
            photo_count=self.photos,
            suspected_default_place=self.suspected and place is not None,
        )


WORDS = ["penkki", "kuoppa", "valo"]
#: What is typed into the search field, and the words whose pins it finds.
SEARCHED = {
    "penkki": {"penkki"},
    "kuopassa": {"kuoppa"},
    "KUOP": {"kuoppa"},
    "valoja": {"valo"},
    "tässä on": {*WORDS},
    "-penkki": {"kuoppa", "valo"},
    '"on valo"': {"valo"},
    "penkki valo": set(),
    "puuttuu": set(),
}
NEAR = {f"{WEST[1]},{WEST[0]},6000": {WEST, EAST, SOUTH}, f"{WEST[1]},{WEST[0]},100": {WEST}}
BOXES = {"25.5,60.9,25.72,61.1": {WEST, SOUTH, OUTSIDE}, "25.71,60.9,25.9,61.1": {EAST}}
WITHIN = BOXES | {"25.6 60.98,25.8 60.98,25.8 61.02,25.6 61.02": {WEST, EAST}}
contributions = st.lists(
    st.builds(
        Told,
        where=st.sampled_from(list(PLACES)),
        kind=st.sampled_from(Kind.values),
        category=st.sampled_from(["streets", "paths", "nature"]),
        status=st.sampled_from(Status.values),
        channel=st.sampled_from(Channel.values),
        visibility=st.sampled_from([*[Visibility.PUBLISHED.value] * 5, *Visibility.values]),
        day=st.sampled_from(MONTHS),
        answered=st.booleans(),
        photos=st.sampled_from([0, 0, 1, 3]),
        suspected=st.booleans(),
        word=st.sampled_from(WORDS),
        language=st.sampled_from(["fi", "sv"]),
    ),
    max_size=25,
)


def some(values: Iterable[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(list(values)), max_size=3, unique=True)


areas = [f"testila-districts/{where}" for where in PLACES] + ["testila"]
filters = st.fixed_dictionaries(
    {},
    optional={
        "area": some(areas),
        "kind": some(Kind.values),
        "category": some(["streets", "paths", "nature"]),
        "status": some(Status.values),
        "channel": some(Channel.values),
        "q": st.sampled_from([*SEARCHED]).map(lambda typed: [typed]),
        "since": st.sampled_from(MONTHS).map(lambda day: [day.isoformat()]),
        "until": st.sampled_from(MONTHS).map(lambda day: [day.isoformat()]),
        "answered": st.sampled_from(["yes", "no"]).map(lambda value: [value]),
        "photo": st.sampled_from(["yes", "no"]).map(lambda value: [value]),
        "near": st.sampled_from([*NEAR]).map(lambda circle: [circle]),
        "within": st.sampled_from([*WITHIN]).map(lambda drawn: [drawn]),
        "bbox": st.sampled_from([*BOXES]).map(lambda box: [box]),
        "language": some(["fi", "sv", "en"]),
        "precision": some(["exact", "unknown"]),
    },
)

# -- the places where the number is told; each takes the filter and adds the parts up ----------------


def in_counts(client: Client, query: str) -> int:
    counted = client.get(f"/areas/testila-districts/counts.json?{query}").json()
    parts = sum(area["pins"] for area in counted["areas"]) + counted["unlocated"] + counted["outside"]
    assert parts == counted["total"]
    return int(parts)


def in_counts_without_default_places(client: Client, query: str) -> int:
    counted = client.get(f"/areas/testila-districts/counts.json?defaults=without&{query}").json()
    parts = sum(area["pins"] for area in counted["areas"]) + counted["unlocated"] + counted["outside"]
    return int(parts + counted["suspected_default"])


def in_csv(client: Client, query: str) -> int:
    return sum(1 for _row in csv.DictReader(io.StringIO(client.get(f"/pins.csv?{query}").getvalue().decode())))


def features(client: Client, query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(client.get(f"/pins.geojson?{query}").getvalue())["features"]
    return found


def in_geojson(client: Client, query: str) -> int:
    return len(features(client, query))


def in_list(client: Client, query: str) -> int:
    found = re.search(r'data-total="(\d+)"', client.get(f"/?{query}").content.decode())
    assert found
    return int(found[1])


def in_tiles(client: Client, query: str) -> int:
    """Clusters and single pins of all tiles of one zoom, and what has no place."""
    tiles = [client.get(f"/tiles/pins/1/{x}/{y}.json?{query}").json() for x in (0, 1) for y in (0, 1)]
    on_the_map = sum(sum(cluster["n"] for cluster in tile["clusters"]) + len(tile["pins"]) for tile in tiles)
    assert on_the_map == sum(tile["n"] for tile in tiles) == client.get(f"/tiles/pins/0/0/0.json?{query}").json()["n"]
    return int(on_the_map) + len([one for one in features(client, query) if one["geometry"] is None])


def in_dots_and_squares(client: Client, query: str) -> int:
    """Dots and squares of density of all tiles of one zoom, and what has no place."""
    tiles = [(x, y) for x in (0, 1) for y in (0, 1)]
    dots = [client.get(f"/tiles/dots/1/{x}/{y}.json?{query}").json()["dots"] for x, y in tiles]
    squares = [client.get(f"/tiles/heat/1/{x}/{y}.json?{query}").json()["squares"] for x, y in tiles]
    on_the_map = sum(dot[2] if len(dot) > 2 else 1 for some_dots in dots for dot in some_dots)
    assert on_the_map == sum(n for some_squares in squares for _x, _y, n, _density in some_squares)
    return on_the_map + len([one for one in features(client, query) if one["geometry"] is None])


TOLD_BY: list[Callable[[Client, str], int]] = [
    in_counts,
    in_counts_without_default_places,
    in_csv,
    in_geojson,
    in_list,
    in_tiles,
    in_dots_and_squares,
]


@pytest.fixture
def categories(streets: Category, nature: Category) -> dict[str, Category]:
    paths = Category.objects.create(slug="paths", name_fi="Polut", parent=streets)
    return {"streets": streets, "nature": nature, "paths": paths}


@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.generate, Phase.target, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(told=contributions, asked=st.lists(filters, min_size=1, max_size=4))
def test_whatever_the_filter_every_number_is_the_same(
    client: Client,
    city: Municipality,
    categories: dict[str, Category],
    told: list[Told],
    asked: list[dict[str, list[str]]],
) -> None:
    Division.objects.get_or_create(municipality=city, slug="testila-villages", defaults={"name_fi": "Kylät"})
    Pin.objects.all().delete()
    Pin.objects.bulk_create([one.stored(city, categories) for one in told])
    remember_areas()
    for parameters in asked:
        query = urlencode(parameters, doseq=True)
        expected = sum(1 for one in told if one.visibility == Visibility.PUBLISHED and fits(one, parameters))
        assert {where.__name__: where(client, query) for where in TOLD_BY} == {
            where.__name__: expected for where in TOLD_BY
        }


def fits(one: Told, asked: dict[str, Any]) -> bool:
    """The filter again, in plain words: the second opinion that all the numbers are compared with."""
    place = PLACES[one.where]
    where = [f"testila-districts/{one.where}", "testila"]
    category = [one.category, *(["streets"] if one.category == "paths" else [])]
    checks: dict[str, Callable[[list[str]], bool]] = {
        "area": lambda wanted: any(area in wanted for area in where),
        "kind": lambda wanted: one.kind in wanted,
        "category": lambda wanted: any(slug in wanted for slug in category),
        "status": lambda wanted: one.status in wanted,
        "channel": lambda wanted: one.channel in wanted,
        "q": lambda wanted: one.word in SEARCHED[wanted[0]],
        "since": lambda wanted: one.day.isoformat() >= wanted[0],
        "until": lambda wanted: one.day.isoformat() <= wanted[0],
        "answered": lambda wanted: one.answered == (wanted[0] == "yes"),
        "photo": lambda wanted: (one.photos > 0) == (wanted[0] == "yes"),
        "near": lambda wanted: place in NEAR[wanted[0]],
        "within": lambda wanted: place in WITHIN[wanted[0]],
        "bbox": lambda wanted: place in WITHIN[wanted[0]],
        "language": lambda wanted: one.language in wanted,
        "precision": lambda wanted: ("exact" if place else "unknown") in wanted,
    }
    return all(not wanted or checks[name](wanted) for name, wanted in asked.items())
