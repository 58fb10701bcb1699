"""Thousands of filters over random cities: clusters, list, districts and files tell one number, and the right one.

What a filter means is told a second time here, in plain Python: the second opinion that every number is compared with.
Every filter is asked how many the list says there are, how many are on the map at a random zoom, and how many in each
district. To walk a whole list page by page and to write its files take longer: every eighth filter does each.
"""

import csv
import datetime
import functools
import io
import json
import math
import random
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, fields
from itertools import islice, pairwise
from typing import Final
from urllib.parse import urlencode

import pytest
import shapely
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import LineString
from django.http import QueryDict
from django.utils import timezone
from pyproj import Transformer

from areas.models import Edition, Municipality
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import MERCATOR_EDGE, Precision, Tile, mercator, point
from mapfeedback.maptiles.pintile import pin_tile
from mapfeedback.opendata.copying import csv_rows, geojson_rows
from mapfeedback.opendata.streaming import Copying, Stream
from mapfeedback.pins.figures import by_area
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Category, Channel, Kind, Pin, Status, Visibility
from mapfeedback.pins.paging import Order, Page, Total, orders_for, page_of, total_of
from mapfeedback.pins.rollups import cells, folding
from tests.conftest import EAST, SOUTH, WEST

CITIES, FILTERS, PINS = 5, 400, 120
DISTRICTS: Final = {
    "1": shapely.box(25.60, 60.98, 25.70, 61.02),
    "2": shapely.box(25.70, 60.98, 25.80, 61.02),
    "3": shapely.box(25.60, 60.94, 25.80, 60.98),
}
AREAS: Final = [f"testila-districts/{code}" for code in [*DISTRICTS, "outside", "unlocated"]] + ["testila"]
FIRST_DAY: Final = datetime.date(2025, 1, 1)
WORDS: Final = ["penkki", "kuoppa", "valo"]
#: What is typed into the search field, and the words whose pins it finds.
SEARCHED: Final = {
    "penkki": {"penkki"},
    "kuopassa": {"kuoppa"},
    "KUOP": {"kuoppa"},
    "valoja": {"valo"},
    "tässä on": {*WORDS},
    "-penkki": {"kuoppa", "valo"},
    '"on valo"': {"valo"},
    "penkki valo": set(),
    "puuttuu": set(),
}
#: Metres on the ground, nearly; and the map's plane, in which drawn areas have straight edges.
_METRES: Final = Transformer.from_crs(4326, 3067, always_xy=True)

Asked = dict[str, list[str]]


