"""A fresh installation has two cities to look at."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db.models import F, Q

from areas.models import Area, Municipality
from layers.models import Layer, Response, ResponseLink
from mapfeedback.geo import point
from mapfeedback.journal.models import Entry
from mapfeedback.management import demo
from mapfeedback.pins.models import Pin, Visibility

pytestmark = pytest.mark.django_db

SPRING = datetime.datetime(2027, 4, 10, 8, 0, tzinfo=ZoneInfo("Europe/Helsinki"))


@pytest.fixture(scope="module")
def told(module_db: None) -> list[demo.Login]:
    call_command("load_categories", verbosity=0)
    return demo.tell(SPRING)


def test_two_cities_with_their_example_districts(told: list[demo.Login]) -> None:
    assert {city.code for city in Municipality.objects.all()} == {"398", "405"}
    assert Area.objects.count() == 41
    assert all(area.edition.is_example for area in Area.objects.select_related("edition"))
    assert Area.objects.filter(population=None).count() == 2
    mukkula = Area.objects.get(code="398-07")
    assert mukkula.name_fi == "Mukkula" and mukkula.boundary.covers(point(25.668, 61.015))


def test_contributions_are_public_in_order_and_never_from_the_future(told: list[demo.Login]) -> None:
    assert Pin.objects.count() == 420
    assert not Pin.objects.exclude(visibility=Visibility.PUBLISHED).exists()
    assert not Pin.objects.filter(placed_at__gt=SPRING).exists()
    assert not Pin.objects.filter(answered_at__lt=F("placed_at")).exists()
    assert not Entry.objects.filter(at__gt=SPRING).exists()
    assert Pin.objects.filter(geom=None).exists()
    ice = Pin.objects.belonging().filter(Q(home__isnull=False), category__slug="streets-slipperiness")
    assert ice and all(pin.placed_at.month in {11, 12, 1, 2, 3, 4} for pin in ice)


def test_plans_answer_what_lies_inside_their_blocks(told: list[demo.Login]) -> None:
    grid = Layer.objects.get(source_crs="EPSG:3067").shapes.first()
    assert grid is not None
    lon, lat = grid.geom.centroid.coords
    assert 25.63 < lon < 25.67 and 60.97 < lat < 60.98
    block = Response.objects.get(effect="changed", plan__municipality__code="398")
    links = ResponseLink.objects.filter(response=block)
    shape = block.scopes.get().shape
    assert links and shape and all(shape.geom.covers(link.pin.geom) for link in links)
    # An answer to one message reaches that message only.
    assert all(response.links.count() == 1 for response in Response.objects.filter(plan=None))


def test_the_pile_on_one_coordinate_is_marked_as_suspect(told: list[demo.Login]) -> None:
    assert Pin.objects.filter(suspected_default_place=True).count() == 12
