"""Before borders are put in force, whoever decides sees which messages move and what ground changes hands."""

import datetime
import json
from io import StringIO
from typing import Any

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from areas.actions import NewArea, draft_edition
from areas.models import Area, Division, Edition, Municipality
from mapfeedback.geo import point
from mapfeedback.pins.actions import withdraw_pin
from mapfeedback.pins.comparing import Change, compare
from mapfeedback.pins.memberships import remember_areas, remember_edition
from mapfeedback.pins.models import Category, Pin
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place, box

DAY = datetime.date(2024, 1, 1)


@pytest.fixture
def draft(district: Division) -> Edition:
    """1 is called anew; 2 loses its eastern half and gains nothing; 3 ends; 4 takes the ring in the south."""
    return draft_edition(
        division=district,
        areas=[
            NewArea("1", "Läntinen", box(25.60, 60.98, 25.70, 61.02), name_sv="Väst"),
            NewArea("2", "Itä", box(25.70, 60.98, 25.75, 61.02), name_sv="Öst"),
            NewArea("4", "Eteläranta", box(25.58, 60.92, 25.82, 60.98)),
        ],
        valid_from=DAY,
        source="test",
    )


def told(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("compare_editions", "testila-districts", "--json", *arguments, stdout=out)
    return dict(json.loads(out.getvalue()))


def test_every_district_and_every_move_is_told(district: Division, draft: Edition, place: Place) -> None:
    for where in (WEST, WEST, EAST, (25.72, 61.0), SOUTH, OUTSIDE, (25.81, 61.03), None):
        place(where)
    withdraw_pin(pin=place(SOUTH), now=timezone.now())
    report = told()
    assert (report["total"], report["moved"], report["newly_outside"], report["newly_inside"]) == (7, 2, 0, 1)
    areas = {row["code"]: row for row in report["areas"]}
    assert {code: row["change"] for code, row in areas.items()} == {
        "1": "renamed",
        "2": "changed",
        "3": "ended",
        "4": "added",
    }
    assert {code: (row["before"], row["after"], row["leaving"], row["coming"]) for code, row in areas.items()} == {
        "1": (2, 2, 0, 0),
        "2": (2, 2, 0, 0),
        "3": (1, 0, 1, 0),
        "4": (0, 2, 0, 2),
    }
    assert (areas["1"]["name_before"], areas["1"]["name_after"]) == ("Länsi", "Läntinen")
    assert (areas["1"]["km2_lost"], areas["1"]["km2_gained"]) == (0, 0)
    east = Area.objects.get(edition=draft, code="2")
    assert areas["2"]["km2_lost"] == pytest.approx(east.km2, rel=1e-6)  # the other half
    assert {"from": None, "to": "4", "pins": 1} in report["moves"]


def test_without_a_draft_it_compares_with_the_borders_before(district: Division, draft: Edition, place: Place) -> None:
    place(SOUTH)
    assert told("--draft", str(draft.pk))["old"] == "2020-01-01"
    draft.delete()
    with pytest.raises(CommandError, match="nothing to compare"):
        told()
    with pytest.raises(CommandError, match="no borders in force"):
        call_command("compare_editions", "nowhere")


def test_a_person_reads_it_in_lines(district: Division, draft: Edition, place: Place) -> None:
    place(SOUTH)
    out = StringIO()
    call_command("compare_editions", "testila-districts", stdout=out)
    assert "1 of 1 messages change their district; 0 go out, 0 come in" in out.getvalue()
    assert "3 Etelä: ended, 1 -> 0 messages (-1 +0)" in out.getvalue()


def test_it_takes_three_statements(district: Division, draft: Edition, place: Place) -> None:
    place(WEST)
    remember_edition(draft)
    old = district.editions.in_force().get()
    with CaptureQueriesContext(connection) as ran:
        compare(old, Edition.objects.select_related("division").get(pk=draft.pk))
    assert len(ran) == 1 + 3
    with pytest.raises(ValueError, match="one division"):
        compare(old, Edition(division=Division(pk=0)))


cuts = st.lists(st.integers(1, 19), max_size=3, unique=True).map(lambda inner: [0, *sorted(inner), 20])
spots = st.lists(st.tuples(st.floats(-1, 21), st.floats(-1, 9)), max_size=20)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=cuts, after=cuts, up=st.integers(1, 9), places=spots)
def test_moves_and_ground_equal_what_shapely_says(
    city: Municipality,
    streets: Category,
    before: list[int],
    after: list[int],
    up: int,
    places: list[tuple[float, float]],
) -> None:
    """Strips of a rectangle of 20 × 8; the new ones are `up` high, so that some ground is lost or gained."""
    with transaction.atomic():
        division = Division.objects.create(municipality=city, slug="strips")
        old, new = (
            draft_edition(division=division, areas=strips(edges, height), valid_from=DAY, source="")
            for edges, height in ((before, 8), (after, up))
        )
        now = timezone.now()
        Pin.objects.bulk_create(
            Pin(municipality=city, kind="idea", category=streets, text="x", geom=point(*lonlat(x, y)),
                precision="exact", placed_at=now, changed_at=now)
            for x, y in places
        )  # fmt: skip
        remember_areas()
        comparison = compare(old, new)
        moves = {(code(move.old), code(move.new)): move.pins for move in comparison.moves}
        km2 = {row.code: (row.km2_lost, row.km2_gained) for row in comparison.rows}
        changes = {row.code: row.change for row in comparison.rows}
        transaction.set_rollback(True)
    expected: dict[tuple[str | None, str | None], int] = {}
    for x, y in places:
        pair = (holder(before, 8, x, y), holder(after, up, x, y))
        expected[pair] = expected.get(pair, 0) + 1
    assert moves == expected
    for nth, (lost, gained) in km2.items():
        was, becomes = (shape(edges, height, int(nth)) for edges, height in ((before, 8), (after, up)))
        whole = max(was.area, becomes.area)
        per_km2 = 0.01 * 0.01 * 111.4 * 54.0  # of one unit square, near enough on this latitude
        assert lost == pytest.approx((was - becomes).area * per_km2, rel=0.02, abs=0.011 * whole * per_km2)
        assert gained == pytest.approx((becomes - was).area * per_km2, rel=0.02, abs=0.011 * whole * per_km2)
        if was.equals(becomes):
            assert changes[nth] is Change.SAME


def lonlat(x: float, y: float) -> tuple[float, float]:
    return 25.60 + x / 100, 60.94 + y / 100


def shape(edges: list[int], height: int, nth: int) -> shapely.Polygon:
    return shapely.box(edges[nth], 0, edges[nth + 1], height) if nth < len(edges) - 1 else shapely.Polygon()


def strips(edges: list[int], height: int) -> list[NewArea]:
    made = []
    for nth in range(len(edges) - 1):
        (west, south), (east, north) = lonlat(edges[nth], 0), lonlat(edges[nth + 1], height)
        made.append(NewArea(str(nth), f"Kaista {nth}", GEOSGeometry(box(west, south, east, north).ewkt)))
    return made


def holder(edges: list[int], height: int, x: float, y: float) -> str | None:
    """The first strip whose closed rectangle holds the place, as the ground itself says it in degrees."""
    place = shapely.Point(lonlat(x, y))
    for nth in range(len(edges) - 1):
        if shapely.box(*lonlat(edges[nth], 0), *lonlat(edges[nth + 1], height)).intersects(place):
            return str(nth)
    return None


def code(area: Area | None) -> str | None:
    return area.code if area else None
