"""A list shows everything of its items at once: their keys in its order, then one statement for all."""

import pytest
from django.db import connection

from mapfeedback.pins.listing import first_of, first_of_each, listed
from mapfeedback.pins.models import Pin
from tests.conftest import EAST, WEST, Place

pytestmark = pytest.mark.django_db


def test_it_is_what_the_pins_say_of_themselves(place: Place) -> None:
    """Looked up one by one, each would say the same."""
    kept = [place(WEST, title="Penkki"), place(EAST, text="Lamppu ei pala"), place(None), place((0.0, 0.0))]
    for one, pin in zip(listed([pin.pk for pin in kept]), map(_anew, kept), strict=True):
        assert one == pin and one.headline == pin.headline and one.get_absolute_url() == pin.get_absolute_url()
        assert (one.kind, one.status, one.placed_at, one.supports) == (
            pin.kind,
            pin.status,
            pin.placed_at,
            pin.supports,
        )
        assert one.category.name == pin.category.name
        assert (one.area and one.area.name) == (pin.area and pin.area.name)
        assert one.has_place is (pin.geom is not None)  # type: ignore[attr-defined]
        spot = pin.spot and pin.spot.transform(4326, clone=True)
        where = (one.lon, one.lat)  # type: ignore[attr-defined]
        assert where == pytest.approx((spot.x, spot.y)) if spot else where == (None, None)


def test_the_order_is_that_of_the_keys_and_who_is_gone_is_left_out(place: Place) -> None:
    first, gone, last = (place(WEST) for _ in range(3))
    keys = [last.pk, gone.pk, first.pk]
    gone.delete()
    assert [pin.pk for pin in listed(keys)] == [last.pk, first.pk]
    assert listed([]) == []


def test_several_lists_may_share_items(place: Place) -> None:
    west, east = place(WEST), place(EAST)
    oldest_first = Pin.objects.order_by("pk")
    assert first_of_each([oldest_first, oldest_first.reverse()], 1) == [[west], [east]]
    assert first_of_each([oldest_first, Pin.objects.none(), oldest_first.reverse()], 5) == [
        [west, east],
        [],
        [east, west],
    ]


def test_the_database_keeps_its_statement_ready(place: Place) -> None:
    place(WEST)
    for _ in range(2):
        first_of(Pin.objects.all(), 5)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE statement ~ 'WITH ORDINALITY'"
        )
        assert cursor.fetchone()[0] >= 2


def _anew(pin: Pin) -> Pin:
    return Pin.objects.get(pk=pin.pk)
