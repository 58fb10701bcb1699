"""Anyone reads how many contributions each district has; the parts always add up to the total."""

import csv
import datetime
import json
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from areas.actions import NewArea, adopt_edition
from areas.models import Division, Edition, Municipality
from mapfeedback.pins.actions import decide_visibility, withdraw_pin
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Category, Pin
from mapfeedback.pins.rollups import folding
from mapfeedback.pins.rollups.writing import recounted
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place, box

ADDRESS = "/areas/testila-districts/counts.json"


def asked(client: Client, query: str = "") -> dict[str, Any]:
    answer = client.get(ADDRESS, query_params=dict(pair.split("=") for pair in query.split("&") if pair))
    assert answer.status_code == 200, answer.content
    data: dict[str, Any] = json.loads(answer.content)
    parts = sum(area["pins"] for area in data["areas"]) + data["unlocated"] + data["outside"]
    assert parts + (data.get("suspected_default", 0) if "defaults" in query else 0) == data["total"]
    return data


def by_code(data: dict[str, Any]) -> dict[str, int]:
    return {area["code"]: area["pins"] for area in data["areas"]}


def test_every_pin_is_counted_in_one_place(client: Client, place: Place) -> None:
    for where in (WEST, WEST, EAST, OUTSIDE, None, None, None):
        place(where)
    data = asked(client)
    assert by_code(data) == {"1": 2, "2": 1, "3": 0}
    assert (data["unlocated"], data["outside"], data["total"]) == (3, 1, 7)
    assert [area["name"] for area in data["areas"]] == ["Länsi", "Itä", "Etelä"]


def test_a_placed_pin_raises_its_district_by_one(client: Client, place: Place) -> None:
    before = asked(client)
    place(SOUTH)
    after = asked(client)
    assert by_code(after)["3"] == by_code(before)["3"] + 1
    assert after["total"] == before["total"] + 1


def test_a_district_chosen_in_words_counts_without_a_place(client: Client, place: Place, district: Division) -> None:
    place(None, area=district.editions.get().areas.get(code="2"))
    data = asked(client)
    assert by_code(data)["2"] == 1
    assert data["unlocated"] == 0


def test_a_missing_population_is_missing_and_never_zero(client: Client, place: Place) -> None:
    for where in (WEST, WEST, SOUTH):
        place(where)
    west, east, south = asked(client)["areas"]
    assert (west["population"], west["per_1000"]) == (1000, 2.0)
    assert (east["population"], east["per_1000"]) == (500, 0.0)
    assert (south["population"], south["per_1000"]) == (None, None)


def test_answers_and_how_long_they_took_are_told_only_when_there_are_enough(client: Client, place: Place) -> None:
    then = timezone.now() - datetime.timedelta(days=30)
    pins = [place(WEST, now=then).pk for _ in range(6)]
    Pin.objects.filter(pk__in=pins[:5]).update(answered_at=then + datetime.timedelta(days=4))
    place(EAST, now=then)
    west, east, _south = asked(client)["areas"]
    assert (west["answered"], west["answered_share"], west["median_days_to_answer"]) == (5, 0.833, 4.0)
    assert (east["answered"], east["answered_share"], east["median_days_to_answer"]) == (0, None, None)


def test_suspected_default_places_are_left_out_by_one_switch_and_still_add_up(client: Client, place: Place) -> None:
    piled = [place(WEST).pk for _ in range(3)] + [place(OUTSIDE).pk]
    Pin.objects.filter(pk__in=piled).update(suspected_default_place=True)
    place(WEST)
    assert by_code(asked(client))["1"] == 4
    without = asked(client, "defaults=without")
    assert by_code(without)["1"] == 1
    assert (without["suspected_default"], without["outside"], without["total"]) == (4, 0, 5)


@pytest.mark.parametrize(
    ("query", "west", "unlocated", "outside", "total"),
    [
        ("area=testila-districts/1", 2, 0, 0, 2),
        ("area=testila-districts/unlocated", 0, 1, 0, 1),
        ("area=testila-districts/outside", 0, 0, 1, 1),
        ("area=testila", 2, 1, 1, 5),
        ("kind=thanks", 1, 0, 0, 1),
        ("q=kuoppa", 0, 0, 0, 0),
        ("answered=yes", 0, 0, 0, 0),
    ],
)
def test_the_one_filter_narrows_the_counts(
    client: Client, place: Place, query: str, west: int, unlocated: int, outside: int, total: int
) -> None:
    place(WEST, kind="thanks")
    for where in (WEST, EAST, OUTSIDE, None):
        place(where)
    data = asked(client, query)
    assert (by_code(data)["1"], data["unlocated"], data["outside"], data["total"]) == (west, unlocated, outside, total)


