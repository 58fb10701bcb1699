"""Secrets in logs and caches, another city's and unpublished things, and people's accounts."""

import csv
import io
import json
import logging
import re
import uuid
from typing import Any

import openpyxl
import pytest
from django.contrib.gis.geos import MultiPolygon
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from areas.models import Municipality
from layers.models import Plan, Response, ResponseLink
from mapfeedback.accounts.models import User
from mapfeedback.consultations.models import Consultation
from mapfeedback.discretion import Discreet
from mapfeedback.geo import point
from mapfeedback.pins.actions import place_pin, withdraw_pin
from mapfeedback.pins.models import Category, Pin
from tests.conftest import WEST, Place, box

FILES = ["/", "/pins.csv", "/pins.geojson", "/pins.gpkg", "/tiles/pins/0/0/0.json", "/tiles/pins/18/149756/73893.json"]
DISTRICT = "/areas/testila-districts/1/"
FILES += ["/areas/testila-districts/counts.json", DISTRICT]
FILES += [f"{DISTRICT}report.{ending}" for ending in ("html", "csv", "xlsx", "geojson", "map.html")]


def body(answer: Any) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


@pytest.mark.django_db
def test_the_log_holds_no_secret_link_no_address_and_no_row(place: Place, caplog: pytest.LogCaptureFixture) -> None:
    token = "0123456789abcdef0123456789abcdef"
    with caplog.at_level(logging.INFO):
        Client(enforce_csrf_checks=True).post(f"/pins/mine/{token}/withdraw/", {"text": "Salainen teksti"})
        Client().get(f"/pins/mine/{token}/")
        Client().get("/nothing/aino.esimerkki@testila.example/")
        logging.getLogger("x").error("refused\nDETAIL:  Failing row contains (1, Salainen teksti).")
    assert len(caplog.records) >= 4
    written = "\n".join(Discreet("%(name)s %(message)s").format(record) for record in caplog.records)
    assert "/pins/mine/…" in written
    for secret in (token, "Salainen", "aino.esimerkki"):
        assert secret not in written


@pytest.mark.django_db
def test_every_handler_of_the_log_is_discreet(settings: Any) -> None:
    used = {handler["formatter"] for handler in settings.LOGGING["handlers"].values()}
    assert {settings.LOGGING["formatters"][name]["()"] for name in used} == {"mapfeedback.discretion.Discreet"}


@pytest.mark.django_db
def test_what_a_signed_in_person_saw_is_in_no_cache(client: Client, place: Place, moderator: User) -> None:
    held = place(text="Soita minulle 040 123 4567.")
    client.force_login(moderator)
    for address in (held.get_absolute_url(), "/", "/moderation/", "/pins.csv", "/areas/"):
        answer = client.get(address)
        assert answer.status_code == 200
        assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", ")), address
    tile = client.get("/tiles/pins/0/0/0.json")
    assert "private" in tile["Cache-Control"]


@pytest.mark.django_db
def test_the_authors_page_is_in_no_cache_and_in_no_search(
    client: Client, city: Municipality, streets: Category
) -> None:
    placed = place_pin(kind="idea", category=streets, text="Penkki", municipality=city, now=timezone.now())
    page = client.get(f"/pins/mine/{placed.token}/")
    assert {"private", "no-store"} <= set(page["Cache-Control"].split(", "))
    assert page["Referrer-Policy"] == "same-origin"
    assert "noindex" in page["X-Robots-Tag"]


@pytest.mark.django_db
def test_no_file_or_page_holds_a_key_a_token_or_an_author(
    client: Client, city: Municipality, streets: Category, resident: User
) -> None:
    key = uuid.uuid4()
    placed = place_pin(
        kind="idea",
        category=streets,
        text="Penkki tähän.",
        municipality=city,
        geom=point(*WEST),
        author=resident,
        key=key,
        now=timezone.now(),
    )
    secrets = [str(key), key.hex, placed.token, placed.pin.token_hash, resident.email, str(resident.public_id)]
    secrets += [placed.pin.idempotency_digest, resident.display_name]
    for address in [*FILES, placed.pin.get_absolute_url()]:
        said = body(client.get(address, follow=True)).decode(errors="replace")
        for secret in secrets:
            assert secret not in said, (address, secret)