@dataclass(frozen=True)
class Told:
    """One contribution: what the filters ask about. A line has three corners, and counts where its middle one lies."""

    corners: tuple[tuple[float, float], ...]
    precision: str
    kind: str
    category: str
    status: str
    channel: str
    visibility: str
    language: str
    word: str
    at: datetime.datetime
    answered: bool
    photos: int
    consultation: str
    supports: int

    @property
    def spot(self) -> tuple[float, float] | None:
        return self.corners[len(self.corners) // 2] if self.corners else None

    @functools.cached_property
    def area(self) -> str:
        if self.spot is None:
            return "unlocated"
        return next(
            (code for code, ground in DISTRICTS.items() if ground.contains(shapely.Point(self.spot))), "outside"
        )

    @functools.cached_property
    def on_the_ground(self) -> shapely.Geometry:
        shape = shapely.LineString if len(self.corners) > 1 else shapely.Point
        return shape([_METRES.transform(*corner) for corner in self.corners])

    @functools.cached_property
    def on_the_map(self) -> shapely.Point:
        assert self.spot
        return shapely.Point(mercator(*self.spot))

    @functools.cached_property
    def reached(self) -> set[str]:
        """Districts in which a part lies that is worth telling, and where it does not count."""
        if len(self.corners) < 2:
            return set()
        line = shapely.LineString(self.corners)
        return {
            f"testila-districts/{code}"
            for code, ground in DISTRICTS.items()
            if code != self.area and ground.intersection(line).length > 0.01 * line.length
        }

    def tile(self, zoom: int) -> Tile | None:
        if self.spot is None:
            return None
        x, y = mercator(*self.spot)
        size = 2 * MERCATOR_EDGE / 2**zoom
        return Tile(zoom, math.floor((x + MERCATOR_EDGE) / size), math.floor((MERCATOR_EDGE - y) / size))

    def stored(self, city: Municipality, categories: dict[str, Category], invitations: dict[str, Consultation]) -> Pin:
        geom = point(*self.corners[0]) if len(self.corners) == 1 else LineString(*self.corners, srid=4326)
        return Pin(
            municipality=city,
            kind=self.kind,
            category=categories[self.category],
            text=f"Tässä on {self.word}.",
            language=self.language,
            consultation=invitations.get(self.consultation),
            geom=geom if self.corners else None,
            precision=self.precision,
            channel=self.channel,
            status=self.status,
            visibility=self.visibility,
            placed_at=self.at,
            changed_at=self.at,
            answered_at=self.at if self.answered else None,
            photo_count=self.photos,
            supports=self.supports,
        )


# -- contributions and filters by chance ------------------------------------------------------------------------------


def a_place(chance: random.Random) -> tuple[float, float]:
    """Somewhere in the city or in the ring round it; a third of all on three spots, as real ones lie."""
    if chance.random() < 0.35:
        return chance.choice([WEST, WEST, EAST, SOUTH])
    return round(chance.uniform(25.581, 25.819), 5) + 3e-6, round(chance.uniform(60.921, 61.039), 5) + 3e-6


def somebody(chance: random.Random) -> Told:
    shape = chance.choices([0, 1, 3], [15, 75, 10])[0]
    located = [each for each in Precision.values if each not in {Precision.WHOLE_CITY, Precision.UNKNOWN}]
    day = FIRST_DAY + datetime.timedelta(days=chance.randrange(365))
    return Told(
        corners=tuple(islice(iter({a_place(chance): None for _try in range(20)}), shape)),
        precision=chance.choice(located if shape else [Precision.WHOLE_CITY.value, Precision.UNKNOWN.value]),
        kind=chance.choice(Kind.values),
        category=chance.choice(["streets", "paths", "nature"]),
        status=chance.choice(Status.values),
        channel=chance.choice(Channel.values),
        visibility=chance.choice([*[Visibility.PUBLISHED.value] * 10, *Visibility.values]),
        language=chance.choice(["fi", "sv"]),
        word=chance.choice(WORDS),
        # Half past midnight at home is still the day before in UTC: days must mean the city's days.
        at=datetime.datetime.combine(day, datetime.time(0, 30, chance.randrange(60)), timezone.get_default_timezone()),
        answered=chance.random() < 0.4,
        photos=chance.choice([0, 0, 1, 3]),
        consultation=chance.choice(["", "", "ranta", "tori"]),
        supports=chance.choice([0, 0, 0, 1, 2, 7]),
    )


def a_ring(chance: random.Random) -> list[tuple[float, float]]:
    """Corners round a middle, in order: an area that does not cross itself, seldom a convex one."""
    lon, lat = chance.uniform(25.62, 25.78), chance.uniform(60.95, 61.01)
    turns = sorted(chance.uniform(0, 2 * math.pi) for _corner in range(chance.randint(5, 9)))
    reach = [chance.uniform(0.02, 0.12) for _turn in turns]
    return [
        (round(lon + far * math.cos(turn), 4), round(lat + far / 2 * math.sin(turn), 4))
        for turn, far in zip(turns, reach, strict=True)
    ]


def a_drawing(chance: random.Random) -> str:
    """An area in one of the ways in which it may be written."""
    ring = a_ring(chance)
    while not shapely.Polygon(ring).is_valid:
        ring = a_ring(chance)
    closed = [*ring, ring[0]]
    return chance.choice(
        [
            ",".join(f"{lon} {lat}" for lon, lat in ring),
            str(shapely.Polygon(ring).wkt),
            json.dumps({"type": "Polygon", "coordinates": [closed]}),
            json.dumps({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [closed]}}),
            a_box(chance),
        ]
    )


def a_box(chance: random.Random) -> str:
    west, east = sorted(round(chance.uniform(25.55, 25.85), 4) for _side in range(2))
    south, north = sorted(round(chance.uniform(60.91, 61.05), 4) for _side in range(2))
    return f"{west},{south},{east + 0.001:.4f},{north + 0.001:.4f}"


def a_circle(chance: random.Random, told: list[Told]) -> str:
    """Its edge passes between two contributions with room to spare, so that both ways of measuring agree."""
    lon, lat = a_place(chance)
    middle = shapely.Point(_METRES.transform(lon, lat))
    away = sorted(one.on_the_ground.distance(middle) for one in told if one.corners)
    gaps = [(a + b) / 2 for a, b in pairwise(away) if b - a > 4 + 0.002 * b]
    return f"{lat},{lon},{round(chance.choice(gaps))}"


def a_day(chance: random.Random, told: list[Told]) -> str:
    return chance.choice(told).at.date().isoformat()


