"""Every kind of border file, whole or broken: it goes in, asks for a word, or is refused with a reason."""

import json
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pyproj
import pytest
import shapely

from areas.importing import opening, sandbox
from areas.importing.report import Refused
from areas.models import Area, Municipality
from tests.areas import border_files as make
from tests.areas.test_import_areas import Told, everything, run

IN, ASKS, NO = (0, "imported"), (1, "needs confirmation"), (2, "refused")
Made = Callable[[Path], bytes]

HOLED = shapely.MultiPolygon(
    [
        shapely.Polygon(make.squares()[0].exterior, [shapely.box(25.605, 60.965, 25.61, 60.97).exterior]),
        shapely.box(25.7, 60.96, 25.72, 60.98),
    ]
)
BOW_TIE = shapely.Polygon([(25.6, 60.96), (25.62, 60.98), (25.62, 60.96), (25.6, 60.98), (25.6, 60.96)])
SWAPPED = [shapely.transform(one, lambda xy: xy[:, ::-1]) for one in make.squares()]
VRT = (
    b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer>"
    b"</OGRVRTDataSource>"
)
BOMB = "<!DOCTYPE kml [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]>"
FOREIGN = "<!DOCTYPE kml [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"


def broken(parts: dict[str, bytes], **other: bytes) -> bytes:
    return make.zipped(parts | other)


