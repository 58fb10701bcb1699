"""A plan of the test city with two blocks and a street, drawn on the same paper coordinates.

The blocks are 0.02° × 0.01°: the west one holds WEST (25.65, 61.0), the east one EAST (25.75, 61.0). The street runs
along latitude 60.97 from 25.62 to 25.78.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.gis.geos import LineString
from django.utils import timezone

from areas.models import Municipality
from layers.actions import NewShape, Scope, Words, create_plan, draft_response, publish_plan, publish_response
from layers.actions import upload_layer as store_layer
from layers.models import Plan, Response, Shape
from mapfeedback.accounts.models import User
from tests.conftest import box

WORDS = Words(
    summary="Kortteliin toivotaan lisää puita.",
    effect="partly",
    text="Puita istutetaan kadun varteen.\n\nPihoista päättää tontin omistaja.",
    language="fi",
    signed_as="Kaavoitus",
)


@pytest.fixture(autouse=True)
def read_in_english(settings: Any) -> None:
    """These tests look for English words; other languages have their catalogues."""
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def plan(city: Municipality, planner: User) -> Plan:
    """A published plan with one layer of two blocks and a street."""
    plan = create_plan(
        municipality=city, name_fi="Kaava 123", name_sv="Plan 123", kind="local_plan", now=timezone.now(), actor=planner
    )
    publish_plan(plan=plan, now=timezone.now(), actor=planner)
    store_layer(
        plan=plan,
        name="Korttelit",
        shapes=[
            NewShape("Kortteli 5", box(25.64, 60.995, 25.66, 61.005), {}),
            NewShape("Kortteli 6", box(25.74, 60.995, 25.76, 61.005), {}),
            NewShape("Rantakatu", LineString((25.62, 60.97), (25.78, 60.97), srid=4326), {}),
        ],
        source_crs="EPSG:4326",
        now=timezone.now(),
        actor=planner,
    )
    plan.refresh_from_db()
    return plan


@pytest.fixture
def west_block(plan: Plan) -> Shape:
    return Shape.objects.get(label="Kortteli 5")


@pytest.fixture
def east_block(plan: Plan) -> Shape:
    return Shape.objects.get(label="Kortteli 6")


@pytest.fixture
def street(plan: Plan) -> Shape:
    return Shape.objects.get(label="Rantakatu")


Answer = Callable[..., Response]


@pytest.fixture
def draft(plan: Plan, city: Municipality) -> Answer:
    """`draft(shape=…, filter_query=…)` prepares an answer."""

    def _draft(**scope: Any) -> Response:
        return draft_response(municipality=city, plan=plan, words=WORDS, scopes=[Scope(**scope)], now=timezone.now())

    return _draft


@pytest.fixture
def answer(draft: Answer) -> Answer:
    """`answer(shape=…, filter_query=…)` publishes an answer."""

    def _answer(**scope: Any) -> Response:
        response = draft(**scope)
        publish_response(response=response, now=timezone.now())
        response.refresh_from_db()
        return response

    return _answer
