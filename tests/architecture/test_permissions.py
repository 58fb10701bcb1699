"""Who may open what: every address of the service, asked by everybody of the cast."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from areas.models import Municipality
from layers import actions as layers
from layers.models import Plan, Response, Shape
from mapfeedback.accounts.models import User
from mapfeedback.geo import point
from mapfeedback.pins.actions import place_pin
from mapfeedback.pins.models import Category
from tests.architecture.routes import EVERYBODY, FURTHER, ROUTES, Row, World
from tests.conftest import WEST, Place


@pytest.fixture
def cast(
    resident: User, member: User, planner: User, moderator: User, officer: User, outsider: User
) -> dict[str, User | None]:
    return {
        "anonymous": None,
        "resident": resident,
        "member": member,
        "planner": planner,
        "moderator": moderator,
        "officer": officer,
        "outsider": outsider,
    }


@pytest.fixture
def world(city: Municipality, place: Place, streets: Category) -> World:
    now = timezone.now()
    plan = layers.create_plan(municipality=city, name_fi="Kaava", kind="local_plan", now=now)
    layers.publish_plan(plan=plan, now=now)
    plan.refresh_from_db()
    block = layers.NewShape("Kortteli", point(*WEST).buffer(0.01), {})
    layer = layers.upload_layer(plan=plan, name="Korttelit", shapes=[block], source_crs="EPSG:4326", now=now)
    shape = layer.shapes.get()
    draft, answer = (_answered(city, plan, shape) for _ in range(2))
    layers.publish_response(response=answer, now=now)
    placed = place_pin(
        kind="idea",
        category=streets,
        text="Penkki olisi tässä hyvä.",
        municipality=city,
        geom=point(*WEST),
        now=timezone.now(),
    )
    held = place(text="Soita minulle 040 123 4567.")
    assert held.visibility == "held"
    return World(
        city=city,
        pin=placed.pin,
        held=held,
        token=placed.token,
        plan=plan,
        secret_plan=layers.create_plan(municipality=city, name_fi="Salainen", kind="other", now=now),
        shape=shape,
        draft=draft,
        answer=answer,
    )


def _answered(city: Municipality, plan: Plan, shape: Shape) -> Response:
    words = layers.Words(summary="Vastine", effect="noted", text="Kiitos.", language="fi", signed_as="Kaavoitus")
    return layers.draft_response(
        municipality=city, plan=plan, words=words, scopes=[layers.Scope(shape=shape)], now=timezone.now()
    )


def routes() -> Iterator[str]:
    yield from _names(get_resolver().url_patterns, "")


def _names(patterns: list[URLPattern | URLResolver], space: str) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _names(pattern.url_patterns, inner)
        else:
            yield f"{space}{pattern.name}"


def test_every_address_has_a_row_and_every_row_an_address() -> None:
    found = set(routes())
    assert sorted(found - set(ROUTES)) == [], "say in tests/architecture/routes.py who may open these"
    assert sorted(set(ROUTES) - found) == []


@pytest.mark.parametrize("name", [name for name in ROUTES if name in set(routes())])
def test_an_address_opens_for_those_who_may(name: str, world: World, cast: dict[str, User | None]) -> None:
    _ask_everybody(name, ROUTES[name], world, cast)


@pytest.mark.parametrize(("what", "name", "row"), FURTHER, ids=[what for what, _name, _row in FURTHER])
def test_what_is_not_for_everybody_leaves_no_trace(
    what: str, name: str, row: Row, world: World, cast: dict[str, User | None]
) -> None:
    _ask_everybody(name, row, world, cast)


def _ask_everybody(name: str, row: Row, world: World, cast: dict[str, User | None]) -> None:
    """Each person asks in a transaction of their own that is taken back, so that nobody meets another's deed."""
    assert set(cast) == EVERYBODY
    address = reverse(name, kwargs=row.arguments(world)) + (f"?{row.query}" if row.query else "")
    got_further = {}
    for person, user in cast.items():
        client = Client(raise_request_exception=True)
        if user is not None:
            client.force_login(user)
        mark = transaction.savepoint()
        answer = getattr(client, row.method)(address)
        transaction.savepoint_rollback(mark)
        assert answer.status_code < 500, f"{person} at {address}: {answer.status_code}"
        assert answer.status_code != 405, f"{address} is not asked with {row.method}"
        if not _refused(answer):
            got_further[person] = answer.status_code
    assert set(got_further) == row.who, address
    if row.status is not None:
        assert set(got_further.values()) <= {row.status}, (address, got_further)


def _refused(answer: HttpResponse) -> bool:
    leads_to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/log")
    return answer.status_code in {401, 403, 404} or leads_to_sign_in
