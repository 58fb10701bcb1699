"""The example cities' ground: outlines, districts drawn round their centres, and the map's own background."""

import csv
import datetime
import json
from pathlib import Path
from typing import Any, Final

import shapely
from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.utils.text import slugify
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from areas.actions import NewArea, adopt_edition, found_municipality
from areas.models import Division, Edition, GroundFeature, Municipality
from areas.residents.importing import Choices, import_population
from mapfeedback.geo import WGS84

FOLDER: Final = Path(settings.BASE_DIR) / "fixtures" / "demo"


def lay(valid_from: datetime.date, today: datetime.date) -> dict[str, Edition]:
    """Put the ground of both cities into the database; the example edition of each, by the city's name."""
    centres: dict[str, list[dict[str, str]]] = {}
    with (FOLDER / "centres.csv").open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            centres.setdefault(row["municipality"], []).append(row)
    editions: dict[str, Edition] = {}
    for feature in read("outlines.geojson")["features"]:
        about = feature["properties"]
        outline = shape(feature["geometry"])
        municipality = found_municipality(
            slug=slugify(about["name_fi"]),
            name_fi=about["name_fi"],
            name_sv=about["name_sv"],
            code=about["code"],
            outline=geos(outline),
        )
        division = Division.objects.create(
            municipality=municipality,
            slug=f"{municipality.slug}-districts",
            name_fi="Kaupunginosat",
            name_sv="Stadsdelar",
            name_en="Districts",
            kind=Division.Kind.DISTRICT,
            is_main=True,
        )
        editions[about["municipality"]] = adopt_edition(
            division=division,
            areas=_districts(centres[about["municipality"]], outline),
            valid_from=valid_from,
            source="Esimerkkirajat: suorat rajat kaupunginosien keskipisteiden välissä",
            is_example=True,
        )
        import_population(
            data=(FOLDER / "population.csv").read_bytes(),
            division=division.slug,
            choices=Choices(),
            today=today,
            source="Esimerkkiväestö",
        )
        _draw(about["municipality"], municipality)
    return editions


def _draw(name: str, municipality: Municipality) -> None:
    """Water, parks, roads and rails by hand, for the map that no base map covers."""
    GroundFeature.objects.bulk_create(
        [
            GroundFeature(
                municipality=municipality,
                kind=about["kind"],
                name_fi=about["name_fi"] or "",
                name_sv=about["name_sv"] or "",
                rank=about["rank"],
                geom=geos(shape(feature["geometry"])),
            )
            for feature in read("ground.geojson")["features"]
            for about in [feature["properties"]]
            if about["municipality"] == name
        ]
    )


def _districts(centres: list[dict[str, str]], outline: BaseGeometry) -> list[NewArea]:
    """Example borders: what is nearer to a centre than to any other, inside the outline."""
    # A degree of longitude is about half of one of latitude up here; even them out before asking what is nearest.
    points = [shapely.Point(float(row["lon"]) / 2, float(row["lat"])) for row in centres]
    halved = shapely.transform(outline, lambda xy: xy * [0.5, 1])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=halved))
    found = []
    for row, centre in zip(centres, points, strict=True):
        cell = next(one for one in cells if one.covers(centre))
        border = shapely.transform(shapely.intersection(cell, halved), lambda xy: xy * [2, 1])
        found.append(
            NewArea(
                code=row["code"],
                name_fi=row["name_fi"],
                name_sv=row["name_sv"],
                boundary=geos(border),
                population=int(row["population"]) if row["population"] else None,
            )
        )
    return found


def geos(drawn: BaseGeometry) -> GEOSGeometry:
    return GEOSGeometry(memoryview(shapely.to_wkb(drawn)), srid=WGS84)


def read(name: str) -> Any:
    """A JSON file of fixtures/demo, parsed."""
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))
