"""The map page without a map: the same filter, list and totals for a reader with nothing but HTML."""

import datetime
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from areas.models import Division, Edition, Municipality
from mapfeedback.geo import point
from mapfeedback.pins.models import Category, Pin, Visibility
from tests.conftest import EAST, OUTSIDE, WEST, Place


def page(client: Client, query: str = "", language: str = "en") -> str:
    answer = client.get(f"/?{query}", headers={"Accept-Language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def totals(html: str) -> tuple[int, int]:
    """All, and those on the map."""
    found = re.search(r'data-total="(\d+)"\s+data-located="(\d+)"', html)
    assert found
    return int(found[1]), int(found[2])


def listed(html: str) -> list[str]:
    return re.findall(r'data-item="([^"]+)"', html)


def test_the_list_says_in_words_how_many_there_are_and_how_many_have_a_place(client: Client, place: Place) -> None:
    place(WEST)
    html = page(client)
    assert totals(html) == (1, 1)
    assert "One message" in html
    place(OUTSIDE)
    place(None)
    html = page(client)
    assert totals(html) == (3, 2)
    assert "3 messages" in html
    assert re.search(r"On the map:\s*2", html)
    assert re.search(r"Without a place:\s*1", html)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kind=thanks", 1),
        ("kind=thanks&kind=idea", 3),
        ("area=testila-districts/1", 1),
        ("area=testila-districts/1&area=testila-districts/2", 2),
        ("category=streets&status=received", 3),
        ("q=penkki", 2),
        ("answered=yes", 0),
        ("precision=unknown", 1),
        ("near=61,25.65,100", 1),
        ("utm_source=letter", 3),
    ],
)
def test_list_map_and_total_follow_one_filter(client: Client, place: Place, query: str, expected: int) -> None:
    place(WEST, kind="idea")
    place(EAST, kind="thanks", text="Kiitos!")
    place(None, kind="idea")
    html = page(client, query)
    tile = client.get(f"/tiles/pins/0/0/0.json?{query}").json()
    assert totals(html) == (expected, tile["n"])
    assert len(listed(html)) == expected


def test_what_is_in_force_shows_as_chips_that_take_it_away(client: Client, place: Place) -> None:
    place(WEST)
    html = page(client, "kind=idea&kind=thanks&area=testila-districts/1&q=penkki&since=2020-05-31&near=61,25.65,300")
    chips = {
        re.sub(r"<[^>]+>|\s+", " ", body).split(":", 1)[1].strip(): href
        for href, body in re.findall(r'<a class="chip"\s+href="([^"]*)">\s*<span(.*?)</a>', html, re.DOTALL)
    }
    assert set(chips) == {"Länsi", "Idea", "Thanks", "Words: penkki", "From 31.5.2020", "Within 300 m of a place"}
    without = chips["Idea"].replace("&amp;", "&")
    assert "kind=thanks" in without
    assert "kind=idea" not in without
    assert '<input type="hidden" name="near" value="61.0,25.65,300">' in html


def test_the_form_comes_back_with_what_was_chosen(client: Client, place: Place) -> None:
    html = page(
        client, "kind=idea&area=testila-districts/1&area=testila-districts/outside&language=se&until=2030-01-02"
    )
    checked = re.findall(r'name="(\w+)"\s+value="([^"]+)"\s+id="[^"]+"\s+checked', html)
    assert sorted(checked) == [
        ("area", "testila-districts/1"),
        ("area", "testila-districts/outside"),
        ("kind", "idea"),
        ("language", "se"),
    ]
    assert 'value="2030-01-02"' in html


