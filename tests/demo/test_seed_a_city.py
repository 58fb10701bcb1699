"""A big city of invented contributions, by one command."""

import datetime

import numpy as np
import pytest
from django.test import Client

from areas.models import Area, Edition
from mapfeedback.management.seeding import ground, sowing
from mapfeedback.management.seeding.messages import Messages
from mapfeedback.pins.models import Category, Pin
from mapfeedback.pins.proving import differences
from mapfeedback.pins.rollups import proving
from mapfeedback.pins.support import proving as proving_supports

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 1, 12, tzinfo=datetime.UTC)
PINS = 1500


@pytest.fixture(scope="module")
def seeded(module_db: None) -> Edition:
    sowing.sow(pins=PINS, seed=3, now=NOW)
    return Edition.objects.in_force().select_related("division").get(division__slug="seeded-districts")


def test_a_city_has_nested_areas_and_pins_of_every_sort(seeded: Edition) -> None:
    counts = [Area.objects.filter(edition__division__slug=level.slug).count() for level in ground.LEVELS]
    assert counts == [8, 34, 150]
    pins = Pin.objects.all()
    assert pins.count() == PINS
    assert {"Point", "LineString", "Polygon"} <= {pin.geom.geom_type for pin in pins if pin.geom is not None}
    for some in (
        pins.filter(geom=None, district_chosen=""),
        pins.exclude(district_chosen=""),
        pins.filter(suspected_default_place=True),
        pins.filter(geom__isnull=False, memberships=None),
        pins.filter(language="sv"),
        pins.exclude(visibility="published"),
    ):
        assert some.exists()
    assert not pins.filter(placed_at__gte=NOW).exists()
    assert not pins.filter(answered_at__gte=NOW).exists()
    assert pins.filter(answered_at__isnull=False).count() == pins.filter(response_links__isnull=False).count()
    assert pins.values("category").distinct().count() > Category.objects.count() / 2


def test_its_areas_and_totals_are_those_of_the_rules(seeded: Edition) -> None:
    assert differences(Pin.objects.all()) == []
    for edition in Edition.objects.select_related("division"):
        assert proving.differences(edition) == []


def test_a_few_are_supported_by_many_and_most_by_nobody(seeded: Edition) -> None:
    numbers = sorted(Pin.objects.filter(visibility="published").values_list("supports", flat=True), reverse=True)
    assert numbers[0] > 10 > numbers[len(numbers) // 50] and numbers[len(numbers) // 3] == 0
    assert proving_supports.differences() == []
    assert not Pin.objects.exclude(visibility="published").filter(supports__gt=0).exists()


def test_the_same_dice_say_the_same_things(seeded: Edition) -> None:
    def said() -> list[str]:
        place = ground.known()
        assert place is not None
        messages = Messages(
            dice=np.random.default_rng(7), city=place.city, municipality=1, districts=["seeded-districts/001"], now=NOW
        )
        return [messages.chunk(first, 100).lines for first in (1, 101)]

    assert said() == said()


def test_its_pages_work(seeded: Edition, client: Client) -> None:
    page = client.get("/areas/seeded-districts/counts.json")
    answer = page.json()
    parts = sum(area["pins"] for area in answer["areas"]) + answer["unlocated"] + answer["outside"]
    assert parts == answer["total"] == Pin.objects.filter(visibility="published").count()
