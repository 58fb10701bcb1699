"""Who may open what: every address of the service, asked by everybody of the cast."""

import datetime
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from areas.actions import NewArea, adopt_edition, draft_edition
from areas.models import Area, Division, Edition, Municipality
from layers.actions import (
    NewShape,
    Scope,
    Words,
    create_plan,
    draft_response,
    publish_plan,
    publish_response,
    upload_layer,
)
from layers.models import Plan, Response
from mapfeedback.accounts.models import Organisation, User
from mapfeedback.borders.models import BorderImport
from mapfeedback.geo import point
from mapfeedback.pins.actions import place_pin
from mapfeedback.pins.models import Category, Photo, Pin
from mapfeedback.pins.photos.actions import add_photos
from mapfeedback.pins.photos.reading import Picture
from tests.architecture.routes import (
    CANARIES,
    DIVISION,
    DRAFT_SUMMARY,
    DRAFTED_AREA,
    EVERYBODY,
    FURTHER,
    HELD_NUMBER,
    OWN_DRAFT,
    ROUTES,
    UNPUBLISHED_NAME,
    UPLOADED_FIELD,
    WAITING_PHOTO,
    Row,
    World,
)
from tests.conftest import WEST, Place, box


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
    in_force = _redrawn(city)
    placed = place_pin(
        kind="idea",
        category=streets,
        text="Penkki olisi tässä hyvä.",
        municipality=city,
        geom=point(*WEST),
        now=timezone.now(),
    )
    held = place(text=f"Soita minulle {HELD_NUMBER}.")
    assert held.visibility == "held"
    plan, unpublished = _plan(city, "Kaava 123"), _plan(city, UNPUBLISHED_NAME)
    publish_plan(plan=plan, now=timezone.now())
    response, draft = _draft(plan, "Kiitos, tutkimme asiaa."), _draft(plan, DRAFT_SUMMARY)
    assert publish_response(response=response, now=timezone.now()) == 1
    return World(
        city=city,
        pin=placed.pin,
        held=held,
        token=placed.token,
        photo=_photo(placed.pin, "published"),
        waiting=_photo(place(text="Valo olisi tässä hyvä."), "waiting", WAITING_PHOTO),
        plan=plan,
        unpublished=unpublished,
        shape=plan.layers.get().shapes.get(),
        response=response,
        draft=draft,
        # before the city's: one at a time
        own_borders=_own_borders_on_their_way(city),
        borders=_borders_on_their_way(city),
        borders_in_force=in_force.pk,
    )


def _photo(pin: Pin, visibility: str, description: str = "") -> Photo:
    (photo,) = add_photos(pin=pin, pictures=[Picture(b"large", b"small", 4, 3, description)], now=timezone.now())
    Photo.objects.filter(pk=photo.pk).update(visibility=visibility)
    Pin.objects.filter(pk=pin.pk).update(photo_count=pin.photos.filter(visibility="published").count())
    return photo


def _redrawn(city: Municipality) -> Edition:
    """The same districts under newer borders, so that there is something to go back to."""
    division = Division.objects.get(slug=DIVISION)
    areas = [NewArea(area.code, area.name_fi, area.boundary) for area in Area.objects.current().of_division(division)]
    return adopt_edition(division=division, areas=areas, valid_from=datetime.date(2021, 1, 1), source="test")


def _borders_on_their_way(city: Municipality) -> BorderImport:
    """A file that was read: its draft has an area of a name that nobody else may see."""
    division = Division.objects.get(slug=DIVISION)
    drafted = [NewArea("9", DRAFTED_AREA, box(25.60, 60.94, 25.80, 61.02))]
    edition = draft_edition(division=division, areas=drafted, valid_from=datetime.date(2025, 1, 1), source=DRAFTED_AREA)
    return BorderImport.objects.create(
        municipality=city,
        division=division,
        edition=edition,
        valid_from=edition.valid_from,
        file_name=f"{DRAFTED_AREA}.gpkg",
        file_size=1,
        language="fi",
        state=BorderImport.State.READY,
        seen={"format": "GeoPackage"},
        report={"features": 1, "areas": 1},
        changes={"messages": 1, "moves": 1, "added": [DRAFTED_AREA], "ended": [], "in_none": 0, "in_several": 0},
        uploaded_at=timezone.now(),
        changed_at=timezone.now(),
    )


def _own_borders_on_their_way(city: Municipality) -> BorderImport:
    """The association's area is in use, and its members have drawn another."""
    association, _made = Organisation.objects.get_or_create(
        slug="testila-association", defaults={"name_fi": "Yhdistys", "kind": "association", "municipality": city}
    )
    division = Division.objects.create(municipality=city, slug="testila-own", name_fi="Rantapolku", kind="own")
    association.own_division = division
    association.save()
    shape = box(25.62, 60.95, 25.75, 61.01)
    adopt_edition(
        division=division,
        areas=[NewArea("1", "Rantapolku", shape)],
        valid_from=datetime.date(2024, 1, 1),
        source="test",
    )
    drafted = [NewArea("1", OWN_DRAFT, shape)]
    edition = draft_edition(division=division, areas=drafted, valid_from=datetime.date(2025, 1, 1), source=OWN_DRAFT)
    brought = _borders_on_their_way(city)
    brought.organisation, brought.division, brought.edition = association, division, edition
    brought.file_name, brought.changes = OWN_DRAFT, brought.changes | {"added": [OWN_DRAFT]}
    brought.new_division = {"name_fi": OWN_DRAFT, "name_sv": "", "name_en": "", "kind": "own"}
    brought.save()
    return brought


def _plan(city: Municipality, name: str) -> Plan:
    """A plan that nobody has published, with one block round WEST."""
    plan = create_plan(municipality=city, name_fi=name, kind="local_plan", now=timezone.now())
    block = NewShape("Kortteli 5", box(25.64, 60.995, 25.66, 61.005), {"omistaja": UPLOADED_FIELD})
    upload_layer(plan=plan, name="Korttelit", shapes=[block], source_crs="EPSG:4326", now=timezone.now())
    return plan


def _draft(plan: Plan, summary: str) -> Response:
    return draft_response(
        municipality=plan.municipality,
        plan=plan,
        words=Words(summary=summary, effect="partly", text="Perustelu.", language="fi", signed_as="Kaavoitus"),
        scopes=[Scope(shape=plan.layers.get().shapes.get())],
        now=timezone.now(),
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
        body = answer.getvalue().decode(errors="replace")
        transaction.savepoint_rollback(mark)
        assert answer.status_code < 500, f"{person} at {address}: {answer.status_code}"
        assert answer.status_code != 405, f"{address} is not asked with {row.method}"
        assert not [word for word, who in CANARIES.items() if person not in who and word in body], (person, address)
        if not _refused(answer):
            got_further[person] = answer.status_code
    assert set(got_further) == row.who, address
    if row.status is not None:
        assert set(got_further.values()) <= {row.status}, (address, got_further)


def _refused(answer: HttpResponse) -> bool:
    leads_to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/log")
    return answer.status_code in {401, 403, 404} or leads_to_sign_in
