"""The database takes the indexes that the main paths are built on: a big city stands still without them."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from areas.models import Area, AreaPiece, Municipality
from mapfeedback.geo import Tile, point
from mapfeedback.maptiles.pintile import pin_tile
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.listing import first_of
from mapfeedback.pins.memberships import FOUND_FOR_ONE, remember_areas
from mapfeedback.pins.models import Pin
from mapfeedback.pins.paging import PARAMETERS, Total, page_of, total_of
from mapfeedback.pins.words.asking import occur
from tests.conftest import WEST, about_nature, about_streets, found_testila

# The test city a few thousand times: pins along a spiral, so that every district has some.
# One in a hundred is answered, in another topic and far away; one word is rare.
PINS = """
    INSERT INTO pins_pin (public_id, municipality_id, kind, category_id, title, text, language, geom, place_text,
        precision, marker_moved, suspected_default_place, district_chosen, channel, on_behalf, token_hash,
        idempotency_key, idempotency_digest, source, source_key, status, visibility, placed_at, changed_at, answered_at)
    SELECT gen_random_uuid(), %s, 'idea', CASE n %% 100 WHEN 7 THEN %s ELSE %s END, '',
        'Penkki ' || md5(n::text) || CASE n %% 400 WHEN 8 THEN ' ihmemaa' ELSE '' END, 'fi',
        ST_SetSRID(ST_MakePoint(25.7 + n * 0.000025 * cos(n), 60.98 + n * 0.00001 * sin(n)), 4326), '',
        'exact', FALSE, FALSE, '', 'web', FALSE, md5(n::text), gen_random_uuid(), '', '', '',
        CASE n %% 100 WHEN 9 THEN 'answered' ELSE 'received' END, 'published',
        now() - n * interval '1 hour', now(), CASE WHEN n %% 100 <> 9 THEN now() END
    FROM generate_series(1, 4000) AS n"""


pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def crowd(module_db: None) -> Municipality:
    """4 000 pins, and 2 000 pieces of borders that are in the way of whoever reads them all."""
    city, streets, nature = found_testila(), about_streets(), about_nature()
    area = Area.objects.get(code="1")
    piece = AreaPiece.objects.filter(area=area)[0].geom
    AreaPiece.objects.bulk_create(
        [AreaPiece(area=area, edition=area.edition, geom=_moved(piece, 1 + nth / 100)) for nth in range(2000)]
    )
    with connection.cursor() as cursor:
        cursor.execute(PINS, [city.pk, nature.pk, streets.pk])
    remember_areas()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE pins_pin, pins_membership, areas_areapiece, areas_area")
    return city


def _moved(piece: Any, east: float) -> Any:
    return type(piece)([(x + east, y) for x, y in piece.coords[0]], srid=4326)


def plans(action: Callable[[], object]) -> str:
    """The plans of all statements an action runs."""
    with CaptureQueriesContext(connection) as ran:
        action()
    with connection.cursor() as cursor:
        told = []
        for query in ran.captured_queries:
            if query["sql"].lstrip().startswith(("SELECT", "WITH")):
                cursor.execute("EXPLAIN " + query["sql"].replace("%", "%%"), [])
                told += [row[0] for row in cursor.fetchall()]
    return "\n".join(told)


def pins(query: str) -> Any:
    return PinFilter.parse(QueryDict(query)).apply(Pin.objects.visible_to(AnonymousUser()))


def test_the_area_of_a_place_is_found_by_the_index_of_pieces(crowd: Municipality) -> None:
    place: dict[str, Any] = {"municipality_id": crowd.pk, "geom": point(*WEST).hexewkb.decode(), "district_chosen": ""}

    def look_up() -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"WITH {FOUND_FOR_ONE} SELECT * FROM found", place)

    plan = plans(look_up)
    assert "area_piece_gist" in plan
    assert "Seq Scan on areas_areapiece" not in plan


def test_remembering_some_pins_reads_neither_all_pins_nor_all_pieces(crowd: Municipality) -> None:
    ids = list(Pin.objects.values_list("pk", flat=True)[:3])
    plan = plans(lambda: remember_areas(ids))
    assert "area_piece_gist" in plan
    assert "Seq Scan on pins_pin" not in plan
    assert "Seq Scan on pins_membership" not in plan


def test_a_near_tile_is_one_range_of_the_index_of_tiles(crowd: Municipality) -> None:
    across, down = 37445, 18840  # in the middle of the city
    tile = Tile(16, across, down)
    plan = plans(lambda: pin_tile(pins(""), tile))
    assert "Index Only Scan using pin_tile" in plan
    assert "Seq Scan on pins_pin" not in plan


#: A filter that people use, and the indexes of which one must give its page.
BY_INDEX = [
    ("", "pin_newest"),
    ("category=streets", "pin_newest|pin_category_newest"),
    ("category=nature", r"pin_category_newest|pins_pin_category_id\w+"),
    ("status=answered", "pin_status_newest"),
    ("answered=no", "pin_unanswered"),
    ("sort=waiting", "pin_waiting"),
    ("bbox=25.699,60.9799,25.7005,60.9801", "pin_spot_gist"),
    ("within=25.699 60.9799,25.7005 60.9799,25.7 60.9801", "pin_spot_gist"),
    ("near=60.98,25.7,40", "pin_geom_gist"),
    ("near=60.98,25.7,40000&sort=nearest", "pin_spot_gist"),
    ("area=testila-districts/1", "membership_of_area|pin_newest"),
    ("area=testila-districts/2&category=nature", r"pin_category_newest|pins_pin_category_id\w+|membership_of_area"),
    ("area=testila", "pin_newest|pin_municipality_newest"),
    ("since=2020-01-01&until=2020-02-01", "pin_newest"),
]


def test_a_page_of_a_list_comes_from_an_index_under_every_filter_that_people_use(crowd: Municipality) -> None:
    everybody = Pin.objects.visible_to(AnonymousUser())
    for query, index in BY_INDEX:
        given = QueryDict(query)
        chosen = PinFilter.parse(given, *PARAMETERS)
        total = total_of(chosen.apply(everybody))
        plan = plans(partial(page_of, everybody, chosen, given, 20, total=total))
        assert re.search(rf"(?:using|on) (?:{index})\b", plan), f"{query}\n{plan}"
        assert "Seq Scan on pins_pin" not in plan, f"{query}\n{plan}"


@pytest.mark.parametrize("words", ["ihmemaassa", "olematon", '"penkki ihmemaa"'])
def test_words_are_found_by_their_index(crowd: Municipality, words: str) -> None:
    with connection.cursor() as cursor:  # four thousand texts are still read through in a moment; a million are not
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = plans(lambda: list(Pin.objects.filter(occur(words)).order_by().values_list("pk")))
    assert "Bitmap Index Scan on pin_words" in plan, plan


def test_a_common_word_is_found_by_going_through_the_newest(crowd: Municipality) -> None:
    chosen = PinFilter.parse(QueryDict("q=penkki"))
    everybody = Pin.objects.visible_to(AnonymousUser())
    plan = plans(lambda: page_of(everybody, chosen, QueryDict(), 20, total=Total(10_001, 0)))
    assert "pin_newest" in plan


@pytest.mark.parametrize(
    ("field", "index"), [("token_hash", "pin_token"), ("idempotency_key", "pins_pin_idempotency_key")]
)
def test_a_secret_link_and_a_repeat_are_found_by_their_index(crowd: Municipality, field: str, index: str) -> None:
    one = Pin.objects.order_by("pk")[0]
    plan = plans(lambda: list(Pin.objects.filter(**{field: getattr(one, field)})))
    assert index in plan


def test_the_newest_of_an_area_reads_no_more_than_a_page(crowd: Municipality) -> None:
    plan = plans(lambda: first_of(pins("area=testila-districts/1").order_by("-placed_at", "-pk"), 20))
    assert "pin_newest" in plan
    assert "Seq Scan on pins_membership" not in plan
    assert not re.search(r"(?<!Incremental )Sort  .*\n\s*Sort Key: .*placed_at", plan)


def test_who_searches_has_the_hits_looked_for_once(crowd: Municipality, client: Client) -> None:
    with CaptureQueriesContext(connection) as ran:
        page = client.get("/?q=ihmemaa").content.decode()
    assert page.count("ihmemaa</mark>") >= 10  # ten hits, each on the first page
    assert sum('"words" @@' in query["sql"] for query in ran.captured_queries) == 1
