"""A reader sees who lives in a district, of which year that is, what it is part of and what it consists of."""

import datetime
import io
import json
import re
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from areas.actions import NewArea, adopt_edition
from areas.models import Area, Division, Edition, Municipality, PopulationFigure
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Pin
from tests.conftest import EAST, SOUTH, WEST, Place, box
from tests.reports.test_read_a_district import card, page, table_row, words

DIVISION = "/areas/testila-districts/"
DISTRICT = "/areas/testila-districts/1/"


@pytest.fixture(autouse=True)
def in_english(client: Client) -> None:
    client.cookies["django_language"] = "en"


@pytest.fixture
def people(district: Division) -> None:
    west, east, south = Area.objects.current().order_by("code")
    for area, year, age_from, age_to, persons in (
        (west, 2023, 0, None, 800),
        (west, 2024, 0, None, 1200),
        (west, 2024, 0, 17, 300),
        (west, 2024, 18, None, 900),
        (east, 2024, 0, None, 40),
        (south, 2024, 0, None, 0),
    ):
        PopulationFigure.objects.create(area=area, year=year, age_from=age_from, age_to=age_to, persons=persons)


@pytest.fixture
def major(city: Municipality, district: Division) -> Division:
    division = Division.objects.create(
        municipality=city, slug="testila-major", name_fi="Suuralueet", name_en="Major districts", kind="major"
    )
    adopt_edition(
        division=division,
        areas=[NewArea("P", "Pohjoinen", box(25.60, 60.98, 25.80, 61.02))],
        valid_from=datetime.date(2020, 1, 1),
        source="test",
    )
    remember_areas()
    return division


def facts(html: str) -> dict[str, str]:
    return {
        words(name).strip(): words(value).strip()
        for name, value in re.findall(r"<dt>(.*?)</dt> <dd[^>]*>(.*?)</dd>", html)
    }


def trail(html: str) -> list[str]:
    found = re.search(r'<nav class="breadcrumb" aria-label="You are here">(.*?)</nav>', html)
    assert found
    return words(found[1]).split()


def counts(client: Client, query: str = "") -> dict[str, tuple[Any, ...]]:
    areas = client.get(f"{DIVISION}counts.json?{query}").json()["areas"]
    return {one["code"]: (one["population"], one["population_year"], one["per_1000"]) for one in areas}


def test_the_population_of_the_period_counts_and_its_year_is_told(client: Client, place: Place, people: None) -> None:
    for year in (2023, 2023, 2024):
        place(WEST, now=datetime.datetime(year, 6, 1, tzinfo=datetime.UTC))
    assert counts(client)["1"] == (1200, 2024, 2.5)
    assert counts(client, "until=2023-12-31")["1"] == (800, 2023, 2.5)
    assert counts(client, "until=2022-12-31")["1"] == (1000, None, 0.0)
    html = page(client, f"{DISTRICT}?until=2023-12-31")
    assert "800 residents at the end of 2023" in words(html)
    assert card(html, "Per 1,000 residents") == "2.5"
    about = json.loads(client.get(f"{DISTRICT}report.geojson?until=2023-12-31").content)["report"]
    assert (about["population"], about["population_year"], about["per_1000"]) == (800, 2023, 2.5)
    assert 22 < about["km2"] < 26


def test_nobody_and_too_few_give_no_rate_and_are_not_called_unknown(client: Client, place: Place, people: None) -> None:
    for where in (EAST, SOUTH):
        place(where)
    assert (counts(client)["2"], counts(client)["3"]) == ((40, 2024, None), (0, 2024, None))
    html = page(client, f"{DIVISION}?show=per_1000")
    assert table_row(html, "Itä")[1:3] == ["40", "too few"]
    assert table_row(html, "Etelä")[1:3] == ["0", "too few"]
    assert "Fewer than 50 residents" in html
    assert "Population not known" not in html
    assert "Residents at the end of 2024." in words(html)
    assert "Fewer than 50 people live here." in words(page(client, f"{DIVISION}2/"))


def test_districts_without_figures_are_a_class_of_their_own(client: Client, place: Place, people: None) -> None:
    PopulationFigure.objects.filter(area__code="3").delete()
    html = page(client, f"{DIVISION}?show=per_1000")
    assert re.findall(r'legend__swatch".*?mf-class-(\w+)".*?</li>', html) == ["unknown", "sparse", "0"]
    assert table_row(html, "Etelä")[1:3] == ["not known", "not known"]


def test_the_map_can_show_how_long_answers_take(client: Client, place: Place) -> None:
    then = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
    for where, days in ((WEST, 3), (EAST, 9)):
        pins = [place(where, now=then).pk for _ in range(5)]
        Pin.objects.filter(pk__in=pins).update(answered_at=then + datetime.timedelta(days=days))
    place(SOUTH)
    html = page(client, f"{DIVISION}?show=days")
    assert re.findall(r'legend__swatch".*?mf-class-(\w+)".*?<span>(.*?)</span>', html) == [
        ("few", "Fewer than 5 answered messages"), ("1", "3 days"), ("3", "9 days"),
    ]  # fmt: skip