def test_pages_go_on_to_the_oldest_and_back_without_losing_or_repeating_any(
    client: Client, city: Municipality, streets: Category
) -> None:
    now = timezone.now()
    Pin.objects.bulk_create(
        Pin(
            municipality=city,
            category=streets,
            kind="idea",
            text=f"Viesti {nth}",
            geom=point(*WEST),
            precision="exact",
            # Many were brought in with the same day: the order must hold all the same.
            placed_at=now - datetime.timedelta(days=nth // 40),
            changed_at=now,
        )
        for nth in range(95)
    )
    seen: list[list[str]] = []
    html = page(client, "kind=idea")
    while True:
        seen.append(listed(html))
        older = re.search(r'rel="next" href="/\?([^"]+)"', html)
        if not older:
            break
        assert "kind=idea" in older[1]
        html = page(client, older[1].replace("&amp;", "&"))
    assert [len(part) for part in seen] == [30, 30, 30, 5]
    everything = [str(found) for found in Pin.objects.values_list("public_id", flat=True)]
    assert [one for part in seen for one in part] == everything
    for part in (seen[2], seen[1], seen[0]):
        newer = re.search(r'rel="prev" href="/\?([^"]+)"', html)
        assert newer
        html = page(client, newer[1].replace("&amp;", "&"))
        assert listed(html) == part
    assert 'rel="prev"' not in html


@pytest.mark.parametrize(
    "query", ["kind=nonsense", "colour=red", "after=7", "after=00000000-0000-0000-0000-000000000000", "near=north"]
)
def test_a_parameter_that_makes_no_sense_is_answered_with_a_clear_page(
    client: Client, city: Municipality, query: str
) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 400
    assert "text/html" in answer["Content-Type"]
    assert b'role="alert"' in answer.content
    assert b'name="q"' in answer.content


def test_what_is_not_published_leaves_no_trace(client: Client, place: Place) -> None:
    pin = place(WEST, text="Salainen asia")
    Pin.objects.filter(pk=pin.pk).update(visibility=Visibility.HELD)
    html = page(client)
    assert totals(html) == (0, 0)
    assert "Salainen" not in html
    assert str(pin.public_id) not in html
    assert client.get(f"/?after={pin.public_id}").status_code == 400


def test_text_of_residents_is_text_and_bears_its_language(client: Client, place: Place) -> None:
    place(WEST, text="<script>alert(1)</script>", language="sv")
    html = page(client)
    assert "<script>alert" not in html
    assert re.search(r'lang="sv"[^>]*>&lt;script&gt;', html)


def test_an_empty_map_says_what_to_do_next(client: Client, city: Municipality) -> None:
    assert "Nobody has said anything yet" in page(client)
    assert "Nothing matches these filters" in page(client, "kind=idea")


def test_before_any_city_there_is_still_a_page(client: Client, db: None) -> None:
    assert totals(page(client)) == (0, 0)


def test_example_borders_are_called_so(client: Client, place: Place) -> None:
    assert "mf-map-note" not in page(client)
    Edition.objects.update(is_example=True)
    assert "Example borders" in page(client)


def test_two_cities_are_offered_and_the_map_goes_to_the_chosen_one(
    client: Client, city: Municipality, outsider: object
) -> None:
    html = page(client)
    assert 'href="/?area=muuala"' in html
    assert 'href="/?area=testila"' in html
    assert 'data-bounds="20.00000,60.00000,20.20000,60.10000"' in html
    assert 'data-bounds="25.58000,60.92000,25.82000,61.04000"' in page(client, "area=testila")
    assert 'data-bounds="25.70000,60.98000,25.80000,61.02000"' in page(client, "area=testila-districts/2")


def test_the_map_and_the_button_carry_what_a_script_needs(client: Client, district: Division) -> None:
    html = page(client)
    assert 'src="/static/leaflet/leaflet.js"' in html
    assert 'data-ground-url="/areas/ground.geojson"' in html
    assert "/areas/testila-districts.geojson" in html
    assert 'href="/pins/new/"' in html
    assert "style=" not in html


def test_the_page_costs_a_fixed_number_of_questions(
    client: Client, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(12):
        place(WEST)
    query = "kind=idea&area=testila-districts/1&category=streets"
    page(client, query)
    with django_assert_max_num_queries(14):
        page(client, query)
    with django_assert_max_num_queries(8):
        page(client)


def test_a_period_that_ends_before_it_begins_is_named_as_the_reason(client: Client, place: Place) -> None:
    place(WEST)
    html = page(client, "since=2026-09-30&until=2026-06-01")
    assert totals(html) == (0, 0)
    assert "The first day is after the last day" in html
    assert 'value="2026-09-30"' in html
    assert "The first day is after the last day" not in page(client, "since=2026-06-01&until=2026-06-01")


def test_a_feed_reader_finds_the_feed_of_the_same_filter(client: Client, place: Place) -> None:
    place(kind="idea")
    page = client.get("/?kind=idea&status=received").text
    found = re.search(r'type="application/atom\+xml"[^>]*href="([^"]*)"', page)
    assert found and unescape(found[1]) == "/pins.atom?kind=idea&status=received&lang=fi"
    assert client.get(unescape(found[1])).status_code == 200


def test_a_messages_page_leads_to_the_page_of_its_district(client: Client, place: Place) -> None:
    district = r'<a href="/areas/testila-districts/1/">'
    assert re.search(district, client.get(place(WEST).get_absolute_url()).text)
    assert "/areas/testila-districts/" not in client.get(place(OUTSIDE).get_absolute_url()).text
