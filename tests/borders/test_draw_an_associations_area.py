"""An association draws, unites or uploads its own area; it becomes a division like any other, and says whose it is."""

import datetime
import json
import time
from typing import Any

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from areas.models import Division, Edition, Municipality
from mapfeedback.accounts.actions import open_account
from mapfeedback.accounts.models import Organisation, User
from mapfeedback.borders.models import BorderImport
from mapfeedback.journal.models import Entry
from tests.areas import border_files as make
from tests.borders.conftest import Browser, Work
from tests.conftest import EAST, SOUTH, WEST, Place

OWN = "/borders/own/testila-association/"
#: Holds WEST and EAST and reaches over the border between them; SOUTH is outside.
CORNERS = [(25.63, 60.99), (25.77, 60.99), (25.77, 61.01), (25.63, 61.01)]
DRAWN = ",".join(f"{lon} {lat}" for lon, lat in CORNERS)

State = BorderImport.State


@pytest.fixture
def ours(member: User) -> Client:
    """The browser of a member of the association."""
    browser = Browser()
    browser.force_login(member)
    return browser


@pytest.fixture
def theirs(city: Municipality) -> Client:
    """The browser of a member of another association of the same city."""
    other = Organisation.objects.create(slug="muu-yhdistys", name_fi="Muu ry", kind="association", municipality=city)
    person = open_account(email="muu@testila.example", organisation=other, role="member")
    browser = Browser()
    browser.force_login(person)
    return browser


def give(browser: Client, **said: Any) -> Any:
    return browser.post(OWN, {"name_fi": "Kaupunginlahti", "name_sv": "Stadsviken"} | said)


def refused(browser: Client, **said: Any) -> str:
    answer = give(browser, **said)
    assert answer.status_code == 422
    assert not BorderImport.objects.exists() and not Division.objects.filter(kind="own").exists()
    return str(answer.content.decode())


def put_in_use(browser: Client, work: Work, **said: Any) -> Division:
    answer = give(browser, **said)
    assert answer.status_code == 302, answer.context["form"].errors
    work()
    brought = BorderImport.objects.latest("pk")
    assert brought.state == State.READY, (brought.state, brought.why)
    agreed = {"agree": "on"} if brought.report["to_agree"] else {}
    assert browser.post(f"/borders/{brought.public_id}/adopt/", agreed).status_code == 302
    work()
    brought.refresh_from_db()
    assert brought.state == State.IN_FORCE and brought.division is not None
    return brought.division


def began(division: Division, days_ago: int) -> None:
    """As if the borders in force had been so for some days."""
    day = timezone.localdate() - datetime.timedelta(days=days_ago)
    Edition.objects.in_force().filter(division=division).update(valid_from=day)