SEVERAL: Final[dict[str, list[str]]] = {
    "area": AREAS,
    "reaching": AREAS[:3],
    "kind": Kind.values,
    "category": ["streets", "paths", "nature"],
    "status": Status.values,
    "channel": Channel.values,
    "language": ["fi", "sv", "en"],
    "precision": Precision.values,
    "consultation": ["ranta", "tori"],
}
ONE: Final[dict[str, Callable[[random.Random, list[Told]], str]]] = {
    "q": lambda chance, _told: chance.choice([*SEARCHED]),
    "since": a_day,
    "until": a_day,
    "answered": lambda chance, _told: chance.choice(["yes", "no"]),
    "photo": lambda chance, _told: chance.choice(["yes", "no"]),
    "support": lambda chance, _told: chance.choice(["1", "2", "7", "8"]),
    "near": a_circle,
    "within": lambda chance, _told: a_drawing(chance),
    "bbox": lambda chance, _told: a_box(chance),
}


def asked_at_random(chance: random.Random, told: list[Told]) -> Asked:
    """None to four parts, so that most filters leave something over. What few have is asked for less often."""
    names = [name for name in [*SEVERAL, *ONE] if name != "reaching" or chance.random() < 0.4]
    return {
        name: chance.sample(SEVERAL[name], chance.randint(1, len(SEVERAL[name])))
        if name in SEVERAL
        else [ONE[name](chance, told)]
        for name in chance.sample(names, chance.randint(0, 4))
    }


# -- the second opinion ---------------------------------------------------------------------------------------------


def in_drawing(text: str) -> shapely.Geometry:
    """The area of a `within` or a `bbox`, in the plane in which its edges are straight."""
    if text.startswith("{"):
        given = json.loads(text)
        drawn = shapely.from_geojson(json.dumps(given.get("geometry", given)))
    elif text.startswith("POLYGON"):
        drawn = shapely.from_wkt(text)
    elif " " in text:
        drawn = shapely.Polygon([[float(number) for number in corner.split()] for corner in text.split(",")])
    else:
        drawn = shapely.box(*[float(number) for number in text.split(",")])
    return shapely.Polygon([mercator(*corner) for corner in drawn.exterior.coords])


def fitting(told: list[Told], asked: Asked) -> list[int]:
    """Which of them the filter means, by their number."""
    drawn = {name: in_drawing(asked[name][0]) for name in ("within", "bbox") if name in asked}
    lat, lon, metres = map(float, asked["near"][0].split(",")) if "near" in asked else (0.0, 0.0, 0.0)
    middle = shapely.Point(_METRES.transform(lon, lat)) if "near" in asked else None
    checks: dict[str, Callable[[Told, list[str]], bool]] = {
        "area": lambda one, wanted: "testila" in wanted or f"testila-districts/{one.area}" in wanted,
        "reaching": lambda one, wanted: bool(one.reached & {*wanted}),
        "kind": lambda one, wanted: one.kind in wanted,
        "category": lambda one, wanted: one.category in wanted or (one.category == "paths" and "streets" in wanted),
        "status": lambda one, wanted: one.status in wanted,
        "channel": lambda one, wanted: one.channel in wanted,
        "language": lambda one, wanted: one.language in wanted,
        "precision": lambda one, wanted: one.precision in wanted,
        "consultation": lambda one, wanted: one.consultation in wanted,
        "q": lambda one, wanted: one.word in SEARCHED[wanted[0]],
        "since": lambda one, wanted: one.at.date().isoformat() >= wanted[0],
        "until": lambda one, wanted: one.at.date().isoformat() <= wanted[0],
        "answered": lambda one, wanted: one.answered == (wanted[0] == "yes"),
        "photo": lambda one, wanted: (one.photos > 0) == (wanted[0] == "yes"),
        "support": lambda one, wanted: one.supports >= int(wanted[0]),
        "near": lambda one, _wanted: bool(one.corners) and one.on_the_ground.distance(middle) <= metres,
        "within": lambda one, _wanted: bool(one.corners) and drawn["within"].intersects(one.on_the_map),
        "bbox": lambda one, _wanted: bool(one.corners) and drawn["bbox"].intersects(one.on_the_map),
    }
    return [
        nth
        for nth, one in enumerate(told)
        if one.visibility == Visibility.PUBLISHED and all(checks[name](one, wanted) for name, wanted in asked.items())
    ]


# -- where the number is told ---------------------------------------------------------------------------------------


def walked(chosen: PinFilter, total: Total, chance: random.Random) -> tuple[Order, list[int], list[int]]:
    """The whole list in one of its orders, page by page to its end, and back again; both in the order of the list."""
    everybody = Pin.objects.visible_to(AnonymousUser())
    order, size = chance.choice(orders_for(chosen, total)), max(1, math.ceil(total.all / chance.randint(1, 3)))

    def turned(part: str) -> Page:
        return page_of(everybody, chosen, QueryDict(f"sort={order}&{part}"), size, total=total)

    page = turned("")
    there, back = [pin.pk for pin in page.pins], list[int]()
    while page.older:
        page = turned(page.older)
        there += [pin.pk for pin in page.pins]
    back = [pin.pk for pin in page.pins]
    while page.newer:
        page = turned(page.newer)
        back = [pin.pk for pin in page.pins] + back
    return order, there, back


