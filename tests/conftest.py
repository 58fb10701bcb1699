"""The test city: three square districts that anyone can draw on paper, and a small cast.

    (25.60,61.02) ┌────────┬────────┐
                  │ 1 West │ 2 East │      each 0.1° × 0.04°
    (25.60,60.98) ├────────┴────────┤
                  │     3 South     │
    (25.60,60.94) └─────────────────┘ (25.80,60.94)

The municipality's outline is the same rectangle and 0.02° more all round: a ring where pins are "outside".
"""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib.gis.geos import Polygon
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from areas.actions import NewArea, adopt_edition, found_municipality
from areas.models import Division, Municipality
from mapfeedback.accounts.actions import open_account
from mapfeedback.accounts.models import Organisation, User
from mapfeedback.geo import point
from mapfeedback.journal import readers
from mapfeedback.journal.models import Entry
from mapfeedback.maptiles import version
from mapfeedback.pins.actions import place_pin
from mapfeedback.pins.models import Category, Pin

#: The files and folders that take longest, the longest first: begun last, one of them would keep a single process busy
#: while the others have nothing left to do.
LONGEST = (
    "tests/test_thousands_of_filters.py",
    "tests/running/",
    "tests/journeys/",
    "tests/test_one_number.py",
)

WEST = (25.65, 61.0)
EAST = (25.75, 61.0)
SOUTH = (25.7, 60.96)
OUTSIDE = (25.59, 60.95)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    def rank(item: pytest.Item) -> int:
        at = item.path.as_posix()
        return next((nth for nth, name in enumerate(LONGEST) if name in at), len(LONGEST))

    items.sort(key=rank)


def box(west: float, south: float, east: float, north: float) -> Polygon:
    polygon = Polygon.from_bbox((west, south, east, north))
    polygon.srid = 4326
    return polygon


@pytest.fixture(autouse=True)
def tiles_see_every_change_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a tile of one test would pass for another's, whose database is empty again."""
    monkeypatch.setattr(version, "MEMORY_SECONDS", 0.0)
    monkeypatch.setattr(version._Memory, "until", 0.0)


@pytest.fixture(autouse=True)
def photos_lie_apart(settings: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test writes into the instance of whoever runs it."""
    settings.PHOTOS_FOLDER = tmp_path_factory.getbasetemp() / "photos"


@pytest.fixture(autouse=True)
def no_job_outlives_its_test(request: pytest.FixtureRequest, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A test that commits has its tables emptied by Django, but for the queue's, which are no models of ours."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction", False)
    if commits or {"transactional_db", "live_server"} & set(request.fixturenames):
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture(scope="module")
def module_db(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A transaction round all tests of a module: what its fixtures store before is there for each of them, anew.

    For cities that take long to make. Not together with tests that commit (`transactional_db`, `live_server`).
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def city(db: None) -> Municipality:
    """Testilä with its main division `testila-districts`: 1 West, 2 East, 3 South."""
    return found_testila()


def found_testila() -> Municipality:
    municipality = found_municipality(
        slug="testila", name_fi="Testilä", name_sv="Testby", outline=box(25.58, 60.92, 25.82, 61.04)
    )
    division = Division.objects.create(
        municipality=municipality, slug="testila-districts", name_fi="Kaupunginosat", is_main=True
    )
    adopt_edition(
        division=division,
        areas=[
            NewArea("1", "Länsi", box(25.60, 60.98, 25.70, 61.02), name_sv="Väst", population=1000),
            NewArea("2", "Itä", box(25.70, 60.98, 25.80, 61.02), name_sv="Öst", population=500),
            NewArea("3", "Etelä", box(25.60, 60.94, 25.80, 60.98), name_sv="Söder"),
        ],
        valid_from=datetime.date(2020, 1, 1),
        source="test",
    )
    return municipality


@pytest.fixture
def district(city: Municipality) -> Division:
    return Division.objects.get(slug="testila-districts")


@pytest.fixture
def streets(db: None) -> Category:
    return about_streets()


def about_streets() -> Category:
    return Category.objects.create(slug="streets", name_fi="Kadut", name_sv="Gator", name_en="Streets", order=1)


@pytest.fixture
def nature(db: None) -> Category:
    return about_nature()


def about_nature() -> Category:
    return Category.objects.create(slug="nature", name_fi="Luonto", name_sv="Natur", name_en="Nature", order=2)


Place = Callable[..., Pin]


@pytest.fixture
def place(city: Municipality, streets: Category) -> Place:
    """`place(WEST, text="…", kind="idea", …)` stores a pin the way people do; `None` for no place."""

    def _place(where: tuple[float, float] | None = WEST, **more: Any) -> Pin:
        given: dict[str, Any] = {
            "kind": "idea",
            "category": streets,
            "text": "Penkki olisi tässä hyvä.",
            "municipality": city,
            "now": timezone.now(),
            "geom": point(*where) if where else None,
        }
        return place_pin(**(given | more)).pin

    return _place


def _member(city: Municipality, role: str, name: str, kind: str = "city_unit") -> User:
    organisation, _made = Organisation.objects.get_or_create(
        slug=f"{city.slug}-{kind}", defaults={"name_fi": f"{city} {kind}", "kind": kind, "municipality": city}
    )
    return open_account(
        email=f"{name}@testila.example",
        password="salasana-kelpaa-1",
        display_name=name.title(),
        organisation=organisation,
        role=role,
    )


@pytest.fixture
def resident(db: None) -> User:
    return open_account(email="asukas@testila.example", password="salasana-kelpaa-1", display_name="Aino A.")


@pytest.fixture
def planner(city: Municipality) -> User:
    return _member(city, "planner", "kaavoittaja")


@pytest.fixture
def moderator(city: Municipality) -> User:
    return _member(city, "moderator", "valvoja")


@pytest.fixture
def officer(city: Municipality) -> User:
    return _member(city, "officer", "osallisuus")


@pytest.fixture
def member(city: Municipality) -> User:
    """Of a residents' association."""
    return _member(city, "member", "yhdistys", kind="association")


@pytest.fixture
def outsider(db: None) -> User:
    """A planner of another municipality."""
    other = found_municipality(slug="muuala", name_fi="Muuala", outline=box(20, 60, 20.2, 60.1))
    return _member(other, "planner", "vieras")


@pytest.fixture
def deliver_journal(db: None) -> Callable[[], None]:
    """Do what the job worker does: give every entry to its readers. Call it after a change."""

    def _deliver() -> None:
        for entry in Entry.objects.order_by("pk"):
            for reader in readers.of(entry.verb):
                readers.call(reader, entry)

    return _deliver