def test_the_order_can_be_that_of_the_residents(client: Client, people: None) -> None:
    html = page(client, f"{DIVISION}?sort=-residents")
    assert re.findall(r'<th scope="row"> <a href="[^"]+">(\w+)</a>', html) == ["Länsi", "Itä", "Etelä"]


def test_a_district_shows_its_people_by_age_its_ground_and_its_density(client: Client, people: None) -> None:
    html = page(client, DISTRICT)
    told = facts(html)
    assert told["Residents"].startswith("1,200 Residents at the end of 2024")
    assert re.fullmatch(r"2\d\.\d km²", told["Area"])
    assert 45 <= int(told["Residents per km²"]) <= 55
    assert "Residents by age at the end of 2024" in words(html)
    assert table_row(html, "0–17") == ["300", "25 %"]
    assert table_row(html, "18 and older") == ["900", "75 %"]


def test_what_is_not_known_of_a_district_is_said(client: Client, district: Division) -> None:
    told = facts(page(client, f"{DIVISION}3/"))
    assert (told["Residents"], told["Residents per km²"]) == ("not known", "not known")
    assert "It is not known of which year it is." in words(page(client, DISTRICT))


def test_the_trail_leads_down_from_the_city_through_the_major_district(client: Client, major: Division) -> None:
    html = page(client, DISTRICT)
    assert trail(html) == ["Districts", "Testilä", "Pohjoinen", "Länsi"]
    assert 'href="/areas/testila-major/P/"' in html
    assert 'href="/areas/#city-testila"' in html
    assert 'id="city-testila"' in page(client, "/areas/")
    assert trail(page(client, f"{DIVISION}3/")) == ["Districts", "Testilä:", "Kaupunginosat", "Etelä"]


def test_a_major_district_consists_of_its_districts_with_their_counts(
    client: Client, place: Place, people: None, major: Division
) -> None:
    for where in (WEST, WEST, EAST, SOUTH):
        place(where)
    html = page(client, "/areas/testila-major/P/")
    assert "Pohjoinen consists of" in words(html)
    assert card(html, "Messages") == "3"
    assert table_row(html, "Länsi") == ["2", "too few", "1,200", "1.7"]
    assert table_row(html, "Itä") == ["1", "too few", "40", "too few"]
    assert 'testila-districts/3/"' not in html


def test_areas_of_another_kind_are_told_beside_the_trail(client: Client, city: Municipality) -> None:
    postcode = Division.objects.create(municipality=city, slug="post", name_fi="Postinumerot", kind="postcode")
    adopt_edition(
        division=postcode,
        areas=[NewArea("15100", "15100", box(25.60, 60.94, 25.80, 61.02))],
        valid_from=datetime.date(2020, 1, 1),
        source="test",
    )
    html = page(client, DISTRICT)
    assert facts(html)["Postinumerot"] == "15100"
    assert "15100" not in trail(html)


def test_the_index_tells_what_one_needs_before_using_borders(client: Client, major: Division) -> None:
    Edition.objects.filter(division=major).update(source="Testilän kaupunki", licence="CC BY 4.0", is_example=True)
    told = words(page(client, "/areas/"))
    for said in (
        "Kind of division Major districts", "Inside Major districts 2 of 3 areas", "Testilän kaupunki", "CC BY 4.0",
        "Example borders", "Borders from 1.1.2020",
    ):  # fmt: skip
        assert said in told, said
    assert "/areas/testila-major.geojson?detail=full" in page(client, "/areas/")


def test_the_workbook_tells_the_residents_and_their_year(client: Client, place: Place, people: None) -> None:
    book = load_workbook(io.BytesIO(client.get(f"{DISTRICT}report.xlsx").content))
    cells = {row[0]: row[1] for row in book.worksheets[0].values}
    assert (cells["Residents"], cells["Residents of the year"]) == (1200, 2024)
    assert 22 < float(str(cells["Area in km²"])) < 26


@pytest.mark.parametrize(("address", "most"), [("/areas/", 3), (DIVISION, 10), ("/areas/testila-major/P/", 24)])
def test_pages_take_the_same_few_queries_however_many_districts(
    client: Client,
    city: Municipality,
    people: None,
    major: Division,
    address: str,
    most: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    adopt_edition(
        division=Division.objects.get(slug="testila-districts"),
        areas=[NewArea(f"{n}", f"Alue {n}", box(25.60 + n * 0.01, 60.98, 25.61 + n * 0.01, 61.02)) for n in range(20)],
        valid_from=datetime.date(2021, 1, 1),
        source="test",
    )
    with django_assert_max_num_queries(most):
        client.get(address)
