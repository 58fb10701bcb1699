"""A district tells what reaches into it from elsewhere, apart from its numbers, and leads to those messages."""

import html
import io
import re

import pytest
from django.contrib.gis.geos import LineString
from django.http import QueryDict
from django.test import Client
from openpyxl import load_workbook

from areas.models import Division
from mapfeedback.geo import WGS84
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.touching import reaching_in
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place, box
from tests.test_one_number import TOLD_BY

DISTRICT = "/areas/testila-districts/{}/"


def line(*corners: tuple[float, float]) -> LineString:
    return LineString(*corners, srid=WGS84)


@pytest.fixture
def drawn(place: Place) -> dict[str, Pin]:
    """Points everywhere, and what is drawn over borders."""
    for where in (WEST, EAST, SOUTH, OUTSIDE, None):
        place(where)
    return {
        "street": place(geom=line((25.68, 61.0), (25.71, 61.0), (25.78, 61.0))),  # counts in 2
        "park": place(geom=box(25.68, 60.995, 25.705, 61.005)),  # counts in 1, a fifth of it lies in 2
        "road": place(geom=line((25.79, 61.01), (25.83, 61.01), (25.85, 61.01))),  # counts outside
        "path": place(geom=line((25.62, 61.0), (25.63, 61.0))),  # all of it in 1
    }


def page(client: Client, address: str) -> str:
    answer = client.get(address, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(answer.getvalue().decode())).split())


def found(query: str) -> set[Pin]:
    return set(PinFilter.parse(QueryDict(query)).apply(Pin.objects.all()))


def test_the_district_says_what_reaches_in_and_leads_there(client: Client, drawn: dict[str, Pin]) -> None:
    east = page(client, DISTRICT.format(2))
    assert "1 line from elsewhere reaches into this district, with 54" in east
    assert "1 drawn area from elsewhere reaches into this district, with 30." in east
    assert "Read the 2 that reach in" in east
    link = client.get(DISTRICT.format(2)).getvalue().decode()
    assert 'href="/?reaching=testila-districts/2"' in link
    assert found("reaching=testila-districts/2") == {drawn["road"], drawn["park"]}
    assert found("reaching=testila-districts/1") == {drawn["street"]}
    assert found("reaching=1&reaching=2") == {drawn["street"], drawn["road"], drawn["park"]}
    assert "from elsewhere" not in page(client, DISTRICT.format(3))


def test_the_filter_of_the_page_is_the_filter_of_what_reaches_in(client: Client, drawn: dict[str, Pin]) -> None:
    Pin.objects.filter(pk=drawn["road"].pk).update(kind="thanks")
    assert (
        'href="/?reaching=testila-districts/2&amp;kind=thanks"'
        in client.get(DISTRICT.format(2) + "?kind=thanks").getvalue().decode()
    )
    assert "drawn area from" not in page(client, DISTRICT.format(2) + "?kind=thanks")
    Pin.objects.filter(pk=drawn["road"].pk).update(visibility="hidden")
    assert "from elsewhere" not in page(client, DISTRICT.format(2) + "?kind=thanks")


def test_machines_and_reports_get_the_same_apart_from_the_numbers(client: Client, drawn: dict[str, Pin]) -> None:
    counted = client.get("/areas/testila-districts/counts.json").json()
    east = next(area for area in counted["areas"] if area["code"] == "2")
    kilometres, hectares = east["reaching"]["kilometres"], east["reaching"]["hectares"]
    assert east["reaching"] == {"lines": 1, "kilometres": kilometres, "areas": 1, "hectares": hectares}
    assert (kilometres, hectares) == (pytest.approx(0.54, abs=0.01), pytest.approx(30.2, abs=0.2))
    assert east["pins"] == 2
    assert sum(area["pins"] for area in counted["areas"]) + counted["unlocated"] + counted["outside"] == 9

    assert "1 line from elsewhere" in page(client, DISTRICT.format(2) + "report.html")
    assert "1 line from elsewhere" in page(client, DISTRICT.format(2) + "report.map.html")
    assert client.get(DISTRICT.format(2) + "report.geojson").json()["report"]["reaching"] == east["reaching"]
    file = client.get(DISTRICT.format(2) + "report.xlsx", headers={"accept-language": "en"}).getvalue()
    rows = {row[0]: row[1] for row in load_workbook(io.BytesIO(file)).worksheets[0].iter_rows(values_only=True)}
    assert rows["Lines from elsewhere that reach in"] == rows["Drawn areas from elsewhere that reach in"] == 1
    assert (rows["Their kilometres here"], rows["Their hectares here"]) == (kilometres, hectares)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "reaching=testila-districts/1",
        "reaching=2",
        "reaching=1&reaching=2&kind=idea",
        "area=1&reaching=2",
        "area=2",
    ],
)
def test_every_number_of_one_filter_is_one_number(client: Client, drawn: dict[str, Pin], query: str) -> None:
    told = {where.__name__: where(client, query) for where in TOLD_BY}
    assert set(told.values()) == {len(found(query))}, told


def test_what_is_told_is_what_the_filter_finds(district: Division, drawn: dict[str, Pin]) -> None:
    told = reaching_in(district.editions.get(), Pin.objects.all())
    by_code = {area.code: told[area.pk].n if area.pk in told else 0 for area in district.editions.get().areas.all()}
    assert by_code == {code: len(found(f"reaching={code}")) for code in "123"}


@pytest.mark.parametrize("value", ["testila", "unlocated", "testila-districts/outside", "testila-districts/9", "%00"])
def test_only_a_district_can_be_reached_into(client: Client, district: Division, value: str) -> None:
    answer = client.get(f"/pins.csv?reaching={value}", headers={"accept-language": "en"})
    assert answer.status_code == 400
    assert "division/code" in answer.getvalue().decode()


def test_the_chip_names_the_district(client: Client, drawn: dict[str, Pin]) -> None:
    assert "Reaching into Itä" in page(client, "/?reaching=2")
    assert PinFilter.parse(QueryDict("reaching=2")).query() == "reaching=testila-districts/2"
