"""A resident opens "our district" with no login: numbers for a period, what was answered, what is still silent."""

import datetime
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from areas.models import Division, Edition, Municipality
from mapfeedback.pins.actions import decide_visibility
from mapfeedback.pins.models import Category, Pin
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place

DISTRICT = "/areas/testila-districts/1/"
DIVISION = "/areas/testila-districts/"


@pytest.fixture(autouse=True)
def in_english(client: Client) -> None:
    client.cookies["django_language"] = "en"


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.content.decode())


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def table_row(html: str, head: str) -> list[str]:
    found = re.search(rf"<tr[^>]*> <th scope=\"row\"> ?(?:<a [^>]*>)?{head}(?:</a>)? ?</th>(.*?)</tr>", html)
    assert found, head
    cells = re.findall(r"<td[^>]*>(.*?)</td>", found[1])
    return [words(cell).strip() for cell in cells if "<svg" not in cell]


def card(html: str, name: str) -> str:
    found = re.search(rf"<dt>{name}</dt> <dd> ?(.*?) ?</dd>", html)
    assert found, name
    return found[1]


def test_districts_are_found_by_city(client: Client, district: Division) -> None:
    html = page(client, "/areas/")
    assert "Testilä" in html
    assert f'href="{DIVISION}"' in html
    assert "3 areas" in words(html)


def test_the_table_of_districts_adds_up(client: Client, place: Place) -> None:
    for where in (WEST, WEST, EAST, OUTSIDE, None, None):
        place(where)
    html = page(client, DIVISION)
    assert table_row(html, "Länsi") == ["2", "1,000", "2.0", "too few", "too few"]
    assert table_row(html, "Etelä")[:3] == ["0", "not known", "not known"]
    assert table_row(html, "Outside the districts")[0] == "1"
    assert table_row(html, "Without a place")[0] == "2"
    assert table_row(html, "Together")[0] == "6"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", ["Itä", "Länsi", "Etelä"]),
        ("pins", ["Etelä", "Länsi", "Itä"]),
        ("name", ["Etelä", "Itä", "Länsi"]),
        ("-name", ["Länsi", "Itä", "Etelä"]),
        ("per_1000", ["Länsi", "Itä", "Etelä"]),
        ("-per_1000", ["Itä", "Länsi", "Etelä"]),
    ],
)
def test_the_table_sorts_by_any_column_and_what_is_not_known_stays_last(
    client: Client, place: Place, sort: str, expected: list[str]
) -> None:
    for where in (WEST, EAST, EAST):
        place(where)
    html = page(client, f"{DIVISION}?sort={sort}")
    assert re.findall(r'<th scope="row"> <a href="[^"]+">(\w+)</a>', html) == expected
    assert html.count("aria-sort") == 1


def test_the_map_paints_few_and_unknown_apart_and_its_legend_counts_all_districts(client: Client, place: Place) -> None:
    for where in (*[WEST] * 6, EAST, SOUTH):
        place(where)
    html = page(client, f"{DIVISION}?show=per_1000")
    legend = re.findall(r'legend__swatch".*?mf-class-(\w+)".*?</li>', html)
    assert legend == ["few", "unknown", "1"]
    assert html.count("One district") == 3
    assert '"1": {"code": "1"' in html
    assert '"2": {"code": "few"' in html
    assert '"3": {"code": "unknown"' in html


def test_equal_numbers_share_a_class(client: Client, place: Place) -> None:
    for where in (WEST, EAST, SOUTH):
        place(where)
    assert re.findall(r'legend__swatch".*?mf-class-(\w+)".*?</li>', page(client, DIVISION)) == ["1"]


def test_a_district_tells_its_numbers_for_the_period_asked(client: Client, place: Place) -> None:
    for year in (2024, 2025, 2025):
        place(WEST, now=datetime.datetime(year, 6, 1, 12, tzinfo=datetime.UTC))
    place(EAST)
    html = page(client, f"{DISTRICT}?since=2025-01-01&until=2025-12-31")
    assert "Read all 2 messages" in words(html)
    assert "area=testila-districts/1&amp;since=2025-01-01&amp;until=2025-12-31" in html
    assert card(html, "Messages") == "2"
    assert "0 of 2 messages" in words(html)


def test_quick_periods_keep_the_rest_of_the_question(client: Client, place: Place) -> None:
    year = timezone.localdate().year
    html = page(client, f"{DISTRICT}?kind=idea&since={year}-01-01")
    assert re.search(rf'\?kind=idea&amp;since={year}-01-01" aria-current="true"', html)
    assert f"?kind=idea&amp;since={year - 1}-01-01&amp;until={year - 1}-12-31" in html
    assert f'href="{DISTRICT}?kind=idea"' in html


def test_topics_include_their_subtopics_once(client: Client, place: Place, streets: Category) -> None:
    lights = Category.objects.create(slug="lights", name_fi="Valot", name_en="Lights", parent=streets)
    place(WEST)
    for _ in range(2):
        place(WEST, category=lights)
    html = page(client, DISTRICT)
    assert table_row(html, "Streets")[0] == "3"
    assert table_row(html, "Lights")[0] == "2"


