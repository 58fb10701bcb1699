"""A planner's file lands in the right place, or is refused with the feature, the reason and what to do."""

import json
from typing import Any

import pytest
from pyproj import Transformer

from areas.models import Municipality
from layers.importing import LayerFile, Refused, read_layer

CORNERS = [(25.64, 60.995), (25.66, 60.995), (25.66, 61.005), (25.64, 61.005), (25.64, 60.995)]
BLOCK: dict[str, Any] = {"type": "Polygon", "coordinates": [CORNERS]}
BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[(25.64, 60.99), (25.66, 61.0), (25.66, 60.99), (25.64, 61.0), (25.64, 60.99)]],
}
LINE = {"type": "LineString", "coordinates": [(25.62, 60.97), (25.78, 60.97)]}


def feature(geometry: Any = BLOCK, /, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def collection(*features: Any, **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **more}).encode()


def in_system(epsg: int) -> dict[str, Any]:
    there = Transformer.from_crs(4326, epsg, always_xy=True)
    return {"type": "Polygon", "coordinates": [[there.transform(*corner) for corner in CORNERS]]}


def named(code: str) -> dict[str, Any]:
    return {"type": "name", "properties": {"name": code}}


def read(data: bytes, city: Municipality, **more: Any) -> LayerFile:
    return read_layer(data, outline=city.outline, **more)


@pytest.mark.parametrize(
    ("data", "epsg"),
    [
        pytest.param(collection(feature(nimi="Kortteli 5")), 4326, id="plain"),
        pytest.param(b"\xef\xbb\xbf" + collection(feature(nimi="Kortteli 5")), 4326, id="with a byte order mark"),
        pytest.param(json.dumps(feature(nimi="Kortteli 5")).encode(), 4326, id="one feature"),
        pytest.param(
            collection(feature(nimi="Kortteli 5"), crs=named("urn:ogc:def:crs:OGC:1.3:CRS84")), 4326, id="CRS84"
        ),
        pytest.param(
            collection(feature(in_system(3067), nimi="Kortteli 5"), crs=named("urn:ogc:def:crs:EPSG::3067")),
            3067,
            id="3067",
        ),
        pytest.param(collection(feature(in_system(3879), nimi="Kortteli 5"), crs=named("EPSG:3879")), 3879, id="GK25"),
        pytest.param(
            collection(feature(in_system(3880), nimi="Kortteli 5"), crs=named("urn:ogc:def:crs:EPSG:9.9.1:3880")),
            3880,
            id="GK26",
        ),
        pytest.param(
            collection(
                feature(in_system(3067), nimi="Kortteli 5"),
                crs={"type": "EPSG", "properties": {"code": 3067}},
            ),
            3067,
            id="old code",
        ),
        pytest.param(
            collection({**feature(in_system(3878), nimi="Kortteli 5"), "crs": named("urn:ogc:def:crs:EPSG::3878")}),
            3878,
            id="crs on the feature",
        ),
        pytest.param(
            collection({**feature(in_system(3879), nimi="Kortteli 5"), "crs": "EPSG:3879"}), 3879, id="crs as text"
        ),
        pytest.param(
            collection(feature({**in_system(3879), "crs": named("EPSG:3879")}, nimi="Kortteli 5")),
            3879,
            id="crs on the geometry",
        ),
    ],
)
def test_a_good_file_lands_in_the_right_place(city: Municipality, data: bytes, epsg: int) -> None:
    layer = read(data, city)
    (shape,) = layer.shapes
    assert (layer.epsg, layer.label_field, shape.label) == (epsg, "nimi", "Kortteli 5")
    assert shape.geom.srid == 4326
    assert shape.geom.extent == pytest.approx((25.64, 60.995, 25.66, 61.005), abs=1e-5)
    assert shape.properties == {"nimi": "Kortteli 5"}


def test_long_edges_get_corners_before_they_are_bent(city: Municipality) -> None:
    there = Transformer.from_crs(4326, 3067, always_xy=True)
    ends = [there.transform(25.6, 60.96), there.transform(25.8, 60.96)]
    data = collection(feature({"type": "LineString", "coordinates": ends}), crs=named("EPSG:3067"))
    (street,) = read(data, city).shapes
    assert street.geom.num_coords > 20
    metres = [there.transform(lon, lat) for lon, lat in street.geom.coords]  # type: ignore[attr-defined]
    (x0, y0), (x1, y1) = ends
    for x, y in metres:
        assert abs((y - y0) - (x - x0) * (y1 - y0) / (x1 - x0)) < 0.01


