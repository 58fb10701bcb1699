"""The filter in an address: typed and bounded, one canonical form, and every part of it narrows."""

import datetime
import json
import math
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import GEOSGeometry
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from areas.models import Division, Municipality
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import Precision
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.filterplaces import polygon, read_area
from mapfeedback.pins.models import Category, Channel, Kind, Pin, Status
from mapfeedback.web import BadQuery
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place


@pytest.fixture
def round_of_taking_part(city: Municipality) -> Consultation:
    return Consultation.objects.create(
        municipality=city, slug="ranta", name_fi="Ranta", starts_on=datetime.date(2026, 1, 1)
    )


def number(**parts: Any) -> int:
    query = QueryDict(mutable=True)
    for name, value in parts.items():
        query.setlist(name, value if isinstance(value, list) else [value])
    return PinFilter.parse(query).apply(Pin.objects.visible_to(AnonymousUser())).count()


REFUSED = [
    ("area", "testila-districts/99"),
    ("area", "nowhere"),
    ("area", "nowhere/outside"),
    ("kind", "rant"),
    ("category", "potholes"),
    ("status", "lost"),
    ("since", "2026-02-30"),
    ("until", "yesterday"),
    ("channel", "pigeon"),
    ("language", "suomi ja ruotsi"),
    ("answered", "maybe"),
    ("photo", "many"),
    ("near", "61"),
    ("near", "61,25.6,50001"),
    ("near", "61,25.6,-1"),
    ("near", "nan,25,100"),
    ("within", "25.6 61"),
    ("within", "POINT(25 61)"),
    ("within", "POLYGON((25 61,26 62,25 62,26 61,25 61))"),
    ("within", "enc:~~~"),
    ("within", '{"type":"Point","coordinates":[25,61]}'),
    ("within", "POLYGON((" + "25 61," * 5000 + "))"),
    ("bbox", "25,61,24,62"),
    ("bbox", "1,2,3"),
    ("bbox", "-181,0,0,1"),
    ("precision", "good"),
    ("consultation", "no-such-round"),
    ("support", "0"),
    ("support", "plenty"),
    ("endorsed", "3"),
]


@pytest.mark.parametrize(("name", "value"), REFUSED)
def test_a_bad_value_is_refused_by_name_in_the_asked_format(
    client: Client, city: Municipality, name: str, value: str
) -> None:
    for address in ("/pins.csv", "/pins.geojson", "/tiles/pins/0/0/0.json", "/areas/testila-districts/counts.json"):
        answer = client.get(address, {name: value})
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        told = answer.json()
        assert told["parameter"] == name
        assert len(told["title"]) > 10
    asked = client.get("/", {name: value}, headers={"Accept": "application/json"})
    assert (asked.status_code, asked.json()["parameter"]) == (400, name)


def test_a_page_that_refuses_names_the_part_and_keeps_the_rest_of_the_form(client: Client, place: Place) -> None:
    place()
    answer = client.get("/?since=soon&kind=idea&q=penkki&near=61,25.65,300", headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    html = answer.text
    assert "since</strong>: Write a day as 2026-05-31." in html
    assert 'value="penkki"' in html
    assert '<input type="hidden" name="near" value="61.0,25.65,300">' in html
    assert 'data-total="0"' in html
    assert "data-item=" not in html


def test_more_values_than_anybody_needs_are_refused(client: Client, city: Municipality) -> None:
    assert client.get("/pins.csv?" + "&".join(f"kind={nth}" for nth in range(101))).status_code == 400
    assert client.get("/pins.csv?since=2026-01-01&since=2026-01-02").json()["parameter"] == "since"


def test_pins_outside_and_without_a_place_are_asked_for_by_division_or_for_all(
    place: Place, district: Division
) -> None:
    for where in (WEST, OUTSIDE, OUTSIDE, None):
        place(where)
    assert number(area="testila-districts/outside") == number(area="outside") == 2
    assert number(area="testila-districts/unlocated") == number(area="unlocated") == 1
    assert number(area=["unlocated", "outside", "testila-districts/1"]) == 4
    query = QueryDict("area=outside&area=1")
    assert PinFilter.parse(query).query() == "area=testila-districts/1&area=testila-districts/outside"


SQUARE = "25.6 60.98,25.7 60.98,25.7 61.02,25.6 61.02"
SPELLINGS = [
    SQUARE,
    "25.7 61.02,25.7 60.98,25.6 60.98,25.6 61.02,25.7 61.02",  # another start, another way round, closed
    "25.6000000001 60.98,25.7 60.98,25.7 61.02,25.6 61.02",
    "POLYGON((25.6 60.98,25.6 61.02,25.7 61.02,25.7 60.98,25.6 60.98))",
    "polygon ((25.6 60.98, 25.7 60.98, 25.7 61.02, 25.6 61.02, 25.6 60.98))",
    "MULTIPOLYGON(((25.6 60.98,25.6 61.02,25.7 61.02,25.7 60.98,25.6 60.98)))",
    json.dumps(
        {
            "type": "Polygon",
            "coordinates": [[[25.6, 60.98], [25.7, 60.98], [25.7, 61.02], [25.6, 61.02], [25.6, 60.98]]],
        }
    ),
    json.dumps(
        {
            "type": "Feature",
            "properties": {},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[25.6, 60.98], [25.7, 60.98], [25.7, 61.02], [25.6, 61.02], [25.6, 60.98]]],
            },
        }
    ),
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_one_drawn_area_is_one_filter_however_it_was_written(spelling: str) -> None:
    assert read_area("within", spelling) == SQUARE


