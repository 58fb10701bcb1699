"""A line or a drawn area may lie in several districts: its page says in which, and figures count it once."""

import datetime
import math
import re
from typing import Any

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry, LineString, MultiPolygon
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from areas.actions import NewArea, draft_edition
from areas.models import Division, Edition, Municipality
from mapfeedback.geo import WGS84, point
from mapfeedback.pins import proving, reaching
from mapfeedback.pins.actions import move_pin, place_pin
from mapfeedback.pins.figures import by_area
from mapfeedback.pins.memberships import remember_areas, remember_edition
from mapfeedback.pins.models import Category, Pin, Reach
from mapfeedback.pins.redrawing import throw_away
from mapfeedback.pins.touching import touched_areas
from tests.conftest import WEST, Place, box


def line(*corners: tuple[float, float]) -> LineString:
    return LineString(*corners, srid=WGS84)


def shares(pin: Pin) -> dict[str, float]:
    return {each.area.code: round(each.share, 2) for each in touched_areas(pin)}


def words(client: Client, pin: Pin) -> str:
    html = client.get(pin.get_absolute_url(), headers={"accept-language": "en"}).getvalue().decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_its_page_names_the_districts_and_figures_count_it_once(
    client: Client, district: Division, place: Place
) -> None:
    path = place(geom=line((25.675, 61.0), (25.775, 61.0)))
    assert shares(path) == {"2": 0.75, "1": 0.25}
    page = words(client, path)
    assert "It reaches over these districts: Itä 75 % of it Länsi 25 % of it" in page
    assert "In the numbers it counts once, in Itä." in page
    counted = by_area(district.editions.get(), Pin.objects.all())
    assert [one.figure.n for one in counted.areas] == [0, 1, 0]
    assert counted.total.n == 1


def test_a_point_and_what_lies_in_one_district_say_nothing_more(client: Client, place: Place) -> None:
    for pin in (place(WEST), place(None), place(geom=line((25.61, 61.0), (25.62, 61.0)))):
        assert "reaches over" not in words(client, pin)


@pytest.mark.parametrize(
    ("geom", "expected"),
    [
        (box(25.65, 60.97, 25.75, 60.99), {"3": 0.5, "1": 0.25, "2": 0.25}),
        (box(25.79, 61.0, 25.81, 61.01), {"2": 0.5}),  # half of it outside
        (line((25.70, 60.99), (25.70, 61.01)), {"1": 1.0}),  # along a shared border: the first code alone
        (line((25.65, 60.98), (25.75, 60.98)), {"1": 0.5, "2": 0.5}),
    ],
)
def test_shares_never_add_up_to_more_than_all(place: Place, geom: GEOSGeometry, expected: dict[str, float]) -> None:
    assert shares(place(geom=geom)) == expected


def test_a_line_that_counts_outside_names_its_only_district(client: Client, place: Place) -> None:
    street = place(geom=line((25.79, 61.0), (25.83, 61.0), (25.85, 61.0)))
    assert shares(street) == {"2": 0.17}
    page = words(client, street)
    assert "It reaches over these districts: Itä 17 % of it" in page
    assert "In the numbers it counts once, outside the districts." in page


def test_a_small_part_of_a_large_plan_is_told_and_the_width_of_a_pen_is_not(place: Place) -> None:
    pen = box(25.65, 60.979999, 25.70, 61.0)  # ten centimetres into 3
    assert shares(place(geom=pen)) == {"1": 1.0}
    assert Reach.objects.filter(area__code="3").count() == 1, "remembered it is"
    plan = box(20.0, 60.0, 25.61, 62.0)  # half a province, with a piece of 1 and of 3 in it
    assert shares(place(geom=plan)) == {"1": 0.0, "3": 0.0}


def test_parts_are_forgotten_with_their_place_their_pin_and_their_edition(district: Division, place: Place) -> None:
    street, path = place(geom=line((25.675, 61.0), (25.775, 61.0))), place(geom=line((25.61, 61.0), (25.62, 61.0)))
    draft = odd_borders(district)
    remember_edition(draft)
    assert Reach.objects.filter(area__edition=draft, pin=street).count() == 2
    move_pin(pin=street, geom=line((25.61, 60.95), (25.62, 60.95)), precision="exact", now=timezone.now())
    assert shares(street) == {"3": 1.0}
    move_pin(pin=street, geom=point(*WEST), precision="exact", now=timezone.now())
    assert not Reach.objects.filter(pin=street).exists()
    assert Reach.objects.filter(pin=path).count() == 2
    throw_away(edition=draft)
    assert Reach.objects.filter(pin=path).count() == 1
    path.delete()
    assert not Reach.objects.exists()


def test_who_draws_while_a_draft_is_there_is_remembered_in_it_and_others_follow(
    district: Division, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaching, "BATCH", 1)
    early = [place(geom=line((25.605, 61.0), (25.775, 61.0 + n / 1000))) for n in range(3)]
    draft = odd_borders(district)
    late = place(geom=line((25.605, 61.0), (25.775, 61.01)))
    assert {reach.pin for reach in Reach.objects.filter(area__edition=draft)} == {late}
    told: list[tuple[int, int]] = []
    remember_edition(draft, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(told) - 1, len(told) - 1)
    assert {reach.pin for reach in Reach.objects.filter(area__edition=draft)} == {late, *early}
    assert not proving.differences(Pin.objects.all())


