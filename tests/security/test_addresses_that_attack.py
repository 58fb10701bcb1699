"""Addresses made to lead people elsewhere or to break the service."""

from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from areas.models import Municipality
from mapfeedback.accounts.models import User
from tests.conftest import Place

ELSEWHERE = [
    "//evil.example/",
    "///evil.example/",
    "http://evil.example/",
    "http:///evil.example/",
    "\\\\evil.example/",
    "/\\evil.example/",
    "http://testserver//evil.example/",
    "http://testserver/\\evil.example/",
    "http://testserver/\\/evil.example/",
    "/\t/evil.example/",
    "javascript:alert(1)",
    "http://[",
    "/\r\nSet-Cookie: a=b",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_choosing_a_language_never_leads_to_another_site(client: Client, address: str) -> None:
    answer = client.get("/language/sv/", {"next": address})
    assert answer.status_code == 302
    assert "Set-Cookie: a" not in str(answer.serialize_headers())
    where = answer["Location"]
    assert where.startswith("/") and not where.startswith(("//", "/\\")), where
    assert urlsplit(where).netloc == ""


def test_choosing_a_language_comes_back_to_the_same_page(client: Client) -> None:
    address = "/areas/testila-districts/?since=2026-01-01&q=%C3%A4"
    assert client.get("/language/sv/", {"next": address})["Location"] == address
    assert client.get("/language/sv/", {"next": f"http://testserver{address}"})["Location"] == address
    assert client.get("/language/sv/")["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ELSEWHERE)
def test_signing_in_never_leads_to_another_site(client: Client, resident: User, address: str) -> None:
    said = {"login": resident.email, "password": "salasana-kelpaa-1", "next": address}
    answer = client.post(f"/accounts/login/?next={quote(address)}", said)
    assert answer.status_code == 302
    where = answer["Location"]
    assert urlsplit(where).netloc in {"", "testserver"} and not where.startswith(("//", "/\\")), where
    assert "Set-Cookie: a" not in str(answer.serialize_headers())


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    [
        "/areas/testila-districts/%00/",
        "/areas/testila-districts/%00.geojson",
        "/areas/testila-districts/1%00/report.csv",
        "/areas/testila-districts/%00/report.map.html",
        "/areas/%00/counts.json",
        "/plans/%00/",
        "/pins/mine/" + "%00" * 32 + "/",
        "/tiles/pins/" + "9" * 5000 + "/0/0.json",
        "/basemap/" + "9" * 5000 + "/0/0.png",
    ],
)
def test_an_address_that_no_database_can_hold_is_not_found(client: Client, city: Municipality, address: str) -> None:
    assert client.get(address).status_code == 404


@pytest.mark.django_db
def test_a_form_begun_with_rubbish_opens_all_the_same(client: Client, city: Municipality) -> None:
    for name in ("consultation", "place", "kind", "category"):
        for value in ("\x00", "x" * 5000, '"><script>alert(1)</script>'):
            answer = client.get("/pins/new/", {name: value})
            assert answer.status_code == 200
            assert "<script>alert(1)" not in answer.text


@pytest.mark.django_db
def test_a_radius_of_nothing_is_refused_before_it_is_written_down(client: Client, place: Place) -> None:
    place()
    assert client.get("/pins.csv?near=61,25.65,0.4").status_code == 400
    assert client.get("/pins.csv?near=61,25.65,0.6").status_code == 200


PARAMETERS = (
    "area kind category status q since until channel language answered within near bbox precision consultation reaching"
    " photo after before sort"
)
NASTY = [
    "\x00",
    "NaN",
    "1e99",
    "-0",
    "%",
    "%s",
    "{0}",
    "'--",
    "__class__",
    "٣٣٣",
    "a" * 6000,
    "[" * 1500,
    '{"a":' * 900,
]


@pytest.mark.django_db
@pytest.mark.parametrize("name", PARAMETERS.split())
def test_no_value_of_a_parameter_breaks_a_page_or_comes_back_as_markup(client: Client, place: Place, name: str) -> None:
    place()
    addresses = ["/", "/areas/testila-districts/counts.json", "/areas/testila-districts/1/report.csv"]
    if name not in {"after", "before", "sort"}:
        addresses += ["/pins.csv", "/pins.geojson", "/tiles/pins/0/0/0.json"]
    for address in addresses:
        for value in [*NASTY, '"><script>alert(1)</script>']:
            answer = client.get(address, {name: value})
            assert answer.status_code in {200, 400}, (address, value)
            if address == "/":
                assert "<script>alert(1)" not in answer.text
            if answer.status_code == 400 and address != "/":
                assert answer.json()["parameter"] == name


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["author__email", "text__regex", "area__", "token_hash", "idempotency_key", "\x00"])
def test_no_parameter_looks_into_columns(client: Client, place: Place, name: str) -> None:
    place()
    for address in ("/pins.csv", "/tiles/pins/0/0/0.json", "/areas/testila-districts/counts.json"):
        assert client.get(address, {name: "a"}).status_code == 400


@pytest.mark.django_db
def test_a_strange_host_name_is_refused(client: Client) -> None:
    for address in ("/", "/pins.csv", "/language/fi/", "/accounts/login/"):
        refused = client.get(address, headers={"host": "evil.example"})
        assert refused.status_code == 400
        assert b"evil.example" not in refused.content
