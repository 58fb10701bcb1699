"""A resident says something: with or without a map, without an account, once, and can take it back."""

import json
import re
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.journal.models import Entry
from mapfeedback.pins.models import Category, Pin
from tests.conftest import OUTSIDE, SOUTH, WEST, Place


@pytest.fixture
def other(db: None) -> Category:
    return Category.objects.create(slug="other", name_fi="Muu", name_sv="Annat", name_en="Other", order=99)


def fields(**more: Any) -> dict[str, Any]:
    return {"kind": "idea", "text": "Rantaan tarvitaan penkki.", "key": str(uuid.uuid4()), "language": "fi"} | more


def at(lon: float, lat: float) -> str:
    return json.dumps({"type": "Point", "coordinates": [lon, lat]})


def test_the_form_opens_without_an_account(client: Client, city: Municipality, streets: Category) -> None:
    page = client.get("/pins/new/")
    assert page.status_code == 200
    text = page.content.decode()
    assert re.search(r'name="key" value="[0-9a-f-]{36}"', text)
    assert 'value="testila-districts/1"' in text
    assert "no-cache" in page["Cache-Control"]


def test_a_place_on_the_map_becomes_a_pin_in_its_district(client: Client, city: Municipality, other: Category) -> None:
    answer = client.post("/pins/", fields(geometry=at(*WEST)), follow=True)
    pin = Pin.objects.get()
    assert pin.area is not None and pin.area.code == "1"
    assert (pin.precision, pin.channel, pin.author) == ("exact", "web", None)
    assert pin.category == other
    assert answer.redirect_chain[0][0].startswith("/pins/mine/")
    assert "Rantaan tarvitaan penkki." in answer.content.decode()
    assert answer["Referrer-Policy"] == "same-origin"


def test_without_a_map_a_district_from_the_list_will_do(client: Client, city: Municipality, other: Category) -> None:
    client.post("/pins/", fields(place="testila-districts/3", place_text="kioskin vieressä"))
    pin = Pin.objects.get()
    assert pin.geom is None and pin.area is not None
    assert (pin.area.code, pin.precision, pin.place_text) == ("3", "area", "kioskin vieressä")