def test_an_encoded_line_is_read_as_other_programs_write_it() -> None:
    # The example that the format's own description gives.
    assert read_area("within", "enc:_p~iF~ps|U_ulLnnqC_mqNvxq`@") == "-126.453 43.252,-120.2 38.5,-120.95 40.7"


def test_holes_and_several_parts_narrow_as_drawn(place: Place) -> None:
    for where in (WEST, EAST, SOUTH):
        place(where)
    hole = "(25.64 60.99,25.66 60.99,25.66 61.01,25.64 61.01,25.64 60.99)"
    around = "(25.6 60.98,25.8 60.98,25.8 61.02,25.6 61.02,25.6 60.98)"
    assert number(within=f"POLYGON({around})") == 2
    assert number(within=f"POLYGON({around},{hole})") == 1
    south = "((25.6 60.94,25.8 60.94,25.8 60.97,25.6 60.97,25.6 60.94))"
    assert number(within=f"MULTIPOLYGON({south},({around},{hole}))") == 2


def test_box_drawn_area_and_circle_narrow_each_other(place: Place) -> None:
    for where in (WEST, EAST, SOUTH):
        place(where)
    assert number(bbox="25.6,60.9,25.8,61.1") == 3
    assert number(bbox="25.6,60.9,25.8,61.1", within="25.6,60.98,25.8,61.02") == 2
    assert number(bbox="25.6,60.9,25.8,61.1", within="25.6,60.98,25.8,61.02", near="61,25.65,100") == 1


def test_a_consultation_that_is_known_narrows(place: Place, round_of_taking_part: Consultation) -> None:
    place(consultation=round_of_taking_part)
    place()
    assert number(consultation="ranta") == 1


coordinates = st.tuples(st.floats(-179, 179), st.floats(-80, 80))


@settings(max_examples=200, deadline=None)
@given(middle=coordinates, corners=st.lists(st.floats(0.001, 0.9), min_size=3, max_size=12))
def test_a_drawn_area_keeps_its_canonical_text_and_its_shape(middle: tuple[float, float], corners: list[float]) -> None:
    ring = [
        (
            middle[0] + r * math.cos(2 * math.pi * nth / len(corners)),
            middle[1] + r * math.sin(2 * math.pi * nth / len(corners)),
        )
        for nth, r in enumerate(corners)
    ]
    text = ",".join(f"{lon!r} {lat!r}" for lon, lat in ring)
    try:
        canonical = read_area("within", text)
    except BadQuery:
        assume(False)
    assert read_area("within", canonical) == canonical
    drawn = GEOSGeometry("POLYGON((" + ",".join(f"{lon} {lat}" for lon, lat in [*ring, ring[0]]) + "))", srid=4326)
    assert abs(polygon(canonical).area - drawn.area) < 1e-4


words = st.text("aäkoP1 -\"'", max_size=30).map(lambda text: " ".join(text.split()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_canonical_form_gives_the_same_filter_back(
    city: Municipality, streets: Category, nature: Category, data: st.DataObject
) -> None:
    def some(values: list[str]) -> list[str]:
        return data.draw(st.lists(st.sampled_from(values), max_size=3))

    days = st.dates(datetime.date(1950, 1, 1), datetime.date(2100, 1, 1)).map(str) | st.just("")
    query = QueryDict(mutable=True)
    query.setlist("area", some(["testila", "1", "testila-districts/2", "outside", "unlocated"]))
    query.setlist("kind", some(Kind.values))
    query.setlist("category", some(["streets", "nature"]))
    query.setlist("status", some(Status.values))
    query.setlist("channel", some(Channel.values))
    query.setlist("precision", some(Precision.values))
    query.setlist("language", some(["fi", "sv", "en", "fi-simple"]))
    query["q"] = data.draw(words)
    query["since"], query["until"] = data.draw(days), data.draw(days)
    query["answered"] = data.draw(st.sampled_from(["", "yes", "no"]))
    lon, lat = data.draw(st.floats(-170, 170)), data.draw(st.floats(-80, 80))
    if data.draw(st.booleans()):
        query["near"] = f"{lat!r},{lon!r},{data.draw(st.integers(1, 50_000))}"
        query["bbox"] = f"{lon},{lat},{lon + 1.23456789},{lat + 0.5}"
        query["within"] = f"{lon} {lat},{lon + 1} {lat},{lon} {lat + 1}"
    chosen = PinFilter.parse(query)
    assert PinFilter.parse(QueryDict(chosen.query())) == chosen
    assert PinFilter.parse(QueryDict(chosen.query())).query() == chosen.query()
    shuffled = data.draw(st.permutations([(name, value) for name, values in query.lists() for value in values]))
    again = QueryDict(mutable=True)
    for name, value in shuffled:
        again.appendlist(name, value)
    assert PinFilter.parse(again).query() == chosen.query()


def test_what_is_within_metres_is_measured_on_the_ground_for_lines_too(place: Place) -> None:
    place(WEST)
    line = GEOSGeometry("LINESTRING(25.66 61.0, 25.7 61.0)", srid=4326)
    place(geom=line)
    assert number(near="61,25.65,500") == 1
    assert number(near="61,25.65,600") == 2