# A district with a hole, the island in the hole, a neighbour across a slanting border, and one that touches a corner.
ISLAND = shapely.box(25.63, 60.99, 25.65, 61.00)
ODD = {
    "1": shapely.Polygon([(25.60, 60.98), (25.71, 60.98), (25.69, 61.02), (25.60, 61.02)]) - ISLAND,
    "2": ISLAND,
    "3": shapely.Polygon([(25.71, 60.98), (25.80, 60.98), (25.80, 61.02), (25.69, 61.02)]),
    "4": shapely.box(25.80, 61.02, 25.82, 61.03) | shapely.box(25.60, 60.94, 25.65, 60.98),
}


def odd_borders(district: Division) -> Edition:
    return draft_edition(
        division=district,
        areas=[
            NewArea(code, f"Alue {code}", MultiPolygon(*_polygons(GEOSGeometry(shape.wkb_hex, srid=WGS84)), srid=WGS84))
            for code, shape in ODD.items()
        ],
        valid_from=datetime.date(2026, 6, 1),
        source="test",
    )


def _polygons(shape: GEOSGeometry) -> list[Any]:
    return list(shape) if shape.geom_type == "MultiPolygon" else [shape]  # type: ignore[call-overload]


# Corners of the borders come as often as places anywhere: lines run along borders, areas touch in one corner.
on_borders = st.sampled_from(
    [corner for shape in ODD.values() for part in shapely.get_parts(shape) for corner in part.exterior.coords]
    + list(ISLAND.exterior.coords)
)
corner = st.one_of(on_borders, st.tuples(st.floats(25.58, 25.83), st.floats(60.93, 61.04)))
lines = st.lists(corner, min_size=2, max_size=5).filter(lambda them: len(set(them)) > 1).map(shapely.LineString)
hulls = st.lists(corner, min_size=3, max_size=6).map(lambda them: shapely.MultiPoint(them).convex_hull)
grounds = st.one_of(
    hulls,
    st.tuples(hulls, hulls).map(lambda both: both[0] - both[1]),  # with holes, in several parts
).filter(lambda shape: shape.geom_type in {"Polygon", "MultiPolygon"} and shape.is_valid and shape.area > 1e-7)


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(shapes=st.lists(st.one_of(lines, grounds), min_size=1, max_size=5))
def test_shares_are_those_of_shapely(
    city: Municipality, district: Division, streets: Category, shapes: list[BaseGeometry]
) -> None:
    now = timezone.now()
    geoms = [GEOSGeometry(shape.wkb_hex, srid=WGS84) for shape in shapes]
    with transaction.atomic():
        edition = odd_borders(district)
        pins = Pin.objects.bulk_create(
            Pin(municipality=city, kind="idea", category=streets, text="x", precision="exact", placed_at=now,
                changed_at=now, geom=geom)
            for geom in geoms
        )  # fmt: skip
        remember_edition(edition)
        batches = set(Reach.objects.values_list("pin", "area", "share"))
        remember_areas()
        again = set(Reach.objects.filter(area__edition=edition).values_list("pin", "area", "share"))
        found = proving.differences(Pin.objects.all())
        told: list[dict[str, float]] = []
        for pin, geom in zip(pins, geoms, strict=True):
            placed = place_pin(kind="idea", category=streets, text="x", municipality=city, geom=geom, now=now).pin
            placing = set(Reach.objects.filter(pin=placed).values_list("area", "share", "metres", "square_metres"))
            assert placing == set(Reach.objects.filter(pin=pin).values_list("area", "share", "metres", "square_metres"))
            ours = Reach.objects.filter(pin=pin, area__edition=edition)
            told.append(dict(ours.values_list("area__code", "share")))
        transaction.set_rollback(True)
    assert batches == again
    assert not found
    for shape, each in zip(shapes, told, strict=True):
        assert all(0 < share <= 1 for share in each.values())
        assert sum(each.values()) <= 1 + 1e-9
        for code, share in _flat_shares(shape).items():
            # A splinter as long as the city is a hundredth narrower or wider where its edges are arcs.
            assert each.get(code, 0) == pytest.approx(share, abs=0.03), code


def _flat_shares(shape: BaseGeometry) -> dict[str, float]:
    """A third way: on a flat map of the city, and each area less all before it."""

    def size(part: BaseGeometry) -> float:
        flat = shapely.transform(part, lambda at: at * [math.cos(math.radians(60.98)), 1])
        return float(flat.area if shape.area else flat.length)

    whole, taken, shares = shapely.union_all(shape), shapely.Polygon(), {}
    for code, area in ODD.items():
        shares[code] = (size(whole & (taken | area)) - size(whole & taken)) / size(whole)
        taken |= area
    return shares
