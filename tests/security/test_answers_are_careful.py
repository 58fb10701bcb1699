"""What every answer carries, and how the service answers when it cannot."""

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.pins.querysets import PinQuerySet
from tests.conftest import Place

DISTRICT = "/areas/testila-districts/1/"
ADDRESSES = [
    "/",
    "/health",
    "/language/fi/",
    "/pins/new/",
    "/pins/mine/unknown/",
    "/pins.csv",
    "/pins.geojson",
    "/pins.gpkg",
    "/pins.atom",
    "/share/",
    "/map.svg",
    "/map.png?size=card",
    "/api/v1/pins",
    "/tiles/pins/0/0/0.json",
    "/areas/",
    "/areas/at?lat=61&lon=25.65",
    "/areas/ground.geojson",
    "/areas/testila-districts/counts.json",
    DISTRICT,
    f"{DISTRICT}report.html",
    f"{DISTRICT}report.xlsx",
    "/plans/",
    "/planning/",
    "/moderation/",
    "/about/",
    "/accounts/login/",
    "/accounts/signup/",
    "/robots.txt",
    "/static/css/mapfeedback.css",
    "/nothing",
    "/nothing.json",
    "/?area=nowhere",
]


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_tells_the_browser_to_be_careful(client: Client, place: Place, address: str) -> None:
    place()
    answer = client.get(address)
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy and "default-src 'self'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] in {"strict-origin-when-cross-origin", "same-origin"}
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "geolocation=(self)" in answer["Permissions-Policy"] and "camera=()" in answer["Permissions-Policy"]
    assert "Strict-Transport-Security" not in answer  # it would lock a server without HTTPS out
    assert "Server" not in answer or "Python" not in answer["Server"]


@pytest.mark.django_db
def test_the_report_with_its_map_runs_in_a_sandbox(client: Client, place: Place) -> None:
    """It needs inline scripts; so they may reach neither this site nor any other."""
    place()
    policy = client.get(f"{DISTRICT}report.map.html")["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy and "allow-same-origin" not in policy


@pytest.mark.django_db
def test_with_https_browsers_are_told_to_stay_with_it(client: Client, settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 31_536_000
    assert "max-age=31536000" in client.get("/robots.txt", secure=True)["Strict-Transport-Security"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/api/v1/pins"),
        ("get", "/pins/mine/" + "a" * 32 + "/withdraw/"),
        ("post", "/"),
        ("post", "/pins.csv"),
        ("put", "/tiles/pins/0/0/0.json"),
        ("delete", "/areas/"),
        ("options", "/pins.geojson"),
    ],
)
def test_a_method_that_does_not_belong_is_told_so(
    client: Client, city: Municipality, method: str, address: str
) -> None:
    assert getattr(client, method)(address).status_code == 405


@pytest.mark.django_db
def test_head_is_answered_like_get_without_a_body(client: Client, place: Place) -> None:
    place()
    for address in ("/", "/pins.csv", "/tiles/pins/0/0/0.json", "/areas/testila-districts/counts.json"):
        answer = client.head(address)
        assert answer.status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "is_machine"),
    [("/nothing.json", True), ("/api/nothing", True), ("/nothing.csv", True), ("/nothing", False)],
)
def test_an_unknown_address_answers_in_the_asked_format(client: Client, address: str, is_machine: bool) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert (answer["Content-Type"] == "application/problem+json") == is_machine


@pytest.mark.django_db(transaction=True)
def test_a_question_that_takes_too_long_is_no_fault(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place()

    def _slow(pins: PinQuerySet, *_arguments: Any) -> PinQuerySet:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 50")
            try:
                cursor.execute("SELECT pg_sleep(5)")
            finally:
                cursor.execute("RESET statement_timeout")
        return pins

    monkeypatch.setattr(PinQuerySet, "visible_to", _slow)
    client = Client(raise_request_exception=False)
    page = client.get("/")
    assert page.status_code == 503
    assert "<h1>" in page.text and "Traceback" not in page.text
    for address in ("/pins.csv", "/tiles/pins/0/0/0.json", "/areas/testila-districts/counts.json"):
        answer = client.get(address)
        assert (answer.status_code, answer["Content-Type"]) == (503, "application/problem+json")


@pytest.mark.django_db
def test_a_database_lost_while_a_session_is_kept_is_no_fault(resident: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def _lost(*_arguments: Any, **_more: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    client = Client(raise_request_exception=False)
    client.get("/accounts/login/")
    monkeypatch.setattr(SessionStore, "save", _lost)
    answer = client.post("/accounts/login/", {"login": resident.email, "password": "salasana-kelpaa-1"})
    assert answer.status_code == 503
    assert answer["Retry-After"]
