"""Borders, drafts, filters, tiles, frames, feeds and pictures as somebody who means harm asks for them."""

import datetime
import logging
import os
import time
import uuid
import xml.etree.ElementTree as ET
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import Client
from django.utils import timezone

from areas.actions import NewArea, adopt_edition, draft_edition
from areas.importing.seen import Column
from areas.models import Area, Division, Municipality
from mapfeedback.accounts.models import User
from mapfeedback.borders import actions, keeping
from mapfeedback.borders.models import BorderImport
from mapfeedback.borders.querysets import somebody_is_at_work
from mapfeedback.borders.tasks import at_work
from mapfeedback.discretion import Discreet
from mapfeedback.journal.recording import record
from mapfeedback.pins.filterplaces import read_area
from mapfeedback.web import BadQuery
from tests.conftest import Place, box

State = BorderImport.State
#: What nobody may hear of before it is in force.
SECRET = "Salajako"
ELSEWHERE = ["/", "/pins.csv", "/pins.geojson", "/pins.atom", "/pins.rss", "/embed/", "/map.svg", "/share/"]
WORLD = "/tiles/pins/0/0/0.json"
LONG_AREAS = ["1," * 9000 + "1 1", "," * 19_999, "1 1," * 4000, "(" * 19_999, "enc:" + "~" * 19_000]
LONG_AREAS += ["POLYGON(" + "(" * 19_000, '{"type":' * 2400, "a" * 100_000]
WORDS = ["㍿" * 200, "㌀" * 200, "'a' | !b", "a:*", "<->", "!&|()", '"', '-"', "\\", "~", "x" * 200]
WORDS += ["%_" * 90, "a\u0301" * 100, "\u202e<b>", "$$", "');--"]
PARAMETERS = (
    "area kind category q since channel language within near bbox consultation view size lang sort after edition"
    " detail measure x"
)
HOSTS = ["evil.example", "testserver@evil.example", "evil.example:80", "testserver.evil.example"]


def body(answer: Any) -> str:
    return bytes(answer.getvalue()).decode(errors="replace")


@pytest.fixture
def founded(city: Municipality) -> BorderImport:
    """A division that is to be founded: its first borders are read and wait for a yes."""
    division = Division.objects.create(
        municipality=city, slug="testila-salajako", name_fi=SECRET, name_sv=SECRET, name_en=SECRET, kind="school"
    )
    area = NewArea("S1", f"{SECRET} 1", box(25.60, 60.94, 25.80, 61.02))
    edition = draft_edition(
        division=division, areas=[area], valid_from=datetime.date(2025, 1, 1), source=f"{SECRET}.gpkg", is_example=True
    )
    now = timezone.now()
    return BorderImport.objects.create(
        municipality=city, division=division, edition=edition, valid_from=edition.valid_from, state=State.READY,
        new_division={"name_fi": SECRET, "name_sv": SECRET, "name_en": SECRET, "kind": "school"},
        file_name=f"{SECRET}.gpkg", file_size=1, language="fi", uploaded_at=now, changed_at=now,
        seen={"format": "GeoPackage", "columns": [asdict(Column("omistaja", 1, 1, ["Oona Omistaja"]))]},
    )  # fmt: skip


# -- drafts -------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_division_that_is_not_yet_adopted_leaves_no_trace(
    client: Client, place: Place, founded: BorderImport, outsider: User
) -> None:
    place()
    stranger = Client()
    stranger.force_login(outsider)
    for browser in (client, stranger):
        for address in [*ELSEWHERE, "/areas/", "/areas/at?lat=61&lon=25.65", "/api/", "/?area=nowhere/1", "/borders/",
                        "/borders/new/", "/areas/testila-districts/", "/areas/testila-districts/1/", "/pins/new/",
                        "/pins.csv?area=nowhere/1"]:  # fmt: skip
            said = body(browser.get(address, follow=True))
            assert SECRET not in said and "salajako" not in said, address
    assert 'class="mf-map-note"' not in body(client.get("/embed/"))  # the draft is of example borders


