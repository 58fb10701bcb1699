"""A resident's contribution is stored once, with its areas, and belongs to exactly one district."""

import uuid

import pytest
from django.http import QueryDict
from django.utils import timezone

from areas.models import Municipality
from mapfeedback.geo import point
from mapfeedback.journal.models import Entry
from mapfeedback.pins.actions import OtherWords, place_pin
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Membership, Pin
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place


def test_a_pin_remembers_its_district(place: Place) -> None:
    assert place(WEST).area is not None
    assert [place(where).area.code if place(where).area else None for where in (WEST, EAST, SOUTH)] == [  # type: ignore[union-attr]
        "1",
        "2",
        "3",
    ]
    outside = place(OUTSIDE)
    assert outside.area is None
    assert outside.geom is not None


def test_a_pin_on_a_shared_border_belongs_to_one_district_always_the_same(place: Place) -> None:
    pins = [place((25.70, 60.99)) for _ in range(3)]
    assert {pin.area.code for pin in pins if pin.area} == {"1"}
    assert Membership.objects.filter(pin__in=pins).count() == 3


def test_a_repeat_with_the_same_key_answers_the_first_pin_and_its_link(city: Municipality, streets: Category) -> None:
    key = uuid.uuid4()
    send = {"kind": "idea", "category": streets, "text": "Valo", "municipality": city, "geom": point(*WEST)}
    first = place_pin(**send, key=key, now=timezone.now())  # type: ignore[arg-type]
    again = place_pin(**send, key=key, now=timezone.now())  # type: ignore[arg-type]
    assert again.repeated and not first.repeated
    assert again.pin.public_id == first.pin.public_id
    assert again.token == first.token
    assert Pin.objects.count() == 1
    assert Entry.objects.filter(verb="pin.placed").count() == 1
    with pytest.raises(OtherWords):
        place_pin(**{**send, "text": "Muuta"}, key=key, now=timezone.now())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("area=testila-districts/1", 1),
        ("area=1", 1),
        ("area=testila-districts/1&area=testila-districts/2", 2),
        ("area=testila", 5),
        ("area=testila-districts/outside", 1),
        ("area=testila-districts/unlocated", 1),
        ("q=penkki", 5),
        ("q=PENKKI+hyv%C3%A4", 5),
        ("q=100%25", 0),
        ("near=61.0,25.65,200", 1),
        ("within=25.6,60.98,25.8,61.02", 2),
        ("within=25.6 60.98,25.8 60.98,25.8 61.02", 1),
        ("answered=no", 5),
        ("answered=yes", 0),
        ("kind=idea&kind=thanks&status=received&channel=web&language=fi&precision=exact", 4),
        ("since=2020-01-01&until=2020-12-31", 0),
    ],
)
def test_the_filter_narrows(place: Place, query: str, expected: int) -> None:
    for where in (WEST, EAST, SOUTH, OUTSIDE, None):
        place(where)
    parsed = PinFilter.parse(QueryDict(query))
    assert parsed.apply(Pin.objects.all()).count() == expected
    assert PinFilter.parse(QueryDict(parsed.query())) == parsed
