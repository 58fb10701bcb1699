"""New borders: every pin finds its area anew, readers see the old or the new ones whole, and a way back exists."""

import datetime
import threading
from typing import Any

import pytest
from django.contrib.gis.geos import GEOSGeometry, LineString
from django.db import DataError, connection, connections, transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from areas.actions import NewArea, NotADraft, NotInForce, OlderBorders, adopt, draft_edition
from areas.models import Area, Division, Edition, Municipality
from mapfeedback.geo import point
from mapfeedback.journal.models import Entry
from mapfeedback.pins import memberships, proving, reaching
from mapfeedback.pins.actions import move_pin, place_pin
from mapfeedback.pins.memberships import remember_areas, remember_edition
from mapfeedback.pins.models import Category, Membership, Pin, Reach
from mapfeedback.pins.redrawing import put_in_force, take_back, throw_away
from mapfeedback.pins.tasks import put_in_force as job
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place, box

DAY = datetime.date(2024, 1, 1)


def halves(district: Division, day: datetime.date = DAY) -> Edition:
    """West and East become one, called 2."""
    return draft_edition(
        division=district,
        areas=[
            NewArea("2", "Pohjoinen", box(25.60, 60.98, 25.80, 61.02)),
            NewArea("3", "Etelä", box(25.60, 60.94, 25.80, 60.98)),
        ],
        valid_from=day,
        source="test",
    )


def codes() -> dict[int, str]:
    return {pin.pk: pin.area.code for pin in Pin.objects.with_area() if pin.area}


def remembered() -> set[tuple[int, int, int]]:
    return set(Membership.objects.values_list("pin", "edition", "area"))


def read(client: Client) -> list[Any]:
    """What anybody reads about the districts of the test city."""
    addresses = [
        "/areas/",
        "/areas/testila-districts/",
        "/areas/testila-districts.geojson",
        "/areas/testila-districts/counts.json",
        "/areas/testila-districts/1/",
        "/areas/at?lat=61&lon=25.65",
        "/?area=testila-districts/1",
        "/?area=testila-districts/outside",
        "/pins.csv",
    ]
    answers = [client.get(address, headers={"accept-language": "en"}) for address in addresses]
    return [(answer.status_code, answer.getvalue()) for answer in answers]


@pytest.fixture
def chosen(city: Municipality, district: Division, streets: Category) -> Pin:
    """About the whole of district 3, without a place."""
    return place_pin(
        kind="idea",
        category=streets,
        text="Koko kaupunginosaan valoja.",
        municipality=city,
        area=district.editions.get().areas.get(code="3"),
        now=timezone.now(),
    ).pin


def test_places_and_chosen_districts_follow_the_new_borders(district: Division, place: Place, chosen: Pin) -> None:
    west, outside = place(WEST), place(OUTSIDE)
    assert codes() == {west.pk: "1", chosen.pk: "3"}
    for _time in range(2):  # the second pair replaces the first on its first day
        edition = halves(district)
        put_in_force(edition=edition, now=timezone.now())
        assert codes() == {west.pk: "2", chosen.pk: "3"}
        assert district.editions.in_force().get() == edition
    # Every edition keeps its own answer; one that was in force for no day is not offered to anybody.
    names = Membership.objects.filter(pin=west).values_list("area__name_fi", flat=True)
    assert sorted(names) == ["Länsi", "Pohjoinen", "Pohjoinen"]
    assert not Membership.objects.filter(pin=outside).exists()
    assert district.editions.published().count() == 2
    assert Entry.objects.filter(verb="edition.adopted").count() == 2


def test_nobody_sees_a_draft(client: Client, district: Division, place: Place) -> None:
    place(WEST)
    before = read(client)
    edition = halves(district)
    remember_edition(edition)
    assert read(client) == before
    assert client.get("/?area=testila-districts/2").status_code == 200
    adopt(edition=edition, now=timezone.now())
    assert read(client) != before