def test_no_place_at_all_is_fine_in_a_city_of_its_own(client: Client, city: Municipality, other: Category) -> None:
    client.post("/pins/", fields())
    pin = Pin.objects.get()
    assert (pin.geom, pin.area, pin.precision) == (None, None, "unknown")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"text": ""}, "Write what you want"),
        ({"geometry": at(20.0, 50.0)}, "not in our area"),
        ({"geometry": at(61.0, 125.65)}, "not on the map"),
        ({"geometry": '{"type":"Point","coordinates":[1e400,2]}'}, "draw it again"),
        ({"geometry": "[" * 3000}, "draw it again"),
        (
            {
                "geometry": '{"type":"Polygon","coordinates":'
                "[[[25.6,61.0],[25.7,61.0],[25.6,61.01],[25.7,61.01],[25.6,61.0]]]}"
            },
            "crosses itself",
        ),
        ({"kind": "complaint"}, ""),
        ({"category": "nothing-like-this"}, "Choose a topic from the list"),
        ({"category": "a\0b"}, "Choose a topic from the list"),
        ({"category": "nothing-like-this", "text": ""}, "Choose a topic from the list"),
        ({"place": "testila-districts/99"}, ""),
        ({"key": "not-a-key"}, ""),
    ],
)
def test_a_refused_form_says_why_and_keeps_every_word(
    client: Client, city: Municipality, other: Category, wrong: dict[str, str], message: str
) -> None:
    answer = client.post("/pins/", fields(place_text="sillan alla") | wrong, headers={"Accept-Language": "en"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "error-summary" in page
    assert "sillan alla" in page
    assert message in page
    if "text" not in wrong:
        assert "Rantaan tarvitaan penkki." in page
    assert not Pin.objects.exists()


def test_a_double_tap_sends_once_and_shows_the_same_page(client: Client, city: Municipality, other: Category) -> None:
    send = fields(geometry=at(*SOUTH))
    first, second = client.post("/pins/", send), client.post("/pins/", send)
    assert first["Location"] == second["Location"]
    assert Pin.objects.count() == 1
    changed = client.post("/pins/", send | {"text": "Jotain aivan muuta."})
    assert changed.status_code == 422
    assert "Jotain aivan muuta." in changed.content.decode()
    assert Pin.objects.count() == 1


def test_a_phone_number_holds_the_text_back(client: Client, city: Municipality, other: Category) -> None:
    mine = client.post("/pins/", fields(text="Soittakaa Maijalle 040 123 4567.", geometry=at(*WEST)))["Location"]
    pin = Pin.objects.get()
    assert pin.visibility == "held"
    assert client.get(pin.get_absolute_url()).status_code == 404
    assert client.get(mine).status_code == 200


def test_the_secret_link_corrects_and_withdraws(client: Client, city: Municipality, other: Category) -> None:
    mine = client.post("/pins/", fields(geometry=at(*WEST)))["Location"]
    client.post(f"{mine}correct/", {"text": "Kaksi penkkiä, kiitos."})
    pin = Pin.objects.get()
    assert pin.text == "Kaksi penkkiä, kiitos."
    assert client.post(f"{mine}correct/", {"text": ""}).status_code == 422
    client.post(f"{mine}withdraw/")
    client.post(f"{mine}withdraw/")
    pin.refresh_from_db()
    assert pin.visibility == "withdrawn"
    assert client.get(pin.get_absolute_url()).status_code == 404
    assert "Kaksi penkkiä" not in client.get(mine).content.decode()
    assert list(Entry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "pin.placed",
        "pin.corrected",
        "pin.withdrawn",
    ]
    assert client.get("/pins/mine/" + "0" * 32 + "/").status_code == 404


def test_a_withdrawn_pin_cannot_be_corrected_back(client: Client, city: Municipality, other: Category) -> None:
    mine = client.post("/pins/", fields())["Location"]
    client.post(f"{mine}withdraw/")
    assert client.post(f"{mine}correct/", {"text": "Sittenkin näin."}).status_code == 302
    assert Pin.objects.get().text == "Rantaan tarvitaan penkki."


def test_staff_record_what_came_on_paper(
    client: Client, city: Municipality, other: Category, officer: User, resident: User
) -> None:
    client.force_login(resident)
    client.post("/pins/", fields(channel="paper", on_behalf="on"))
    client.force_login(officer)
    client.post("/pins/", fields(channel="paper", on_behalf="on"))
    channels = list(Pin.objects.order_by("pk").values_list("channel", "on_behalf"))
    assert channels == [("web", False), ("paper", True)]


def test_the_api_takes_the_same_and_answers_the_same_pin_twice(
    client: Client, city: Municipality, other: Category
) -> None:
    key = str(uuid.uuid4())
    body = {
        "kind": "thanks",
        "text": "Kiitos laiturista!",
        "geometry": {"type": "Point", "coordinates": list(WEST)},
    }

    def send(**more: Any) -> Any:
        return client.post(
            "/api/v1/pins", json.dumps(body | more), content_type="application/json", headers={"Idempotency-Key": key}
        )

    first, again, other_words = send(), send(), send(text="Muuta")
    assert (first.status_code, again.status_code, other_words.status_code) == (201, 200, 422)
    assert first.json()["id"] == again.json()["id"]
    assert Pin.objects.get().channel == "api"
    refused = client.post("/api/v1/pins", "[1", content_type="application/json")
    assert refused.status_code == 400
    assert refused["Content-Type"] == "application/problem+json"
    incomplete = client.post("/api/v1/pins", "{}", content_type="application/json")
    assert incomplete.status_code == 422
    assert set(incomplete.json()["errors"]) >= {"kind", "text", "key"}


def test_the_pins_page_says_where_what_and_when(client: Client, place: Place) -> None:
    pin = place(OUTSIDE, text="Ulkona <b>rajojen</b> takana", language="sv")
    page = client.get(pin.get_absolute_url()).content.decode()
    assert "&lt;b&gt;rajojen&lt;/b&gt;" in page
    assert 'lang="sv"' in page
    assert "<b>rajojen" not in page


def test_moderators_decide_and_outsiders_see_nothing(
    client: Client, place: Place, moderator: User, outsider: User, planner: User
) -> None:
    held = place(text="Kirjoita minulle: liisa@testila.example")
    for stranger in (outsider, planner):
        client.force_login(stranger)
        assert client.get("/moderation/").status_code == 403
        assert client.post(f"/moderation/{held.public_id}/", {"visibility": "published"}).status_code == 404
    client.force_login(moderator)
    assert "liisa@testila.example" in client.get("/moderation/").content.decode()
    client.post(f"/moderation/{held.public_id}/", {"visibility": "hidden", "reason": "personal_data"})
    held.refresh_from_db()
    assert held.visibility == "hidden"
    entry = Entry.objects.get(verb="pin.hidden")
    assert entry.detail == {"reason": "personal_data"}
    assert entry.actor == moderator
    assert entry.at <= timezone.now()


def test_an_account_finds_its_own_messages(client: Client, city: Municipality, other: Category, resident: User) -> None:
    client.post("/pins/", fields(text="Toisen viesti, ei minun."))
    assert client.get("/pins/mine/").status_code == 302
    client.force_login(resident)
    client.post("/pins/", fields(text="Oma numeroni on 050 765 4321."))
    page = client.get("/pins/mine/").content.decode()
    assert "050 765 4321" in page
    assert "Toisen viesti" not in page
    own = Pin.objects.get(author=resident)
    assert own.visibility == "held"
    assert client.get(own.get_absolute_url()).status_code == 200


def test_a_refused_correction_still_shows_the_link_that_works(
    client: Client, city: Municipality, other: Category
) -> None:
    secret = client.post("/pins/", fields())["Location"]
    refused = client.post(f"{secret}correct/", {"text": ""})
    assert refused.status_code == 422
    assert f'<a href="http://testserver{secret}">' in refused.content.decode()


def test_reading_the_address_of_a_refused_form_leads_to_a_page(
    client: Client, city: Municipality, other: Category
) -> None:
    """Another language is chosen there, or the address is opened again."""
    assert client.post("/pins/", fields(text="")).status_code == 422
    assert client.get("/pins/")["Location"] == "/pins/new/"
    secret = client.post("/pins/", fields())["Location"]
    assert client.get(f"{secret}correct/")["Location"] == secret


def test_before_the_first_city_the_form_says_why_nothing_can_be_sent(client: Client, other: Category) -> None:
    english = {"Accept-Language": "en"}
    assert "No city here yet" in client.get("/pins/new/", headers=english).content.decode()
    assert "No city here yet" in client.get("/", headers=english).content.decode()
    for place in ({}, {"geometry": at(*WEST)}):
        refused = client.post("/pins/", fields(**place), headers=english)
        assert refused.status_code == 422
        page = refused.content.decode()
        assert "No city has been set up here yet" in page
        assert "Rantaan tarvitaan penkki." in page


def test_a_text_as_long_as_the_browser_allows_is_taken_with_its_line_ends(
    client: Client, city: Municipality, other: Category
) -> None:
    lines = "x" * 99 + "\r\n"
    assert client.post("/pins/", fields(text=lines * 49 + "x" * 100)).status_code == 302
    assert len(Pin.objects.get().text) == 5000


def test_what_a_new_message_asks_is_planned_once_for_all(client: Client, city: Municipality, other: Category) -> None:
    """Planning takes longer than the answer; Django's own setting would make `prepare=True` mean nothing."""
    for _nth in range(2):
        assert client.post("/pins/", fields(geometry=at(*WEST))).status_code == 302
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement ~ 'stored AS|AS city'"
        )
        assert [used >= 2 for (used,) in cursor.fetchall()] == [True, True]