#: What lies in the file, how it is made, what becomes of it, what the report says of it.
ROWS: list[tuple[str, Made, tuple[int, str], str]] = [
    ("shapefile", lambda t: make.zipped(make.shapefile(t)), IN, ""),
    ("shapefile in folders with junk", lambda t: make.packed(
        {f"Kunta ä/rajat/Alueet.{end.upper()}": part for end, part in make.shapefile(t).items()}
        | {"__MACOSX/._alueet.shp": b"x", "työ.qgz": b"PK", "lue.txt": b"hei"}), IN, ""),
    ("shapefile without .prj, degrees", lambda t: make.zipped(make.shapefile(t), "prj"), ASKS, "--crs EPSG:4326"),
    ("shapefile without .prj, TM35FIN", lambda t: make.zipped(
        make.shapefile(t, make.in_system(make.squares(), 3067)), "prj"), ASKS, "--crs EPSG:3067"),
    ("shapefile without .prj, GK25", lambda t: make.zipped(
        make.shapefile(t, make.in_system(make.squares(), 3879)), "prj"), ASKS, "--crs EPSG:3879"),
    ("shapefile without .prj, GK26", lambda t: make.zipped(
        make.shapefile(t, make.in_system(make.squares(), 3880)), "prj"), ASKS, "--crs EPSG:3880"),
    ("shapefile, TM35FIN", lambda t: make.zipped(
        make.shapefile(t, make.in_system(make.squares(), 3067), crs="EPSG:3067")), IN, "EPSG:3067"),
    ("UTF-8 without .cpg", lambda t: make.zipped(make.shapefile(t), "cpg"),
        ASKS, "UTF-8 (another with --encoding): Töölö"),
    ("CP1252 without .cpg", lambda t: make.zipped(make.shapefile(t, encoding="CP1252"), "cpg"), ASKS,
        "CP1252 (another with --encoding): Töölönjärvi – itä; Ääslä"),
    ("CP1252 with .cpg", lambda t: make.zipped(make.shapefile(t, encoding="CP1252")), IN, ""),
    (".cpg says UTF-8 over CP1252", lambda t: broken(make.shapefile(t, encoding="CP1252"), cpg=b"UTF-8"),
        ASKS, "CP1252"),
    ("plain letters without .cpg", lambda t: make.zipped(make.shapefile(t, names=["A", "B"]), "cpg"), IN, ""),
    ("shapefile without .shx", lambda t: make.zipped(make.shapefile(t), "shx"), IN, ".shx file was missing"),
    ("shapefile without .dbf", lambda t: make.zipped(make.shapefile(t), "dbf"), NO, "no names"),
    ("shapefile without .shp", lambda t: make.zipped(make.shapefile(t), "shp"), NO, "no shapefile"),
    ("two shapefiles", lambda t: make.zipped(make.shapefile(t), **{
        f"toinen.{end}": part for end, part in make.shapefile(t).items()}),
        ASKS, "alueet (2); toinen (2). Choose one with --layer"),
    (".shp cut off", lambda t: broken(make.shapefile(t), shp=make.shapefile(t)["shp"][:-40]),
        NO, ".shp file is cut off"),
    (".dbf cut off", lambda t: broken(make.shapefile(t), dbf=make.shapefile(t)["dbf"][:-40]),
        NO, ".dbf file is cut off"),
    (".shp is something else", lambda t: broken(make.shapefile(t), shp=VRT * 9), NO, "no shapefile"),
    (".shp alone", lambda t: make.shapefile(t)["shp"], NO, "into a zip file"),
    ("zip cut off", lambda t: make.zipped(make.shapefile(t))[:-60], NO, "damaged or cut off"),
    ("zip of nothing", lambda t: make.packed({}), NO, "no shapefile"),
    ("zip with a GeoPackage", lambda t: make.packed({"a.gpkg": make.geopackage(t)}), NO, "no shapefile"),
    ("zip in a zip", lambda t: make.packed({"a.zip": make.zipped(make.shapefile(t))}), NO, "only once"),
    ("zip bomb", lambda t: broken(make.shapefile(t), shp=bytes(300_000_000)), NO, "unpacks to far more"),
    ("zip bomb that lies", lambda t: make.lying(make.shapefile(t)), NO, "damaged"),
    ("zip slip", lambda t: make.zipped(make.shapefile(t), **{"../../etc/cron.d/x": b"x"}), NO, "leads out of it"),
    ("zip with an absolute name", lambda t: make.zipped(make.shapefile(t), **{"/etc/x.shp": b"x"}),
        NO, "leads out of it"),
    ("zip with a link", lambda t: make.linked(make.shapefile(t)), NO, "a link in it"),
    ("zip of 10 000 entries", lambda t: make.packed({f"{at}.shp": b"" for at in range(10_000)}),
        NO, "more than 200 files"),
    ("zip of 201 entries", lambda t: make.packed({f"{at}.txt": b"" for at in range(201)}), NO, "more than 200 files"),
    ("GeoPackage", make.geopackage, IN, ""),
    ("GeoPackage, GK26", lambda t: make.geopackage(t, make.in_system(make.squares(), 3880), crs="EPSG:3880"),
        IN, "EPSG:3880"),
    ("GeoPackage without a system", lambda t: make.geopackage(
        t, make.in_system(make.squares(), 3067), crs=None), ASKS, "--crs EPSG:3067"),
    ("GeoPackage in Mollweide", lambda t: make.geopackage(t, crs="ESRI:54009"), NO, "do not know: World_Mollweide"),
    ("GeoPackage of an unknown system", lambda t: make.changed(t,
        "INSERT INTO gpkg_spatial_ref_sys VALUES ('Oma', 990001, 'me', 990001, 'LOCAL_CS[\"Oma\"]', '')",
        "UPDATE gpkg_geometry_columns SET srs_id = 990001", "UPDATE gpkg_contents SET srs_id = 990001"),
        NO, "do not know: Oma"),
    ("GeoPackage with two layers", lambda t: (make.geopackage(t), make.geopackage(t, layer="ruudut", append=True))[1],
        ASKS, "alueet (2); ruudut (2). Choose one with --layer"),
    ("GeoPackage with a layer of points", lambda t: (make.geopackage(t), make.geopackage(
        t, [shapely.Point(25.6, 60.9)], layer="pisteet", kind="Point", append=True))[1],
        IN, "The layer alueet was read"),
    ("GeoPackage of an unknown geometry column", lambda t: make.changed(
        t, "UPDATE gpkg_geometry_columns SET column_name = 'muoto'"), NO, "damaged"),
    ("GeoPackage without a geometry column", lambda t: make.changed(
        t, "DELETE FROM gpkg_geometry_columns", "UPDATE gpkg_contents SET data_type = 'attributes'"), NO, "No layer"),
    ("GeoPackage with an empty layer", lambda t: make.changed(t, "DELETE FROM alueet"), NO, "no features"),
    ("GeoPackage with a feature without geometry", lambda t: make.geopackage(
        t, [make.squares()[0], None]), IN, "feature 2 (Ääslä)"),
    ("GeoPackage with heights", lambda t: make.geopackage(
        t, [shapely.force_3d(one, 9.0) for one in make.squares()], kind="Polygon Z"), IN, "Heights"),
    ("shapefile with heights", lambda t: make.zipped(make.shapefile(
        t, [shapely.force_3d(one, 9.0) for one in make.squares()], kind="Polygon Z")), IN, "Heights"),
    ("GeoPackage with measures", lambda t: make.geopackage(t, [shapely.to_wkb(shapely.from_wkt(
        "POLYGON ZM ((25.6 60.96 1 1, 25.62 60.96 1 2, 25.62 60.98 1 3, 25.6 60.96 1 1))"), output_dimension=4,
        flavor="iso")], kind="Unknown"), IN, "Heights"),
    ("shapefile with NaN", lambda t: broken(make.shapefile(t), shp=make.shapefile(t)["shp"].replace(
        struct.pack("<d", 60.96 + 0.02), struct.pack("<d", float("nan")))), NO, "finite"),
    ("TopoJSON with heights", lambda t: make.topojson().replace(b"[1000, 0]", b"[1000, 0, 5]"), ASKS, "Heights"),
    ("TopoJSON with NaN", lambda t: make.topojson().replace(b"[1000, 0]", b"[1000, NaN]"), NO, "NaN"),
    ("KML with heights", lambda t: make.kml(), IN, "Heights"),
    ("KML with NaN", lambda t: make.kml().replace(b"25.62,", b"nan,"), NO, "finite"),
    ("KML with 1e400", lambda t: make.kml().replace(b"25.62,", b"1e400,"), NO, "finite"),
    ("GeoPackage with a triangulated surface", lambda t: make.geopackage(
        t, [make.triangulated()], names=["Kolmio"], kind="Unknown"), NO, "feature 1 (Kolmio)"),
    ("GeoPackage that says its system is undefined", lambda t: make.changed(t,
        "UPDATE gpkg_geometry_columns SET srs_id = 0", "UPDATE gpkg_contents SET srs_id = 0"),
        ASKS, "--crs EPSG:4326"),
    ("GeoPackage with a circle", lambda t: make.geopackage(
        t, [make.curved()], names=["Ympyrä"], kind="Unknown"), IN, ""),
    ("GeoPackage with holes and exclaves", lambda t: make.geopackage(t, [HOLED], kind="MultiPolygon"), IN, ""),
    ("GeoPackage with a bow-tie", lambda t: make.geopackage(t, [BOW_TIE]), NO, "crosses itself"),
    ("GeoPackage with an open ring", lambda t: make.geopackage(t, [make.open_ring()]),
        NO, "feature 1 (Töölönjärvi – itä)"),
    ("GeoPackage with NaN", lambda t: make.geopackage(t, [make.with_number(float("nan"))]), NO, "finite"),
    ("GeoPackage with Infinity", lambda t: make.geopackage(t, [make.with_number(float("inf"))]), NO, "finite"),
    ("GeoPackage with swapped axes", lambda t: make.geopackage(t, SWAPPED), ASKS, "changed places"),
    ("GeoPackage in GK25, northing first", lambda t: make.geopackage(
        t, make.in_system(make.squares(), 3879, northing_first=True), crs="EPSG:3879"), ASKS, "changed places"),
    ("GeoPackage of the whole world", lambda t: make.geopackage(t, [shapely.box(-180, -85, 180, 85)]),
        NO, "somewhere else"),
    ("GeoPackage cut off", lambda t: make.geopackage(t)[:-5000], NO, "cut off"),
    ("GeoPackage overwritten", lambda t: make.geopackage(t)[:4096] + b"\xff" * 94_208, NO, "damaged"),
    ("database but no GeoPackage", lambda t: make.changed(t, "PRAGMA application_id = 1"), NO, "no GeoPackage"),
    ("GeoPackage header and nothing else", lambda t: b"SQLite format 3\x00", NO, "no GeoPackage"),
    ("TopoJSON, degrees", lambda t: make.topojson(), ASKS, "--crs EPSG:4326"),
    ("TopoJSON, TM35FIN", lambda t: make.topojson(3067), ASKS, "--crs EPSG:3067"),
    ("TopoJSON with two objects", lambda t: make.topojson(objects=("a", "b")),
        ASKS, "a (2); b (2). Choose one with --layer"),
    ("TopoJSON with missing arcs", lambda t: make.topojson().replace(b"[[2, -1]]", b"[[2, 99]]"), NO, "do not fit"),
    ("TopoJSON that names arcs for ever", lambda t: make.topojson().replace(
        b"[[2, -1]]", b"[[" + b"1," * 400_000 + b"1]]"), NO, "corners"),
    ("KML", lambda t: make.kml(), IN, "1 feature has points or lines beside its area"),
    ("KML with a byte order mark", lambda t: b"\xef\xbb\xbf" + make.kml(), IN, ""),
    ("KML with NetworkLink", lambda t: make.kml("<NetworkLink><Link><href>http://x.example/</href></Link></NetworkLink>"),
        NO, "links to other files"),
    ("KML with points only", lambda t: make.kml(
        "<Placemark><name>P</name><Point><coordinates>25,61</coordinates></Point></Placemark>"), NO, "No feature"),
    ("KML with a billion laughs", lambda t: make.kml(before=BOMB), NO, "DOCTYPE"),
    ("KML with a foreign entity", lambda t: make.kml(before=FOREIGN), NO, "DOCTYPE"),
    ("KML in UTF-16 with a DOCTYPE", lambda t: make.kml(before=FOREIGN).decode()
        .replace("UTF-8", "UTF-16").encode("utf-16"), NO, "DOCTYPE"),
    ("KML in unknown letters", lambda t: make.kml().replace(b"UTF-8", b"WTF-8"), NO, "letters that nobody knows"),
    ("KML in letters of many bytes", lambda t: make.kml().replace(b"UTF-8", b"GBK"), NO, ""),
    ("zip with a directory that leads astray", lambda t: make.misdirected(make.zipped(make.shapefile(t))),
        NO, "damaged"),
    ("KML cut off", lambda t: make.kml()[:-30], NO, "cut off at line"),
    ("KML with words for numbers", lambda t: make.kml().replace(b"25.62,", b"x,"), NO, "pair of numbers"),
    ("GeoJSON", lambda t: make.geojson(), IN, ""),
    ("GeoJSON with a byte order mark", lambda t: b"\xef\xbb\xbf" + make.geojson(), IN, ""),
    ("GeoJSON with crs", lambda t: make.geojson(make.in_system(make.squares(), 3879), "EPSG:3879"), IN, "EPSG:3879"),
    ("GeoJSON with an unknown crs", lambda t: make.geojson(crs="EPSG:99999"), NO, "EPSG:99999"),
    ("GeoJSON in TM35FIN that does not say so", lambda t: make.geojson(make.in_system(make.squares(), 3067)),
        ASKS, "EPSG:3067"),
    ("GeoJSON with swapped axes", lambda t: make.geojson(SWAPPED), ASKS, "changed places"),
    ("GeoJSON in Latin-1", lambda t: make.geojson(names=["Töölö", "Å"]).decode().encode("latin-1"),
        NO, "not UTF-8: byte"),
    ("GeoJSON cut off", lambda t: make.geojson()[:-9], NO, "cut off at line 1"),
    ("GeoJSON with Infinity", lambda t: make.geojson().replace(b"60.98", b"Infinity"), NO, "Infinity"),
    ("VRT", lambda t: VRT, NO, "Export them as GeoPackage"),
    ("VRT with a byte order mark", lambda t: b"\xef\xbb\xbf\n" + VRT, NO, "Export them as GeoPackage"),
    ("GML", lambda t: b"<?xml version='1.0'?><gml:FeatureCollection/>", NO, "Export them as GeoPackage"),
    ("GPX", lambda t: b"<?xml version='1.0'?><gpx/>", NO, "Export them as GeoPackage"),
    ("MapInfo TAB", lambda t: b"!table\n!version 300\n", NO, "Export them as GeoPackage"),
    ("CSV", lambda t: b"nimi;lat;lon\nA;60,9;25,6\n", NO, "Export them as GeoPackage"),
    ("a path", lambda t: b"/vsicurl/http://x.example/a.gpkg", NO, "Export them as GeoPackage"),
    ("a picture", lambda t: b"\x89PNG\r\n\x1a\n" + bytes(99), NO, "Export them as GeoPackage"),
    ("nothing", lambda t: b"", NO, "empty"),
    ("a byte order mark alone", lambda t: b"\xef\xbb\xbf \n", NO, "empty"),
]  # fmt: skip