def test_a_pin_placed_or_moved_meanwhile_has_its_area_of_the_draft(district: Division, place: Place) -> None:
    early = place(WEST)
    edition = halves(district)
    remember_edition(edition)
    late, moved = place(EAST), place(WEST)
    for pin, there in ((early, OUTSIDE), (moved, SOUTH)):
        move_pin(pin=pin, geom=point(*there), precision="exact", now=timezone.now())
    adopt(edition=edition, now=timezone.now())
    assert codes() == {late.pk: "2", moved.pk: "3"}


def test_whoever_is_stopped_half_way_leaves_the_old_borders_and_can_go_on(
    district: Division, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memberships, "BATCH", 1)
    pins = [place(WEST), place(EAST), place(SOUTH)]
    edition = halves(district)
    told: list[tuple[int, int]] = []

    def killed(done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        put_in_force(edition=edition, now=timezone.now(), progress=killed)
    assert Membership.objects.filter(edition=edition).count() == 2, "those of the first piece"
    assert codes() == dict(zip([pin.pk for pin in pins], ["1", "2", "3"], strict=True))
    put_in_force(edition=edition, now=timezone.now(), progress=lambda done, total: told.append((done, total)))
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert codes() == dict(zip([pin.pk for pin in pins], ["2", "2", "3"], strict=True))
    put_in_force(edition=edition, now=timezone.now())
    assert Entry.objects.filter(verb="edition.adopted").count() == 1


def test_taking_back_gives_everybody_the_old_page_again(
    client: Client, district: Division, place: Place, chosen: Pin
) -> None:
    place(WEST)
    before, rows = read(client), remembered()
    old = district.editions.get()
    edition = halves(district)
    put_in_force(edition=edition, now=timezone.now())
    assert read(client) != before
    take_back(edition=edition, now=timezone.now())
    assert read(client) == before
    assert district.editions.in_force().get() == old
    with pytest.raises(NotInForce):
        take_back(edition=edition, now=timezone.now())
    with pytest.raises(NotADraft):
        throw_away(edition=old)
    throw_away(edition=edition)
    assert remembered() == rows
    assert Entry.objects.filter(verb="edition.taken_back").count() == 1


def test_a_chain_of_changes_can_be_taken_back_one_by_one(district: Division, place: Place) -> None:
    place(WEST)
    editions = [district.editions.get(), *(halves(district, day) for day in (DAY, DAY, datetime.date(2025, 1, 1)))]
    states = []
    for edition in editions[1:]:
        states.append(list(Edition.objects.order_by("pk").values("pk", "valid_to")))
        put_in_force(edition=edition, now=timezone.now())
    for edition in reversed(editions[1:]):
        take_back(edition=edition, now=timezone.now())
        assert list(Edition.objects.order_by("pk").values("pk", "valid_to")) == states.pop()
    take_back(edition=editions[0], now=timezone.now())
    assert not district.editions.in_force().exists()


def test_older_borders_never_replace_younger_ones(district: Division) -> None:
    edition = halves(district, datetime.date(2019, 1, 1))
    with pytest.raises(OlderBorders):
        put_in_force(edition=edition, now=timezone.now())
    assert district.editions.in_force().get().valid_from == datetime.date(2020, 1, 1)


def test_other_divisions_and_cities_are_left_alone(district: Division, place: Place) -> None:
    place(WEST)
    before = remembered()
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text, ctid::text FROM pins_pin")
        pins = cursor.fetchall()
        put_in_force(edition=halves(district), now=timezone.now())
        cursor.execute("SELECT xmin::text, ctid::text FROM pins_pin")
        assert cursor.fetchall() == pins  # not one pin was written
    assert before < remembered()


def test_the_job_does_it_once_and_forgives_a_draft_thrown_away(district: Division, place: Place) -> None:
    pin = place(WEST)
    edition = halves(district)
    job(edition.pk)
    job(edition.pk)
    assert codes() == {pin.pk: "2"}
    job(Area.objects.order_by("-edition")[0].edition_id + 1)


# Corners and middles of borders come as often as places anywhere.
lons = st.one_of(st.sampled_from([25.60, 25.70, 25.80]), st.floats(25.58, 25.82))
lats = st.one_of(st.sampled_from([60.94, 60.98, 61.02]), st.floats(60.92, 61.04))
shapes = st.lists(st.lists(st.tuples(lons, lats), min_size=1, max_size=3), max_size=12)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(shapes=shapes, chosen=st.lists(st.sampled_from(["", "2", "3", "9"]), max_size=4))
def test_batches_say_what_the_rule_says_one_by_one(
    city: Municipality,
    district: Division,
    streets: Category,
    shapes: list[list[tuple[float, float]]],
    chosen: list[str],
) -> None:
    now = timezone.now()
    common: dict[str, Any] = {"municipality": city, "kind": "idea", "category": streets, "placed_at": now}
    common |= {"changed_at": now, "text": "x"}
    with transaction.atomic():
        Pin.objects.bulk_create(
            [Pin(geom=_drawn(corners), precision="exact", **common) for corners in shapes]
            + [
                Pin(district_chosen=f"testila-districts/{code}" if code else "", precision="unknown", **common)
                for code in chosen
            ]
        )
        edition = draft_edition(
            division=district,
            areas=[
                NewArea("2", "Itä", box(25.70, 60.94, 25.80, 61.02)),
                NewArea("3", "Länsi", box(25.60, 60.94, 25.70, 61.02)),
            ],
            valid_from=DAY,
            source="test",
        )
        remember_edition(edition)
        batches = remembered()
        remember_areas()
        assert batches == {row for row in remembered() if row[1] == edition.pk}
        assert not proving.differences(Pin.objects.all())
        transaction.set_rollback(True)


def _drawn(corners: list[tuple[float, float]]) -> GEOSGeometry:
    """A point, a line, or a line with a bend."""
    if len(set(corners)) == 1:
        return point(*corners[0])
    return LineString(*corners, srid=4326)


@pytest.mark.django_db(transaction=True)
def test_a_pin_being_placed_while_a_draft_appears_is_not_lost(
    city: Municipality, district: Division, streets: Category
) -> None:
    """Its areas are looked up before the draft, and it is seen after the batches would have passed it by."""
    looked, drafted = threading.Event(), threading.Event()
    kept: list[int] = []

    def placing() -> None:
        with transaction.atomic():
            pin = place_pin(
                kind="idea", category=streets, text="Valo.", municipality=city, geom=point(*WEST), now=timezone.now()
            ).pin
            kept.append(pin.memberships.count())
            looked.set()
            assert drafted.wait(10)
        connections.close_all()

    thread = threading.Thread(target=placing)
    thread.start()
    assert looked.wait(10)
    edition = halves(district)
    threading.Timer(0.2, drafted.set).start()
    put_in_force(edition=edition, now=timezone.now())
    thread.join()
    assert kept == [1], "it knew nothing of the draft"
    assert set(codes().values()) == {"2"}


def _road(east: float) -> GEOSGeometry:
    return LineString((25.61, 61.0), (east, 60.95), srid=4326)


@pytest.mark.django_db(transaction=True)
def test_parts_are_worked_out_beside_the_areas_and_all_of_it_is_told(
    district: Division, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memberships, "BATCH", 1)
    monkeypatch.setattr(reaching, "BATCH", 2)
    for nth in range(5):
        place(WEST), place(geom=_road(25.65 + nth / 50))
    edition = halves(district)
    told: list[tuple[int, int]] = []
    remember_edition(edition, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (0, 6) and told[-1] == (6, 6) and told == sorted(told)
    assert Reach.objects.filter(area__edition=edition).count() == 10
    assert not proving.differences(Pin.objects.all())


@pytest.mark.django_db(transaction=True)
def test_parts_that_fail_fail_the_whole_and_a_second_call_adds_what_is_missing(
    district: Division, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(geom=_road(25.75))
    edition = halves(district)
    with monkeypatch.context() as broken:
        broken.setattr(reaching, "batches_for", lambda edition: [("SELECT 1 / 0", {})])
        with pytest.raises(DataError):
            put_in_force(edition=edition, now=timezone.now())
    assert not Edition.objects.in_force().filter(pk=edition.pk).exists(), "the old borders stay"
    put_in_force(edition=edition, now=timezone.now())
    assert set(Reach.objects.filter(area__edition=edition).values_list("area__code", flat=True)) == {"2", "3"}
