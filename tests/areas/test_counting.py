"""Counting in polygons is right: it equals a count in Shapely, pin by pin, over random cities, borders and pins.

The borders are unions of squares and triangles of a small grid, so that pins in whole and half steps fall on borders,
corners, holes and exclaves all the time.
"""

import datetime

import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.db.models import Count
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, unary_union
from shapely.geometry.base import BaseGeometry

from areas.actions import NewArea, adopt_edition
from areas.counting import with_polygon
from areas.models import Area, AreaPiece, Division, GroundFeature, Municipality
from mapfeedback.geo import point

GRID = 4
STEP = 1 / 64  # a binary fraction: the half steps are exact numbers

triangles = [(column, row, upper) for column in range(GRID) for row in range(GRID) for upper in (False, True)]
#: Which area each half of each square belongs to; None is a hole, or outside.
cities = st.lists(st.sampled_from(["1", "10", "2", "A", None]), min_size=len(triangles), max_size=len(triangles))
places = st.lists(st.tuples(st.integers(-1, 2 * GRID + 1), st.integers(-1, 2 * GRID + 1)), min_size=1, max_size=40)


def on_grid(column: float, row: float) -> tuple[float, float]:
    return 25 + column * STEP, 61 + row * STEP


def half_square(column: int, row: int, upper: bool) -> Polygon:
    corner = (column, row + 1) if upper else (column + 1, row)
    return Polygon([on_grid(column, row), on_grid(*corner), on_grid(column + 1, row + 1)])


def borders(owners: list[str | None]) -> dict[str, BaseGeometry]:
    return {
        code: unary_union([half_square(*half) for half, owner in zip(triangles, owners, strict=True) if owner == code])
        for code in sorted({owner for owner in owners if owner})
    }


def brute_force(areas: dict[str, BaseGeometry], spots: list[tuple[float, float]]) -> dict[str | None, int]:
    counted: dict[str | None, int] = {}
    for spot in spots:
        code = next((code for code in sorted(areas) if areas[code].intersects(Point(spot))), None)
        counted[code] = counted.get(code, 0) + 1
    return counted


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(owners=cities, steps=places)
def test_every_count_equals_brute_force(
    city: Municipality, owners: list[str | None], steps: list[tuple[int, int]]
) -> None:
    areas = borders(owners)
    spots = [on_grid(column / 2, row / 2) for column, row in steps]
    division = Division.objects.create(municipality=city, slug="random")
    edition = adopt_edition(
        division=division,
        areas=[NewArea(code, code, GEOSGeometry(memoryview(shape.wkb), srid=4326)) for code, shape in areas.items()],
        valid_from=datetime.date(2020, 1, 1),
        source="test",
    )
    GroundFeature.objects.bulk_create([GroundFeature(municipality=city, kind="park", geom=point(*s)) for s in spots])
    things, mine = GroundFeature.objects.order_by(), Area.objects.filter(edition=edition)
    codes = dict(mine.values_list("pk", "code"))

    def counted(found: dict[int | None, int]) -> dict[str | None, int]:
        return {codes[key] if key else None: n for key, n in found.items()}

    try:
        found = with_polygon(things, mine).values_list("inside").annotate(n=Count("pk"))
        assert counted(dict(found)) == brute_force(areas, spots)
        # The small pieces that memberships are found with say the same.
        pieces = AreaPiece.objects.filter(edition=edition).order_by("area__code")
        found = with_polygon(things, pieces, polygon="geom").values_list("inside", "pk")
        area_of = dict(pieces.values_list("pk", "area_id"))
        exact = dict(with_polygon(things, mine).values_list("pk", "inside"))
        assert {thing: area_of.get(piece) for piece, thing in found} == exact
    finally:
        things.delete()
        division.delete()