def test_months_between_are_shown_even_without_messages(client: Client, place: Place) -> None:
    for month in (1, 3):
        place(WEST, now=datetime.datetime(2026, month, 10, tzinfo=datetime.UTC))
    assert table_row(page(client, DISTRICT), "February 2026")[0] == "0"


def test_a_message_just_before_midnight_belongs_to_the_citys_month(client: Client, place: Place) -> None:
    place(WEST, now=datetime.datetime(2026, 1, 31, 22, 30, tzinfo=datetime.UTC))
    html = page(client, DISTRICT)
    assert table_row(html, "February 2026")[0] == "1"
    assert "January 2026" not in html


def test_shares_of_a_few_messages_are_not_told(client: Client, place: Place) -> None:
    for _ in range(4):
        place(WEST)
    html = page(client, DISTRICT)
    assert card(html, "Answered") == "too few"
    assert "There are fewer than 5 messages." in html
    place(WEST)
    html = page(client, DISTRICT)
    assert card(html, "Answered") == "0 %"
    assert "There are fewer than 5 messages." not in html


def test_a_missing_population_is_said(client: Client, place: Place) -> None:
    place(SOUTH)
    html = page(client, "/areas/testila-districts/3/")
    assert card(html, "Per 1,000 residents") == "not known"
    assert "The population of this district is not known." in html


def test_what_waits_the_longest_is_told_oldest_first_without_what_was_answered(client: Client, place: Place) -> None:
    long_ago = timezone.now() - datetime.timedelta(days=400)
    place(WEST, text="Vanhin odottaa", now=long_ago)
    place(WEST, text="Uudempi odottaa")
    done = place(WEST, text="Vastattu jo", now=long_ago - datetime.timedelta(days=1))
    Pin.objects.filter(pk=done.pk).update(answered_at=timezone.now())
    waiting = page(client, DISTRICT).split('id="waiting"')[1].split("</section>")[0]
    assert waiting.index("Vanhin odottaa") < waiting.index("Uudempi odottaa")
    assert "Vastattu jo" not in waiting


def test_example_borders_and_their_date_are_said(client: Client, place: Place) -> None:
    assert "Example borders" not in words(page(client, DISTRICT))
    Edition.objects.update(is_example=True)
    for address in (DISTRICT, DIVISION):
        assert "Example borders" in words(page(client, address))
    assert "Borders from 1.1.2020" in words(page(client, DISTRICT))


def test_suspected_default_places_are_said_or_left_out(client: Client, place: Place) -> None:
    pins = [place(WEST).pk for _ in range(3)]
    Pin.objects.filter(pk__in=pins[:2]).update(suspected_default_place=True)
    counted = words(page(client, DISTRICT))
    assert "2 messages counted here have a place that is probably a form's default." in counted.replace("&#x27;", "'")
    apart = words(page(client, f"{DISTRICT}?defaults=without")).replace("&#x27;", "'")
    assert "2 messages of the whole city are left out: their place is probably a form's default." in apart
    assert "Read the one message" in apart
    assert table_row(page(client, f"{DIVISION}?defaults=without"), "Left out: probable default places")[0] == "2"


def test_what_is_hidden_leaves_no_trace(client: Client, place: Place, moderator: Any) -> None:
    pin = place(WEST, text="KANARIA", title="KANARIA")
    decide_visibility(pin=pin, visibility="hidden", reason="other", now=timezone.now(), actor=moderator)
    place(WEST, text="KANARIA 040 123 4567")
    client.force_login(moderator)
    for address in ("/areas/", DIVISION, DISTRICT):
        html = page(client, address)
        assert "KANARIA" not in html
        assert str(pin.public_id) not in html


def test_what_people_wrote_is_text_and_not_markup(client: Client, place: Place) -> None:
    place(WEST, text="<script>alert(1)</script>", title='"><img src=x onerror=alert(1)>')
    html = page(client, DISTRICT)
    assert "<script>alert" not in html
    assert "<img src=x" not in html


@pytest.mark.parametrize(
    "address",
    [
        f"{DIVISION}?sort=area__secret",
        f"{DIVISION}?show=secret",
        f"{DIVISION}?kind=x",
        f"{DISTRICT}?area=testila-districts/2",
        f"{DISTRICT}?since=yesterday",
    ],
)
def test_a_bad_question_is_refused(client: Client, city: Municipality, address: str) -> None:
    assert client.get(address).status_code == 400


def test_an_address_that_repeats_its_district_is_understood(client: Client, place: Place) -> None:
    place(WEST)
    assert "Read the one message" in words(page(client, f"{DISTRICT}?area=testila-districts/1"))


@pytest.mark.parametrize("address", ["/areas/nowhere/", "/areas/testila-districts/99/"])
def test_a_district_that_is_not_there_is_not_found(client: Client, city: Municipality, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.parametrize(("address", "most"), [("/areas/", 2), (DIVISION, 10), (DISTRICT, 16)])
def test_pages_take_the_same_few_queries_however_many_messages(
    client: Client,
    place: Place,
    address: str,
    most: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for where in (*[WEST] * 12, EAST, SOUTH, None):
        place(where)
    with django_assert_max_num_queries(most):
        client.get(address)