@pytest.fixture
def import_bytes(city: Municipality, tmp_path: Path) -> Callable[..., Told]:
    """Runs the command for the test city on a file whose name tells nothing."""

    def _import(data: bytes, *options: str) -> Told:
        file = tmp_path / "upload.bin"
        file.write_bytes(data)
        return run(str(file), "--division", "kylat", "--municipality", "testila", "--json", *options)

    return _import


@pytest.mark.parametrize(("made", "outcome", "says"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_every_file_has_its_outcome(
    import_bytes: Callable[..., Told], tmp_path: Path, made: Made, outcome: tuple[int, str], says: str
) -> None:
    before = everything()
    told = import_bytes(made(tmp_path))
    report = told.report
    assert (told.code, report["outcome"]) == outcome, told.err
    assert says in json.dumps(report, ensure_ascii=False)
    if outcome == IN:
        assert report["areas"] >= 1
    else:
        assert report["why"]
        assert everything() == before


def test_the_named_layer_is_imported(import_bytes: Callable[..., Told], tmp_path: Path) -> None:
    make.geopackage(tmp_path)
    data = make.geopackage(tmp_path, layer="ruudut", append=True, names=["Pohjoinen", "Etelä"])
    told = import_bytes(data, "--layer", "ruudut")
    assert told.code == 0, told.err
    assert set(Area.objects.filter(edition__division__slug="kylat").values_list("name_fi", "population")) == {
        ("Pohjoinen", 1200),
        ("Etelä", 1200),
    }
    told = import_bytes(data, "--layer", "Ruudut")
    assert (told.code, "alueet (2); ruudut (2)" in told.err) == (2, True)


def test_the_named_shapefile_is_imported(import_bytes: Callable[..., Told], tmp_path: Path) -> None:
    parts = make.shapefile(tmp_path)
    data = make.packed({f"{stem}.{end}": part for end, part in parts.items() for stem in ("a/x", "b/y")})
    assert import_bytes(data, "--layer", "y").code == 0
    assert import_bytes(data, "--layer", "a/x").code == 0
    assert import_bytes(data, "--layer", "z").code == 2
    assert import_bytes(make.topojson(objects=("a", "b")), "--layer", "b", "--crs", "EPSG:4326").code == 0
    assert "no layers" in import_bytes(make.kml(), "--layer", "y").err


def test_a_confirmed_file_without_system_and_encoding_goes_in_as_it_was_meant(
    import_bytes: Callable[..., Told], tmp_path: Path
) -> None:
    parts = make.shapefile(tmp_path, make.in_system(make.squares(), 3067), encoding="CP1252")
    data = make.zipped(parts, "prj", "cpg")
    assert import_bytes(data, "--crs", "EPSG:3067").code == 1
    told = import_bytes(
        data, "--crs", "EPSG:3067", "--accept-repairs", "--name-field", "nimi", "--population-field", "vakiluku"
    )
    assert told.code == 0, told.err
    areas = Area.objects.filter(edition__division__slug="kylat").order_by("name_fi")
    assert [(area.name_fi, area.population) for area in areas] == [(name, 1200) for name in make.NAMES]
    assert areas[0].boundary.extent == pytest.approx((25.6, 60.96, 25.62, 60.98), abs=1e-6)


def test_a_person_may_say_the_encoding(import_bytes: Callable[..., Told], tmp_path: Path) -> None:
    data = make.zipped(make.shapefile(tmp_path, encoding="CP1252"), "cpg")
    assert import_bytes(data, "--encoding", "cp1252").code == 0
    assert Area.objects.filter(name_fi="Töölönjärvi – itä").exists()
    for wrong in ("UTF-8", "klingon", "base64"):
        told = import_bytes(data, "--encoding", wrong)
        assert (told.code, "--encoding" in told.err) == (2, True)


def test_holes_exclaves_and_arcs_keep_their_area(import_bytes: Callable[..., Told], tmp_path: Path) -> None:
    assert import_bytes(make.geopackage(tmp_path, [HOLED], kind="MultiPolygon")).code == 0
    area = Area.objects.get(edition__division__slug="kylat")
    assert shapely.from_wkb(bytes(area.boundary.wkb)).equals_exact(shapely.normalize(HOLED), 1e-9, normalize=True)
    assert import_bytes(make.topojson(), "--crs", "EPSG:4326").code == 0
    west, east = Area.objects.filter(edition__division__slug="kylat", edition__valid_to=None).order_by("-name_fi")
    assert west.boundary.intersection(east.boundary).length == pytest.approx(0.02)
    assert east.boundary.extent == pytest.approx((25.62, 60.96, 25.64, 60.98))
    (tmp_path / "a.gpkg").unlink()
    told = import_bytes(make.geopackage(tmp_path, [make.curved()], kind="Unknown"))
    assert told.code == 0
    assert "1 border had curves" in told.err
    circle = Area.objects.get(edition__division__slug="kylat", edition__valid_to=None)
    assert circle.boundary.area == pytest.approx(numpy.pi * 0.01**2, rel=1e-3)


def test_the_name_of_a_kml_placemark_and_its_data_are_fields(import_bytes: Callable[..., Told]) -> None:
    assert import_bytes(make.kml(), "--population-field", "asukkaat").code == 0
    area = Area.objects.get(edition__division__slug="kylat")
    assert (area.name_fi, area.population) == ("Töölö", 77)


def test_gdal_opens_nothing_but_the_format_it_was_told(tmp_path: Path) -> None:
    for name, content in (("borders.gpkg", VRT), ("borders.shp", VRT), ("borders.gpkg", make.geojson())):
        file = tmp_path / name
        file.write_bytes(content)
        with pytest.raises(Refused):
            sandbox.opened(file, "GPKG" if name.endswith("gpkg") else "ESRI Shapefile")


def test_gdal_has_limits_on_memory_and_leaves_no_core(tmp_path: Path) -> None:
    probe = tmp_path / "probe.py"
    probe.write_text(
        "import resource, runpy\n"
        f"runpy.run_path({opening.__file__!r})['_confine']()\n"
        f"assert resource.getrlimit(resource.RLIMIT_AS)[0] == {opening.MEMORY_BYTES}\n"
        f"assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0\n"
        f"bytearray({opening.MEMORY_BYTES})\n"
    )
    done = subprocess.run([sys.executable, "-I", str(probe)], capture_output=True, text=True)
    assert done.stderr.strip().endswith("MemoryError")


def test_a_reader_that_is_killed_leaves_nothing(
    import_bytes: Callable[..., Told], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = make.geopackage(tmp_path)
    before = everything()
    monkeypatch.setattr("areas.importing.sandbox.WALL_SECONDS", 0.01)
    told = import_bytes(data)
    assert (told.code, everything()) == (2, before)
    assert "too hard to read" in told.err


def test_a_plain_map_in_kml_is_not_said_to_lose_heights(import_bytes: Callable[..., Told]) -> None:
    told = import_bytes(make.kml().replace(b",10 ", b",0 ").replace(b",10\n", b",0\n"))
    assert (told.code, "Heights" in told.err) == (0, False)


def test_five_names_are_shown_to_judge_an_encoding_by(import_bytes: Callable[..., Told], tmp_path: Path) -> None:
    names = ["Töölö", "Käpylä", "Malmi", "Öitti", "Åminne", "Jäärä", "Höyly"]
    data = make.zipped(make.shapefile(tmp_path, make.squares(7), names=names, encoding="CP1252"), "cpg")
    told = import_bytes(data)
    assert told.code == 1
    assert "names read as CP1252 (another with --encoding): Töölö; Käpylä; Öitti; Åminne; Jäärä … (+1)" in told.err
    assert import_bytes(data, "--accept-repairs").code == 0
    assert set(Area.objects.filter(edition__division__slug="kylat").values_list("name_fi", flat=True)) == set(names)


FRAME = shapely.MultiPolygon(
    [
        shapely.Polygon(
            shapely.box(25.6, 60.94, 25.7, 61.0).exterior,
            [shapely.box(25.62, 60.95, 25.63, 60.96).exterior, shapely.Point(25.66, 60.97).buffer(0.005).exterior],
        ),
        shapely.Polygon(
            shapely.box(25.72, 60.94, 25.78, 61.0).exterior, [shapely.box(25.73, 60.95, 25.75, 60.97).exterior]
        ),
        shapely.box(25.79, 60.94, 25.791, 60.941),
    ]
)
DENSE = shapely.segmentize(FRAME, 0.001)


def _kml_of(shape: shapely.MultiPolygon) -> bytes:
    def ring(kind: str, one: shapely.LinearRing) -> str:
        said = " ".join(f"{x!r},{y!r},0" for x, y in one.coords)
        return f"<{kind}><LinearRing><coordinates>{said}</coordinates></LinearRing></{kind}>"

    parts = "".join(
        "<Polygon>"
        + ring("outerBoundaryIs", part.exterior)
        + "".join(ring("innerBoundaryIs", hole) for hole in part.interiors)
        + "</Polygon>"
        for part in shape.geoms
    )
    return make.kml(f"<Placemark><name>Kehys</name><MultiGeometry>{parts}</MultiGeometry></Placemark>")


@pytest.mark.parametrize(
    "made",
    [
        lambda t: make.geopackage(t, [DENSE], kind="MultiPolygon"),
        lambda t: make.geopackage(t, make.in_system([DENSE], 3067), kind="MultiPolygon", crs="EPSG:3067"),
        lambda t: make.geopackage(t, make.in_system([DENSE], 3880), kind="MultiPolygon", crs="EPSG:3880"),
        lambda t: make.zipped(make.shapefile(t, make.in_system([DENSE], 3067), crs="EPSG:3067")),
        lambda t: make.geojson([DENSE]),
        lambda t: make.geojson(make.in_system([DENSE], 3879), "EPSG:3879"),
        lambda t: _kml_of(DENSE),
    ],
    ids=["GeoPackage", "GeoPackage TM35FIN", "GeoPackage GK26", "shapefile TM35FIN", "GeoJSON", "GeoJSON GK25", "KML"],
)
def test_holes_and_exclaves_are_all_there_with_their_area(
    import_bytes: Callable[..., Told], tmp_path: Path, made: Made
) -> None:
    told = import_bytes(made(tmp_path))
    assert told.code == 0, told.err
    area = Area.objects.get(edition__division__slug="kylat")
    assert sorted(len(rings) - 1 for rings in area.boundary.coords) == [0, 1, 2]
    flat = shapely.from_wkb(bytes(area.boundary.wkb))
    metres, _perimeter = pyproj.Geod(ellps="GRS80").geometry_area_perimeter(shapely.orient_polygons(DENSE))
    assert flat.area == pytest.approx(DENSE.area, rel=1e-4)
    assert area.km2 == pytest.approx(abs(metres) / 1e6, rel=1e-4)
