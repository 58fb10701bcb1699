"""Anyone takes any filtered set of contributions home as a file, complete and safe to open."""

import csv
import io
import itertools
import json
from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from areas.models import Municipality
from layers.models import Response, ResponseLink
from mapfeedback.pins.actions import decide_visibility, withdraw_pin
from mapfeedback.pins.models import Pin
from mapfeedback.spreadsheets import harmless, harmless_sql
from tests.conftest import EAST, OUTSIDE, WEST, Place


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    answer = client.get(f"/pins.csv?{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def features(client: Client, query: str = "") -> list[dict[str, Any]]:
    answer = client.get(f"/pins.geojson?{query}")
    assert answer["Content-Type"] == "application/geo+json"
    data = json.loads(answer.getvalue())
    assert data["type"] == "FeatureCollection"
    found: list[dict[str, Any]] = data["features"]
    return found


def answered(pin: Pin, summary: str, state: str = "published", how: str = "chosen") -> None:
    now = timezone.now()
    response = Response.objects.create(
        municipality=pin.municipality,
        summary=summary,
        effect="partly",
        text="…",
        signed_as="Kaupunki",
        state=state,
        created_at=now,
        published_at=now,
    )
    ResponseLink.objects.create(response=response, pin=pin, how=how, linked_at=now)


def test_files_hold_the_same_contributions_newest_first(client: Client, place: Place) -> None:
    pins = [place(where) for where in (WEST, EAST, OUTSIDE, None)]
    expected = [str(pin.public_id) for pin in reversed(pins)]
    assert [row["id"] for row in rows(client)] == expected
    assert [feature["id"] for feature in features(client)] == expected
    assert [feature["geometry"] is None for feature in features(client)] == [True, False, False, False]


def test_the_one_filter_chooses_what_is_in_the_file(client: Client, place: Place) -> None:
    place(WEST)
    pin = place(EAST, kind="thanks")
    for query in ("kind=thanks", "area=testila-districts/2"):
        assert [row["id"] for row in rows(client, query)] == [str(pin.public_id)]
        assert [feature["id"] for feature in features(client, query)] == [str(pin.public_id)]


def test_a_row_says_what_was_said_where_and_what_the_city_answered(client: Client, place: Place) -> None:
    text = 'Ensimmäinen rivi; "lainaus",\ntoinen rivi\\n'
    pin = place(WEST, title="Penkki", text=text, place_text="kioskin luona", language="fi")
    answered(pin, "Penkki tulee")
    answered(pin, "Ja roskis")
    answered(pin, "LUONNOS", state="draft")
    answered(pin, "EI-TÄHÄN", how="excluded")
    (row,) = rows(client)
    day = timezone.localdate().isoformat()
    assert row == {
        "id": str(pin.public_id),
        "url": f"http://testserver/pins/{pin.public_id}/",
        "kind": "idea",
        "category": "streets",
        "title": "Penkki",
        "text": text,
        "language": "fi",
        "status": "received",
        "placed": day,
        "answered": "",
        "channel": "web",
        "precision": "exact",
        "place": "kioskin luona",
        "lon": "25.65",
        "lat": "61",
        "municipality": "testila",
        "area": "testila-districts/1",
        "area_name": "Länsi",
        "suspected_default_place": "f",
        "photos": "0",
        "photo_urls": "",
        "effects": "partly | partly",
        "answers": "Penkki tulee | Ja roskis",
        "supports": "0",
        "supports_verified": "0",
    }
    (feature,) = features(client)
    assert feature["geometry"] == {"type": "Point", "coordinates": [25.65, 61]}
    assert feature["properties"]["text"] == text
    assert feature["properties"]["answers"] == ["Penkki tulee", "Ja roskis"]
    assert set(feature["properties"]) == set(row) - {"id", "lon", "lat"}


def test_a_drawn_area_keeps_its_shape_and_turns_the_way_the_standard_asks(client: Client, place: Place) -> None:
    clockwise = "POLYGON((25.61 60.99, 25.61 61.0, 25.62 61.0, 25.62 60.99, 25.61 60.99))"
    place(WEST, geom=GEOSGeometry(clockwise, srid=4326))
    (feature,) = features(client)
    ring = feature["geometry"]["coordinates"][0]
    assert sum((b[0] - a[0]) * (b[1] + a[1]) for a, b in itertools.pairwise(ring)) < 0
    (row,) = rows(client)
    assert 25.61 < float(row["lon"]) < 25.62


def test_a_place_less_pin_of_no_district_has_empty_cells(client: Client, place: Place) -> None:
    place(None)
    (row,) = rows(client)
    assert (row["lon"], row["lat"], row["area"], row["area_name"]) == ("", "", "", "")


PAYLOADS = [
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(1)",
    "\tmoi",
    "\rmoi",
    "  =1",
    "\u00a0=1",
    "\u2003+1",
    "hei\n=cmd",
    "hei\r\n  @x",
    "\uff1d1",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_can_start_a_formula(client: Client, place: Place, payload: str) -> None:
    pin = place(WEST, title=payload, text=payload, place_text=payload, language="fi")
    answered(pin, payload)
    (row,) = rows(client)
    for column in ("title", "text", "place", "answers"):
        for line in row[column].replace("\r\n", "\n").split("\n"):
            assert not line.strip().startswith(("=", "+", "-", "@", "\uff1d")), row[column]
        assert "'" in row[column]
        assert row[column].replace("'", "") == payload


def in_sql(texts: list[str]) -> list[str]:
    with connection.cursor() as cursor:
        guard = harmless_sql("cell")
        cursor.execute(f"SELECT {guard} FROM unnest(%s::text[]) WITH ORDINALITY AS told (cell, n) ORDER BY n", [texts])
        return [cell for (cell,) in cursor.fetchall()]


@pytest.mark.django_db
def test_the_database_guards_against_formulas_as_python_does_whatever_sign_a_cell_begins_with() -> None:
    signs = [chr(code) for code in range(1, 0x10000) if not 0xD800 <= code < 0xE000] + ["", "\U0001f6b2"]
    for texts in (signs, [f"{sign}=1+1" for sign in signs], [f"a{sign}=1+1" for sign in signs]):
        assert in_sql(texts) == [harmless(text) for text in texts]


@pytest.mark.django_db
@given(st.lists(st.text(st.sampled_from("a1 =+-@\t\r\n\v\u00a0\u2003\uff1d'ä"), max_size=8), min_size=1, max_size=50))
def test_the_database_guards_against_formulas_on_every_line_as_python_does(texts: list[str]) -> None:
    assert in_sql(texts) == [harmless(text) for text in texts]


def test_a_finnish_excel_gets_semicolons_and_a_mark_when_asked(client: Client, place: Place) -> None:
    place(WEST, text="äö; x")
    data = client.get("/pins.csv?separator=semicolon").getvalue()
    assert data.startswith(b"\xef\xbb\xbfid;url;")
    assert next(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))["text"] == "äö; x"


def test_what_is_held_hidden_or_withdrawn_is_in_no_file(client: Client, place: Place, moderator: Any) -> None:
    now = timezone.now()
    place(WEST, text="KANARIA soita 040 123 4567")
    decide_visibility(pin=place(WEST, text="KANARIA"), visibility="hidden", reason="other", now=now, actor=moderator)
    withdraw_pin(pin=place(None, text="KANARIA"), now=now)
    client.force_login(moderator)
    for address in ("/pins.csv", "/pins.geojson", "/pins.gpkg"):
        assert b"KANARIA" not in client.get(address).getvalue()


def test_nothing_about_the_author_is_in_a_file(client: Client, place: Place, resident: Any) -> None:
    pin = place(WEST, author=resident)
    for address in ("/pins.csv", "/pins.geojson", "/pins.gpkg"):
        data = client.get(address).getvalue()
        for secret in (resident.email, resident.display_name, str(resident.public_id), pin.token_hash):
            assert secret.encode() not in data


def test_files_have_names(client: Client, place: Place) -> None:
    today = timezone.localdate().isoformat()
    for ending in ("csv", "geojson", "gpkg"):
        named = f'attachment; filename="pins-{today}.{ending}"'
        assert client.get(f"/pins.{ending}")["Content-Disposition"] == named
        named = f'attachment; filename="pins-filtered-{today}.{ending}"'
        assert client.get(f"/pins.{ending}?kind=idea")["Content-Disposition"] == named


@pytest.mark.parametrize("query", ["kind=x", "separator=tab", "author__email=x", "near=1"])
@pytest.mark.parametrize("address", ["/pins.csv", "/pins.geojson", "/pins.gpkg"])
def test_a_bad_question_is_refused_by_name(client: Client, city: Municipality, address: str, query: str) -> None:
    answer = client.get(f"{address}?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["parameter"] == query.split("=")[0]


def test_a_file_takes_the_same_few_statements_however_long(
    client: Client, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        answered(place(WEST), "Kyllä")
    for address in ("/pins.csv", "/pins.geojson", "/pins.gpkg"):
        with django_assert_max_num_queries(4):
            client.get(address).getvalue()