@pytest.mark.django_db
def test_a_drafted_division_is_told_from_an_invented_one_by_no_answer(client: Client, founded: BorderImport) -> None:
    for pattern in ("/areas/{}.geojson", "/areas/{}.geojson?edition=2025-06-01", "/areas/{}/S1.geojson", "/areas/{}/",
                    "/areas/{}/counts.json", "/areas/{}/S1/", "/areas/{}/S1/report.csv", "/pins.csv?area={}/S1",
                    "/pins.csv?area={}/outside"):  # fmt: skip
        drafted, invented = (client.get(pattern.format(slug)) for slug in ("testila-salajako", "testila-olematon"))
        assert drafted.status_code == invented.status_code in {400, 404}, pattern
        assert body(drafted).replace("salajako", "olematon") == body(invented), pattern


@pytest.mark.django_db
def test_another_citys_import_is_not_there_whatever_is_asked_of_it(founded: BorderImport, outsider: User) -> None:
    stranger = Client()
    stranger.force_login(outsider)
    before = BorderImport.objects.values().get()
    for part in ("", "reading/", "progress.json", "understood/", "refused/", "preview/", "draft.geojson", "adopt/",
                 "findings.geojson", "done/", "read-again/", "give-up/"):  # fmt: skip
        for key in (founded.public_id, uuid.uuid4()):
            for method in ("get", "post"):
                answer = getattr(stranger, method)(f"/borders/{key}/{part}", {"agree": "on"})
                assert answer.status_code in {404, 405}, (method, part)
                assert SECRET not in body(answer)
    assert BorderImport.objects.values().get() == before
    assert stranger.post(f"/borders/editions/{founded.edition_id}/take-back/").status_code == 404


# -- files --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_samples_of_a_file_go_with_the_file(founded: BorderImport) -> None:
    actions.give_up(border_import=founded, now=timezone.now())
    founded.refresh_from_db()
    assert (founded.state, founded.seen) == (State.GIVEN_UP, {})
    assert not Division.objects.filter(name_fi=SECRET).exists()


