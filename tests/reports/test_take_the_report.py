"""An association takes its district's report home as page, CSV, workbook, GeoJSON and map; all of them agree."""

import csv
import datetime
import io
import json
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries

from areas.models import Edition, Municipality
from layers.public_rows import columns
from mapfeedback.pins.actions import decide_visibility, withdraw_pin
from mapfeedback.pins.models import Pin
from mapfeedback.reports.as_csv import COLUMNS
from tests.conftest import EAST, OUTSIDE, WEST, Place
from tests.opendata.test_take_the_data_home import PAYLOADS, answered

REPORT = "/areas/testila-districts/1/report"
ENDINGS = ("html", "csv", "xlsx", "geojson", "map.html")


@pytest.fixture(autouse=True)
def in_english(client: Client) -> None:
    client.cookies["django_language"] = "en"


def fetched(client: Client, ending: str, query: str = "") -> bytes:
    answer = client.get(f"{REPORT}.{ending}?{query}")
    assert answer.status_code == 200
    return bytes(answer.content)


def sheets(data: bytes) -> tuple[list[list[Any]], list[list[Any]]]:
    figures, messages = load_workbook(io.BytesIO(data)).worksheets
    return [list(row) for row in figures.values], [list(row) for row in messages.values]


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


def ids(client: Client, ending: str, query: str = "") -> list[str]:
    data = fetched(client, ending, query)
    if ending == "csv":
        return [row["id"] for row in rows_of(data)]
    if ending == "xlsx":
        head, *rows = sheets(data)[1]
        return [row[head.index("Identifier")] for row in rows]
    if ending == "geojson":
        return [feature["id"] for feature in json.loads(data)["features"]]
    return re.findall(r'data-item="([^"]+)"', data.decode())


def total(client: Client, ending: str, query: str = "") -> int:
    data = fetched(client, ending, query)
    if ending == "csv":
        return len(ids(client, "csv", query))
    if ending == "xlsx":
        return int(next(row[1] for row in sheets(data)[0] if row[0] == "Messages"))
    if ending == "geojson":
        return int(json.loads(data)["report"]["total"])
    text = re.sub(r"\s+", " ", data.decode())
    found = re.search(r"(\d+|One) messages?\b", text.split('id="messages"')[-1] if ending == "html" else text)
    assert found
    return 1 if found[1] == "One" else int(found[1])


@pytest.mark.parametrize("query", ["", "kind=thanks", "since=2025-01-01&until=2025-12-31", "defaults=without", "q=ei"])
def test_every_form_holds_the_same_messages_in_the_same_order(client: Client, place: Place, query: str) -> None:
    for kind, where in (("idea", WEST), ("thanks", WEST), ("idea", EAST), ("idea", OUTSIDE), ("idea", None)):
        place(where, kind=kind)
    old = place(WEST, now=datetime.datetime(2025, 5, 1, tzinfo=datetime.UTC))
    Pin.objects.filter(pk=old.pk).update(suspected_default_place=True)
    expected = ids(client, "html", query)
    assert {ending: ids(client, ending, query) for ending in ENDINGS} == dict.fromkeys(ENDINGS, expected)
    if expected:
        assert {ending: total(client, ending, query) for ending in ENDINGS} == dict.fromkeys(ENDINGS, len(expected))
    counted = {"": 3, "kind=thanks": 1, "since=2025-01-01&until=2025-12-31": 1, "defaults=without": 2, "q=ei": 0}
    assert len(expected) == counted[query]


def test_the_report_agrees_with_the_counts_and_with_the_open_data(client: Client, place: Place) -> None:
    for where in (WEST, WEST, EAST):
        answered(place(where, title="Penkki; =1"), "Tulee")
    west = client.get("/areas/testila-districts/counts.json").json()["areas"][0]
    assert west["pins"] == total(client, "csv")
    everything = client.get("/pins.csv?area=testila-districts/1").getvalue()
    assert rows_of(fetched(client, "csv")) == rows_of(everything)


