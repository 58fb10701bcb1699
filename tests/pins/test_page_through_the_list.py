"""A list is read page by page: in one order, whatever is added meanwhile, without a map or a script."""

import datetime
import random
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from areas.models import Municipality
from mapfeedback.geo import point
from mapfeedback.pins import paging
from mapfeedback.pins.models import Category, Pin, Visibility
from tests.conftest import WEST, Place

MANY = 75
NEAR = "near=61,25.65,20000"


@pytest.fixture
def many(city: Municipality, streets: Category) -> list[Pin]:
    """Many with equal days, equal places and equal words, so that only the order's last key tells them apart."""
    chance = random.Random(7)
    now = timezone.now()
    return Pin.objects.bulk_create(
        Pin(
            municipality=city,
            category=streets,
            kind="idea",
            title="Penkki" if nth % 5 == 0 else "",
            text="Penkki ja roskis" if nth % 3 else "Vain roskis, penkkejä",
            geom=point(25.62 + 0.01 * (nth % 6), 61.0),
            precision="exact",
            placed_at=now - datetime.timedelta(days=chance.randrange(5)),
            changed_at=now,
            answered_at=now if nth % 2 else None,
        )
        for nth in range(MANY)
    )


def shown(html: str) -> list[str]:
    return re.findall(r'data-item="([^"]+)"', html)


def link(html: str, rel: str) -> str | None:
    found = re.search(rf'rel="{rel}"\s+href="([^"]+)"', html)
    return unescape(found[1]) if found else None


def read_through(client: Client, address: str) -> list[list[str]]:
    pages = []
    while True:
        html = client.get(address).text
        pages.append(shown(html))
        following = link(html, "next")
        if following is None:
            break
        address = following
    while (previous := link(html, "prev")) is not None:  # and all the way back
        html = client.get(previous).text
        assert shown(html) in pages
    assert shown(html) == pages[0]
    return pages


ORDERS = [
    "",
    "sort=newest",
    "sort=waiting",
    f"sort=nearest&{NEAR}",
    "sort=best&q=penkki",
    "sort=support",
    "sort=support&q=roskis",
    "q=roskis",
    "sort=waiting&q=roskis",
]


@pytest.mark.parametrize("query", ORDERS)
def test_every_order_shows_each_message_once_on_the_way_there_and_back(
    client: Client, many: list[Pin], query: str
) -> None:
    pages = read_through(client, f"/?{query}")
    assert [len(one) for one in pages] == [30, 30, 15]
    everything = [one for page in pages for one in page]
    assert sorted(everything) == sorted(str(pin.public_id) for pin in many)


def in_order(client: Client, query: str) -> list[Pin]:
    by_id = {str(pin.public_id): pin for pin in Pin.objects.all()}
    return [by_id[one] for page in read_through(client, f"/?{query}") for one in page]


def test_unanswered_longest_means_without_an_answer_first_and_the_oldest_of_those_first(
    client: Client, many: list[Pin]
) -> None:
    found = in_order(client, "sort=waiting")
    assert found == sorted(found, key=lambda pin: (pin.answered_at is not None, pin.placed_at, pin.pk))


def test_nearest_means_by_distance_from_the_place_that_was_asked_for(client: Client, many: list[Pin]) -> None:
    found = in_order(client, f"sort=nearest&{NEAR}")
    away = [round(abs(pin.geom.x - WEST[0]), 6) for pin in found if pin.geom]
    assert away == sorted(away)


def test_the_best_have_the_word_in_their_title(client: Client, many: list[Pin]) -> None:
    found = in_order(client, "sort=best&q=penkki")
    titled = [bool(pin.title) for pin in found]
    assert titled == sorted(titled, reverse=True)


@pytest.mark.parametrize("query", ["", "sort=waiting", f"sort=nearest&{NEAR}", "q=penkki"])
def test_what_is_added_or_answered_while_reading_moves_nothing_on_later_pages(
    client: Client, many: list[Pin], place: Place, query: str
) -> None:
    html = client.get(f"/?{query}").text
    first, following = shown(html), link(html, "next")
    assert following
    expected = shown(client.get(following).text)
    place(WEST, text="Uusi penkki")
    last = Pin.objects.get(public_id=first[-1])
    Pin.objects.filter(pk=last.pk).update(kind="thanks", visibility=Visibility.PUBLISHED)
    again = shown(client.get(following).text)
    # Somebody new may stand on a later page of an order that is not by time; nobody is lost or shown twice.
    assert [one for one in again if one in expected] == expected[: len([one for one in again if one in expected])]
    assert not set(again) & set(first)


def test_a_page_begins_at_a_message_that_no_longer_fits_the_filter(client: Client, many: list[Pin]) -> None:
    html = client.get("/?kind=idea").text
    following = link(html, "next")
    assert following
    expected = shown(client.get(following).text)
    Pin.objects.filter(public_id=shown(html)[-1]).update(kind="thanks")
    assert shown(client.get(following).text) == expected


@pytest.mark.parametrize("query", ["sort=popular", "sort=nearest", "sort=best", "after=7&sort=waiting"])
def test_an_order_that_cannot_be_is_refused_with_the_reason(client: Client, city: Municipality, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 400


def test_links_of_pages_and_orders_keep_the_filter(client: Client, many: list[Pin]) -> None:
    html = client.get("/?kind=idea&q=penkki&sort=waiting").text
    assert "/?kind=idea&q=penkki&sort=waiting&after=" in str(link(html, "next"))
    orders = [unescape(found) for found in re.findall(r'class="chip"\s+href="([^"]+sort=[^"]+)"', html)]
    assert orders == [f"/?kind=idea&q=penkki&sort={order}" for order in ("waiting", "support", "best")]
    assert '<input type="hidden" name="sort" value="waiting">' in html


def test_where_counting_costs_too_much_the_list_says_over_so_many(
    client: Client, many: list[Pin], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paging, "COUNTED", 50)
    html = client.get("/", headers={"Accept-Language": "en"}).text
    assert re.search(r"Over 50 messages", html)
    assert "On the map:" not in html
    assert len(read_through(client, "/?q=penkki")) == 3
    html = client.get("/?q=penkki&sort=best", headers={"Accept-Language": "en"}).text
    assert "too many to find the best" in html
    monkeypatch.setattr(paging, "COUNTED", MANY)
    assert "75 messages" in client.get("/", headers={"Accept-Language": "en"}).text


@pytest.mark.parametrize("query", ["", "q=penkki", f"sort=nearest&{NEAR}"])
def test_a_later_page_asks_no_more_questions_than_the_first(
    client: Client, many: list[Pin], django_assert_max_num_queries: DjangoAssertNumQueries, query: str
) -> None:
    following = link(client.get(f"/?{query}").text, "next")
    assert following
    client.get(following)
    with django_assert_max_num_queries(12):
        client.get(following)
