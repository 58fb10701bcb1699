"""Files as cities really publish them, each oddity made from scratch: it goes in, asks, or is refused in words."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import shapely

from areas.models import Area, Municipality
from tests.areas import border_files as make
from tests.areas.test_import_areas import Told, everything, run

IN, ASKS, NO = 0, 1, 2
Properties = dict[str, Any]


def places(count: int) -> list[dict[str, Any]]:
    """Squares side by side from 24.0 E 61.0 N, as GeoJSON."""
    return [shapely.geometry.mapping(shapely.box(24 + at * 0.02, 61, 24.02 + at * 0.02, 61.02)) for at in range(count)]


def collection(features: list[Any], **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", **more, "features": features}, ensure_ascii=False).encode()


def town(*properties: Properties | None, crs: int | None = None, **more: Any) -> bytes:
    """One square for each; in a system of its own and saying so when `crs` is given."""
    shapes = places(len(properties))
    if crs:
        told = [shapely.geometry.shape(one) for one in shapes]
        shapes = [shapely.geometry.mapping(one) for one in make.in_system(told, crs)]
        more["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{crs}"}}
    return collection(
        [{"type": "Feature", "properties": p, "geometry": g} for p, g in zip(properties, shapes, strict=True)], **more
    )


def shaped(*geometries: Any) -> bytes:
    """Features named A, B, C … of these geometries."""
    return collection(
        [{"type": "Feature", "properties": {"name": "ABCDEFGH"[at]}, "geometry": g} for at, g in enumerate(geometries)]
    )


def ring(*corners: tuple[float, float]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


SQUARE, NEXT, THIRD = places(3)
HIGH = {"type": "Polygon", "coordinates": [[[x, y, 12.5] for x, y in SQUARE["coordinates"][0]]]}
POINT = {"type": "Point", "coordinates": [24.01, 61.01]}
LINE = {"type": "LineString", "coordinates": [[24, 61], [24.01, 61.01]]}
CLOCKWISE = {"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][::-1]]}
COLLECTED = {"type": "GeometryCollection", "geometries": [
    {"type": "GeometryCollection", "geometries": [SQUARE, POINT]}, NEXT, LINE]}  # fmt: skip
TOUCHING = ring((24, 61), (24.02, 61), (24.01, 61.01), (24.02, 61.02), (24, 61.02), (24.01, 61.01))
SPIKED = ring((24, 61), (24.02, 61), (24.02, 61.02), (24.02, 61.05), (24.02, 61.02), (24, 61.02))
STUTTERING = ring((24, 61), (24, 61), (24.02, 61), (24.02, 61.02), (24.02, 61.02), (24, 61.02))
NESTED = {"type": "MultiPolygon", "coordinates": [
    SQUARE["coordinates"], ring((24.005, 61.005), (24.01, 61.005), (24.01, 61.01))["coordinates"]]}  # fmt: skip
HOLE_OUTSIDE = {"type": "Polygon", "coordinates": [
    SQUARE["coordinates"][0], ring((24.1, 61.1), (24.101, 61.1), (24.101, 61.101))["coordinates"][0]]}  # fmt: skip
CARELESS = ring((24.019, 61), (24.04, 61), (24.04, 61.02), (24.019, 61.02))
ALMOST = ring((24.01999, 61), (24.04, 61), (24.04, 61.02), (24.01999, 61.02))
COUNTRY = ring((20, 59), (31, 59), (31, 70.1), (20, 70.1))
DATE_LINE = {"type": "MultiPolygon", "coordinates": [
    ring((179, -17), (180, -17), (180, -16))["coordinates"],
    ring((-180, -17), (-179, -17), (-180, -16))["coordinates"]]}  # fmt: skip
OPEN = {"type": "Polygon", "coordinates": [SQUARE["coordinates"][0][:-1]]}
IN_WORDS = {"type": "Polygon", "coordinates": [[[str(x), str(y)] for x, y in SQUARE["coordinates"][0]]]}
TABLE = {"cartodb_id": 7, "created_at": "2013-02-26T03:34:15.278Z", "updated_at": "2013-02-26T03:34:15.516Z"}
KML_TABLE = {"description": None, "timestamp": None, "begin": None, "_end": None, "tessellate": -1, "icon": None}
ESRI = json.dumps({"geometryType": "esriGeometryPolygon", "features": [
    {"attributes": {"NIMI": "A"}, "geometry": {"rings": SQUARE["coordinates"]}}]}).encode()  # fmt: skip
LINES = b"\n".join(json.dumps({"type": "Feature", "properties": {"name": n}, "geometry": g}).encode()
    for n, g in (("A", SQUARE), ("B", NEXT)))  # fmt: skip

Wanted = list[tuple[str, str]] | None
#: What the file is, its bytes, the outcome, codes and names that go in, what the report says, the switches that help.
ROWS: list[tuple[str, bytes, int, Wanted, str, tuple[str, ...]]] = [
    ("a table of a map service", town({"name": "Whitehall", **TABLE}, {"name": "Mansion Area", **TABLE}), IN,
        [("mansion-area", "Mansion Area"), ("whitehall", "Whitehall")], "from the field name", ()),
    ("a table that was KML", town({"name": "Trecho 1", **KML_TABLE}), IN, [("trecho-1", "Trecho 1")], "", ()),
    ("numbers for names", town({"name": 1}, {"name": 2.0}), IN, [("1", "1"), ("2", "2")], "", ()),
    ("leading zeros", town({"name": "001"}, {"name": "0010"}), IN, [("001", "001"), ("0010", "0010")], "", ()),
    ("Roman numerals", town({"name": "IV"}, {"name": "VI"}), IN, [("iv", "IV"), ("vi", "VI")], "", ()),
    ("names in capitals", town({"NIMI": "AMURI A"}, {"NIMI": "KYTTÄLÄ"}), IN,
        [("amuri-a", "AMURI A"), ("kyttala", "KYTTÄLÄ")], "", ()),
    ("names twice", town({"name": "Centre"}, {"name": "Centre"}, {"name": "East"}), IN,
        [("centre", "Centre"), ("centre-2", "Centre"), ("east", "East")],
        "1 name belongs to several areas, which stay apart by their codes: Centre.", ()),
    ("names missing", town({"name": "A"}, {"name": None}, {"name": "C"}, {}), IN,
        [("2", "2"), ("4", "4"), ("a", "A"), ("c", "C")], "2 features have no name; their codes serve", ()),
    ("names nearly all missing", town({"name": "A"}, {"name": ""}, {"name": None}), ASKS, None,
        "not clear which field", ("--name-field", "name")),
    ("names in other letters", town({"name": "東"}, {"name": "北"}), IN, [("1", "東"), ("2", "北")], "", ()),
    ("no properties", town(None, None), ASKS, None, "no fields, so the areas have no names", ("--name-field", "-")),
    ("lists and objects for properties", town({"name": "A", "tags": ["x"], "more": {"y": 1}, "open": True}), IN,
        [("a", "A")], "", ()),
    ("only row numbers", town({"OBJECTID": 1, "Shape_Area": 2.5}), ASKS, None, "OBJECTID; Shape_Area",
        ("--name-field", "OBJECTID")),
    ("two kinds of names", town({"district": "North", "ward_name": "I"}, {"district": "South", "ward_name": "II"}),
        ASKS, None, "district (North; South); ward_name (I; II)", ("--name-field", "ward_name")),
    ("small in large", town({"boro_name": "Bronx", "ntaname": "Hunts Point", "ntacode": "BX27"},
        {"boro_name": "Bronx", "ntaname": "Longwood", "ntacode": "BX33"}), IN,
        [("BX27", "Hunts Point"), ("BX33", "Longwood")], "The codes were taken from the field ntacode", ()),
    ("codes not everywhere", town({"name": "A", "code": "1"}, {"name": "B", "code": None}), IN,
        [("a", "A"), ("b", "B")], "", ()),
    ("codes that repeat", town({"name": "A", "code": "1"}, {"name": "B", "code": "1"}), IN,
        [("a", "A"), ("b", "B")], "", ()),
    ("codes on the features", collection([
        {"type": "Feature", "id": "bydel.1", "properties": {"navn": "Amager"}, "geometry": SQUARE}]), IN,
        [("amager", "Amager")], "from the field navn", ()),
    ("one feature", json.dumps({"type": "Feature", "properties": {"name": "A"}, "geometry": SQUARE}).encode(), IN,
        [("a", "A")], "", ()),
    ("many digits", shaped(ring((24.000000000000123, 61), (24.02, 61.000000000000456), (24.02, 61.02))), IN,
        [("a", "A")], "", ()),
    ("exponents", shaped(SQUARE).replace(b"24.02", b"2.402e1").replace(b"61.0,", b"61,"), IN, [("a", "A")], "", ()),
    ("printed prettily with a byte order mark", b"\xef\xbb\xbf"
        + json.dumps(json.loads(shaped(SQUARE)), indent=4).encode() + b"\r\n\r\n", IN, [("a", "A")], "", ()),
    ("UTF-16", shaped(SQUARE).decode().encode("utf-16"), IN, [("a", "A")], "", ()),
    ("heights", shaped(HIGH), IN, [("a", "A")], "Heights and measures of the corners were left out.", ()),
    ("wound the other way", shaped(CLOCKWISE), IN, [("a", "A")], "", ()),
    ("collections in collections", shaped(COLLECTED), IN, [("a", "A")],
        "1 feature has points or lines beside its area, which were left out: feature 1 (A).", ()),
    ("points and lines among areas", shaped(SQUARE, POINT, LINE), IN, [("a", "A")],
        "2 features have no area and were left out: feature 2 (B); feature 3 (C).", ()),
    ("points only", shaped(POINT, POINT), NO, None, "No feature of the file has an area", ()),
    ("nothing for a geometry", shaped(SQUARE, None, {"type": "Polygon", "coordinates": []},
        {"type": "GeometryCollection", "geometries": []}), IN, [("a", "A")], "3 features have no area", ()),
    ("no geometry at all", collection([{"type": "Feature", "properties": {"name": "A"}}]), NO, None, "nothing", ()),
    ("the same feature twice", collection([{"type": "Feature", "properties": {"name": "A"}, "geometry": SQUARE}] * 2),
        IN, [("a", "A")], "1 feature repeats another with name and border and was left out: feature 2 (A) = 1.", ()),
    ("one border, two names", shaped(SQUARE, SQUARE), ASKS, None, "1 pair of areas has the same border",
        ("--accept-repairs",)),
    ("a ring that touches itself", shaped(TOUCHING), IN, [("a", "A")], "", ()),
    ("a spike", shaped(SPIKED), IN, [("a", "A")], '"area_change": 0.0', ()),
    ("corners twice", shaped(STUTTERING), IN, [("a", "A")], "", ()),
    ("a part within a part", shaped(NESTED), NO, None, "A repair would change its area by 3.0 %", ()),
    ("a hole outside", shaped(HOLE_OUTSIDE), ASKS, None, "its area", ("--accept-repairs",)),
    ("neighbours drawn one by one", shaped(SQUARE, CARELESS), ASKS, None, "on top of each other: A / B",
        ("--accept-repairs",)),
    ("neighbours almost together", shaped(SQUARE, ALMOST), IN, [("a", "A"), ("b", "B")],
        "1 pair of areas overlaps: A / B", ()),
    ("a whole country", shaped(COUNTRY), NO, None, "more than a municipality", ()),
    ("across the date line", shaped(DATE_LINE), NO, None, "more than a municipality", ()),
    ("an open ring", shaped(SQUARE, OPEN), NO, None, "feature 2 (B): a ring does not close", ()),
    ("words for numbers", shaped(IN_WORDS), NO, None, "feature 1 (A): a corner is not a pair of numbers", ()),
    ("UTM", town({"name": "A"}, crs=32635), IN, [("a", "A")], "EPSG:32635", ()),
    ("feet", town({"name": "A"}, crs=2263), NO, None, "do not fit", ()),
    ("Latin-1", town({"name": "Töölö"}).decode().encode("latin-1"), NO, None, "Export the file as UTF-8", ()),
    ("letters gone wrong", town({"name": "TÃ¶Ã¶lÃ¶"}, {"name": "KÃ¤pylÃ¤"}), ASKS, None, "TÃ¶Ã¶lÃ¶ → Töölö",
        ("--accept-repairs",)),
    ("letters lost", town({"name": "T\ufffd\ufffdl\ufffd"}), ASKS, None, "letters of names are lost",
        ("--accept-repairs",)),
    ("cut off", shaped(SQUARE)[:-20], NO, None, "cut off at line 1", ()),
    ("something after the end", shaped(SQUARE) + b"\n<!-- cached -->", NO, None, "follows after the end", ()),
    ("one feature a line", LINES, NO, None, "Export one FeatureCollection", ()),
    ("Esri's JSON", ESRI, NO, None, "Esri's own JSON", ()),
    ("a bare geometry", json.dumps(SQUARE).encode(), NO, None, "not a GeoJSON FeatureCollection", ()),
    ("a description of data", b'{"locationName": "Frankfurt", "dataUrl": "http://x.example"}', NO, None,
        "not a GeoJSON FeatureCollection", ()),
    ("a web page", b"<!DOCTYPE html><html><body>404</body></html>", NO, None, "Export them as GeoPackage", ()),
    ("Helsinki", town(
        {"aluejako": "OSA-ALUE", "tunnus": "101", "nimi_fi": "Vilhonvuori", "nimi_se": "Vilhelmsberg", "pa": 1.5},
        {"aluejako": "OSA-ALUE", "tunnus": "101", "nimi_fi": "Vilhonvuori", "nimi_se": "Vilhelmsberg", "pa": 2.5},
        {"aluejako": "OSA-ALUE", "tunnus": "010", "nimi_fi": "Kruununhaka", "nimi_se": "Kronohagen", "pa": 3.5},
        crs=3879), IN, [("010", "Kruununhaka"), ("101", "Vilhonvuori")],
        "1 feature has the code of an earlier one and became part of its area: feature 2 (OSA-ALUE) + 1.", ()),
    ("a WFS with name spaces", town({"gml_id": "a.1", "hel:nimi_fi": "Kallio", "hel:nimi_se": "Berghäll"}), IN,
        [("kallio", "Kallio")], "The Swedish names were taken from the field hel:nimi_se: Berghäll.", ()),
    ("Vantaa", town({"kosanimi": "Tikkurila", "kosa_ruotsiksi": "Dickursby", "suuralue": "Tikkurila"},
        {"kosanimi": "Hiekkaharju", "kosa_ruotsiksi": "Sandkulla", "suuralue": "Tikkurila"}), IN,
        [("hiekkaharju", "Hiekkaharju"), ("tikkurila", "Tikkurila")], "belongs to was taken from the field suuralue",
        ()),
    ("HSY", town({"kunta": "091", "nimi": "Kaivopuisto", "nimi_se": "Brunnsparken", "kokotun": "0911101000"}), IN,
        [("0911101000", "Kaivopuisto")], "", ()),
    ("the land survey", town({"gml_id": 1601, "natcode": "403", "namefin": "Lappajärvi", "nameswe": "Lappajärvi"}), IN,
        [("403", "Lappajärvi")], "", ()),
    ("postcodes", town(
        {"posti_alue": "00100", "nimi": "Keskusta", "namn": "Centrum", "kuntanro": 91, "pinta_ala": 2353278,
         "he_vakiy": 18284},
        {"posti_alue": "00120", "nimi": "Punavuori", "namn": "Rödbergen", "kuntanro": 91, "pinta_ala": 414010,
         "he_vakiy": -1}, crs=3067), IN, [("00100", "Keskusta"), ("00120", "Punavuori")],
        "1 population is no number of people and stays unknown", ()),
    ("names in Swedish only", town({"namn": "Kyrkbyn"}, {"namn": "Hamnen"}), IN,
        [("hamnen", "Hamnen"), ("kyrkbyn", "Kyrkbyn")], "", ()),
    ("a kuntarajat file", town({"id": "934", "name": "Vimpeli", "nimi": "Vimpeli", "namn": "Vindala",
        "population": 2827}), IN, [("vimpeli", "Vimpeli")], "", ()),
]  # fmt: skip


@pytest.fixture
def tried(db: None, tmp_path: Path) -> Callable[..., Told]:
    def _tried(content: bytes, *options: str) -> Told:
        file = tmp_path / "rajat.geojson"
        file.write_bytes(content)
        return run(str(file), "--division", "kylat", "--json", *options)

    return _tried


@pytest.mark.parametrize(
    ("content", "code", "wanted", "says", "switches"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_a_file_as_cities_publish_them_has_its_outcome(
    tried: Callable[..., Told], content: bytes, code: int, wanted: Wanted, says: str, switches: tuple[str, ...]
) -> None:
    told = tried(content)
    assert told.code == code, told.err
    assert says in json.dumps(told.report, ensure_ascii=False)
    if wanted is not None:
        assert list(Area.objects.values_list("code", "name_fi")) == wanted
    else:
        assert everything() == [0] * 5
    if switches:
        assert switches[0] in told.report["why"]
        again = tried(content, *switches)
        assert again.code == IN, again.err


ZONES = range(3876, 3886)


@pytest.mark.parametrize("code", ZONES)
@pytest.mark.parametrize("northing_first", [False, True], ids=["easting first", "northing first"])
def test_every_zone_of_the_finnish_grid_is_known_by_its_numbers(
    tried: Callable[..., Told], code: int, northing_first: bool
) -> None:
    west = code - 3876 + 22.0
    squares = [shapely.box(west - 0.1, 61, west + 0.1, 61.1)]
    said, silent = (
        collection(
            [{"type": "Feature", "properties": {"name": "A"}, "geometry": shapely.geometry.mapping(one)}], **more
        )
        for one in make.in_system(squares, code, northing_first=northing_first)
        for more in ({"crs": {"type": "name", "properties": {"name": f"EPSG:{code}"}}}, {})
    )
    told = tried(silent)
    assert (told.code, f"--crs EPSG:{code}" in told.report["why"]) == (ASKS, True)
    for content, switches in ((silent, ("--crs", f"EPSG:{code}")), (said, ())):
        told = tried(content, *switches)
        if northing_first:
            assert (told.code, "have changed places" in told.err) == (ASKS, True)
            told = tried(content, *switches, "--accept-repairs")
        assert told.code == IN, told.err
        assert Area.objects.get().boundary.extent == pytest.approx((west - 0.1, 61, west + 0.1, 61.1), abs=1e-4)


def test_latitude_first_is_noticed_by_finland_unless_the_person_knows_better(tried: Callable[..., Told]) -> None:
    swapped = shaped(ring((60.96, 25.6), (60.96, 25.62), (60.98, 25.62)))
    told = tried(swapped)
    assert (told.code, "latitude stands before longitude" in told.err) == (ASKS, True)
    assert tried(swapped, "--accept-repairs").code == IN
    assert Area.objects.get().boundary.extent == pytest.approx((25.6, 60.96, 25.62, 60.98))
    assert tried(swapped, "--crs", "EPSG:4326", "--municipality", "Muualla").code == NO
    Municipality.objects.all().delete()
    assert tried(swapped, "--crs", "EPSG:4326").code == IN
    assert Area.objects.get().boundary.extent == pytest.approx((60.96, 25.6, 60.98, 25.62))


def test_what_is_guessed_can_be_said_otherwise(tried: Callable[..., Told]) -> None:
    rows: list[Properties] = [
        {"nimi": "Länsi", "namn": "Väst", "tunnus": "01", "nro": "7", "vakiluku": 1200, "suuralue": "Keskusta"},
        {"nimi": "Itä", "namn": "Öst", "tunnus": "02", "nro": "8", "vakiluku": None, "suuralue": "Keskusta"},
    ]
    told = tried(town(*rows))
    assert told.report["fields"] == {
        "name": "nimi",
        "name_sv": "namn",
        "code": "tunnus",
        "population": "vakiluku",
        "parent": "suuralue",
    }
    assert told.report["warnings"][:5] == [
        "The names were taken from the field nimi: Länsi; Itä.",
        "The Swedish names were taken from the field namn: Väst; Öst.",
        "The codes were taken from the field tunnus, where each area has its own: 01; 02.",
        "The population was taken from the field vakiluku, which holds whole numbers only: 1200.",
        "The area that each belongs to was taken from the field suuralue: Keskusta.",
    ]
    assert set(Area.objects.values_list("code", "name_sv", "population")) == {("01", "Väst", 1200), ("02", "Öst", None)}
    none = ("--name-sv-field", "-", "--population-field", "-", "--parent-field", "-", "--code-field", "nro")
    told = tried(town(*rows), *none)
    assert told.report["fields"] == {"name": "nimi", "code": "nro"}
    current = Area.objects.current().values_list("code", "name_fi", "name_sv", "population")
    assert set(current) == {("7", "Länsi", "", None), ("8", "Itä", "", None)}


def test_the_area_above_is_read_for_each_feature(tried: Callable[..., Told]) -> None:
    rows: list[Properties] = [{"name": "A", "osa": "03"}, {"name": "B", "osa": 4.0}, {"name": "C", "osa": None}]
    assert tried(town(*rows), "--parent-field", "OSA").report["fields"]["parent"] == "osa"
    assert list(Area.objects.order_by("code").values_list("code", "parent_told")) == [
        ("a", "03"),
        ("b", "4"),
        ("c", ""),
    ]
    told = tried(town(*rows), "--parent-field", "puuttuu")
    assert (told.code, "--parent-field: no feature has the field puuttuu" in told.err) == (NO, True)


def test_gaps_and_splinters_are_told_with_their_areas(tried: Callable[..., Told]) -> None:
    frame = {"type": "Polygon", "coordinates": [
        ring((24, 61), (24.1, 61), (24.1, 61.1), (24, 61.1))["coordinates"][0],
        ring((24.04, 61.04), (24.06, 61.04), (24.06, 61.06), (24.04, 61.06))["coordinates"][0]]}  # fmt: skip
    inside = ring((24.04, 61.04), (24.06, 61.04), (24.06, 61.0599), (24.04, 61.0599))
    crumb = ring((24.2, 61), (24.20001, 61), (24.20001, 61.00001))
    parts = {"type": "MultiPolygon", "coordinates": [inside["coordinates"], crumb["coordinates"]]}
    told = tried(shaped(frame, parts))
    assert told.code == IN, told.err
    assert "1 splinter, a part smaller than 10 m²: B 0.3 m²." in told.report["warnings"]
    assert any(
        row.startswith("1 gap between the areas, 12") and "A / B 12" in row for row in told.report["warnings"]
    ), told.err


def test_areas_beyond_the_municipality_are_told_or_refused_by_name(
    tried: Callable[..., Told], city: Municipality
) -> None:
    inside, over = ring((25.6, 60.96), (25.7, 60.96), (25.7, 60.98)), ring((25.7, 60.96), (25.9, 60.96), (25.9, 61))
    far = ring((26.6, 60.96), (26.7, 60.96), (26.7, 61))
    told = tried(shaped(inside, over), "--municipality", "testila")
    assert told.code == IN, told.err
    assert any(row.startswith("1 area reaches beyond the outline of Test") for row in told.report["warnings"])
    told = tried(shaped(inside, far), "--municipality", "testila")
    assert told.code == NO
    assert "1 feature reaches too far beyond the municipality: feature 2 (B)." in told.err


def test_a_zip_of_areas_and_points_needs_no_choice(tried: Callable[..., Told], tmp_path: Path) -> None:
    areas = {f"alueet.{end}": part for end, part in make.shapefile(tmp_path).items()}
    make.written(
        tmp_path / "pisteet.shp", [shapely.Point(25.6, 60.9)], driver="ESRI Shapefile", kind="Point", layer="pisteet"
    )
    points = {file.name: file.read_bytes() for file in tmp_path.glob("pisteet.*")}
    told = tried(make.packed(points | areas))
    assert told.code == IN, told.err
    assert "The layer alueet was read." in told.report["warnings"]
    told = tried(make.packed(points))
    assert (told.code, "has areas that can be read" in told.err) == (NO, True)
    told = tried(make.packed({"vienti/alueet.gpkg": b"SQLite format 3\x00"}))
    assert (told.code, "but vienti/alueet.gpkg. Unpack it" in told.err) == (NO, True)