def test_columns_of_the_report_are_the_public_columns() -> None:
    assert list(columns("")) == COLUMNS


def test_a_district_chosen_in_words_is_in_the_report_without_a_place(client: Client, place: Place) -> None:
    west = place(WEST).area
    pin = place(None, area=west)
    (first, second) = json.loads(fetched(client, "geojson"))["features"]
    assert (first["id"], first["geometry"]) == (str(pin.public_id), None)
    assert second["geometry"] == {"type": "Point", "coordinates": [25.65, 61.0]}


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_cell_of_the_workbook_or_the_csv_can_start_a_formula(client: Client, place: Place, payload: str) -> None:
    answered(place(WEST, title=payload, text=payload, place_text=payload), payload)
    (row,) = rows_of(fetched(client, "csv"))
    book = load_workbook(io.BytesIO(fetched(client, "xlsx")))
    cells = [str(cell.value) for sheet in book for line in sheet.iter_rows() for cell in line if cell.value is not None]
    assert not any(cell.data_type == "f" for sheet in book for line in sheet.iter_rows() for cell in line)
    for text in [row[name] for name in ("title", "text", "place", "answers")] + cells:
        for line in text.replace("\r", "\n").split("\n"):
            assert not line.strip().startswith(("=", "+", "-", "@", "\uff1d")), text


def test_the_workbook_is_ready_to_read(client: Client, place: Place) -> None:
    answered(place(WEST, text="Monta\nriviä"), "Kyllä")
    figures, messages = load_workbook(io.BytesIO(fetched(client, "xlsx"))).worksheets
    assert messages.freeze_panes == "A2"
    assert messages.column_dimensions["E"].width > 40
    assert isinstance(messages["A2"].value, datetime.datetime)
    assert messages["B2"].value == "Idea"
    assert messages["H2"].value == "Partly taken into account: Kyllä"
    assert figures["A1"].value == "Länsi"


def test_the_report_says_what_it_cannot_say(client: Client, place: Place) -> None:
    place(WEST)
    place(None)
    place(OUTSIDE)
    Edition.objects.update(is_example=True)
    for ending in ("html", "map.html"):
        text = re.sub(r"\s+", " ", fetched(client, ending).decode())
        assert "1 message of the whole city has no place. It is in no district." in text
        assert "1 message lies outside all districts." in text
        assert "The borders are examples, not the city&#x27;s own: Kaupunginosat from 1.1.2020." in text
        assert "Everything here came by the web form." in text
    cells = [row[0] for row in sheets(fetched(client, "xlsx"))[0]]
    assert "1 message lies outside all districts." in cells
    place(WEST, channel="paper")
    assert "Everything here came by the web form." not in fetched(client, "html").decode()


def test_a_report_says_when_it_was_made_and_of_what(client: Client, place: Place) -> None:
    place(WEST)
    about = json.loads(fetched(client, "geojson", "since=2020-01-01"))["report"]
    assert about["made_on"] == timezone.localdate().isoformat()
    assert (about["since"], about["borders_from"], about["name"]) == ("2020-01-01", "2020-01-01", "Länsi")
    assert about["url"] == f"http://testserver{REPORT}.html?since=2020-01-01"


def test_files_have_names_that_tell_them_apart(client: Client, place: Place) -> None:
    name = client.get(f"{REPORT}.csv")["Content-Disposition"]
    assert name == f'attachment; filename="testila-districts-1-lansi-{timezone.localdate()}.csv"'


def test_hidden_held_and_withdrawn_messages_are_in_no_form(client: Client, place: Place, moderator: Any) -> None:
    now = timezone.now()
    place(WEST)
    place(WEST, text="KANARIA soita 040 123 4567")
    decide_visibility(pin=place(WEST, text="KANARIA"), visibility="hidden", reason="other", now=now, actor=moderator)
    withdraw_pin(pin=place(WEST, text="KANARIA"), now=now)
    client.force_login(moderator)
    for ending in ENDINGS:
        data = fetched(client, ending)
        if ending == "xlsx":
            data = str(sheets(data)).encode()
        assert b"KANARIA" not in data
        assert len(ids(client, ending)) == 1


