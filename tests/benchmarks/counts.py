"""Counting in districts: totals kept beside the pins, against one plain read of them, and against joining geometry."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

import geopandas
import shapely
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction

from mapfeedback.pins.figures import DAYS, NAMES, OUTSIDE, UNLOCATED, DefaultPlaces, Figure, Topics, by_place
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Pin, Status
from mapfeedback.pins.rollups import folding, reading
from mapfeedback.pins.rollups.models import Delta
from mapfeedback.pins.rollups.writing import recounted
from tests.benchmarks.city import City
from tests.benchmarks.measuring import HEAVY, LIGHT, Row, compared

Counts = dict[tuple[Any, ...], int]

#: So much is left to fold after ten busy seconds.
UNFOLDED: Final = 500
#: How many times quicker the totals are, at each size.
JOIN_TARGET: Final = {"small": 0.2, "medium": 0.01, "large": 0.001}
GEOPANDAS_TARGET: Final = {"small": 1.0, "medium": 0.01, "large": 0.001}

# What anybody would write who has pins and borders. Random pins lie on no shared border.
JOIN: Final = """
    SELECT area.id, pin.category_id, pin.status, count(*)
    FROM pins_pin pin JOIN areas_area area ON ST_Contains(area.boundary, ST_PointOnSurface(pin.geom))
    WHERE area.edition_id = %s AND pin.visibility = 'published' GROUP BY 1, 2, 3"""
# Those who chose a district from the list have no geometry; a join knows nothing of them.
CHOSEN: Final = """
    SELECT area.id, pin.category_id, pin.status, count(*)
    FROM pins_pin pin JOIN areas_area area ON area.code = split_part(pin.district_chosen, '/', 2)
    WHERE area.edition_id = %s AND pin.visibility = 'published' AND pin.district_chosen <> '' AND pin.geom IS NULL
    GROUP BY 1, 2, 3"""
# Of those on a form's default place there are rows of their own.
ONE_SELECT: Final = "SELECT place, value::int, suspected, n FROM pins_rollup WHERE edition_id = %s AND side = 'topic'"


def asked(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def kept(city: City, topics: Topics = Topics.ALL) -> Counts:
    """Districts × topics × statuses, and how many lie in none, from totals."""
    found = reading.by_topic_and_status(city.edition, PinFilter(), topics=topics)
    return one_by_one((place, topic, numbers) for (place, topic), numbers in found.items())


def one_by_one(rows: Iterable[tuple[int, int, list[int]]]) -> Counts:
    """As a join tells it: a number for each status that there is."""
    counts: Counts = Counter()
    for place, topic, numbers in rows:
        for status, n in zip(Status.values, numbers, strict=True):
            if n:
                counts[place, topic, status] += n
    return counts


def inside(counts: Counts) -> Counts:
    return {key: n for key, n in counts.items() if key[0] > 0}


def with_chosen(city: City, joined: Counts, mains: Mapping[int, int] | None = None) -> Counts:
    both = dict(joined)
    for area, topic, status, n in asked(CHOSEN, city.edition.pk):
        key = (area, mains[topic] if mains else topic, status)
        both[key] = both.get(key, 0) + n
    return both


def joined(city: City) -> Counts:
    return {tuple(key): n for *key, n in asked(JOIN, city.edition.pk)}


def leave_unfolded() -> None:
    """As many deltas as wait between two folds in a busy city, which change nothing."""
    folding.fold()
    some = list(Pin.objects.visible_to(AnonymousUser()).order_by().values_list("pk", flat=True)[: UNFOLDED // 2])
    with transaction.atomic(), recounted(some):
        pass
    assert Delta.objects.count() == UNFOLDED


def against_one_select(city: City) -> Row:
    """Exact at this moment, deltas included, against the cheapest read of totals that are a little old."""
    leave_unfolded()
    folded = asked(ONE_SELECT, city.edition.pk)
    assert kept(city) == one_by_one((place, topic, n) for place, topic, _suspected, n in folded)
    return compared(
        "counts",
        ours=lambda: reading.by_topic_and_status(city.edition, PinFilter()),
        baseline=lambda: asked(ONE_SELECT, city.edition.pk),
        target=1.5,
        repeats=LIGHT,
    )


def against_join(city: City) -> Row:
    """Districts × topics × statuses against the plain ST_Contains join; the answers are the same."""
    leave_unfolded()
    assert inside(kept(city)) == with_chosen(city, joined(city))
    return compared(
        "counts-against-join",
        ours=lambda: reading.by_topic_and_status(city.edition, PinFilter()),
        baseline=lambda: joined(city),
        target=JOIN_TARGET[city.size],
        repeats=HEAVY,
    )


def against_geopandas(city: City) -> Row:
    """Districts × main topics × statuses against GeoPandas, as large a table as the target was set for."""
    return _against_geopandas("counts-against-geopandas", city, Topics.MAIN, GEOPANDAS_TARGET[city.size])


def sub_topics_against_geopandas(city: City) -> Row:
    """The same with all sub-topics: five times as many numbers to hand over, and hardly more for GeoPandas."""
    return _against_geopandas("sub-topics-against-geopandas", city, Topics.ALL, 2 * GEOPANDAS_TARGET[city.size])


def _against_geopandas(name: str, city: City, topics: Topics, target: float) -> Row:
    """GeoPandas `sjoin` and `groupby`, whose data is in memory before the clock starts."""
    leave_unfolded()
    mains = {one.pk: one.parent_id or one.pk for one in Category.objects.all()} if topics is Topics.MAIN else None
    pins = asked(
        "SELECT category_id, status, ST_AsBinary(ST_PointOnSurface(geom)) FROM pins_pin"
        " WHERE geom IS NOT NULL AND visibility = 'published'"
    )
    areas = asked("SELECT id, ST_AsBinary(boundary) FROM areas_area WHERE edition_id = %s", city.edition.pk)
    categories, statuses, points = zip(*pins, strict=True)
    if mains:
        categories = tuple(mains[category] for category in categories)
    keys, borders = zip(*areas, strict=True)
    located = geopandas.GeoDataFrame(
        {"category": categories, "status": statuses},
        geometry=shapely.from_wkb([bytes(each) for each in points]),
        crs=4326,
    )
    districts = geopandas.GeoDataFrame(
        {"area": keys}, geometry=shapely.from_wkb([bytes(each) for each in borders]), crs=4326
    )

    def sjoin() -> Any:
        both = located.sjoin(districts, predicate="within")
        return both.groupby(["area", "category", "status"]).size()

    assert inside(kept(city, topics)) == with_chosen(city, sjoin().to_dict(), mains)
    return compared(
        name,
        ours=lambda: reading.by_topic_and_status(city.edition, PinFilter(), topics=topics),
        baseline=sjoin,
        target=target,
        repeats=HEAVY,
    )


def figures_against_join(city: City) -> Row:
    """What a district page and the map show, medians and the "outside" included, against a join that only counts."""
    simple = "SELECT area.id, count(*)" + JOIN.split("pin.status, count(*)", 1)[1].replace("1, 2, 3", "1")
    return compared(
        "district-figures",
        ours=lambda: reading.by_area(city.edition, PinFilter()),
        baseline=lambda: asked(simple, city.edition.pk),
        target=1.0 if city.size == "small" else 0.1,
        repeats=HEAVY,
    )


# The best that can be written by hand for the same numbers: no queryset, no columns that are not asked for.
BY_HAND: Final = """
    SELECT GROUPING(place), place, count(*), count(days), percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
           count(*) FILTER (WHERE suspected)
    FROM (
        SELECT COALESCE(belongs.area_id, CASE WHEN pin.geom IS NULL THEN {unlocated} ELSE {outside} END) AS place,
               ({days})::float8 AS days, pin.suspected_default_place AS suspected
        FROM pins_pin pin
        LEFT JOIN pins_membership belongs ON belongs.pin_id = pin.id AND belongs.edition_id = {edition}
        WHERE pin.visibility = 'published' AND pin.municipality_id = {municipality} AND {{narrowed}}
        OFFSET 0
    ) AS pin
    GROUP BY GROUPING SETS ((place), ())"""


def with_words(city: City) -> Row:
    """Figures of all districts for some words, which no total knows, against hand-written SQL."""
    return _filtered(city, "counts-with-words", PinFilter(q="keinu"))


def with_a_polygon(city: City) -> Row:
    """Figures of all districts inside a drawn polygon, against hand-written SQL."""
    lon, lat = city.loudest.boundary.point_on_surface.coords
    ring = [(lon - 0.05, lat - 0.02), (lon + 0.05, lat - 0.02), (lon + 0.06, lat + 0.02), (lon - 0.03, lat + 0.03)]
    within = ",".join(f"{x:.5f} {y:.5f}" for x, y in ring)
    return _filtered(city, "counts-with-a-polygon", PinFilter(within=within))


def _filtered(city: City, name: str, pin_filter: PinFilter) -> Row:
    """The condition is the filter's own: what is measured is everything round it."""
    found = pin_filter.apply(Pin.objects.order_by()).values("pk")
    sql, parameters = found.query.sql_with_params()
    with connection.cursor() as cursor:
        whole: str = cursor.mogrify(sql, parameters)
    condition = whole.split(" WHERE ", 1)[1].replace('"pins_pin".', "pin.")
    by_hand = BY_HAND.format(
        days=DAYS,
        edition=city.edition.pk,
        municipality=city.edition.division.municipality_id,
        outside=OUTSIDE,
        unlocated=UNLOCATED,
    )
    statement = by_hand.replace("{narrowed}", condition).replace("%", "%%")

    def ours() -> Mapping[str | None, Figure]:
        return by_place(city.edition, pin_filter.apply(Pin.objects.visible_to(AnonymousUser())), DefaultPlaces.COUNTED)

    told: dict[str | None, Figure] = {}
    for whole, place, *numbers in asked(statement):
        told[None if whole else NAMES.get(place, str(place))] = Figure(*numbers)
    assert ours() == told
    assert told[None].n > 0
    return compared(
        name,
        ours=ours,
        baseline=lambda: asked(statement),
        target=1.5,
        repeats=4 * LIGHT if city.size == "small" else HEAVY,
    )
