"""What is sent: too large, half, nested, or not the sender's to send."""

import json
import threading
import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.pins.models import Category, Pin
from mapfeedback.pins.photos.forms import LARGEST_BODY

GOOD = {"kind": "idea", "text": "Penkki olisi tässä hyvä.", "geometry": {"type": "Point", "coordinates": [25.65, 61]}}


def send(client: Client, body: str | bytes, key: str = "") -> Any:
    headers = {"Idempotency-Key": key or str(uuid.uuid4())}
    return client.post("/api/v1/pins", body, content_type="application/json", headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["text", "place_text", "category", "place", "consultation", "language"])
def test_half_a_character_is_refused_and_not_a_fault(
    client: Client, city: Municipality, streets: Category, field: str
) -> None:
    refused = send(client, json.dumps(GOOD | {"category": "streets"} | {field: "puolikas \ud800 merkki"}))
    assert refused.status_code in {400, 422}
    assert not Pin.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b"\xff\xfe",
        b"{",
        b'{"text": 1e999}',
        b'{"text": NaN}',
        b'{"text": ' + b"9" * 9999 + b"}",
    ],
)
def test_what_is_no_message_is_refused(client: Client, city: Municipality, streets: Category, body: bytes) -> None:
    refused = send(client, body)
    assert refused.status_code in {400, 422}
    assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.django_db
def test_a_body_over_the_limit_is_refused_unread(client: Client, city: Municipality, streets: Category) -> None:
    refused = send(client, json.dumps(GOOD | {"text": "a" * 300_000}))
    assert refused.status_code == 413
    assert refused["Content-Type"] == "application/problem+json"
    assert not Pin.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/signup/", "/planning/plans/new/"])
def test_nobody_fills_the_disk_through_a_form_without_a_file(client: Client, address: str) -> None:
    """Files count towards no limit of Django's: without ours, anybody could send gigabytes to any address."""
    big = SimpleUploadedFile("kuva.jpg", b"\xff" * 3_000_000)
    refused = client.post(address, {"text": "Penkki", "file": big})
    assert refused.status_code == 413
    assert refused.text.count("<h1>") == 1


@pytest.mark.django_db
def test_a_message_with_photos_has_a_limit_too(client: Client, city: Municipality) -> None:
    form = "multipart/form-data; boundary=x"
    assert client.generic("POST", "/pins/", b"x", form, CONTENT_LENGTH=str(LARGEST_BODY + 1)).status_code == 413


@pytest.mark.django_db
def test_a_large_form_without_a_safety_token_is_refused_too(city: Municipality) -> None:
    guarded = Client(enforce_csrf_checks=True)
    assert guarded.post("/accounts/login/", {"login": "a" * 3_000_000}).status_code == 413
    assert guarded.post("/pins/", {"text": "Penkki"}).status_code == 403
    assert guarded.post("/pins/", b"x", content_type="multipart/form-data").status_code == 403


@pytest.mark.django_db
def test_a_length_that_is_no_number_is_refused(client: Client) -> None:
    for length in ("-1", "x", "9" * 5000):
        assert client.generic("POST", "/pins/", b"", CONTENT_LENGTH=length).status_code == 413


@pytest.mark.django_db
def test_a_signed_in_browser_gives_the_machine_door_no_rights(client: Client, officer: User, streets: Category) -> None:
    """The door has no CSRF check: if it heard the session, another site could write on paper's behalf."""
    client.force_login(officer)
    placed = send(client, json.dumps(GOOD | {"category": "streets", "on_behalf": True, "channel": "paper"}))
    assert placed.status_code == 201
    pin = Pin.objects.get()
    assert (pin.author, pin.on_behalf, pin.channel) == (None, False, "api")


@pytest.mark.django_db
def test_a_known_key_with_other_words_opens_no_secret_link(
    client: Client, city: Municipality, streets: Category
) -> None:
    key = str(uuid.uuid4())
    first = send(client, json.dumps(GOOD | {"category": "streets"}), key)
    token = first.json()["secret_url"].rstrip("/").rpartition("/")[2]
    other = send(client, json.dumps(GOOD | {"category": "streets", "text": "Toiset sanat tästä paikasta."}), key)
    assert other.status_code == 422
    assert token.encode() not in other.content
    form = client.post("/pins/", {"kind": "idea", "text": "Toiset sanat tästä.", "place": "testila", "key": key})
    assert form.status_code == 422
    assert token.encode() not in form.content


@pytest.mark.django_db(transaction=True)
def test_ten_equal_messages_at_once_make_one_pin(city: Municipality, streets: Category) -> None:
    key, answers = str(uuid.uuid4()), list[Any]()
    start = threading.Barrier(10)

    def _send() -> None:
        try:
            start.wait()
            answers.append(send(Client(), json.dumps(GOOD | {"category": "streets"}), key))
        finally:
            connections.close_all()

    senders = [threading.Thread(target=_send) for _ in range(10)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["secret_url"] for answer in answers}) == 1
    assert Pin.objects.count() == 1
