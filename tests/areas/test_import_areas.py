"""A city's own borders go in right, or are refused with a reason; nothing is ever half-imported."""

import datetime
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pyproj
import pytest
from django.contrib.gis.geos import MultiPolygon
from django.core.management import call_command

from areas.models import Area, AreaPiece, Division, Edition, Municipality
from tests.conftest import EAST, Place

Ring = list[tuple[float, float]]


def square(west: float, south: float, size: float = 0.1) -> Ring:
    return [
        (west, south),
        (west + size, south),
        (west + size, south + size),
        (west, south + size),
        (west, south),
    ]


def polygon(ring: Ring) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


def feature(name: Any, geometry: Any, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": {"nimi": name, **properties}, "geometry": geometry}


def row_of(*names: Any) -> list[dict[str, Any]]:
    """One square a name, side by side from 24.0 E 62.0 N."""
    return [feature(name, polygon(square(24.0 + 0.1 * at, 62.0))) for at, name in enumerate(names)]


def in_system(code: int, geometry: dict[str, Any]) -> dict[str, Any]:
    transform = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform
    return polygon([transform(x, y) for x, y in geometry["coordinates"][0]])


class Told:
    """What the command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err

    @property
    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = json.loads(self.out)
        return report


Import = Callable[..., Told]


@pytest.fixture
def import_file(db: None, tmp_path: Path) -> Import:
    """`import_file(features or bytes, *options, crs=…)` runs the command with --json on a file."""

    def _import(content: Any, *options: str, division: str = "kylat", crs: Any = None) -> Told:
        if isinstance(content, list):
            content = {"type": "FeatureCollection", "features": content, **({"crs": crs} if crs else {})}
        file = tmp_path / "rajat.geojson"
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        return run(str(file), "--division", division, "--json", *options)

    return _import


def run(*arguments: str) -> Told:
    out, err = StringIO(), StringIO()
    code = 0
    try:
        call_command("import_areas", *arguments, stdout=out, stderr=err)
    except SystemExit as end:
        code = int(str(end.code))
    return Told(code, out.getvalue(), err.getvalue())


def everything() -> list[int]:
    return [model.objects.count() for model in (Municipality, Division, Edition, Area, AreaPiece)]


def test_a_plain_file_becomes_the_main_division_of_a_new_municipality(import_file: Import) -> None:
    told = import_file(row_of("IV", "Jänessaari", "Haaga@Haga"), "--name-field", "nimi", "--municipality", "Järvelä")
    assert told.code == 0
    assert told.report | {"warnings": [], "valid_from": ""} == {
        "outcome": "imported",
        "why": "",
        "crs": "EPSG:4326",
        "features": 3,
        "areas": 3,
        "repairs": [],
        "warnings": [],
        "fields": {"name": "nimi"},
        "municipality": "jarvela",
        "division": "kylat",
        "valid_from": "",
    }
    division = Division.objects.get(slug="kylat")
    assert division.is_main
    assert division.municipality.name_fi == "Järvelä"
    assert division.municipality.outline.covers(Area.objects.get(code="iv").boundary)
    assert list(Area.objects.values_list("code", "name_fi")) == [
        ("haaga-haga", "Haaga@Haga"),
        ("iv", "IV"),
        ("janessaari", "Jänessaari"),
    ]
    assert AreaPiece.objects.count() == 3


def test_a_dry_run_tells_the_same_and_leaves_nothing(import_file: Import) -> None:
    features = row_of("A", "B")
    dry = import_file(features, "--name-field", "nimi", "--dry-run")
    assert (dry.code, dry.report["outcome"]) == (0, "would import")
    assert everything() == [0] * 5
    wet = import_file(features, "--name-field", "nimi")
    assert dry.report | {"outcome": "imported"} == wet.report


def test_the_municipality_is_the_one_whose_outline_holds_the_file(import_file: Import, city: Municipality) -> None:
    inside = [feature("Kylä", polygon(square(25.65, 60.96, 0.02)))]
    assert import_file(inside, "--name-field", "nimi").report["municipality"] == "testila"
    assert Division.objects.get(slug="kylat").is_main is False
    across = [feature("Kylä", polygon(square(25.77, 60.92, 0.12)))]
    told = import_file(across, "--name-field", "nimi", division="muu")
    assert (told.code, "--municipality" in told.err) == (2, True)
    far = import_file(inside, "--name-field", "nimi", "--municipality", "Muualla", division="testila-districts")
    assert far.code == 2
    assert "belongs to testila" in far.err


def test_borders_far_from_the_named_municipality_are_refused(import_file: Import, city: Municipality) -> None:
    before = everything()
    told = import_file(row_of("A"), "--name-field", "nimi", "--municipality", "Testilä")
    assert (told.code, told.report["outcome"]) == (2, "refused")
    assert "somewhere else" in told.err
    assert everything() == before


def test_new_borders_end_the_old_ones_and_pins_follow(import_file: Import, place: Place, district: Division) -> None:
    pin = place(EAST)
    halves = [
        feature("Pohjoinen", polygon([(25.6, 60.98), (25.8, 60.98), (25.8, 61.02), (25.6, 61.02), (25.6, 60.98)])),
        feature("Etelä", polygon([(25.6, 60.94), (25.8, 60.94), (25.8, 60.98), (25.6, 60.98), (25.6, 60.94)])),
    ]
    told = import_file(halves, "--name-field", "nimi", "--valid-from", "2024-01-01", division="testila-districts")
    assert told.code == 0, told.err
    pin.refresh_from_db()
    assert pin.area is not None
    assert pin.area.name_fi == "Pohjoinen"
    ended, current = district.editions.order_by("valid_from")
    assert ended.valid_to == datetime.date(2023, 12, 31)
    assert ended.areas.count() == 3
    assert current.valid_to is None
    assert set(pin.memberships.values_list("area__name_fi", flat=True)) == {"Itä", "Pohjoinen"}
    again = import_file(halves, "--name-field", "nimi", division="testila-districts")
    assert "nothing changed" in again.err
    assert district.editions.count() == 2
    earlier = import_file(halves[:1], "--name-field", "nimi", "--valid-from", "2021-01-01", division=district.slug)
    assert earlier.code == 2
    assert "2024-01-01" in earlier.err


def test_codes_are_text_with_their_leading_zeros_and_safe_in_an_address(import_file: Import) -> None:
    features = row_of("A", "B", "C", "D", "E")
    for one, code in zip(features, ["001", 20, 30.0, "x/y z", None], strict=True):
        one["properties"]["tunnus"] = code
    told = import_file(features, "--name-field", "nimi", "--code-field", "TUNNUS")
    assert list(Area.objects.order_by("name_fi").values_list("code", flat=True)) == ["001", "20", "30", "x-y-z", "e"]
    assert "1 code cannot stand in an address and was changed: x/y z → x-y-z." in told.report["warnings"]
    assert "1 feature has no code; it got one: feature 5 (E)." in told.report["warnings"]


def test_missing_and_repeated_names_are_kept_apart_and_told(import_file: Import) -> None:
    told = import_file(row_of("Sama", "Sama", None, " \x00\ud800 ", "unlocated", "東"), "--name-field", "nimi")
    assert told.code == 0
    assert set(Area.objects.values_list("code", "name_fi")) == {
        ("sama", "Sama"),
        ("sama-2", "Sama"),
        ("3", "3"),
        ("4", "4"),
        ("unlocated-area", "unlocated"),
        ("6", "東"),
    }
    assert told.report["warnings"][:2] == [
        "2 features have no name; their codes serve: feature 3; feature 4.",
        "1 name belongs to several areas, which stay apart by their codes: Sama.",
    ]


def test_features_of_one_code_are_one_area_unless_their_names_differ(import_file: Import) -> None:
    features = row_of("A", "A", "B")
    for one, code in zip(features, ["1", "1", "2"], strict=True):
        one["properties"]["tunnus"] = code
    told = import_file(features, "--name-field", "nimi", "--code-field", "tunnus")
    assert (told.report["features"], told.report["areas"]) == (3, 2)
    assert Area.objects.get(code="1").boundary.extent == pytest.approx((24.0, 62.0, 24.2, 62.1))
    features[2]["properties"]["tunnus"] = "1"
    told = import_file(features, "--name-field", "nimi", "--code-field", "tunnus", division="toinen")
    assert told.code == 2
    assert "A and B" in told.err


def test_names_in_swedish_and_population(import_file: Import) -> None:
    features = [
        feature("Länsi", polygon(square(24, 62)), namn="Väst", asukkaat="1 200"),
        feature("Itä", polygon(square(24.1, 62)), namn=None, asukkaat="ei tietoa"),
        feature("Etelä", polygon(square(24.2, 62)), namn="Söder", asukkaat=None),
    ]
    told = import_file(features, "--name-field", "nimi", "--name-sv-field", "namn", "--population-field", "asukkaat")
    assert list(Area.objects.values_list("name_sv", "population").order_by("code")) == [
        ("Söder", None),
        ("", None),
        ("Väst", 1200),
    ]
    assert any("ei tietoa" in warning for warning in told.report["warnings"])


def test_the_name_field_is_found_or_asked_for(import_file: Import) -> None:
    assert import_file(row_of("A")).report["fields"] == {"name": "nimi"}
    unknown = [{"type": "Feature", "properties": {"f1": "A", "f2": 2}, "geometry": polygon(square(24, 62))}]
    told = import_file(unknown, division="toinen")
    assert told.code == 1
    assert "Fields in the file: f1 (A). Say it with --name-field." in told.err
    assert import_file(unknown, "--name-field", "F1", "--dry-run", division="toinen").code == 0
    told = import_file(unknown, "--name-field", "nimi", division="toinen")
    assert told.code == 2
    assert "f1; f2" in told.err


@pytest.mark.parametrize(
    ("code", "member"),
    [
        (3067, {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3067"}}),
        (3879, {"type": "name", "properties": {"name": "EPSG:3879"}}),
        (3877, {"type": "EPSG", "properties": {"code": 3877}}),
        (3857, {"type": "name", "properties": {"name": "http://www.opengis.net/def/crs/EPSG/0/3857"}}),
        (4326, {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}),
    ],
)
def test_a_declared_coordinate_system_is_honoured(import_file: Import, code: int, member: dict[str, Any]) -> None:
    told = import_file([feature("A", in_system(code, polygon(square(24, 62))))], "--name-field", "nimi", crs=member)
    assert told.code == 0, told.err
    assert told.report["crs"] == f"EPSG:{code}"
    area = Area.objects.get()
    assert area.boundary.extent == pytest.approx((24.0, 62.0, 24.1, 62.1), abs=2e-4)
    assert area.km2 == pytest.approx(58.3, rel=0.01)


def test_a_coordinate_system_on_the_feature_is_honoured(import_file: Import) -> None:
    one = feature("A", in_system(3067, polygon(square(24, 62))))
    one["crs"] = {"type": "name", "properties": {"name": "EPSG:3067"}}
    assert import_file([one], "--name-field", "nimi").report["crs"] == "EPSG:3067"
    told = import_file([one, feature("B", polygon(square(24, 62)))], "--name-field", "nimi", division="toinen")
    assert told.code == 2
    assert "different coordinate systems" in told.err


def test_an_unknown_coordinate_system_is_refused(import_file: Import) -> None:
    for name in ("EPSG:99999", "urn:ogc:def:crs:EPSG::notanumber", "/vsicurl/http://x.example/a.prj"):
        told = import_file(row_of("A"), crs={"type": "name", "properties": {"name": name}})
        assert (told.code, everything()) == (2, [0] * 5), name


@pytest.mark.parametrize("code", [3067, 3878, 3857])
def test_projected_numbers_without_a_coordinate_system_are_proposed_never_taken(import_file: Import, code: int) -> None:
    features = [feature("A", in_system(code, polygon(square(24, 62))))]
    told = import_file(features, "--name-field", "nimi")
    assert (told.code, told.report["outcome"]) == (1, "needs confirmation")
    assert f"--crs EPSG:{code}" in told.report["why"]
    assert everything() == [0] * 5
    assert import_file(features, "--name-field", "nimi", "--crs", f"EPSG:{code}").code == 0


def test_numbers_that_mean_nothing_are_refused(import_file: Import) -> None:
    told = import_file([feature("A", polygon(square(1e7, 1e9)))])
    assert told.code == 2
    assert "fit no map" in told.err


def test_a_system_that_numbers_do_not_tell_is_asked_for(import_file: Import) -> None:
    features = [feature("A", in_system(25832, polygon(square(8.6, 50.1))))]
    told = import_file(features)
    assert told.code == 1
    assert "Say it with --crs EPSG:N." in told.err
    assert import_file(features, "--crs", "EPSG:25832").report["crs"] == "EPSG:25832"


def test_swapped_axes_are_turned_round_only_with_a_word(import_file: Import, city: Municipality) -> None:
    ring = [(y, x) for x, y in square(25.65, 60.96, 0.02)]
    told = import_file([feature("A", polygon(ring))], "--municipality", "testila")
    assert (told.code, told.report["outcome"]) == (1, "needs confirmation")
    assert "--accept-repairs" in told.report["why"]
    told = import_file([feature("A", polygon(ring))], "--municipality", "testila", "--accept-repairs")
    assert told.code == 0
    assert Area.objects.get(edition__division__slug="kylat").boundary.extent == pytest.approx(
        (25.65, 60.96, 25.67, 60.98)
    )


def test_a_border_that_crosses_itself_a_little_is_repaired_and_told(import_file: Import) -> None:
    tiny = [*square(24, 62)[:-1], (24.0, 62.05), (23.99999, 62.0500001), (24.00001, 62.05), (24, 62)]
    told = import_file([feature("A", polygon(tiny))], "--name-field", "nimi")
    assert told.code == 0, told.err
    (repair,) = told.report["repairs"]
    assert (repair["feature"], repair["name"]) == (1, "A")
    assert repair["area_change"] < 0.0001


def test_a_larger_repair_must_be_agreed_to_and_a_great_one_is_refused(import_file: Import) -> None:
    def spiked(size: float) -> list[dict[str, Any]]:
        # A loop past the corner: the ring crosses itself and a triangle hangs outside, wound the other way.
        ring = [(24, 62), (24.1, 62), (24.1, 62.1), (24 - size, 62.1), (24 - size, 62.1 - size), (24, 62.1 + size)]
        return [feature("A", polygon([*ring, (24, 62)]))]

    told = import_file(spiked(0.008), "--name-field", "nimi")
    assert (told.code, told.report["outcome"]) == (1, "needs confirmation"), told.err
    assert everything() == [0] * 5
    told = import_file(spiked(0.008), "--name-field", "nimi", "--accept-repairs")
    assert told.code == 0
    assert 0.0001 < told.report["repairs"][0]["area_change"] <= 0.01
    bow_tie = [(24, 62), (24.1, 62.1), (24.1, 62), (24, 62.1), (24, 62)]
    told = import_file([feature("A", polygon(bow_tie))], "--accept-repairs", division="toinen")
    assert told.code == 2
    assert "crosses itself" in told.err


def test_overlaps_and_gaps_are_told_and_great_overlaps_must_be_agreed_to(import_file: Import) -> None:
    slip = [feature("A", polygon(square(24, 62))), feature("B", polygon(square(24.09999, 62)))]
    told = import_file(slip, "--name-field", "nimi")
    assert told.code == 0
    assert any("A / B" in warning for warning in told.report["warnings"])
    upon = [feature("A", polygon(square(24, 62))), feature("B", polygon(square(24.05, 62)))]
    told = import_file(upon, "--name-field", "nimi", division="toinen")
    assert (told.code, told.report["outcome"]) == (1, "needs confirmation")
    ring = [
        feature("Rengas", {"type": "Polygon", "coordinates": [square(24, 62), square(24.02, 62.02, 0.01)]}),
        feature("Sisus", polygon(square(24.02, 62.02, 0.009))),
    ]
    told = import_file(ring, "--name-field", "nimi", division="kolmas", crs=None)
    assert told.code == 0
    assert any("1 gap" in warning for warning in told.report["warnings"])


def test_features_without_an_area_are_left_out_and_told(import_file: Import) -> None:
    features = [
        feature("A", polygon(square(24, 62))),
        feature("Piste", {"type": "Point", "coordinates": [24, 62]}),
        feature("Tyhjä", None),
        feature("Kokoelma", {"type": "GeometryCollection", "geometries": [
            polygon(square(24.1, 62)), {"type": "Point", "coordinates": [24, 62]}]}),
        feature("Viiru", polygon([(24.5, 62), (24.6, 62), (24.5, 62), (24.5, 62)])),
    ]  # fmt: skip
    told = import_file(features, "--name-field", "nimi")
    assert told.code == 0, told.err
    assert (told.report["features"], told.report["areas"]) == (5, 2)
    assert any("feature 2 (Piste); feature 3 (Tyhjä)" in warning for warning in told.report["warnings"])
    assert any("feature 5 (Viiru)" in warning for warning in told.report["warnings"])
    nothing = import_file([feature("A", None)], "--name-field", "nimi", division="toinen")
    assert nothing.code == 2


def test_three_dimensions_holes_and_exclaves_are_kept_flat(import_file: Import) -> None:
    high = [(x, y, 101.5) for x, y in square(24, 62)]
    islands = {"type": "MultiPolygon", "coordinates": [[high, square(24.02, 62.02, 0.01)], [square(24.3, 62)]]}
    assert import_file([feature("A", islands)], "--name-field", "nimi").code == 0
    boundary = Area.objects.get().boundary
    assert isinstance(boundary, MultiPolygon)
    assert (sorted(len(rings) for rings in boundary.coords), boundary.hasz) == ([1, 2], False)


@pytest.mark.parametrize(
    ("content", "advice"),
    [
        (b"", "empty"),
        (b"PK\x03\x04 zip", "damaged or cut off"),
        (b"<OGRVRTDataSource></OGRVRTDataSource>", "Export them as GeoPackage"),
        (b'{"type": "Topology", "objects": {}}', "no features"),
        (b'{"type": "FeatureCollection", "features": []}', "no features"),
        (b'{"type": "FeatureCollection", "features": [', "cut off at line 1"),
        ('{"type": "FeatureCollection", "features": [{"nimi": "Töölö"}]}'.encode("latin-1"), "byte 54"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "NaN"),
        (b"[" * 100_000, "nested too deep"),
        (b'{"type": "FeatureCollection", "features": [1]}', "Item 1"),
        (b'{"type": "FeatureCollection", "features": ' + b"9" * 5000 + b"}", "too long"),
    ],
)
def test_what_cannot_be_read_is_refused_with_advice(import_file: Import, content: bytes, advice: str) -> None:
    told = import_file(content)
    assert (told.code, told.report["outcome"], everything()) == (2, "refused", [0] * 5)
    assert advice in told.report["why"]
    assert advice in told.err


@pytest.mark.parametrize(
    ("ring", "reason"),
    [
        (square(24, 62)[:-1], "does not close"),
        (square(24, 62)[:3], "fewer than four"),
        ([[24, 62], [24.1, "62"], [24.1, 62.1], [24, 62]], "pair of numbers"),
        ([[24, 62], [24.1], [24.1, 62.1], [24, 62]], "pair of numbers"),
        ([[24, 62], [24.1, None], [24.1, 62.1], [24, 62]], "pair of numbers"),
        ("24 62", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_a_broken_ring_is_refused_by_number_and_name(import_file: Import, ring: Any, reason: str) -> None:
    told = import_file([*row_of("Ehjä"), feature("Rikki", polygon(ring))], "--name-field", "nimi")
    assert (told.code, everything()) == (2, [0] * 5)
    assert "feature 2 (Rikki)" in told.err
    assert reason in told.err


def test_a_number_beyond_all_numbers_is_refused(import_file: Import) -> None:
    text = json.dumps({"type": "FeatureCollection", "features": row_of("A")}).replace("62.1", "1e400")
    told = import_file(text.encode())
    assert told.code == 2
    assert "finite" in told.err


def test_a_byte_order_mark_and_a_single_feature_are_fine(import_file: Import) -> None:
    told = import_file(b"\xef\xbb\xbf" + json.dumps(row_of("Töölö")[0]).encode(), "--name-field", "nimi")
    assert told.code == 0
    assert Area.objects.get().name_fi == "Töölö"


@pytest.mark.parametrize("slug", ["Turku", "a/b", "", "ä", "x" * 51])
def test_a_division_that_cannot_stand_in_an_address_is_refused(import_file: Import, slug: str) -> None:
    told = import_file(row_of("A"), division=slug)
    assert (told.code, everything()) == (2, [0] * 5)


def test_borders_of_tomorrow_wait_for_their_day(import_file: Import) -> None:
    assert import_file(row_of("A"), "--valid-from", "2999-01-01").code == 2


def test_a_file_that_is_not_there_is_refused(db: None) -> None:
    told = run("/nonexistent.geojson", "--division", "x", "--json")
    assert (told.code, told.report["outcome"]) == (2, "refused")


def test_a_failure_half_way_leaves_nothing(import_file: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(edition: Edition) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("areas.actions.cut_pieces", fail)
    with pytest.raises(OSError, match="disk"):
        import_file(row_of("A", "B"))
    assert everything() == [0] * 5


def test_a_border_too_hard_to_repair_is_refused_in_time(import_file: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("areas.importing.repairing.CPU_SECONDS", 0.01)
    bow_tie = [(24, 62), (24.1, 62.1), (24.1, 62), (24, 62.1), (24, 62)]
    told = import_file([feature("A", polygon(bow_tie))])
    assert told.code == 2
    assert "too many places" in told.err


def test_without_json_a_person_reads_a_sentence(db: None, tmp_path: Path) -> None:
    file = tmp_path / "rajat.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": row_of("A", "B")}))
    told = run(str(file), "--division", "kylat", "--name-field", "nimi")
    assert told.out.startswith("imported: 2 areas of 2 features as kylat in kylat, EPSG:4326")
    told = run(str(file), "--division", "muu", "--name-field", "puuttuu")
    assert (told.code, told.out) == (2, "")
    assert told.err.startswith("refused: ")