def test_districts_and_placeless_together_count_nobody_twice(client: Client, place: Place, city: Municipality) -> None:
    Division.objects.create(municipality=city, slug="testila-villages", name_fi="Kylät")
    for where in (WEST, None, OUTSIDE):
        place(where)
    address = "&".join(f"area=testila-districts/{code}" for code in ("1", "unlocated", "outside"))
    data = client.get(f"{ADDRESS}?{address}").json()
    assert (by_code(data)["1"], data["unlocated"], data["outside"], data["total"]) == (1, 1, 1, 3)


def test_what_is_held_hidden_or_withdrawn_is_not_counted(
    client: Client, place: Place, moderator: Any, planner: Any
) -> None:
    now = timezone.now()
    place(WEST)
    place(WEST, text="Soita minulle 040 123 4567")
    decide_visibility(pin=place(WEST), visibility="hidden", reason="personal_data", now=now, actor=moderator)
    withdraw_pin(pin=place(None), now=now)
    assert asked(client)["total"] == 1
    client.force_login(moderator)
    assert asked(client)["total"] == 1


def test_other_cities_pins_are_not_this_citys_outside(client: Client, place: Place, outsider: Any) -> None:
    other = Municipality.objects.get(slug="muuala")
    place((20.1, 60.05), municipality=other)
    assert asked(client)["total"] == 0


def test_the_counts_follow_new_borders(client: Client, place: Place, district: Division) -> None:
    place(WEST)
    place(EAST)
    adopt_edition(
        division=district,
        areas=[NewArea("A", "Kaikki", box(25.60, 60.94, 25.80, 61.02), population=0)],
        valid_from=datetime.date(2025, 1, 1),
        source="uudet",
        is_example=True,
    )
    remember_areas()
    data = asked(client)
    assert by_code(data) == {"A": 2}
    assert data["areas"][0]["per_1000"] is None
    assert (data["borders_from"], data["is_example"]) == ("2025-01-01", True)


def test_counting_takes_the_same_few_queries_however_many_pins(
    client: Client, place: Place, nature: Category, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for where in (WEST, EAST, SOUTH, OUTSIDE, None):
        place(where, category=nature)
    with django_assert_num_queries(6):
        client.get(ADDRESS)


def test_an_unchanged_answer_is_not_sent_again(client: Client, place: Place) -> None:
    place(WEST)
    first = client.get(ADDRESS)
    assert client.get(ADDRESS, headers={"If-None-Match": first["ETag"]}).status_code == 304
    place(WEST)
    assert client.get(ADDRESS, headers={"If-None-Match": first["ETag"]}).status_code == 200
    assert "no-cache" in first["Cache-Control"]


@pytest.mark.parametrize("query", ["kind=nonsense", "defaults=maybe", "area=nowhere", "text__contains=x", "since=x"])
def test_a_bad_question_is_refused_by_name(client: Client, city: Municipality, query: str) -> None:
    answer = client.get(f"{ADDRESS}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["parameter"] == query.split("=")[0]


def test_a_division_that_is_not_there_is_not_found(client: Client, city: Municipality) -> None:
    assert client.get("/areas/nowhere/counts.json").status_code == 404


def test_the_cross_table_says_the_same_from_totals_and_from_the_messages(
    client: Client, place: Place, district: Division, streets: Category, nature: Category
) -> None:
    """Placed before totals were kept, and after; the last is not folded yet."""
    place(WEST, category=streets)
    place(None, category=nature)
    counted = cross_table(client)
    assert counted[0][:4] == ["area_code", "area_name", "category", "category_name"]
    assert counted[1:] == [
        ["1", "Länsi", "streets", streets.name, "1", "0", "0", "0", "0", "0", "1"],
        ["unlocated", "", "nature", nature.name, "1", "0", "0", "0", "0", "0", "1"],
    ]
    folding.rebuild(Edition.objects.select_related("division").get(division=district))
    assert cross_table(client) == counted
    pin = place(WEST, category=streets)
    with transaction.atomic(), recounted([pin.pk]):
        Pin.objects.filter(pk=pin.pk).update(suspected_default_place=True)
    assert cross_table(client)[1][-1] == "2"
    assert cross_table(client, "?defaults=without") == counted
    assert cross_table(client, "?topics=main")[1] == [*counted[1][:4], "2", *"00000", "2"]
    assert cross_table(client, "?topics=main&kind=idea") == cross_table(client, "?topics=main")
    assert client.get("/areas/testila-districts/topics.csv?topics=few").status_code == 400
    assert cross_table(client, "?category=streets") == [counted[0], ["1", *counted[1][1:4], "2", *"00000", "2"]]


def cross_table(client: Client, query: str = "") -> list[list[str]]:
    answer = client.get(f"/areas/testila-districts/topics.csv{query}")
    assert answer.status_code == 200, answer.content
    return list(csv.reader(answer.content.decode().splitlines()))
