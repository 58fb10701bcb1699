"""The ground is open data: borders, water and roads, and the answer to "which district is this place in?"."""

import datetime
from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from areas.actions import NewArea, adopt_edition
from areas.models import Area, Division, Edition, GroundFeature, Municipality
from tests.conftest import EAST, OUTSIDE, box

DISTRICTS = "/areas/testila-districts.geojson"


def collection(client: Client, path: str) -> dict[str, Any]:
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/geo+json"
    found: dict[str, Any] = answer.json()
    assert found["type"] == "FeatureCollection"
    return found


def test_the_borders_in_force_come_with_names_and_people(client: Client, district: Division) -> None:
    west, _east, south = collection(client, DISTRICTS)["features"]
    assert west["properties"] == {
        "code": "1",
        "name": "Länsi",
        "name_sv": "Väst",
        "name_en": "",
        "population": 1000,
        "population_year": None,
        "km2": west["properties"]["km2"],
        "division": "testila-districts",
        "kind": "district",
        "example": False,
        "valid_from": "2020-01-01",
        "valid_to": None,
        "label": west["properties"]["label"],
    }
    assert 22 < west["properties"]["km2"] < 26
    lon, lat = west["properties"]["label"]
    assert (25.60 < lon < 25.70) and (60.98 < lat < 61.02)
    assert south["properties"]["population"] is None


def test_neighbours_share_their_border_to_the_last_decimal(client: Client, district: Division) -> None:
    west, east, _south = (
        GEOSGeometry(str(feature["geometry"]).replace("'", '"'))
        for feature in collection(client, DISTRICTS)["features"]
    )
    assert west.intersection(east).geom_type == "LineString"
    assert west.union(east).area == pytest.approx(west.area + east.area)


def test_an_edition_that_has_ended_is_not_shown_and_examples_say_so(client: Client, district: Division) -> None:
    adopt_edition(
        division=district,
        areas=[NewArea("398-07", "Uusi", box(25.60, 60.94, 25.80, 61.02))],
        valid_from=datetime.date(2024, 1, 1),
        source="test",
        is_example=True,
    )
    (only,) = collection(client, DISTRICTS)["features"]
    assert (only["properties"]["code"], only["properties"]["example"]) == ("398-07", True)
    assert Edition.objects.filter(division=district).count() == 2


def test_one_district_has_an_address_of_its_own(client: Client, district: Division) -> None:
    (one,) = collection(client, "/areas/testila-districts/2.geojson")["features"]
    assert one["properties"]["name"] == "Itä"


@pytest.mark.parametrize(
    "path", ["/areas/nowhere.geojson", "/areas/testila-districts/9.geojson", "/areas/nowhere/1.geojson"]
)
def test_what_is_not_there_is_said_in_the_asked_format(client: Client, district: Division, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_the_ground_has_water_and_roads_of_the_asked_city_only(client: Client, city: Municipality) -> None:
    GroundFeature.objects.create(
        municipality=city, kind="water", rank=1, name_fi="Järvi", name_sv="Sjön", geom=box(25.61, 60.95, 25.62, 60.96)
    )
    GroundFeature.objects.create(
        municipality=city, kind="road", rank=2, geom=GEOSGeometry("LINESTRING(25.6 61, 25.7 61.000001)", srid=4326)
    )
    features = collection(client, "/areas/ground.geojson?municipality=testila")["features"]
    assert [feature["properties"]["kind"] for feature in features] == ["city", "water", "road"]
    water, road = features[1]["properties"], features[2]
    assert (water["name_fi"], water["name_sv"], water["rank"]) == ("Järvi", "Sjön", 1)
    assert 25.61 < water["label"][0] < 25.62
    assert road["geometry"]["coordinates"] == [[25.6, 61], [25.7, 61]]
    assert len(collection(client, "/areas/ground.geojson")["features"]) == 3


def test_the_ground_of_an_unknown_city_is_refused_by_name(client: Client, city: Municipality) -> None:
    answer = client.get("/areas/ground.geojson?municipality=atlantis")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "municipality")


def test_unchanged_ground_is_not_sent_twice_and_costs_few_questions(
    client: Client, district: Division, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        first = client.get(DISTRICTS)
    assert "public" in first["Cache-Control"]
    assert client.get(DISTRICTS, headers={"If-None-Match": first["ETag"]}).status_code == 304
    Area.objects.filter(code="1").update(population=1001)
    assert client.get(DISTRICTS, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_place_is_told_its_city_and_district_in_the_reader_s_language(
    client: Client, district: Division, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(2):
        answer = client.get(f"/areas/at?lat={EAST[1]}&lon={EAST[0]}", headers={"Accept-Language": "sv"}).json()
    assert answer["inside"] is True
    assert answer["municipality"] == {"slug": "testila", "name": "Testby"}
    assert [(area["division"], area["code"], area["name"]) for area in answer["areas"]] == [
        ("testila-districts", "2", "Öst")
    ]


def test_the_main_division_is_named_first(client: Client, city: Municipality, district: Division) -> None:
    postcodes = Division.objects.create(municipality=city, slug="a-postcodes", name_fi="Postinumerot", kind="postcode")
    adopt_edition(
        division=postcodes,
        areas=[NewArea("15100", "15100", box(25.60, 60.94, 25.80, 61.02))],
        valid_from=datetime.date(2020, 1, 1),
        source="test",
    )
    areas = client.get(f"/areas/at?lat={EAST[1]}&lon={EAST[0]}").json()["areas"]
    assert [area["code"] for area in areas] == ["2", "15100"]


def test_a_place_outside_the_districts_or_the_city_is_an_answer(client: Client, city: Municipality) -> None:
    ring = client.get(f"/areas/at?lat={OUTSIDE[1]}&lon={OUTSIDE[0]}").json()
    assert (ring["inside"], ring["municipality"]["slug"], ring["areas"]) == (True, "testila", [])
    abroad = client.get("/areas/at?lat=48.85&lon=2.35").json()
    assert (abroad["inside"], abroad["municipality"], abroad["areas"]) == (False, None, [])
    assert abroad["message"]


@pytest.mark.parametrize(
    "query", ["", "lat=61", "lat=north&lon=25", "lat=nan&lon=25", "lat=25.6&lon=261", "lat=89&lon=1"]
)
def test_a_place_that_cannot_be_read_is_refused_with_help(client: Client, city: Municipality, query: str) -> None:
    answer = client.get(f"/areas/at?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["title"]
