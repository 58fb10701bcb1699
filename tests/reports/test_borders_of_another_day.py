"""A report of last year stays what it was, and a link to a district that ended leads to what became of it."""

import datetime
import json
import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from areas.actions import NewArea, draft_edition
from areas.models import Area, Division, Edition
from areas.succession import shared_ground, successors
from mapfeedback.accounts.models import Organisation, User
from mapfeedback.pins.redrawing import put_in_force, take_back
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place, box

DIVISION = "/areas/testila-districts/"
DAY = datetime.date(2024, 1, 1)


def redraw(district: Division, *areas: NewArea, day: datetime.date = DAY) -> Edition:
    edition = draft_edition(division=district, areas=areas, valid_from=day, source="test")
    put_in_force(edition=edition, now=timezone.now())
    return edition


@pytest.fixture
def three_pins(place: Place) -> None:
    place(WEST, text="Länteen penkki.")
    place(EAST, text="Itään valo.")
    place(SOUTH, text="Etelään puu.")
    place(OUTSIDE)


@pytest.fixture
def merged(district: Division, three_pins: None) -> Edition:
    """From 2024 on: 1 and a quarter of 2 are called 4, the rest of 2 is 5, and 3 stays."""
    return redraw(
        district,
        NewArea("4", "Uusi Länsi", box(25.60, 60.98, 25.725, 61.02)),
        NewArea("5", "Uusi Itä", box(25.725, 60.98, 25.80, 61.02)),
        NewArea("3", "Etelä", box(25.60, 60.94, 25.80, 60.98)),
    )