@pytest.mark.django_db
@pytest.mark.parametrize("state", ["held", "hidden", "withdrawn"])
def test_what_is_not_public_changes_no_number_and_no_fingerprint(client: Client, place: Place, state: str) -> None:
    place(text="Julkinen viesti.")
    before = {address: (client.get(address).headers.get("ETag"), body(client.get(address))) for address in FILES[:6]}
    secret = place(text="Kanaria ei kuulu julkisuuteen.")
    if state == "withdrawn":
        withdraw_pin(pin=secret, now=timezone.now())
    else:
        Pin.objects.filter(pk=secret.pk).update(visibility=state)
    for address, (etag, said) in before.items():
        answer = client.get(address)
        # A tile's fingerprint is of the state: what was public for a moment has changed it (held: never was).
        assert "/tiles/" in address or answer.headers.get("ETag") == etag, address
        assert body(answer) == said, address
    for address in FILES:
        assert "Kanaria" not in body(client.get(address)).decode(errors="replace")
    for query in ("q=Kanaria", f"after={secret.public_id}"):
        answer = client.get(f"/?{query}")
        assert answer.status_code == (200 if query.startswith("q") else 400)
    assert client.get(secret.get_absolute_url()).status_code == 404


@pytest.mark.django_db
def test_including_tells_nothing_about_pins_one_may_not_see(
    client: Client, city: Municipality, planner: User, outsider: User, place: Place
) -> None:
    """Held, another city's and invented identifiers get the same answer: no oracle."""
    answer = Response.objects.create(
        municipality=city,
        summary="Vastaus",
        effect="partly",
        text="Perustelu",
        language="fi",
        signed_as="Kaavoitus",
        created_at=timezone.now(),
    )
    held = place(text="Soita minulle 040 123 4567.")
    other = place(None, municipality=Municipality.objects.get(slug="muuala"))
    client.force_login(planner)
    told = set()
    for identifier in (held.public_id, other.public_id, uuid.uuid4()):
        page = client.post(f"/planning/responses/{answer.public_id}/include/", {"pin": str(identifier)}, follow=True)
        told.add(tuple(str(message) for message in page.context["messages"]))
        left = client.post(f"/planning/responses/{answer.public_id}/exclude/{identifier}/")
        assert left.status_code == 404
    assert len(told) == 1
    assert not ResponseLink.objects.exists()


@pytest.mark.django_db
def test_a_planner_of_another_city_reaches_nothing_here(
    client: Client, city: Municipality, outsider: User, place: Place
) -> None:
    pin = place()
    plan = Plan.objects.create(
        slug="p", municipality=city, name_fi="Kaava", kind="local_plan", created_at=timezone.now()
    )
    client.force_login(outsider)
    assert client.post(f"/planning/plans/{plan.slug}/publish/").status_code == 404
    words = {"summary": "a", "effect": "partly", "text": "b", "language": "fi", "signed_as": "c"}
    for query in ("area=testila", "within=25,60,26,62", f"q={pin.text.split()[0]}", "kind=idea"):
        assert client.post(f"/planning/responses/new/?{query}", words).status_code == 400
        assert pin.text not in client.get(f"/planning/pins/?{query}").text
    assert not Response.objects.exists()


@pytest.mark.django_db
def test_a_moderator_of_another_city_decides_nothing_here(client: Client, place: Place, moderator: User) -> None:
    held = place(text="Soita minulle 040 123 4567.", municipality=_elsewhere())
    client.force_login(moderator)
    assert client.post(f"/moderation/{held.public_id}/", {"visibility": "published"}).status_code == 404
    assert client.get(held.get_absolute_url()).status_code == 404
    held.refresh_from_db()
    assert held.visibility == "held"


def _elsewhere() -> Municipality:
    return Municipality.objects.create(
        slug="toisaalla", name_fi="Toisaalla", outline=MultiPolygon(box(22, 62, 22.2, 62.1))
    )


@pytest.mark.django_db
def test_signing_in_needs_a_safety_token_and_makes_a_new_session(resident: User) -> None:
    said = {"login": resident.email, "password": "salasana-kelpaa-1"}
    guarded = Client(enforce_csrf_checks=True)
    assert guarded.post("/accounts/login/", said).status_code == 403
    client = Client()
    client.session.save()
    client.cookies["sessionid"] = planted = client.session.session_key or ""
    client.get("/accounts/login/")
    client.post("/accounts/login/", said)
    assert client.session.get("_auth_user_id") == str(resident.pk)
    assert client.cookies["sessionid"].value != planted


