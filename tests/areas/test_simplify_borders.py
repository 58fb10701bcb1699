"""Maps of a whole city draw simplified borders: neighbours stay neighbours, nobody vanishes, and the truth stays."""

import datetime
import json
from typing import Any

import numpy
import pytest
import shapely
from django.contrib.gis.geos import GEOSGeometry
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import shape

from areas.actions import NewArea, adopt_edition
from areas.models import Division, Edition, Municipality
from areas.outlining import simplified

ADDRESS = "/areas/testila-wavy.geojson"


def wavy_city(columns: int, rows: int, seed: int, corners: int = 40) -> list[Any]:
    """A grid of areas whose shared borders are crooked lines of many corners, one tiny area in the first."""
    dice = numpy.random.default_rng(seed)

    def line(a: tuple[float, float], b: tuple[float, float]) -> Any:
        at = numpy.linspace(0, 1, corners)[:, None]
        xy = numpy.array(a) * (1 - at) + numpy.array(b) * at
        xy[1:-1] += dice.normal(0, 0.00003, (corners - 2, 2))
        return shapely.LineString(xy)

    lines = []
    for x in range(columns + 1):
        for y in range(rows + 1):
            here = (25.6 + x * 0.05, 60.9 + y * 0.03)
            if x < columns:
                lines.append(line(here, (here[0] + 0.05, here[1])))
            if y < rows:
                lines.append(line(here, (here[0], here[1] + 0.03)))
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.node(shapely.MultiLineString(lines)))))
    faces = [face for face in faces if face.area > 1e-5]
    tiny = shapely.Point(faces[0].representative_point()).buffer(0.00005)
    return [faces[0].difference(tiny), *faces[1:], tiny]


def city_of(edition_of: Division, boundaries: list[Any]) -> Edition:
    return adopt_edition(
        division=edition_of,
        areas=[
            NewArea(f"{n:03}", f"Alue {n}", GEOSGeometry(memoryview(shapely.to_wkb(one)), srid=4326))
            for n, one in enumerate(boundaries)
        ],
        valid_from=datetime.date(2024, 1, 1),
        source="test",
    )


@pytest.fixture
def wavy(city: Municipality) -> Division:
    division = Division.objects.create(municipality=city, slug="testila-wavy", name_fi="Mutkat", kind="statistical")
    city_of(division, wavy_city(3, 3, seed=1, corners=120))
    return division


@settings(max_examples=25, deadline=None)
@given(columns=st.integers(1, 4), rows=st.integers(1, 4), seed=st.integers(0, 10_000))
def test_no_gap_no_overlap_and_no_area_lost(columns: int, rows: int, seed: int) -> None:
    source = wavy_city(columns, rows, seed)
    drawn = simplified(source).shapes
    assert len(drawn) == len(source)
    assert all(shapely.is_valid(drawn))
    assert not any(shapely.is_empty(drawn))
    assert shapely.get_num_coordinates(drawn).sum() < shapely.get_num_coordinates(source).sum()
    whole = shapely.union_all(drawn)
    assert sum(shapely.area(drawn)) == pytest.approx(whole.area, rel=1e-9)
    before, after = (
        sum(len(part.interiors) for part in shapely.get_parts(one)) for one in (shapely.union_all(source), whole)
    )
    assert after == before


def test_what_a_person_hears_of_a_simplified_map(client: Client, wavy: Division) -> None:
    small, full = (client.get(f"{ADDRESS}{query}") for query in ("", "?detail=full"))
    assert len(small.content) < len(full.content) * 0.6
    assert (small.json()["detail"], full.json()["detail"]) == ("simplified", "full")
    assert 0 < small.json()["within_metres"] < 100
    assert full.json()["within_metres"] == 0
    assert [one["id"] for one in small.json()["features"]] == [one["id"] for one in full.json()["features"]]


def test_written_down_neighbours_still_share_their_borders(client: Client, wavy: Division) -> None:
    drawn = [shape(feature["geometry"]) for feature in client.get(ADDRESS).json()["features"]]
    assert shapely.coverage_is_valid(numpy.array(drawn, dtype=object))


def test_one_area_has_every_corner(client: Client, wavy: Division) -> None:
    one = client.get("/areas/testila-wavy/004.geojson").json()["features"][0]["geometry"]
    whole = {feature["id"]: feature["geometry"] for feature in client.get(f"{ADDRESS}?detail=full").json()["features"]}
    assert one == whole["004"]


def test_an_unknown_detail_is_refused_by_name(client: Client, wavy: Division) -> None:
    answer = client.get(f"{ADDRESS}?detail=some")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "detail")


def test_borders_that_nearly_meet_are_brought_together_on_the_map_only(wavy: Division) -> None:
    """Each area drawn by itself a few metres off: slivers between all of them."""
    dice = numpy.random.default_rng(7)
    loose = [shapely.transform(one, lambda xy: xy + dice.normal(0, 2e-5, 2)) for one in wavy_city(3, 2, seed=3)[:-1]]
    wavy.editions.all().delete()
    edition = city_of(wavy, loose)
    assert edition.borders_meet is False
    drawn = [shapely.from_wkb(bytes(area.outline.geom.wkb)) for area in edition.areas.select_related("outline")]
    assert shapely.coverage_is_valid(numpy.array(drawn, dtype=object))
    kept = [shapely.from_wkb(bytes(area.boundary.wkb)) for area in edition.areas.all()]
    assert all(a.equals(b) for a, b in zip(kept, loose, strict=True))


def test_areas_that_lie_on_each_other_on_purpose_keep_their_shapes() -> None:
    one, other = shapely.box(25.6, 60.9, 25.7, 61.0), shapely.box(25.65, 60.9, 25.75, 61.0)
    drawn = simplified([one, other])
    assert not drawn.meet
    for shown, true in zip(drawn.shapes, (one, other), strict=True):
        assert shown.symmetric_difference(true).area < 0.001 * true.area


def test_borders_that_meet_without_sharing_every_corner_do_meet(district: Division) -> None:
    assert district.editions.get().borders_meet is True


@pytest.mark.parametrize(
    "path",
    ["/areas/testila-wavy.geojson", "/areas/testila-wavy.geojson?detail=full", "/areas/testila-wavy/001.geojson",
     "/areas/at?lat=60.95&lon=25.65", "/areas/ground.geojson"],
)  # fmt: skip
def test_what_did_not_change_is_not_sent_again(client: Client, wavy: Division, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    wavy.municipality.name_fi = "Uusi nimi"
    wavy.municipality.save()
    Edition.objects.update(is_example=True)
    if "ground" not in path and "/at" not in path:
        assert client.get(path, headers={"If-None-Match": first["ETag"]}).status_code == 200
        assert json.loads(client.get(path).content)["features"][0]["properties"]["example"] is True
