"""A line or a drawn area may lie in several districts: its page says in which, and figures count it once."""

import datetime
import re

import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry, LineString, Polygon
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from areas.models import Division, Municipality
from mapfeedback.geo import WGS84
from mapfeedback.pins.figures import by_area
from mapfeedback.pins.models import Category, Pin
from mapfeedback.pins.touching import touched_areas
from tests.conftest import WEST, Place, box

AREAS = {
    "1": shapely.box(25.60, 60.98, 25.70, 61.02),
    "2": shapely.box(25.70, 60.98, 25.80, 61.02),
    "3": shapely.box(25.60, 60.94, 25.80, 60.98),
}


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


corner = st.tuples(st.floats(25.59, 25.81), st.floats(60.93, 61.03))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(a=corner, b=corner)
def test_shares_are_those_of_shapely(
    city: Municipality, streets: Category, a: tuple[float, float], b: tuple[float, float]
) -> None:
    west, east, south, north = min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])
    if east - west < 0.001 or north - south < 0.001:
        return
    now = timezone.now() - datetime.timedelta(days=1)
    with transaction.atomic():
        pin = Pin.objects.create(
            municipality=city, kind="idea", category=streets, text="x", precision="exact", placed_at=now,
            changed_at=now, geom=Polygon.from_bbox((west, south, east, north)),
        )  # fmt: skip
        told = {each.area.code: each.share for each in touched_areas(pin)}
        transaction.set_rollback(True)
    drawn = shapely.box(west, south, east, north)
    for code, area in AREAS.items():
        assert told.get(code, 0) == pytest.approx((drawn & area).area / drawn.area, abs=0.012)
    assert sum(told.values()) <= 1 + 1e-6