def text(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return str(answer.content.decode())


def test_a_drawn_area_is_counted_listed_and_reported_under_the_associations_name(
    ours: Client, work: Work, place: Place, client: Client
) -> None:
    place(WEST), place(EAST), place(SOUTH)
    division = put_in_use(ours, work, drawn=DRAWN)
    assert (division.kind, division.is_main, division.name_fi) == ("own", False, "Kaupunginlahti")
    counts = client.get(f"/areas/{division.slug}/counts.json").json()
    assert [(area["name"], area["pins"]) for area in counts["areas"]] == [("Kaupunginlahti", 2)]
    assert (counts["kind"], counts["outside"], counts["total"]) == ("own", 1, 3)
    listed: Any = client.get(f"/pins.geojson?area={division.slug}/1")
    assert len(json.loads(listed.getvalue())["features"]) == 2
    said = "Drawn by the association, not the city's borders."
    name = "Testilä association"
    for address in ("", "1/", "1/report.html", "1/report.map.html"):
        page = text(client, f"/areas/{division.slug}/{address}")
        assert said in page and name in page, address
    index = text(client, "/areas/")
    assert "Associations' own areas" in index and name in index
    report = client.get(f"/areas/{division.slug}/1/report.geojson").json()["report"]
    assert (report["drawn_by"], report["total"]) == (name, 2)
    borders = client.get(f"/areas/{division.slug}.geojson").json()["features"][0]["properties"]
    assert borders["kind"] == "own"


def test_uniting_districts_needs_no_script(ours: Client, work: Work, place: Place, client: Client) -> None:
    place(WEST), place(SOUTH), place(EAST)
    division = put_in_use(ours, work, districts=["1", "3"])
    counts = client.get(f"/areas/{division.slug}/counts.json").json()
    assert [area["pins"] for area in counts["areas"]] == [2]
    (feature,) = client.get(f"/areas/{division.slug}.geojson?detail=full").json()["features"]
    united = shapely.union(shapely.box(25.60, 60.98, 25.70, 61.02), shapely.box(25.60, 60.94, 25.80, 60.98))
    assert shapely.equals(shapely.from_geojson(json.dumps(feature["geometry"])), united)


def test_an_uploaded_file_may_lie_in_the_citys_system_and_hold_several_areas(
    ours: Client, work: Work, client: Client
) -> None:
    shapes = [shapely.box(25.63, 60.99, 25.70, 61.01), shapely.box(25.70, 60.99, 25.77, 61.01)]
    data = make.geojson(make.in_system(shapes, 3067), crs="EPSG:3067", names=["Ranta", "Mäki"])
    answer = give(ours, file=SimpleUploadedFile("alueemme.geojson", data))
    assert answer.status_code == 302, answer.context["form"].errors
    work()
    brought = BorderImport.objects.get()
    assert brought.state == State.READY, brought.why
    assert ours.get(f"/borders/{brought.public_id}/preview/").status_code == 200
    ours.post(f"/borders/{brought.public_id}/adopt/", {"agree": "on"})
    work()
    names = client.get(f"/areas/{Division.objects.get(kind='own').slug}/counts.json").json()["areas"]
    assert sorted(area["name"] for area in names) == ["Mäki", "Ranta"]


def test_a_file_without_names_gets_the_name_that_was_given(ours: Client, work: Work) -> None:
    feature = {
        "type": "Feature",
        "properties": {},
        "geometry": json.loads(shapely.to_geojson(shapely.Polygon(CORNERS))),
    }
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    division = put_in_use(ours, work, file=SimpleUploadedFile("alue.geojson", data))
    assert [area.name_fi for area in division.editions.get().areas.all()] == ["Kaupunginlahti"]


@pytest.mark.parametrize(
    ("corners", "why"),
    [
        ("25.63 60.99,25.77 61.01,25.77 60.99,25.63 61.01", "crosses itself"),
        ("25.63 60.99,25.77 60.99", "Write a polygon"),
        ("20.0 60.0,20.1 60.0,20.1 60.1", "lies outside Testilä"),
        ("25.63 60.99,28.0 60.99,28.0 61.01", "lies outside Testilä"),
        ("60.99 25.63,60.99 25.77,61.01 25.77", "lies outside Testilä"),
        ("nan 60.99,25.77 60.99,25.77 61.01", "Write a polygon"),
        (",".join(f"{25.6 + i / 10000} {60.95 + (i % 2) / 1000}" for i in range(300)), "too large"),
    ],
)
def test_a_drawing_that_cannot_be_an_area_is_refused_with_the_reason(ours: Client, corners: str, why: str) -> None:
    page = refused(ours, drawn=corners)
    assert why in page
    assert "Kaupunginlahti" in page  # what was typed is kept


def test_a_name_and_exactly_one_way_of_giving_borders_are_needed(ours: Client) -> None:
    assert "Draw the area, choose districts or upload a file." in refused(ours)
    assert "in one way only" in refused(ours, drawn=DRAWN, districts=["1"])
    assert "Give the area a name in Finnish." in refused(ours, drawn=DRAWN, name_fi="")


@pytest.mark.parametrize(
    ("shapes", "why"),
    [
        ([shapely.box(25.60 + n / 200, 60.95, 25.604 + n / 200, 60.96) for n in range(31)], "31 areas"),
        ([shapely.Point(25.7, 60.98).buffer(0.02, quad_segs=600)], "corners; 2000 fit"),
        ([shapely.box(20.0, 60.0, 20.1, 60.1)], "somewhere else"),
    ],
)
def test_a_file_beyond_what_an_association_may_have_is_refused_and_leaves_nothing(
    ours: Client, work: Work, shapes: list[Any], why: str
) -> None:
    data = make.geojson(shapes, names=[f"Alue {n}" for n in range(len(shapes))])
    give(ours, file=SimpleUploadedFile("alue.geojson", data))
    work()
    brought = BorderImport.objects.get()
    assert brought.state == State.REFUSED and why in brought.why
    assert why in text(ours, f"/borders/{brought.public_id}/refused/")
    assert not Division.objects.filter(kind="own").exists()


def test_new_borders_are_a_new_edition_of_the_same_division_and_the_older_stays_readable(
    ours: Client, work: Work, place: Place, client: Client
) -> None:
    place(WEST), place(EAST)
    first = put_in_use(ours, work, drawn=DRAWN)
    began(first, days_ago=10)
    second = put_in_use(ours, work, districts=["1"], name_fi="Länsiranta")
    assert second == first
    now = client.get(f"/areas/{first.slug}/counts.json").json()
    assert [(area["name"], area["pins"]) for area in now["areas"]] == [("Länsiranta", 1)]
    day = timezone.localdate() - datetime.timedelta(days=3)
    then = client.get(f"/areas/{first.slug}/counts.json?edition={day}").json()
    assert [(area["name"], area["pins"]) for area in then["areas"]] == [("Kaupunginlahti", 2)]
    first.refresh_from_db()
    assert first.name_fi == "Länsiranta"


def test_an_ended_area_stays_readable_and_says_so_and_can_be_drawn_again(
    ours: Client, work: Work, place: Place, client: Client, member: User
) -> None:
    place(WEST)
    division = put_in_use(ours, work, drawn=DRAWN)
    began(division, days_ago=10)
    assert ours.get(f"{OWN}end/").status_code == 200
    assert ours.post(f"{OWN}end/").status_code == 302
    edition = division.editions.get()
    assert edition.valid_to == timezone.localdate() - datetime.timedelta(days=1)
    assert "The association no longer uses this area." in text(client, f"/areas/{division.slug}/1/")
    assert "These are older borders." in text(client, f"/areas/{division.slug}/")
    assert text(client, f"/areas/{division.slug}/1/report.html")
    assert division.name not in text(client, "/areas/")
    ended = Entry.objects.get(verb="edition.ended")
    assert (ended.actor, ended.detail["organisation"]) == (member, "testila-association")
    assert ours.post(f"{OWN}end/").status_code == 404  # nothing is in use any more
    assert put_in_use(ours, work, districts=["1"]) == division
    assert "The association no longer uses this area." not in text(client, f"/areas/{division.slug}/1/")


def test_nobody_but_members_of_the_association_sees_or_changes_what_it_prepares(
    ours: Client, theirs: Client, work: Work, planner: User, officer: User, client: Client
) -> None:
    give(ours, drawn=DRAWN)
    work()
    brought = BorderImport.objects.get()
    city_desk, in_charge = Browser(), Browser()
    city_desk.force_login(planner)
    in_charge.force_login(officer)
    for stranger in (theirs, city_desk, in_charge):
        for step in ("", "preview/", "understood/", "adopt/", "draft.geojson", "progress.json"):
            assert stranger.get(f"/borders/{brought.public_id}/{step}").status_code == 404, step
        assert stranger.post(f"/borders/{brought.public_id}/adopt/").status_code == 404
        assert stranger.post(f"/borders/{brought.public_id}/give-up/").status_code == 404
        assert give(stranger, drawn=DRAWN).status_code in (403, 404)
    assert "Kaupunginlahti" not in text(client, "/areas/")
    assert client.get(f"/areas/{brought.division.slug}/").status_code == 404  # type: ignore[union-attr]
    assert theirs.post(f"{OWN}end/").status_code == 404


def test_city_staff_see_the_area_in_use_and_its_officer_may_end_it_but_not_replace_it(
    ours: Client, theirs: Client, work: Work, planner: User, officer: User
) -> None:
    division = put_in_use(ours, work, drawn=DRAWN)
    began(division, days_ago=5)
    city_desk, in_charge = Browser(), Browser()
    city_desk.force_login(planner)
    in_charge.force_login(officer)
    assert "Kaupunginlahti" in text(city_desk, "/borders/")
    assert division.slug not in text(city_desk, "/borders/new/")
    assert city_desk.get(f"/borders/editions/{division.editions.get().pk}/take-back/").status_code == 404
    assert city_desk.post(f"{OWN}end/").status_code == 404
    assert theirs.get(f"{OWN}end/").status_code == 404
    assert in_charge.post(f"{OWN}end/").status_code == 302
    assert not Edition.objects.in_force().filter(division=division).exists()


def test_an_association_and_its_city_do_not_wait_for_each_other_but_members_do(
    ours: Client, theirs: Client, work: Work, desk: Client, bring: Any
) -> None:
    give(ours, drawn=DRAWN)
    bring(make.geojson([shapely.box(25.60, 60.94, 25.80, 61.02)], names=["Kaikki"]), read=False)
    work()
    assert BorderImport.objects.count() == 2
    again = give(ours, districts=["2"])
    assert again.status_code == 422
    assert "being made already" in again.content.decode()


def test_members_find_their_area_from_every_page_and_others_do_not(ours: Client, client: Client, planner: User) -> None:
    assert "/borders/own/" in text(ours, "/areas/testila-districts/1/")
    assert "/borders/own/" not in text(client, "/areas/testila-districts/1/")
    assert ours.get("/borders/own/").headers["Location"] == OWN
    desk = Browser()
    desk.force_login(planner)
    assert "/borders/own/" not in text(desk, "/areas/")
    assert desk.get("/borders/new/").status_code == 200
    assert ours.get("/borders/new/").status_code == 403


def test_the_citys_districts_neither_consist_of_nor_lie_in_associations_areas(
    ours: Client, work: Work, client: Client
) -> None:
    small = "25.63 60.99,25.65 60.99,25.65 61.01,25.63 61.01"
    put_in_use(ours, work, drawn=small)
    page = text(client, "/areas/testila-districts/1/")
    assert "Kaupunginlahti" not in page
    assert "Inside Kaupunginlahti" not in text(client, "/areas/")


def test_a_sound_drawing_is_read_within_a_second(ours: Client, work: Work) -> None:
    give(ours, drawn=DRAWN)
    begun = time.process_time()
    work()
    assert time.process_time() - begun < 1
