"""Anyone follows the newest contributions of any filter in a feed reader."""

import datetime
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from mapfeedback.opendata.feeds import NEWEST
from mapfeedback.pins.actions import decide_visibility, withdraw_pin
from mapfeedback.pins.models import Pin
from tests.conftest import EAST, WEST, Place

ATOM = "{http://www.w3.org/2005/Atom}"
POINT = "{http://www.georss.org/georss}point"
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT00:00:00[+-]\d\d:\d\d")


def atom(client: Client, query: str = "") -> ElementTree.Element:
    answer = client.get(f"/pins.atom?{query}")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


def ids(feed: ElementTree.Element) -> list[str]:
    return [entry.findtext(f"{ATOM}id", "") for entry in feed.iter(f"{ATOM}entry")]


def one(parent: ElementTree.Element, name: str) -> ElementTree.Element:
    """The only child of this name."""
    (found,) = parent.findall(f"{ATOM}{name}")
    return found


def test_the_feed_keeps_the_rules_of_rfc_4287(client: Client, place: Place) -> None:
    for text in ("Penkki tähän.", "Toinen asia."):
        place(WEST, text=text, kind="idea", language="fi")
    feed = atom(client, "kind=idea&lang=en")
    assert feed.tag == f"{ATOM}feed" and feed.get(LANG) == "en"
    assert one(feed, "title").text and one(feed, "id").text == "http://testserver/pins.atom?kind=idea"
    assert one(one(feed, "author"), "name").text  # one for all entries: none has its own
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"self": "http://testserver/pins.atom?kind=idea", "alternate": "http://testserver/?kind=idea"}
    assert MOMENT.fullmatch(one(feed, "updated").text or "")
    entries = feed.findall(f"{ATOM}entry")
    assert len(entries) == 2 and len(set(ids(feed))) == 2
    for entry in entries:
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", one(entry, "id").text or "")
        assert MOMENT.fullmatch(one(entry, "updated").text or "") and one(entry, "published") is not None
        assert one(entry, "title").text and one(entry, "summary").get("type") == "html"
        assert one(entry, "link").get("rel") == "alternate" and one(entry, "link").get("href", "").startswith("http")
        filed = {c.get("scheme", "").rpartition("#")[2]: c.get("term") for c in entry.findall(f"{ATOM}category")}
        assert filed == {"kind": "idea", "category": "streets", "status": "received"}
        assert entry.findtext(POINT) == "61.000000 25.650000"


def test_each_entry_says_in_which_language_it_was_written(client: Client, place: Place) -> None:
    place(text="En bänk här, tack.", language="sv")
    (entry,) = atom(client, "lang=fi").iter(f"{ATOM}entry")
    assert entry.get(LANG) == "sv"
    assert '<p lang="fi">' in (one(entry, "summary").text or "")


@pytest.mark.parametrize("address", ["/pins.atom", "/pins.rss"])
def test_what_a_person_wrote_stays_words_and_the_feed_stays_xml(client: Client, place: Place, address: str) -> None:
    pin = place(text="seuraa")
    Pin.objects.filter(pk=pin.pk).update(title="<b>A & B</b>\x0b\ufffe", text="<script>x</script>]]>\x08\nToinen 🪑")
    root = ElementTree.fromstring(client.get(address).content)
    items = [e for e in root.iter() if e.tag in (f"{ATOM}entry", "item")]
    said = {e.tag.rpartition("}")[2]: e.text for e in items[0]}
    assert said["title"] == "<b>A & B</b>"
    html = said.get("summary") or said["description"] or ""
    assert html.startswith("<p>&lt;script&gt;x&lt;/script&gt;]]&gt;</p><p>Toinen 🪑</p>")


def test_a_feed_has_the_newest_of_a_filter(client: Client, place: Place) -> None:
    pins = [place(where, kind=kind) for where, kind in ((WEST, "idea"), (EAST, "thanks"), (None, "idea"))]
    assert ids(atom(client)) == [pin.public_id.urn for pin in reversed(pins)]
    assert ids(atom(client, "area=testila-districts/2")) == [pins[1].public_id.urn]
    unlocated, located = atom(client, "kind=idea").iter(f"{ATOM}entry")
    assert unlocated.find(POINT) is None and located.find(POINT) is not None
    assert client.get("/pins.atom?kind=nonsense").status_code == 400
    assert client.get("/pins.atom?lang=xx").json()["parameter"] == "lang"


def test_what_is_not_public_never_reaches_a_feed_whoever_asks(
    client: Client, place: Place, moderator: Any, resident: Any
) -> None:
    held = place(text="Soita minulle 040 123 4567.", author=resident)
    gone, hidden, shown = place(text="Pois."), place(text="Piiloon."), place(text="Näkyvä.")
    withdraw_pin(pin=gone, now=timezone.now())
    decide_visibility(pin=hidden, visibility="hidden", reason="other", actor=moderator, now=timezone.now())
    assert held.visibility == "held"
    for person in (None, resident, moderator):
        if person:
            client.force_login(person)
        assert ids(atom(client)) == [shown.public_id.urn]
        assert client.get("/pins.atom")["Cache-Control"] == "public, max-age=300"


def test_a_feed_tells_the_day_but_not_the_moment(client: Client, place: Place) -> None:
    noon = datetime.datetime(2026, 5, 4, 9, 34, 56, tzinfo=datetime.UTC)
    place(now=noon)
    answer = client.get("/pins.atom")
    assert "2026-05-04T00:00:00+03:00" in answer.text and "12:34" not in answer.text
    assert "Last-Modified" not in answer


def test_an_unchanged_feed_is_not_sent_again(client: Client, place: Place) -> None:
    pin = place()
    tag = client.get("/pins.atom")["ETag"]
    again = client.get("/pins.atom", headers={"If-None-Match": tag})
    assert again.status_code == 304 and not again.content
    Pin.objects.filter(pk=pin.pk).update(text="Muuttui.")
    assert client.get("/pins.atom", headers={"If-None-Match": tag}).status_code == 200


def test_an_empty_feed_is_a_feed_and_stays_the_same(client: Client, db: None) -> None:
    first = client.get("/pins.atom")
    assert ids(ElementTree.fromstring(first.content)) == []
    assert client.get("/pins.atom")["ETag"] == first["ETag"]


def test_rss_has_the_same_entries(client: Client, place: Place) -> None:
    pins = [place(WEST), place(None)]
    answer = client.get("/pins.rss?lang=sv")
    assert answer["Content-Type"] == "application/rss+xml; charset=utf-8"
    channel = ElementTree.fromstring(answer.content).find("channel")
    assert channel is not None
    assert all(channel.findtext(name) for name in ("title", "link", "description")) and channel.findtext("language")
    assert [item.findtext("guid") for item in channel.iter("item")] == [pin.public_id.urn for pin in reversed(pins)]
    assert [item.findtext(POINT) for item in channel.iter("item")] == [None, "61.000000 25.650000"]


def test_a_long_list_costs_no_more_questions(
    client: Client, place: Place, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _nth in range(3):
        place()
    with django_assert_num_queries(1):
        assert len(ids(atom(client))) == 3
    template = Pin.objects.latest("pk")
    Pin.objects.bulk_create(
        Pin(
            municipality=template.municipality,
            category=template.category,
            kind="idea",
            text=str(nth),
            precision="unknown",
            placed_at=timezone.now(),
            changed_at=timezone.now(),
        )
        for nth in range(NEWEST)
    )
    with django_assert_num_queries(1):
        assert len(ids(atom(client))) == NEWEST