@pytest.mark.django_db
def test_a_file_left_behind_by_a_kill_after_the_end_is_thrown_away(
    founded: BorderImport, settings: Any, tmp_path: Path
) -> None:
    settings.BORDERS_FOLDER = tmp_path
    long_ago = time.time() - 2 * keeping.ORPHANED.total_seconds()
    for state, stays in ((State.READY, True), (State.REFUSED, True), (State.GIVEN_UP, False), (State.IN_FORCE, False)):
        BorderImport.objects.update(state=state)
        founded.file.write_bytes(b"x")
        os.utime(founded.file, (long_ago, long_ago))
        keeping.sweep()
        assert founded.file.exists() is stays, state


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["../../etc/passwd", "..\\..\\boot.ini", "/etc/passwd", "a\r\nSet-Cookie: a=b", "<b>"])
def test_the_name_of_a_file_is_no_path_no_header_and_no_markup(
    city: Municipality, planner: User, settings: Any, tmp_path: Path, name: str
) -> None:
    settings.BORDERS_FOLDER = tmp_path / "borders"
    desk = Client()
    desk.force_login(planner)
    file: Any = SimpleUploadedFile("a.gpkg", b"no borders at all")
    file._name = name  # as a client of somebody's own making sends it
    given = {"file": file, "division": "testila-districts", "valid_from": "2025-01-01"}
    answer = desk.post("/borders/new/", given)
    assert answer.status_code == 302 and "Set-Cookie: a" not in str(answer.serialize_headers())
    kept = BorderImport.objects.get()
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [f"{kept.public_id}.upload"]
    assert (kept.file.stat().st_mode & 0o777, kept.file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert "<b>" not in desk.get(answer["Location"]).text.replace("<b></b>", "")


@pytest.mark.django_db
def test_a_large_body_is_refused_before_it_is_read_from_all_but_planners(
    city: Municipality, resident: User, planner: User
) -> None:
    class Unread:
        def read(self, *_sizes: int) -> bytes:
            raise AssertionError("the body was read")

        readline = read

    unread: dict[str, Any] = {"wsgi.input": Unread()}
    for person in (None, resident):
        browser = Client()
        if person:
            browser.force_login(person)
        for size in ("3000000", "9" * 30, "-1", "1e3"):
            answer = browser.generic("POST", "/borders/new/", b"", CONTENT_LENGTH=size, **unread)
            assert answer.status_code == 413, size
    desk = Client()
    desk.force_login(planner)
    answer = desk.generic("POST", "/borders/new/", b"", CONTENT_LENGTH=str(600 * 2**20), **unread)
    assert answer.status_code == 413


@pytest.mark.django_db
def test_no_step_of_an_import_is_taken_without_the_forms_token(founded: BorderImport, planner: User) -> None:
    desk = Client(enforce_csrf_checks=True)
    desk.force_login(planner)
    for address in ("adopt/", "give-up/", "read-again/", "understood/"):
        assert desk.post(f"/borders/{founded.public_id}/{address}", {"agree": "on"}).status_code == 403
    assert desk.post("/borders/new/", {"division": "testila-districts"}).status_code == 403
    founded.refresh_from_db()
    assert (founded.state, founded.attempt) == (State.READY, 1)


# -- races --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_going_on_with_what_somebody_else_has_just_finished_is_no_fault(
    founded: BorderImport, planner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    BorderImport.objects.update(state=State.ADOPTING)
    adopt = actions.adopt

    def _too_late(**given: Any) -> None:
        BorderImport.objects.update(state=State.IN_FORCE)
        adopt(**given)

    monkeypatch.setattr(actions, "adopt", _too_late)
    desk = Client(raise_request_exception=False)
    desk.force_login(planner)
    assert desk.post(f"/borders/{founded.public_id}/read-again/").status_code == 302


@pytest.mark.django_db(transaction=True)
def test_looking_whether_somebody_is_at_work_keeps_no_worker_away() -> None:
    """A look that took the lock, however shortly, made a worker that began at that moment go home."""
    assert not somebody_is_at_work(7)
    with at_work(7) as alone:
        assert alone and somebody_is_at_work(7) and not somebody_is_at_work(8)
    assert not somebody_is_at_work(7)
    with connections["default"].cursor() as cursor:
        cursor.execute("BEGIN READ ONLY")
        assert not somebody_is_at_work(7)
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        assert cursor.fetchone() == (0,)
        cursor.execute("ROLLBACK")


# -- filters ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", LONG_AREAS)
def test_no_drawn_area_takes_long_to_refuse(value: str) -> None:
    """Six hundred numbers once took seven minutes: a pattern tried every way to cut them into four."""
    begun = time.process_time()
    with pytest.raises(BadQuery):
        read_area("within", value)
    assert time.process_time() - begun < 5  # some tenths of it, on a machine of its own


@pytest.mark.django_db
@pytest.mark.parametrize("q", WORDS)
def test_no_words_break_the_search_or_its_grammar(client: Client, place: Place, q: str) -> None:
    place(text="Penkki <b>tähän</b> & tuohon.")
    for address in ("/", "/pins.csv", "/pins.atom", "/embed/", "/map.svg", WORLD):
        answer = client.get(address, {"q": q})
        assert answer.status_code in {200, 400}, address
        assert "<b>" not in body(answer) or address in {"/pins.csv", WORLD}  # no markup there


@pytest.mark.django_db
@pytest.mark.parametrize("name", PARAMETERS.split())
def test_a_hundred_thousand_characters_are_refused_at_once(client: Client, place: Place, name: str) -> None:
    place()
    client.get("/map.svg")
    for letter in ("a", ",", "1 ", "[", '"', "-a ", "%"):
        for address in ("/pins.csv", "/map.svg", "/areas/testila-districts.geojson"):
            begun = time.process_time()
            answer = client.get(address, {name: letter * (100_000 // len(letter))})
            assert time.process_time() - begun < 0.5, (address, letter)
            assert answer.status_code in {200, 400}, (address, letter)
            assert len(body(answer)) < 100_000, (address, letter)


# -- tiles --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_tiles_fingerprint_tells_nothing_of_what_happens_in_the_house(client: Client, place: Place) -> None:
    place()
    before = client.get(WORLD)
    held = place(text="Kanaria, soita 040 123 4567.")
    assert held.visibility == "held"
    for verb in ("borders.uploaded", "response.drafted", "plan.created", "layer.uploaded"):
        record(verb, uuid.uuid4(), at=timezone.now())
    after = client.get(WORLD)
    assert (after["ETag"], body(after)) == (before["ETag"], body(before))
    place()
    assert client.get(WORLD)["ETag"] != before["ETag"]
    assert not before["ETag"].strip('"').partition(".")[0].isdecimal()


@pytest.mark.django_db
def test_a_tile_of_one_reader_is_never_anothers(client: Client, place: Place, moderator: User, planner: User) -> None:
    place()
    tags = set()
    for person in (None, moderator, planner):
        browser = Client()
        if person:
            browser.force_login(person)
        for ending in ("json", "mvt"):
            answer = browser.get(f"/tiles/pins/0/0/0.{ending}")
            assert ("private" in answer["Cache-Control"]) is (person is not None)
            assert ("public" in answer["Cache-Control"]) is (person is None)
            tags.add(answer["ETag"])
        again = browser.get(WORLD, headers={"If-None-Match": answer["ETag"]})
        assert again.status_code == 304
        assert person is None or "public" not in again.get("Cache-Control", "")
    assert len(tags) == 3


# -- what is put up elsewhere -------------------------------------------------------------------------


@pytest.mark.django_db
def test_only_the_frame_may_be_framed_and_its_errors_may_not(client: Client, place: Place) -> None:
    place()
    frame = client.get("/embed/")
    assert "frame-ancestors *" in frame["Content-Security-Policy"] and "X-Frame-Options" not in frame
    for address in ("/share/", "/map.svg", "/pins.atom", "/embed/?kind=x", "/embed/?lang=xx", "/"):
        answer = client.get(address)
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"], address
        assert answer["X-Frame-Options"] == "DENY", address


@pytest.mark.django_db
def test_what_caches_may_keep_sets_no_cookie_and_is_the_same_for_everybody(
    client: Client, place: Place, moderator: User
) -> None:
    place()
    place(text="Kanaria, soita 040 123 4567.")
    known = Client()
    known.force_login(moderator)
    for address in ("/embed/", "/map.svg", "/pins.atom", "/pins.rss", "/areas/testila-districts.geojson"):
        plain, signed_in = client.get(address), known.get(address)
        assert "public" in signed_in["Cache-Control"]
        assert not plain.cookies and not signed_in.cookies, address
        assert body(plain) == body(signed_in) and "Kanaria" not in body(plain), address


@pytest.mark.django_db
def test_a_districts_name_is_never_markup_in_a_picture_a_feed_or_a_frame(
    client: Client, place: Place, district: Division
) -> None:
    """Names come from files of others."""
    name = "<script>alert(1)</script>]]>&amp;\"'\x01\x0b\ufffe"
    areas = [NewArea("1", name, box(25.60, 60.94, 25.80, 61.02), name_sv=name)]
    adopt_edition(division=district, areas=areas, valid_from=datetime.date(2024, 1, 1), source=name)
    place(text=f"Penkki {name}", title=name[:40])
    assert Area.objects.current().get().name_fi
    for address in ("/map.svg", "/map.svg?size=card&area=testila-districts/1", "/pins.atom", "/pins.rss"):
        picture = ET.fromstring(client.get(address).content)
        assert not [one for one in picture.iter() if one.tag.rpartition("}")[2] in {"script", "foreignObject"}], address
    for address in ("/", "/embed/", "/share/?area=testila-districts/1", "/areas/", "/areas/testila-districts/1/"):
        assert "<script>alert(1)" not in body(client.get(address)), address


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host", ["evil.example", "testserver@evil.example", "evil.example:80", "testserver.evil.example"]
)
def test_no_address_that_is_passed_on_names_a_host_of_somebody_else(client: Client, place: Place, host: str) -> None:
    place()
    for address in ("/share/", "/embed/", "/map.svg", "/pins.atom", "/pins.rss", "/pins.csv"):
        answer = client.get(address, headers={"host": host})
        assert answer.status_code == 400
        assert "evil.example" not in body(answer) + str(answer.serialize_headers())
        forwarded = client.get(address, headers={"x-forwarded-host": host, "forwarded": f"host={host}"})
        assert "evil.example" not in body(forwarded)


@pytest.mark.django_db
def test_what_was_searched_for_stands_in_no_log(
    client: Client, place: Place, caplog: pytest.LogCaptureFixture, planner: User, founded: BorderImport
) -> None:
    place()
    with caplog.at_level(logging.INFO):
        for address in (*ELSEWHERE, WORLD, "/pins.csv?kind=x", "/nothing"):
            client.get(address, {"q": "Meikäläinen"})
        client.get("/pins.csv", {"near": "Meikäläinen", "area": "Meikäläinen"})
        client.force_login(planner)
        client.post(f"/borders/{founded.public_id}/understood/", {"name_field": "Meikäläinen"})
    written = "\n".join(Discreet("%(name)s %(message)s").format(one) for one in caplog.records)
    assert "Meik" not in written and SECRET not in written
