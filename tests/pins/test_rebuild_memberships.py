"""The keeper of an instance asks whether the remembered areas are true, and has them mended."""

import json
from io import StringIO
from typing import Any

import pytest
from django.contrib.gis.geos import LineString
from django.core.management import call_command

from areas.models import Area, Division
from mapfeedback.pins import proving
from mapfeedback.pins.actions import place_pin
from mapfeedback.pins.models import Category, Membership, Pin, Reach
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = StringIO()
    try:
        call_command("rebuild_memberships", "--json", *arguments, stdout=out, stderr=StringIO())
    except SystemExit as end:
        return int(str(end.code)), json.loads(out.getvalue())
    return 0, json.loads(out.getvalue())


@pytest.fixture
def pins(place: Place, district: Division, streets: Category) -> list[Pin]:
    """In each area, on the corner of all three, outside, nowhere, and about a chosen district."""
    area = Area.objects.get(edition__division=district, code="2")
    chosen = place_pin(
        kind="idea",
        category=streets,
        text="Koko alueelle valoja.",
        municipality=district.municipality,
        area=area,
        now=place().placed_at,
    ).pin
    return [place(where) for where in (WEST, EAST, SOUTH, (25.70, 60.98), OUTSIDE, None)] + [chosen]


def state() -> list[tuple[Any, ...]]:
    kept = Membership.objects.order_by("pin", "edition").values_list("pin", "edition", "area")
    return [*kept, *Pin.objects.order_by("pk").values_list("pk", "changed_at")]


def test_what_was_placed_is_proven(pins: list[Pin]) -> None:
    before = state()
    for arguments in (["--check"], []):
        code, report = run(*arguments)
        assert (code, report["outcome"], report["pins"], report["differences"]) == (0, "agrees", 8, 0)
    assert report["memberships"] == 6
    assert state() == before


@pytest.mark.parametrize("batch", [1, 3, 5000])
def test_a_tampered_membership_is_found_and_mended(
    pins: list[Pin], batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proving, "BATCH", batch)
    west, east, south, corner, outside, nowhere, chosen = pins
    true = state()
    south_area = Area.objects.get(code="3")
    Membership.objects.filter(pin=west).update(area=south_area)
    Membership.objects.filter(pin__in=[east, chosen]).delete()
    Membership.objects.filter(pin=corner).update(area=Area.objects.get(code="2"))  # it touches 2, but 1 sorts first
    for wrong in (outside, nowhere):
        Membership.objects.create(pin=wrong, edition=south_area.edition, area=south_area)
    Membership.objects.filter(pin=south).delete()
    tampered = state()

    code, report = run("--check")
    assert (code, report["outcome"], report["differences"], report["memberships"]) == (1, "differs", 7, None)
    told = {(each["pin"], each["remembered"], each["geometry"]) for each in report["examples"]}
    one, two, three = (f"testila-districts/{code}" for code in "123")
    assert told == {
        (str(west.public_id), three, one),
        (str(east.public_id), None, two),
        (str(chosen.public_id), None, two),
        (str(corner.public_id), two, one),
        (str(outside.public_id), three, None),
        (str(nowhere.public_id), three, None),
        (str(south.public_id), None, three),
    }
    assert state() == tampered

    code, report = run()
    assert (code, report["outcome"], report["differences"], report["memberships"]) == (0, "agrees", 0, 6)
    assert state() == true


def test_tampered_parts_of_lines_are_found_and_mended(place: Place, district: Division) -> None:
    street = place(geom=LineString((25.675, 61.0), (25.775, 61.0), srid=4326))
    point = place(WEST)
    true = set(Reach.objects.values_list("pin", "area__code", "share", "metres"))
    one, two, three = Area.objects.order_by("code")
    Reach.objects.filter(area=one).update(share=0.5)
    Reach.objects.filter(area=two).delete()
    Reach.objects.create(pin=street, area=three, is_home=False, share=0.001, metres=5)
    Reach.objects.create(pin=point, area=three, is_home=False, share=1, metres=5)
    Reach.objects.create(pin_id=point.pk + 1000, area=three, is_home=False, share=1, metres=5)

    code, report = run("--check")
    assert (code, report["differences"], report["orphans"]) == (1, 2, 1)
    slug = "testila-districts"
    assert {(each["pin"], each["remembered"], each["geometry"]) for each in report["examples"]} == {
        (
            str(street.public_id),
            f"{slug}/1 50.0000%, {slug}/3 0.1000%",
            f"{slug}/1 25.0000%, {slug}/2 75.0000%",
        ),
        (str(point.public_id), f"{slug}/3 100.0000%", None),
    }
    assert run()[0] == 0
    assert set(Reach.objects.values_list("pin", "area__code", "share", "metres")) == true


def test_a_line_that_thinks_it_counts_elsewhere_is_found_and_mended(place: Place, district: Division) -> None:
    street = place(geom=LineString((25.675, 61.0), (25.775, 61.0), srid=4326))
    home = Reach.objects.get(pin=street, is_home=True).area_id
    assert home == street.memberships.get().area_id
    Reach.objects.filter(pin=street).update(is_home=False)
    assert (run("--check")[0], run()[0]) == (1, 0)
    assert Reach.objects.get(pin=street, is_home=True).area_id == home


def test_an_empty_instance_agrees(db: None) -> None:
    assert run()[0] == 0
    out = StringIO()
    call_command("rebuild_memberships", "--check", stdout=out)
    assert out.getvalue() == "agrees: 0 pins, 0 differences\n"