def words(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == status, address
    return " ".join(re.sub(r"<[^>]+>", " ", answer.getvalue().decode()).split())


def report_files(client: Client, code: str, query: str) -> dict[str, bytes]:
    endings = ("report.csv", "report.xlsx", "report.geojson", "report.map.html", "report.html")
    answers = {ending: client.get(f"{DIVISION}{code}/{ending}?{query}") for ending in endings}
    assert {answer.status_code for answer in answers.values()} == {200}
    # The map's library names its elements by chance.
    by_chance = re.compile(rb"_[0-9a-f]{32}")
    return {ending: by_chance.sub(b"", answer.getvalue()) for ending, answer in answers.items()}


@pytest.mark.parametrize("code", ["2", "3"])
def test_a_report_by_old_borders_is_the_same_file_before_and_after(
    client: Client, district: Division, three_pins: None, code: str
) -> None:
    before = report_files(client, code, "edition=2020-06-01")
    redraw(district, NewArea("2", "Kaikki", box(25.60, 60.94, 25.80, 61.02)))
    after = report_files(client, code, "edition=2020-06-01")
    for ending, content in before.items():
        assert after[ending] == content, ending
    if code == "2":
        assert report_files(client, code, "")["report.csv"] != before["report.csv"]


def test_an_ended_district_keeps_its_page_and_names_its_successors(client: Client, merged: Edition) -> None:
    page = words(client, f"{DIVISION}2/")
    assert "This district ended on 31.12.2023." in page
    assert re.search(r"Uusi Itä 75\s%\sof this district's ground Uusi Länsi 25\s%\sof", page)
    assert "1 message" in page, "its own numbers, by its own borders"
    assert client.get(f"{DIVISION}2/report.csv").status_code == 200
    border = client.get(f"{DIVISION}2.geojson").json()["features"][0]
    assert (border["properties"]["valid_to"], border["properties"]["name"]) == ("2023-12-31", "Itä")


def test_a_code_that_never_was_is_still_not_found(client: Client, merged: Edition, district: Division) -> None:
    draft_edition(division=district, areas=[NewArea("9", "X", box(25.6, 60.94, 25.8, 61))], valid_from=DAY, source="")
    for address in ("9/", "9.geojson", "9/report.csv", "1/?edition=2025-01-01", "4/?edition=2021-01-01"):
        assert client.get(DIVISION.rstrip("/") + "/" + address).status_code == 404, address
    assert client.get("/?area=testila-districts/9").status_code == 400


def test_a_district_that_only_changed_its_code_is_found_under_the_new_one(
    client: Client, district: Division, three_pins: None
) -> None:
    redraw(district, NewArea("001", "Länsi", box(25.60, 60.98, 25.70, 61.02)))
    answer = client.get(f"{DIVISION}1/?since=2020-01-01")
    assert (answer.status_code, answer["Location"]) == (302, f"{DIVISION}001/?since=2020-01-01")
    assert "ended on" in words(client, f"{DIVISION}1/?edition=2020-01-01"), "asked for by its day it is shown"
    gone = words(client, f"{DIVISION}3/")
    assert "No district has its ground today." in gone


def test_the_filter_leads_an_old_link_to_the_successors(client: Client, merged: Edition) -> None:
    assert client.get("/pins.csv?area=testila-districts/2").getvalue() == (
        client.get("/pins.csv?area=testila-districts/4&area=testila-districts/5").getvalue()
    )
    page = words(client, "/?area=testila-districts/2")
    assert "Uusi Itä" in page and "Uusi Länsi" in page


def test_pages_lead_to_the_borders_of_other_years(client: Client, merged: Edition) -> None:
    today = words(client, DIVISION)
    assert "Borders 1.1.2020–31.12.2023" in today and "These are older borders" not in today
    html = client.get(f"{DIVISION}?edition=2023-12-31&kind=idea").getvalue().decode()
    assert "testila-districts.geojson?edition=2023-12-31" in html
    assert 'name="edition" value="2023-12-31"' in html
    old = words(client, f"{DIVISION}?edition=2023-12-31&kind=idea")
    assert "These are older borders. They were in force until 31.12.2023." in old
    assert "Itä 1" in old and "Uusi Itä" not in old
    assert 'href="/areas/testila-districts/?kind=idea"' in html, "the way back to today keeps the question"
    counts = client.get(f"{DIVISION}counts.json?edition=2021-01-01").json()
    assert {row["code"]: row["pins"] for row in counts["areas"]} == {"1": 1, "2": 1, "3": 1}
    assert (counts["borders_until"], counts["outside"], counts["total"]) == ("2023-12-31", 1, 4)
    shapes = client.get("/areas/testila-districts.geojson?edition=2021-01-01").json()["features"]
    assert [shape["id"] for shape in shapes] == ["1", "2", "3"]


@pytest.mark.parametrize("day", ["2019-12-31", "soon", "2020"])
def test_a_day_without_borders_is_refused_with_what_there_is(client: Client, merged: Edition, day: str) -> None:
    answer = client.get(f"{DIVISION}counts.json?edition={day}")
    assert answer.status_code == 400
    assert "edition" in answer.getvalue().decode()


def test_shares_of_ground_tell_where_it_went(district: Division, merged: Edition) -> None:
    old = district.editions.get(valid_to__isnull=False)
    pairs = shared_ground(old, merged)
    code = dict(Area.objects.values_list("pk", "code"))
    told = {(code[pair.old], code[pair.new]): (round(pair.of_old, 2), round(pair.of_new, 2)) for pair in pairs}
    assert told == {("1", "4"): (1, 0.8), ("2", "4"): (0.25, 0.2), ("2", "5"): (0.75, 1), ("3", "3"): (1, 1)}
    east = Area.objects.select_related("edition").get(edition=old, code="2")
    assert [each.area.code for each in successors(east)] == ["5", "4"]
    take_back(edition=merged, now=timezone.now())
    assert [each.area.code for each in successors(east)] == ["2"]


def test_associations_follow_the_ground_of_their_areas_and_come_back(
    district: Division, member: User, three_pins: None
) -> None:
    association = member.memberships.get().organisation
    east = Area.objects.get(code="2")
    association.areas.add(east)
    edition = redraw(
        district,
        NewArea("4", "Uusi Länsi", box(25.60, 60.98, 25.704, 61.02)),
        NewArea("5", "Uusi Itä", box(25.704, 60.98, 25.80, 61.02)),
    )

    def today(organisation: Organisation) -> list[str]:
        return list(organisation.areas.filter(edition__in=Edition.objects.in_force()).values_list("code", flat=True))

    assert today(association) == ["5"], "four per cent of the ground is not theirs"
    take_back(edition=edition, now=timezone.now())
    assert list(association.areas.all()) == [east]
    assert today(association) == ["2"]


def test_the_report_of_an_ended_district_reads_like_before(client: Client, merged: Edition) -> None:
    data: dict[str, Any] = json.loads(client.get(f"{DIVISION}2/report.geojson").getvalue())
    rows = [each["properties"] for each in data["features"] if "text" in each["properties"]]
    assert [(row["area"], row["area_name"]) for row in rows] == [("testila-districts/2", "Itä")]