def test_the_author_is_in_no_form(client: Client, place: Place, resident: Any) -> None:
    pin = place(WEST, author=resident)
    for ending in ENDINGS:
        data = fetched(client, ending)
        text = str(sheets(data)) if ending == "xlsx" else data.decode()
        for secret in (resident.email, resident.display_name, str(resident.public_id), pin.token_hash):
            assert secret not in text


def test_the_map_in_one_file_loads_nothing(client: Client, place: Place) -> None:
    place(WEST, text="</script><script src=https://evil.example/x.js></script>{{ 7*7 }}")
    html = fetched(client, "map.html").decode()
    assert re.findall(r"""<(?:script|img|iframe|link|object)\b[^>]*\b(?:src|href)\s*=""", html) == []
    assert re.findall(r"@import|url\((?!data:|#)[^)]*\)", html) == []
    assert "sourceMappingURL" not in html
    assert "default-src 'none'" in unescape(html)
    assert "{{ 7*7 }}" in html
    policy = client.get(f"{REPORT}.map.html")["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "sandbox allow-scripts" in policy
    assert "allow-same-origin" not in policy


def test_a_very_full_sheet_lists_the_newest_and_says_so_while_the_files_hold_all(
    client: Client, place: Place, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    days = [datetime.datetime(2025, month, 1, tzinfo=datetime.UTC) for month in (2, 3, 4, 5)]
    pins = [place(WEST, text=f"Viesti {day.month}", now=day) for day in days]
    for pin, supports in zip(pins, (7, 0, 2, 0), strict=True):
        Pin.objects.filter(pk=pin.pk).update(supports=supports)
    Pin.objects.filter(pk=pins[0].pk).update(suspected_default_place=True)
    in_full = re.sub(r"\s+", " ", fetched(client, "html").decode())
    assert "are listed here" not in in_full
    monkeypatch.setattr("mapfeedback.reports.views.MOST_LISTED", 2)
    with django_assert_max_num_queries(16):
        sheet = re.sub(r"\s+", " ", fetched(client, "html").decode())
    assert ids(client, "html") == [str(pins[3].public_id), str(pins[2].public_id)]
    assert "The newest 2 are listed here, and all are counted above." in sheet
    assert "2 of the newest messages have a place and are drawn." in sheet
    assert sheet.count("district-drawing__dot") == 2
    for text in (in_full, sheet):
        assert total(client, "html") == 4
        assert "The messages of this report have 9 supports." in text
        supported = text.split('id="supported"')[1].split("</section>")[0]
        assert re.findall(r"Viesti \d", supported) == ["Viesti 2", "Viesti 4"]
    without = re.sub(r"\s+", " ", fetched(client, "html", "defaults=without").decode())
    assert "The messages of this report have 2 supports." in without
    assert {len(ids(client, ending)) for ending in ENDINGS if ending != "html"} == {4}


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_bad_question_is_refused_and_an_unknown_district_not_found(
    client: Client, city: Municipality, ending: str
) -> None:
    assert client.get(f"{REPORT}.{ending}?kind=x").status_code == 400
    assert client.get(f"{REPORT}.{ending}?area=testila-districts/2").status_code == 400
    assert client.get(f"/areas/testila-districts/99/report.{ending}").status_code == 404


def test_an_ending_nobody_writes_is_not_found(client: Client, city: Municipality) -> None:
    assert client.get(f"{REPORT}.docx").status_code == 404


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_report_takes_the_same_few_queries_however_many_messages(
    client: Client, place: Place, ending: str, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(6):
        answered(place(WEST), "Kyllä")
    with django_assert_max_num_queries(13):
        client.get(f"{REPORT}.{ending}")
