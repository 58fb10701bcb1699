"""Anyone opens any filtered set of contributions in QGIS: a GeoPackage with layers, an index, and its licence."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
from django.contrib.gis.geos import GEOSGeometry
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st

from layers.public_rows import columns
from mapfeedback.opendata import geopackage, packing
from tests.conftest import EAST, WEST, Place

LINE = "LINESTRING(25.61 60.99, 25.62 61.0)"
AREA = "POLYGON((25.61 60.99, 25.61 61.0, 25.62 61.0, 25.62 60.99, 25.61 60.99))"
GROUP = "MULTIPOINT((25.61 60.99), (25.62 61.0))"


@pytest.fixture
def fetch(client: Client, tmp_path: Path) -> Any:
    def _fetch(query: str = "") -> Path:
        answer = client.get(f"/pins.gpkg?{query}", headers={"Accept-Encoding": "gzip"})
        assert answer.status_code == 200 and answer["Content-Type"] == "application/geopackage+sqlite3"
        path = tmp_path / "pins.gpkg"
        path.write_bytes(answer.getvalue())
        assert int(answer["Content-Length"]) == path.stat().st_size
        return path

    return _fetch


def drawn(place: Place, wkt: str, **more: Any) -> Any:
    return place(WEST, geom=GEOSGeometry(wkt, srid=4326), **more)


def test_points_lines_and_areas_are_layers_and_what_has_no_place_is_a_table(fetch: Any, place: Place) -> None:
    text = 'Ensimmäinen rivi;\t"lainaus",\r\ntoinen rivi\\n \\ loppu'
    point = place(WEST, title="Penkki", text=text, language="fi")
    others = [drawn(place, LINE), drawn(place, AREA), drawn(place, GROUP), place(None)]
    path = fetch()
    names = ["points", "lines", "areas", "groups_of_points", "without_place"]
    for name, pin in zip(names, [point, *others], strict=True):
        layer = pyogrio.read_dataframe(path, layer=name)
        assert list(layer["id"]) == [str(pin.public_id)]
        assert [column for column in layer if column != "geometry"] == list(columns(""))
        if pin.geom:
            assert (
                layer.crs.to_epsg() == 4326
                and layer.geometry[0].distance(gpd.GeoSeries.from_wkt([pin.geom.wkt])[0]) < 1e-9
            )
    (row,) = pyogrio.read_dataframe(path, layer="points").to_dict("records")
    assert row["text"] == text and row["title"] == "Penkki" and row["area_name"] == "Länsi"
    assert row["placed"].date() == point.placed_at.date() and row["suspected_default_place"] is False
    assert not row["answers"] and np.isclose([row["lon"], row["lat"]], [25.65, 61.0]).all()


def test_a_layer_keeps_the_last_first_whether_shapes_are_one_or_several(fetch: Any, place: Place) -> None:
    several = "MULTI" + AREA.replace("((", "(((").replace("))", ")))")
    pins = [drawn(place, shape) for shape in (AREA, several, AREA, several)]
    layer = pyogrio.read_dataframe(fetch(), layer="areas")
    assert list(layer["id"]) == [str(pin.public_id) for pin in reversed(pins)]


def test_the_one_filter_chooses_what_is_in_it_and_an_empty_one_opens_too(fetch: Any, place: Place) -> None:
    place(WEST)
    thanks = place(EAST, kind="thanks")
    assert list(pyogrio.read_dataframe(fetch("kind=thanks"), layer="points")["id"]) == [str(thanks.public_id)]
    empty = fetch("kind=opinion")
    assert [pyogrio.read_info(empty, layer=name)["features"] for name in ("points", "lines", "areas")] == [0, 0, 0]


@override_settings(DATA_LICENCE="CC BY 4.0", SERVICE_OWNER='Testilan "kaupunki" & kumppanit <testi>')
def test_it_says_whose_it_is_and_what_may_be_done_with_it(fetch: Any, place: Place) -> None:
    place()
    said = pyogrio.read_info(fetch("kind=idea"), layer="points")["dataset_metadata"]
    assert said["LICENCE"] == "CC BY 4.0" and said["PUBLISHER"] == 'Testilan "kaupunki" & kumppanit <testi>'
    assert said["SOURCE"] == "http://testserver/?kind=idea"


def test_it_keeps_the_rules_of_the_standard(fetch: Any, place: Place) -> None:
    for geom in (LINE, AREA, GROUP):
        drawn(place, geom)
    place()
    with sqlite3.connect(fetch()) as file:

        def ask(sql: str) -> list[Any]:
            return file.execute(sql).fetchall()

        assert ask("PRAGMA application_id") == [(0x47504B47,)] and ask("PRAGMA integrity_check") == [("ok",)]
        assert not ask("PRAGMA foreign_key_check")
        # Requirement 13; what tables fill in by themselves is GDAL's concern when somebody edits the file.
        defaults = {row[1]: row[4] for row in ask("PRAGMA table_info(gpkg_contents)")}
        assert defaults["last_change"] == "strftime('%Y-%m-%dT%H:%M:%fZ','now')"
        assert {row[0][10:] for row in ask("SELECT last_change FROM gpkg_contents")} == {"T00:00:00.000Z"}
        layers = ask("SELECT table_name, geometry_type_name, srs_id FROM gpkg_geometry_columns")
        for name, kind, system in layers:
            assert system == 4326 and ask(f"SELECT rtreecheck('rtree_{name}_geom')") == [("ok",)]
            declared = {row[1]: row[2] for row in ask(f"PRAGMA table_info({name})")}
            assert declared["geom"] == kind
            assert ask(f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{name}'") == [(6,)]
            assert all(blob[:8] == b"GP\x00\x01\xe6\x10\x00\x00" for (blob,) in ask(f"SELECT geom FROM {name}"))


def pack(lines: str, path: Path) -> None:
    told = {"columns": [["id", "TEXT"]], "about": {}}
    command = [sys.executable, "-I", "-S", str(geopackage.SCRIPT), str(path)]
    subprocess.run(command, input=f"{json.dumps(told)}\n{lines}".encode(), check=True, env={}, timeout=60)


def test_rows_of_any_length_arrive_whole(tmp_path: Path) -> None:
    spot = GEOSGeometry("SRID=4326;POINT(25.65 61)").hexewkb.decode()
    texts = ["ä" * length for length in (1, packing.BATCH // 2 - 30, 3 * packing.BATCH, 5, packing.BATCH)]
    pack("".join(f"{text}\t{shape}\n" for text in texts for shape in (spot, "")), tmp_path / "long.gpkg")
    with sqlite3.connect(tmp_path / "long.gpkg") as file:
        for table in ("points", "without_place"):
            assert [text for (text,) in file.execute(f"SELECT id FROM {table} ORDER BY fid")] == texts
    assert not pyogrio.read_dataframe(tmp_path / "long.gpkg", layer="points").geometry.is_empty.any()


def test_its_index_finds_what_a_search_of_all_finds(tmp_path: Path) -> None:
    """Through the process that packs, with enough points for three levels of pages."""
    chance = np.random.default_rng(7)
    places = np.concatenate([chance.uniform((25.5, 60.9), (25.8, 61.1), (4000, 2)), np.full((300, 2), (25.65, 61.0))])
    path = tmp_path / "many.gpkg"
    lines = "".join(
        f"{nth}\t{GEOSGeometry(f'SRID=4326;POINT({x} {y})').hexewkb.decode()}\n" for nth, (x, y) in enumerate(places)
    )
    pack(lines, path)
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT rtreecheck('rtree_points_geom')").fetchone() == ("ok",)
    for west, south, east, north in [(25.6, 60.95, 25.61, 61.0), (25.65, 61.0, 25.65, 61.0), (25.79, 61.09, 26, 62)]:
        found = pyogrio.read_dataframe(path, layer="points", bbox=(west, south, east, north))
        inside = (places >= (west, south)).all(axis=1) & (places <= (east, north)).all(axis=1)
        assert sorted(found["id"].astype(int)) == np.flatnonzero(inside).tolist()


@given(st.lists(st.tuples(st.floats(-180, 180), st.floats(-90, 90)), min_size=1, max_size=50))
def test_no_place_falls_out_of_its_box(places: list[tuple[float, float]]) -> None:
    east, north = zip(*places, strict=True)
    boxes = packing.Boxes()
    boxes.add(east, east, north, north)
    for value, least, most in [*zip(east, *boxes.sides[:2], strict=True), *zip(north, *boxes.sides[2:], strict=True)]:
        assert least <= value <= most and most - least < 1e-4
    assert boxes.extent() == (min(east), min(north), max(east), max(north))


def test_a_large_one_lies_nowhere_once_it_is_read(
    client: Client, place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place()
    monkeypatch.setattr(geopackage, "SMALL_BYTES", 0)
    left = tmp_path / "exports" / "left"
    left.mkdir(parents=True)
    os.utime(left, (0, 0))
    with override_settings(EXPORTS_FOLDER=tmp_path / "exports"):
        for _ in range(3):  # more often than there are places
            answer = client.get("/pins.gpkg")
            assert isinstance(io.BytesIO(answer.getvalue()), io.BytesIO) and answer.status_code == 200
            assert not list((tmp_path / "exports").iterdir())