@pytest.mark.django_db
def test_signing_out_needs_a_post(client: Client, resident: User) -> None:
    client.force_login(resident)
    client.get("/accounts/logout/")
    assert "_auth_user_id" in client.session
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def _said(page: Any, email: str) -> str:
    """A page's words without what differs anyway: the address that was typed and the safety token."""
    text = re.sub(r'(name="csrfmiddlewaretoken"\s+value=)"[^"]*"', r"\1", page.text)
    return text.replace(email, "…")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "field", "more"),
    [
        ("/accounts/login/", "login", {"password": "vaara-salasana"}),
        ("/accounts/login/code/", "email", {}),
        ("/accounts/signup/", "email", {}),
        ("/accounts/password/reset/", "email", {}),
    ],
)
def test_no_page_tells_who_has_an_account(resident: User, address: str, field: str, more: dict[str, str]) -> None:
    told, sent = set(), set()
    for email in (resident.email, "vieras@testila.example"):
        cache.clear()
        mail.outbox.clear()
        page = Client().post(address, {field: email, **more}, follow=True)
        told.add((page.status_code, tuple(page.redirect_chain), _said(page, email)))
        sent.add(len(mail.outbox))
    assert len(told) == 1
    assert len(sent) == 1


@pytest.mark.django_db
def test_guessing_a_password_is_stopped_whatever_a_header_says(resident: User) -> None:
    cache.clear()
    said = {"login": resident.email, "password": "vaara-salasana"}
    for attempt in range(12):
        Client().post("/accounts/login/", said, headers={"X-Forwarded-For": f"10.0.0.{attempt}"})
    client = Client()
    client.post("/accounts/login/", said | {"password": "salasana-kelpaa-1"}, headers={"X-Forwarded-For": "10.9.9.9"})
    assert "_auth_user_id" not in client.session
    cache.clear()


@pytest.mark.django_db
def test_a_message_here_never_counts_in_another_citys_round(
    client: Client, city: Municipality, streets: Category, outsider: User
) -> None:
    elsewhere = Municipality.objects.get(slug="muuala")
    for municipality in (city, elsewhere):
        Consultation.objects.create(
            slug=f"kysely-{municipality.slug}",
            municipality=municipality,
            name_fi="Kysely",
            starts_on=timezone.localdate(),
        )
    for slug, expected in (("kysely-muuala", None), ("kysely-testila", "kysely-testila")):
        said = {"kind": "idea", "text": "Penkki tähän.", "category": "streets", "consultation": slug}
        said |= {"geometry": f'{{"type": "Point", "coordinates": [{WEST[0]}, {WEST[1]}]}}', "key": str(uuid.uuid4())}
        assert client.post("/pins/", said).status_code == 302
        stored = Pin.objects.order_by("pk").last()
        assert stored is not None
        assert (stored.consultation.slug if stored.consultation else None) == expected


@pytest.mark.django_db
def test_control_characters_break_no_file(client: Client, place: Place) -> None:
    text = "alku \x01\x02\x0b\x1b[31m \u2028 \u202e ]]> \x7f \ufeff loppu"
    place(text=text, place_text="\x01\x02")
    features = json.loads(body(client.get("/pins.geojson")))["features"]
    assert [feature["properties"]["text"] for feature in features] == [text]
    for address in ("/pins.csv", f"{DISTRICT}report.csv"):
        rows = list(csv.DictReader(io.StringIO(body(client.get(address)).decode(), newline="")))
        assert [row["text"] for row in rows] == [text], address
    book = openpyxl.load_workbook(io.BytesIO(body(client.get(f"{DISTRICT}report.xlsx"))))
    assert "loppu" in str([[cell.value for cell in row] for row in book.worksheets[1]])
    assert client.get("/tiles/pins/18/149756/73893.json").json() is not None
    for address in ("/", DISTRICT, f"{DISTRICT}report.html", f"{DISTRICT}report.map.html"):
        assert client.get(address).status_code == 200