def in_order(order: Order, told: dict[int, Told]) -> list[int] | None:
    """Keys as the order means them; None where only PostgreSQL can tell."""
    match order:
        case Order.NEWEST:
            return sorted(told, key=lambda pk: (told[pk].at, pk), reverse=True)
        case Order.WAITING:
            return sorted(told, key=lambda pk: (told[pk].answered, told[pk].at, pk))
        case Order.SUPPORT:
            return sorted(told, key=lambda pk: (told[pk].supports, told[pk].at, pk), reverse=True)
        case _:
            return None


def on_the_map(chosen: PinFilter, tiles: set[Tile]) -> int:
    """Clusters and single signs of these tiles, added up."""
    pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
    made = [json.loads(pin_tile(pins, tile, cells.Asked.of(chosen))) for tile in tiles]
    return sum(sum(cluster["n"] for cluster in tile["clusters"]) + len(tile["pins"]) for tile in made)


def by_district(chosen: PinFilter, edition: Edition) -> dict[str, int]:
    counted = by_area(edition, chosen.apply(Pin.objects.visible_to(AnonymousUser())))
    return {one.area.code: one.figure.n for one in counted.areas} | {
        "unlocated": counted.unlocated.n,
        "outside": counted.outside.n,
    }


def in_files(chosen: PinFilter) -> set[int]:
    """Rows of the CSV and features of the GeoJSON."""
    pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
    rows = csv.DictReader(io.StringIO(whole(csv_rows(pins, site="")).decode()))
    return {len(list(rows)), len(json.loads(whole(geojson_rows(pins, site="")))["features"])}


def whole(rows: Copying) -> bytes:
    with closing(Stream(rows, packed=False)) as blocks:
        return b"".join(blocks)


def test_the_second_opinion_knows_every_part_of_the_filter() -> None:
    assert {*SEVERAL, *ONE} == {field.name for field in fields(PinFilter)}


@pytest.mark.parametrize("seed", range(CITIES))
def test_thousands_of_filters_over_random_cities_tell_one_number_each(
    city: Municipality, streets: Category, nature: Category, seed: int
) -> None:
    chance = random.Random(20_261_122 + seed)
    categories = {
        "streets": streets,
        "nature": nature,
        "paths": Category.objects.create(slug="paths", name_fi="Polut", parent=streets),
    }
    invitations = {
        slug: Consultation.objects.create(municipality=city, slug=slug, name_fi=slug, starts_on=FIRST_DAY)
        for slug in SEVERAL["consultation"]
    }
    edition = Edition.objects.get(division__slug="testila-districts")
    told = [somebody(chance) for _pin in range(PINS)]
    keys = [pin.pk for pin in Pin.objects.bulk_create([one.stored(city, categories, invitations) for one in told])]
    remember_areas()
    if seed % 2:  # far tiles from what is kept beside the pins; else from the pins
        folding.rebuild_cells()
    for nth in range(FILTERS):
        asked = asked_at_random(chance, told)
        chosen = PinFilter.parse(QueryDict(urlencode(asked, doseq=True)))
        meant = {keys[each]: told[each] for each in fitting(told, asked)}
        say = (chosen.query(), nth)
        total = total_of(chosen.apply(Pin.objects.visible_to(AnonymousUser())), newest=chance.choice([0, 3, 1000]))
        assert total.all == len(meant), say
        assert total.unlocated == sum(1 for one in meant.values() if not one.corners), say
        # From the whole world in one picture to a house: the tiles round one of the pins, as many as a screen holds.
        zoom = chance.randint(0, 19)
        middle = next(tile for one in chance.sample(told, PINS) if (tile := one.tile(zoom)))
        wide = chance.choice([1, 1, 1, 2])
        sight = {Tile(zoom, x, middle.y) for x in range(middle.x, min(middle.x + wide, 2**zoom))}
        assert on_the_map(chosen, sight) == sum(1 for one in meant.values() if one.tile(zoom) in sight), (*say, sight)
        counted = by_district(chosen, edition)
        assert counted == {code: sum(1 for one in meant.values() if one.area == code) for code in counted}, say
        if nth % 8 == 1:
            order, there, back = walked(chosen, total, chance)
            assert there == back, (*say, order)
            assert sorted(there) == sorted(meant), (*say, order)
            assert in_order(order, meant) in (there, None), (*say, order)
        if nth % 8 == 5:
            assert in_files(chosen) == {len(meant)}, say
