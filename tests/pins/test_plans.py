"""The database takes the indexes that the main paths are built on: a big city stands still without them."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from areas.models import Area, AreaPiece, Municipality
from mapfeedback.geo import Tile, point
from mapfeedback.maptiles.pintile import pin_tile
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.memberships import look_up, remember_areas
from mapfeedback.pins.models import Category, Pin
from tests.conftest import WEST

# The test city a few thousand times: pins along a spiral, so that every district has some.
PINS = """
    INSERT INTO pins_pin (public_id, municipality_id, kind, category_id, title, text, language, geom, place_text,
        precision, marker_moved, suspected_default_place, district_chosen, channel, on_behalf, token_hash,
        idempotency_key, idempotency_digest, source, source_key, status, visibility, placed_at, changed_at)
    SELECT gen_random_uuid(), %s, 'idea', %s, '', 'Penkki ' || md5(n::text), 'fi',
        ST_SetSRID(ST_MakePoint(25.7 + n * 0.000025 * cos(n), 60.98 + n * 0.00001 * sin(n)), 4326), '',
        'exact', FALSE, FALSE, '', 'web', FALSE, md5(n::text), gen_random_uuid(), '', '', '', 'received', 'published',
        now() - n * interval '1 hour', now()
    FROM generate_series(1, 4000) AS n"""


@pytest.fixture
def crowd(city: Municipality, streets: Category) -> Municipality:
    """4 000 pins, and 2 000 pieces of borders that are in the way of whoever reads them all."""
    area = Area.objects.get(code="1")
    piece = AreaPiece.objects.filter(area=area)[0].geom
    AreaPiece.objects.bulk_create(
        [AreaPiece(area=area, edition=area.edition, geom=_moved(piece, 1 + nth / 100)) for nth in range(2000)]
    )
    with connection.cursor() as cursor:
        cursor.execute(PINS, [city.pk, streets.pk])
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
    plan = plans(lambda: look_up(municipality=crowd, geom=point(*WEST)))
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


def test_the_newest_page_reads_no_more_than_a_page(crowd: Municipality) -> None:
    plan = plans(lambda: list(pins("").for_lists().order_by("-placed_at", "-pk")[:20]))
    assert "pin_newest" in plan
    assert "Seq Scan on pins_membership" not in plan
    assert "Sort" not in plan.replace("Incremental Sort", "")


@pytest.mark.parametrize(
    ("field", "index"), [("token_hash", "pin_token"), ("idempotency_key", "pins_pin_idempotency_key")]
)
def test_a_secret_link_and_a_repeat_are_found_by_their_index(crowd: Municipality, field: str, index: str) -> None:
    one = Pin.objects.order_by("pk")[0]
    plan = plans(lambda: list(Pin.objects.filter(**{field: getattr(one, field)})))
    assert index in plan


def test_the_newest_of_an_area_reads_no_more_than_a_page(crowd: Municipality) -> None:
    plan = plans(lambda: list(pins("area=testila-districts/1").for_lists().order_by("-placed_at", "-pk")[:20]))
    assert "pin_newest" in plan
    assert "Seq Scan on pins_membership" not in plan
    assert "Sort" not in plan.replace("Incremental Sort", "")