def test_heights_are_dropped_and_every_kind_of_geometry_is_taken(city: Municipality) -> None:
    kinds: list[dict[str, Any]] = [
        {"type": "Point", "coordinates": [25.65, 61.0, 95.5]},
        {"type": "MultiPoint", "coordinates": [[25.65, 61.0, 95.5], [25.66, 61.0, 95.5]]},
        LINE,
        {"type": "MultiLineString", "coordinates": [LINE["coordinates"]]},
        {"type": "Polygon", "coordinates": [[(*corner, 12.0) for corner in CORNERS]]},
        {"type": "MultiPolygon", "coordinates": [[CORNERS]]},
    ]
    shapes = read(collection(*(feature(kind) for kind in kinds)), city).shapes
    assert [shape.geom.geom_type for shape in shapes] == [kind["type"] for kind in kinds]
    assert not any(shape.geom.hasz for shape in shapes)
    assert [shape.label for shape in shapes] == ["1", "2", "3", "4", "5", "6"]


@pytest.mark.parametrize(
    ("properties", "chosen", "label"),
    [
        ({"id": 7, "Nimi": "Mäntykangas"}, "", "Mäntykangas"),
        ({"gml_id": "x.1", "kohde": "Ranta"}, "kohde", "Ranta"),
        ({"gml_id": "x.1"}, "", "x.1"),
        ({"numero": 12}, "", "12"),
        ({"nimi": None}, "", "1"),
        ({"nimi": "  a\n b " + "c" * 300}, "", "a b " + "c" * 196),
    ],
)
def test_the_name_comes_from_the_likely_field_or_the_chosen_one(
    city: Municipality, properties: dict[str, Any], chosen: str, label: str
) -> None:
    data = collection(feature(**properties))
    assert read(data, city, label_field=chosen).shapes[0].label == label


def test_a_feature_without_geometry_is_left_out_and_told(city: Municipality) -> None:
    layer = read(collection(feature(), feature(None), feature({"type": "Polygon", "coordinates": []})), city)
    assert len(layer.shapes) == 1
    assert layer.without_place == (2, 3)


def nested(depth: int) -> bytes:
    return b'{"type":"FeatureCollection","features":' + b"[" * depth + b"]" * depth + b"}"


