"""Density and dots of the map: real square kilometres, and numbers that add up to the list."""

import json
import math
from typing import Any

import pyproj
import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.http import QueryDict
from django.test import Client
from django.utils import translation
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.geo import Tile
from mapfeedback.maptiles import dottile, heat
from mapfeedback.maptiles.dottile import dot_tile
from mapfeedback.maptiles.heat import class_of, densest, heat_tile, scale_of, steps
from mapfeedback.maptiles.squares import written
from mapfeedback.pins.actions import withdraw_pin
from mapfeedback.pins.figures import TOO_FEW
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Pin, Visibility
from tests.conftest import EAST, OUTSIDE, WEST, Place
from tests.maptiles.test_pins_on_the_map import _tiles, pins_anywhere, queries, store, tile_of

HEAT = "/tiles/heat/0/0/0.json"
DOTS = "/tiles/dots/0/0/0.json"
SCALE = "/tiles/heat/scale.json"
TABLE = "/tiles/heat/15.html"


def km2_of(zoom: int, y: int) -> float:
    """What the product's SQL takes for the area of a square in this row."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {heat.KM2} FROM (SELECT %(y)s AS y) AS one", {"side": 2**zoom, "y": y})
        return float(cursor.fetchone()[0])


def km2_on_the_ellipsoid(tile: Tile) -> float:
    """The same by geodesics: parallels in many short steps, because a geodesic would leave them."""
    west, south, east, north = tile.degrees
    steps_east = [west + (east - west) * nth / 400 for nth in range(401)]
    lons = [*steps_east, *reversed(steps_east)]
    lats = [south] * 401 + [north] * 401
    area, _edge = pyproj.Geod(ellps="WGS84").polygon_area_perimeter(lons, lats)
    return float(abs(area)) / 1e6


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zoom=st.integers(heat.COARSEST, heat.FINEST), part=st.floats(0.02, 0.98))
@example(zoom=heat.FINEST, part=0.28)
@example(zoom=heat.COARSEST, part=0.5)
def test_a_square_has_its_real_area_on_the_ellipsoid(zoom: int, part: float) -> None:
    tile = Tile(zoom, 0, int(part * 2**zoom))
    assert km2_of(zoom, tile.y) == pytest.approx(km2_on_the_ellipsoid(tile), rel=1e-5)


@pytest.mark.django_db
def test_all_squares_together_cover_the_world_between_the_ends_of_the_map() -> None:
    """The ellipsoid has 510 065 622 km²; the map ends at 85.05° north and south."""
    side = 2**heat.COARSEST
    assert sum(km2_of(heat.COARSEST, y) for y in range(side)) * side == pytest.approx(508_160_000, rel=1e-3)


def test_density_is_messages_on_a_square_kilometre_of_ground(
    client: Client, city: Municipality, streets: Category
) -> None:
    store(city, streets, [WEST] * 20)
    x, y = tile_of(*WEST, 12)
    told = client.get(f"/tiles/heat/12/{x}/{y}.json").json()
    ((column, row, n, density),) = told["squares"]
    assert (told["n"], told["zoom"], n) == (20, 16, 20)
    assert (column, row) == tile_of(*WEST, 16)
    assert density == pytest.approx(20 / km2_on_the_ellipsoid(Tile(16, column, row)), rel=1e-4)


def test_the_same_messages_further_north_lie_denser(city: Municipality, streets: Category) -> None:
    """A square of the map is smaller ground there: without the latitude both would look equal."""
    store(city, streets, [(25.65, 60.0)] * 10 + [(25.65, 70.0)] * 10)
    found = densest(Pin.objects.all(), 12, 5)
    north, south = found.top
    assert north.tile.y < south.tile.y
    assert north.density / south.density == pytest.approx(
        (math.cos(math.radians(60)) / math.cos(math.radians(70))) ** 2, rel=0.02
    )


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(places=pins_anywhere, crowd=st.integers(0, 30), query=queries, zoom=st.integers(0, heat.CLOSEST_TILE))
def test_squares_and_dots_add_up_to_the_list_at_every_zoom(
    city: Municipality,
    streets: Category,
    places: list[tuple[float, float] | None],
    crowd: int,
    query: str,
    zoom: int,
) -> None:
    chosen = PinFilter.parse(QueryDict(query))
    with transaction.atomic():
        store(city, streets, [*places, *[WEST] * crowd])
        pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
        total = pins.located().count()
        sight = _tiles(zoom, [*places, WEST])
        squares = [json.loads(heat_tile(pins, tile)) for tile in sight]
        dots = [json.loads(dot_tile(pins, tile)) for tile in sight]
        table = densest(pins, zoom + heat.SQUARE_BITS, 3)
        scale = scale_of(pins)
        transaction.set_rollback(True)
    assert sum(n for tile in squares for _x, _y, n, _density in tile["squares"]) == total
    assert sum(tile["n"] for tile in squares) == sum(tile["n"] for tile in dots) == table.n == total
    assert sum(_n(dot) for tile in dots for dot in tile["dots"]) == total
    assert len({(x, y) for tile in squares for x, y, *_rest in tile["squares"]}) == table.squares
    grid = zoom + heat.SQUARE_BITS
    enough = [(n, density) for tile in squares for _x, _y, n, density in tile["squares"] if n >= TOO_FEW]
    if grid in scale.ends:
        ends = scale.ends[grid]
        assert bool(ends) == bool(enough)
        assert all(ends[0] <= density < ends[-1] for _n_, density in enough)
        assert (grid in scale.telling) == (sum(n for n, _density in enough) * 2 >= total)


def _n(dot: list[int]) -> int:
    return dot[2] if len(dot) > 2 else 1


@given(least=st.floats(1e-4, 1e5), times=st.floats(1, 1e6))
def test_classes_end_at_round_numbers_and_hold_every_density(least: float, times: float) -> None:
    most = least * times
    ends = steps(least, most)
    assert 2 <= len(ends) <= heat.CLASSES + 1
    assert ends == sorted(set(ends))
    assert ends[0] <= least and most < ends[-1]
    assert all(float(f"{end:e}".partition("e")[0]) in {1.0, 2.0, 5.0} for end in ends)
    assert class_of(TOO_FEW, most, ends) == len(ends) - 1
    assert class_of(TOO_FEW - 1, most, ends) == 0


@pytest.mark.parametrize(
    ("least", "most", "ends"),
    [(20, 45, [20, 50]), (3, 260, [1, 5, 20, 100, 500]), (10, 10, [10, 20]), (1, 4.9, [1, 2, 5])],
)
def test_classes_follow_one_two_five(least: float, most: float, ends: list[float]) -> None:
    assert steps(least, most) == ends


def test_a_density_is_written_with_two_figures() -> None:
    with translation.override("en"):
        shown = [written(value) for value in (0.0446, 0.5, 3.14159, 45.4947, 987.6)]
    assert shown == ["0.045", "0.50", "3.1", "45", "990"]


def test_the_grid_grows_coarser_where_squares_would_hold_too_few(city: Municipality, streets: Category) -> None:
    """Thirty messages some 400 m apart: alone in the finest squares, together in those four times as wide."""
    store(city, streets, [(25.60 + nth % 6 * 0.007, 60.98 + nth // 6 * 0.0035) for nth in range(30)])
    scale = scale_of(Pin.objects.all())
    assert 17 not in scale.telling and 14 in scale.telling
    assert scale.grid_at(13) == 14
    assert scale.grid_at(6) == 9


def test_the_scale_is_the_same_wherever_the_map_is_moved_and_follows_the_filter(
    client: Client, city: Municipality, streets: Category
) -> None:
    store(city, streets, [WEST] * 40, kind="idea")
    store(city, streets, [EAST] * 8, kind="thanks")
    whole, thanks = client.get(SCALE).json(), client.get(f"{SCALE}?kind=thanks").json()
    assert whole["ends"]["16"][-1] > thanks["ends"]["16"][-1] > 0
    assert whole["grids"]["16"] == 16


def test_dots_tell_crowds_on_one_spot_from_neighbours_too_close_to_draw(
    client: Client, city: Municipality, streets: Category
) -> None:
    store(city, streets, [WEST] * 3 + [EAST, (EAST[0] + 0.0001, EAST[1])] + [OUTSIDE])
    far = client.get(DOTS).json()
    assert (far["n"], [dot[2:] for dot in far["dots"]]) == (6, [[6]])
    x, y = tile_of(*WEST, 8)
    near = client.get(f"/tiles/dots/8/{x}/{y}.json").json()
    assert (near["parts"], near["n"]) == (512, 6)
    assert sorted(dot[2:] for dot in near["dots"]) == [[], [2], [3, 1]]


def test_no_message_is_left_out_where_there_are_more_than_dots(
    client: Client, city: Municipality, streets: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dottile, "MOST", 20)
    store(city, streets, [(25.60 + nth % 20 * 0.01, 60.94 + nth // 20 * 0.01) for nth in range(100)])
    x, y = tile_of(25.7, 60.98, 9)
    told = client.get(f"/tiles/dots/9/{x}/{y}.json").json()
    assert told["parts"] == 64
    assert sum(_n(dot) for dot in told["dots"]) == told["n"] == 100
    assert all(0 <= at < 64 for dot in told["dots"] for at in dot[:2])


def test_the_table_names_the_densest_squares_and_leads_to_their_messages(
    client: Client, city: Municipality, streets: Category
) -> None:
    store(city, streets, [WEST] * 12 + [EAST] * 7 + [(25.68, 60.95)] * 4)
    page = client.get(f"{TABLE}?lang=fi").content.decode()
    assert page.index("Länsi") < page.index("Itä")
    assert "Etelä" not in page
    links = [part.partition('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]]
    assert len(links) == 2
    assert [_listed(client, link) for link in links] == [12, 7]
    assert all("show=heat" in link for link in links)


def _listed(client: Client, address: str) -> int:
    return int(client.get(address).content.decode().partition('data-total="')[2].partition('"')[0])


def test_a_box_in_the_filter_goes_on_holding_in_the_square(
    client: Client, city: Municipality, streets: Category
) -> None:
    store(city, streets, [WEST] * 6 + [(WEST[0] + 0.001, WEST[1])] * 6)
    page = client.get(f"{TABLE}?lang=fi&bbox=25.6,60.9,25.6505,61.1").content.decode()
    (link,) = [part.partition('"')[0].replace("&amp;", "&") for part in page.split('href="')[1:]]
    assert _listed(client, link) == 6


def test_what_is_not_published_makes_nothing_denser(client: Client, place: Place, moderator: User) -> None:
    for visibility in (Visibility.HELD, Visibility.HIDDEN, Visibility.WITHDRAWN):
        Pin.objects.filter(pk=place(EAST).pk).update(visibility=visibility)
    place(WEST)
    for _reader in ("nobody", "moderator"):
        assert [client.get(url).json()["n"] for url in (HEAT, DOTS)] == [1, 1]
        client.force_login(moderator)


@pytest.mark.parametrize("url", [HEAT, DOTS, SCALE, TABLE])
def test_a_bad_filter_is_refused_by_name(client: Client, city: Municipality, url: str) -> None:
    answer = client.get(f"{url}?kind=nonsense", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == "kind"


@pytest.mark.parametrize(
    "url",
    [
        "/tiles/heat/14/0/0.json",
        "/tiles/heat/2/4/0.json",
        "/tiles/dots/23/0/0.json",
        "/tiles/heat/18.html",
        "/tiles/heat/6.html",
    ],
)
def test_what_is_not_made_is_not_found(client: Client, db: None, url: str) -> None:
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("url", [HEAT, DOTS, SCALE, TABLE])
def test_what_has_not_changed_is_not_sent_twice_and_kept_by_no_proxy_for_a_person(
    client: Client, place: Place, resident: User, url: str
) -> None:
    pin = place(WEST)
    first = client.get(url)
    assert "public" in first["Cache-Control"]
    assert "Cookie" not in first.get("Vary", "")
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 304
    withdraw_pin(pin=pin, now=pin.placed_at)
    assert client.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200
    client.force_login(resident)
    assert "private" in client.get(url)["Cache-Control"]


@pytest.mark.parametrize(("url", "statements"), [(HEAT, 2), (DOTS, 2), (SCALE, 2), (TABLE, 4)])
def test_looking_costs_few_statements_whatever_the_number_of_messages(
    client: Client,
    city: Municipality,
    streets: Category,
    django_assert_num_queries: DjangoAssertNumQueries,
    url: str,
    statements: int,
) -> None:
    store(city, streets, [(25.60 + nth % 20 * 0.01, 61.0) for nth in range(300)])
    with django_assert_num_queries(statements):
        known: Any = client.get(url)["ETag"]
    with django_assert_num_queries(1):
        assert client.get(url, headers={"If-None-Match": known}).status_code == 304
