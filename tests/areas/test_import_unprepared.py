"""A first file without a word about the city: what is founded, what is told, and what leaves the service again."""

import datetime
import json
from pathlib import Path

import pytest
import shapely
from django.test import Client

from areas.actions import NewArea, adopt_edition
from areas.importing.adopting import _geos
from areas.importing.founding import city_of
from areas.models import Area, Division, Edition, Municipality
from tests.areas import border_files as make
from tests.areas.test_import_areas import Told, feature, polygon, run, square
from tests.conftest import EAST, OUTSIDE, WEST, Place


def bring(tmp_path: Path, shapes: list[shapely.Geometry], *options: str) -> Told:
    file = tmp_path / "rajat.geojson"
    file.write_bytes(make.geojson(shapes, names=[f"Alue {n}" for n in range(len(shapes))]))
    return run(str(file), "--json", *options)


@pytest.mark.parametrize(
    ("slug", "city"),
    [
        ("turku-districts", "Turku"),
        ("amsterdam-neighbourhoods", "Amsterdam"),
        ("pieksamaki-major-districts", "Pieksamaki"),
        ("uusi-kaupunki", "Uusi kaupunki"),
        ("kylat", "Kylat"),
    ],
)
def test_a_city_is_called_by_what_comes_before_the_kind(slug: str, city: str) -> None:
    assert city_of(slug) == city


def test_a_city_nobody_named_is_founded_without_the_word_districts(db: None, tmp_path: Path) -> None:
    told = bring(tmp_path, [shapely.box(24.0, 62.0, 24.1, 62.1)], "--division", "turku-districts")
    assert (told.code, told.report["municipality"]) == (0, "turku")
    assert Municipality.objects.get().name_fi == "Turku"


def test_a_second_division_has_a_kind_and_a_name_for_residents(district: Division, tmp_path: Path) -> None:
    told = bring(tmp_path, [shapely.box(25.60, 60.94, 25.80, 61.02)], "--division", "testila-postcodes")
    assert told.code == 0
    founded = Division.objects.get(slug="testila-postcodes")
    assert (founded.kind, founded.is_main) == (Division.Kind.POSTCODE, False)
    assert (founded.name_fi, founded.name_sv, founded.name_en) == (
        "Postinumeroalueet", "Postnummerområden", "Postcode areas",
    )  # fmt: skip


def test_the_command_tells_messages_in_no_area_and_in_several(district: Division, place: Place, tmp_path: Path) -> None:
    place((25.75, 61.0)), place(OUTSIDE), place(None)
    on_the_line = (25.70, 60.99)
    place(on_the_line)
    shapes = [
        shapely.box(25.60, 60.98, 25.70, 61.02),
        shapely.box(25.70, 60.98, 25.76, 61.02),
        shapely.box(25.74, 60.98, 25.80, 61.02),
    ]
    for options in (["--dry-run"], ["--accept-repairs"]):
        told = bring(tmp_path, shapes, "--division", "testila-districts", "--accept-repairs", *options)
        assert told.code == 0, told.report
        assert "One message would lie in no area." in told.report["warnings"]
        assert "One message lies in two areas or more; it belongs to the first code." in told.report["warnings"]


def test_where_every_message_has_one_area_nothing_is_told_of_them(
    district: Division, place: Place, tmp_path: Path
) -> None:
    place(WEST), place(EAST)
    told = bring(tmp_path, [shapely.box(25.60, 60.94, 25.80, 61.02)], "--division", "testila-districts")
    assert told.code == 0
    assert not [one for one in told.report["warnings"] if "message" in one]


def test_a_system_that_fits_nowhere_is_refused_with_the_numbers_of_the_file(db: None, tmp_path: Path) -> None:
    rows = [feature("A", polygon([(25496000.0 + x, 6672000.0 + y) for x, y in square(0, 0, 900)]))]
    file = tmp_path / "rajat.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": rows}))
    told = run(str(file), "--json", "--division", "kylat", "--municipality", "Testilä", "--crs", "EPSG:2393")
    assert told.code == 2
    assert "EPSG:2393" in told.report["why"] and "25496000" in told.report["why"]
    assert "inf" not in told.report["why"]


def test_splinters_are_left_out_of_what_maps_draw(client: Client, city: Municipality) -> None:
    """A splinter thinner than the last decimal has no corners left once it is written."""
    splinter = shapely.box(25.70, 60.99, 25.7000000004, 60.9900000004)
    whole = shapely.multipolygons([shapely.box(25.60, 60.98, 25.65, 61.02), splinter])
    division = Division.objects.create(municipality=city, slug="testila-splinters", name_fi="Sirut")
    adopt_edition(
        division=division,
        areas=[NewArea("1", "Siru", _geos(whole))],
        valid_from=datetime.date(2020, 1, 1),
        source="test",
    )
    assert Area.objects.get(edition=Edition.objects.get(division=division)).boundary.num_geom == 2
    for address in (
        "testila-splinters.geojson",
        "testila-splinters.geojson?detail=full",
        "testila-splinters/1.geojson",
    ):
        (one,) = client.get(f"/areas/{address}").json()["features"]
        drawn = shapely.from_geojson(json.dumps(one["geometry"]))
        assert drawn.is_valid and len(shapely.get_parts(drawn)) == 1


@pytest.mark.parametrize("query", ["", "?lat=x&lon=25", "?lat=nan&lon=25", "?lat=60", "?lat=60&lon=1e400"])
def test_a_place_that_cannot_be_read_is_told_to_programs_as_json(
    client: Client, district: Division, query: str
) -> None:
    answer = client.get(f"/areas/at{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert "60.98" in answer.json()["title"]


def test_a_page_asked_for_a_day_that_is_none_says_how_to_write_one(client: Client, district: Division) -> None:
    answer = client.get("/areas/testila-districts/?edition=vappu", headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert "Write a day as 2026-05-31." in answer.content.decode()