SWAPPED = {"type": "Polygon", "coordinates": [[(lat, lon) for lon, lat in CORNERS]]}
SWAPPED_GK = {"type": "Polygon", "coordinates": [[(y, x) for x, y in in_system(3879)["coordinates"][0]]]}
FAR = {"type": "Point", "coordinates": [22.0, 60.4]}
LONG_LINE = {"type": "LineString", "coordinates": [(25.6 + i * 1e-6, 61.0) for i in range(9_999)]}
LONGER_LINE = {"type": "LineString", "coordinates": [(25.6 + i * 1e-6, 61.0) for i in range(10_001)]}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", ["empty"], id="nothing"),
        pytest.param(b"  \n", ["empty"], id="only spaces"),
        pytest.param(b"PK\x03\x04 zipped shapefile", ["Export the layer as GeoJSON"], id="zip"),
        pytest.param(b"SQLite format 3\x00", ["Export the layer as GeoJSON"], id="geopackage"),
        pytest.param(b"<OGRVRTDataSource/>", ["Export the layer as GeoJSON"], id="vrt in disguise"),
        pytest.param(b"[1, 2]", ["Export the layer as GeoJSON"], id="a list"),
        pytest.param(b'{"type": "Topology"}', ["Export the layer as GeoJSON"], id="topojson"),
        pytest.param(b'{"type": "FeatureCollection", "features": [', ["line 1"], id="broken off"),
        pytest.param(b'{"type": "Polygon"}', ["FeatureCollection"], id="no features"),
        pytest.param(collection(), ["no features"], id="empty layer"),
        pytest.param(collection(feature(None)), ["None of the features"], id="no geometry at all"),
        pytest.param(collection(None), ["Item 1"], id="null feature"),
        pytest.param(collection(feature(in_system(3067))), ["ETRS-TM35FIN (EPSG:3067)"], id="metres without crs"),
        pytest.param(collection(feature(in_system(3879))), ["ETRS-GK25 (EPSG:3879)"], id="GK metres without crs"),
        pytest.param(collection(feature(SWAPPED_GK)), ["ETRS-GK25 (EPSG:3879)"], id="northing first without crs"),
        pytest.param(
            collection(feature({"type": "Point", "coordinates": [500, 500]})), ["not degrees"], id="unknown metres"
        ),
        pytest.param(collection(feature(), crs=named("EPSG:2393")), ["EPSG:2393", "EPSG:3067"], id="unknown crs"),
        pytest.param(collection(feature(), crs=named("/etc/passwd")), ["/etc/passwd", "EPSG:3067"], id="a path as crs"),
        pytest.param(
            collection(feature(), crs={"type": "link", "properties": {"href": "http://localhost/x"}}),
            ["not known"],
            id="a link as crs",
        ),
        pytest.param(
            collection({**feature(), "crs": "EPSG:4326"}, {**feature(), "crs": "EPSG:3067"}),
            ["different coordinate systems"],
            id="two systems",
        ),
        pytest.param(
            collection(feature(), feature(BOW_TIE, nimi="Rusetti")),
            ["Feature 2 (Rusetti)", "crosses", "25.65 60.995"],
            id="bow-tie",
        ),
        pytest.param(
            collection(feature({"type": "GeometryCollection", "geometries": [BLOCK]}, nimi="Sekalaiset")),
            ["Feature 1 (Sekalaiset)", "collection"],
            id="collection",
        ),
        pytest.param(
            collection(feature({"type": "Polygon", "coordinates": [CORNERS[:-1]]})), ["does not close"], id="open ring"
        ),
        pytest.param(
            collection(feature({"type": "Polygon", "coordinates": [[CORNERS[0]] * 3]})), ["three corners"], id="flat"
        ),
        pytest.param(
            collection(feature({"type": "LineString", "coordinates": [CORNERS[0]]})), ["too few"], id="short line"
        ),
        pytest.param(collection(feature({"type": "CircularString"})), ["not a point"], id="curve"),
        pytest.param(collection(feature({"type": "Point", "coordinates": "x"})), ["cannot be read"], id="text"),
        pytest.param(collection(feature({"type": "Point", "coordinates": [1, None]})), ["not all numbers"], id="null"),
        pytest.param(collection(feature({"type": "Point", "coordinates": [True, 1]})), ["not all numbers"], id="bool"),
        pytest.param(
            collection(feature({"type": "Polygon", "coordinates": [25.6, 61]})), ["cannot be read"], id="shallow"
        ),
        pytest.param(collection(feature({"type": "MultiPolygon", "coordinates": [[]]})), ["Feature 1"], id="hollow"),
        pytest.param(
            collection(feature({"type": "LineString", "coordinates": [[], []]})), ["Feature 1"], id="hollow line"
        ),
        pytest.param(
            collection(feature({"type": "Point", "coordinates": [float("nan"), 61]})), ["NaN"], id="not a number"
        ),
        pytest.param(
            collection(feature({"type": "Point", "coordinates": [float("inf"), 61]})), ["Infinity"], id="infinity"
        ),
        pytest.param(
            collection(feature({"type": "Point", "coordinates": [25, 61]})).replace(b"25", b"1e400"),
            ["not all numbers"],
            id="1e400",
        ),
        pytest.param(
            collection(feature({"type": "Point", "coordinates": [25, 61]})).replace(b"25", b"9" * 5000),
            ["can be read"],
            id="5000 digits",
        ),
        pytest.param(nested(900), ["Item 1"], id="deep"),
        pytest.param(nested(150_000), ["be read"], id="very deep"),
        pytest.param(nested(900_000), ["corners"], id="bottomless"),
        pytest.param(collection(*[feature(LONG_LINE)] * 21), ["200000 corners"], id="too many corners"),
        pytest.param(collection(feature(LONGER_LINE)), ["10000 corners"], id="too many corners in one feature"),
        pytest.param(collection(*[feature()] * 5001), ["5001 features"], id="too many features"),
        pytest.param(collection(feature(SWAPPED)), ["other way round"], id="lat lon swapped"),
        pytest.param(collection(feature(SWAPPED_GK), crs=named("EPSG:3879")), ["other way round"], id="northing first"),
        pytest.param(collection(feature(FAR, nimi="Turku")), ["Feature 1 (Turku)", "20 km"], id="another city"),
        pytest.param(
            collection(feature({"type": "Point", "coordinates": [9e11, 9e11]}), crs=named("EPSG:3067")),
            ["20 km"],
            id="off the earth",
        ),
        pytest.param(
            collection(feature(nimi="Länsi")).replace(b"L\\u00e4nsi", "Länsi".encode("latin-1")),
            ["UTF-8", "byte"],
            id="latin-1",
        ),
        pytest.param(collection(feature(nimi="a\x00b")), ["cannot be stored"], id="a zero byte in a field"),
        pytest.param(collection(feature(nimi="\ud800")), ["cannot be stored"], id="half a character"),
        pytest.param(collection(feature(nimi="x" * 70_000)), ["too much text"], id="a novel in a field"),
    ],
)
def test_a_bad_file_is_refused_with_what_to_do(city: Municipality, data: bytes, words: list[str]) -> None:
    with pytest.raises(Refused) as refusal:
        read(data, city)
    for word in words:
        assert word in str(refusal.value.message)


def test_a_name_field_that_is_not_there_is_refused_with_those_that_are(city: Municipality) -> None:
    with pytest.raises(Refused, match="kortteli, pinta"):
        read(collection(feature(kortteli="5", pinta=3)), city, label_field="nimi")
