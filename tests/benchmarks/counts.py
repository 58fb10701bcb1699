"""Counting in districts: remembered areas against joining geometry, in PostGIS and in GeoPandas."""

from typing import Any

import geopandas
import shapely
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count

from mapfeedback.pins.figures import by_area
from mapfeedback.pins.models import Pin
from tests.benchmarks.city import City
from tests.benchmarks.measuring import HEAVY, Row, compared

Counts = dict[tuple[Any, ...], int]

# What anybody would write who has pins and borders. Random pins lie on no shared border.
JOIN = """
    SELECT area.id, pin.category_id, pin.status, count(*)
    FROM pins_pin pin JOIN areas_area area ON ST_Contains(area.boundary, pin.geom)
    WHERE area.edition_id = %s AND pin.visibility = 'published' GROUP BY 1, 2, 3"""


def asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def remembered(city: City) -> Counts:
    """Districts × topics × statuses, through the one door, from memberships."""
    pins = Pin.objects.visible_to(AnonymousUser()).filter(memberships__edition=city.edition).order_by()
    rows = pins.values_list("memberships__area", "category", "status").annotate(n=Count("pk"))
    return {key: n for *key_parts, n in rows if (key := tuple(key_parts))}


def joined(city: City) -> Counts:
    return {tuple(key): n for *key, n in asked(JOIN, city.edition.pk)}


def against_join(city: City) -> Row:
    """Districts × topics × statuses against the plain ST_Contains join; the same answer is asserted first."""
    assert remembered(city) == joined(city)
    return compared(
        "counts-by-topic-and-status",
        ours=lambda: remembered(city),
        baseline=lambda: joined(city),
        target=1.0 if city.size == "small" else 0.2,
        repeats=HEAVY,
    )


def figures_against_join(city: City) -> Row:
    """What a district page and the map show, medians and the "outside" included, against a join that only counts."""
    simple = "SELECT area.id, count(*)" + JOIN.split("pin.status, count(*)", 1)[1].replace("1, 2, 3", "1")

    def ours() -> object:
        return by_area(city.edition, Pin.objects.visible_to(AnonymousUser()))

    return compared(
        "district-figures",
        ours=ours,
        baseline=lambda: asked(simple, city.edition.pk),
        target=1.0,
        repeats=HEAVY,
    )


def against_geopandas(city: City) -> Row:
    """The same counts against GeoPandas `sjoin` and `groupby`, whose data is in memory before the clock starts."""
    pins = asked("SELECT category_id, status, ST_AsBinary(geom) FROM pins_pin WHERE geom IS NOT NULL")
    areas = asked("SELECT id, ST_AsBinary(boundary) FROM areas_area WHERE edition_id = %s", city.edition.pk)
    topics, statuses, points = zip(*pins, strict=True)
    keys, borders = zip(*areas, strict=True)
    located = geopandas.GeoDataFrame(
        {"category": topics, "status": statuses}, geometry=shapely.from_wkb([bytes(each) for each in points]), crs=4326
    )
    districts = geopandas.GeoDataFrame(
        {"area": keys}, geometry=shapely.from_wkb([bytes(each) for each in borders]), crs=4326
    )

    def sjoin() -> Any:
        both = located.sjoin(districts, predicate="within")
        return both.groupby(["area", "category", "status"]).size()

    assert remembered(city) == sjoin().to_dict()
    return compared(
        "counts-against-geopandas",
        ours=lambda: remembered(city),
        baseline=sjoin,
        target=1.0 if city.size == "small" else 0.01,
        repeats=HEAVY,
    )
