"""City staff bring borders in: upload, understand, look, adopt, take back; or a reason and nothing changed."""

import datetime
import json
from pathlib import Path
from typing import Any

import numpy
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from areas.actions import NewArea, adopt_edition
from areas.models import Area, Division, Edition, Municipality
from mapfeedback.accounts.models import User
from mapfeedback.borders import actions, tasks
from mapfeedback.borders.models import BorderImport
from mapfeedback.borders.querysets import somebody_is_at_work
from mapfeedback.journal.models import Entry
from mapfeedback.pins.models import Pin
from tests.areas import border_files as make
from tests.borders.conftest import Bring, Work
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place, box

State = BorderImport.State

#: The test city divided anew: 1 West reaches further east, 2 East is gone, 4 is new, 3 South stays.
REDRAWN = [
    shapely.box(25.60, 60.98, 25.76, 61.02),
    shapely.box(25.76, 60.98, 25.80, 61.02),
    shapely.box(25.60, 60.94, 25.80, 60.98),
]


def redrawn(shapes: Any = None, codes: tuple[str, ...] = ("1", "4", "3")) -> bytes:
    document = json.loads(make.geojson(shapes or REDRAWN, names=["Länsi", "Ranta", "Etelä"]))
    for one, code in zip(document["features"], codes, strict=True):
        one["properties"]["tunnus"] = code
    return json.dumps(document).encode()


def choices(**more: Any) -> dict[str, Any]:
    """What the form of a GeoJSON file sends back."""
    plain = {"name_sv_field": "-", "code_field": "-", "population_field": "-", "parent_field": "-"}
    return plain | {"name_field": "nimi", "code_field": "tunnus"} | more


def settled(desk: Client, brought: BorderImport, work: Work, **said: Any) -> BorderImport:
    answer = desk.post(f"/borders/{brought.public_id}/understood/", said or choices())
    assert answer.status_code == 302, answer.context["form"].errors
    work()
    brought.refresh_from_db()
    return brought


def page(desk: Client, brought: BorderImport, step: str = "") -> str:
    answer = desk.get(f"/borders/{brought.public_id}/{step}", follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


def districts() -> dict[int, str | None]:
    """The code of each pin's district."""
    return {pin.pk: pin.area.code if pin.area else None for pin in Pin.objects.with_area()}


def everything() -> list[Any]:
    """All that others see of the ground."""
    return [
        sorted(Division.objects.values_list("slug", "is_main")),
        sorted(Edition.objects.in_force().values_list("division__slug", "valid_from")),
        sorted(Area.objects.current().values_list("code", "name_fi", "boundary")),
        sorted(districts().items()),
    ]


def test_borders_go_in_step_by_step_and_come_out_again_exactly(
    desk: Client, bring: Bring, work: Work, place: Place, district: Division, own_folder: Path
) -> None:
    west, east, south, outside = place(WEST), place(EAST), place(SOUTH), place(OUTSIDE)
    before = everything()
    brought = bring(redrawn())
    assert Entry.objects.filter(verb="borders.uploaded", thing=brought.public_id).exists()
    brought = settled(desk, brought, work)
    assert (brought.state, brought.why) == (State.READY, "")
    assert everything() == before
    assert "The borders fit together" in page(desk, brought)
    shown = page(desk, brought, "preview/")
    assert "Ranta" in shown and "new" in shown
    drawn = desk.get(f"/borders/{brought.public_id}/draft.geojson").json()
    assert {one["properties"]["name"] for one in drawn["features"]} == {"Länsi", "Ranta", "Etelä"}
    weighed = page(desk, brought, "adopt/")
    assert "Ranta" in weighed and "Itä" in weighed
    assert brought.changes["moves"] == 1
    assert (brought.changes["in_none"], brought.changes["in_several"]) == (1, 0)
    assert everything() == before
    answer = desk.post(f"/borders/{brought.public_id}/adopt/")
    assert answer.status_code == 302
    assert everything() == before
    work()
    brought.refresh_from_db()
    assert brought.state == State.IN_FORCE
    assert "The borders are in force" in page(desk, brought)
    assert not brought.has_file and not list(own_folder.iterdir())
    assert districts() == {west.pk: "1", east.pk: "1", south.pk: "3", outside.pk: None}
    assert Entry.objects.filter(verb="edition.adopted").count() == 1

    edition = district.editions.in_force().get()
    listed = desk.get("/borders/").content.decode()
    assert f"/borders/editions/{edition.pk}/take-back/" in listed
    assert "In force again" in desk.get(f"/borders/editions/{edition.pk}/take-back/").content.decode()
    assert desk.post(f"/borders/editions/{edition.pk}/take-back/", follow=True).status_code == 200
    assert everything() == before
    assert Entry.objects.filter(verb="edition.taken_back").count() == 1
    brought.refresh_from_db()
    assert brought.state == State.TAKEN_BACK


def test_a_new_division_is_seen_by_nobody_before_it_is_adopted(desk: Client, bring: Bring, work: Work) -> None:
    new = {"division": "new", "name_fi": "Tilastoalueet", "name_sv": "Statistikområden", "kind": "statistical"}
    brought = settled(desk, bring(redrawn(), **new), work)
    assert brought.division is not None and brought.division.slug == "testila-tilastoalueet"
    assert not brought.division.is_main
    public = Client()
    for address in ("/areas/", "/", "/pins.csv?area=nowhere"):
        assert "ilastoalueet" not in public.get(address).content.decode()
    for address in ("/areas/testila-tilastoalueet/", "/areas/testila-tilastoalueet/1/"):
        assert public.get(address).status_code == 404
    assert public.get("/areas/testila-tilastoalueet.geojson").status_code in (200, 404)
    desk.post(f"/borders/{brought.public_id}/adopt/")
    work()
    assert "ilastoalueet" in public.get("/areas/").content.decode()
    assert public.get("/areas/testila-tilastoalueet/").status_code == 200


def test_giving_up_leaves_no_trace(desk: Client, bring: Bring, work: Work, own_folder: Path) -> None:
    before = everything()
    brought = settled(desk, bring(redrawn(), division="new", name_fi="Kylät"), work)
    assert brought.has_file
    desk.post(f"/borders/{brought.public_id}/give-up/")
    brought.refresh_from_db()
    assert (brought.state, brought.edition, brought.division) == (State.GIVEN_UP, None, None)
    assert not list(own_folder.iterdir())
    assert everything() == before
    assert "were not touched" in page(desk, brought)
    assert not Edition.objects.drafts().exists()


def test_the_layer_is_asked_for(desk: Client, bring: Bring, work: Work, tmp_path: Path) -> None:
    make.geopackage(tmp_path)
    brought = bring(make.geopackage(tmp_path, layer="ruudut", append=True, names=["Pohjoinen", "Etelä"]))
    assert (brought.state, brought.asks) == (State.ASKS, "layer")
    shown = page(desk, brought)
    assert "Choose the one with the borders" in shown
    assert "ruudut" in shown and "2 features" in shown
    assert "Choose one of these." in desk.post(f"/borders/{brought.public_id}/understood/", {}).content.decode()
    brought = settled(desk, brought, work, layer="ruudut")
    assert (brought.state, brought.seen["layer"]) == (State.READY, "ruudut")
    assert "Pohjoinen" in page(desk, brought)


def test_the_coordinate_system_is_asked_for_with_where_each_would_land(
    desk: Client, bring: Bring, work: Work, tmp_path: Path
) -> None:
    parts = make.shapefile(tmp_path, make.in_system(make.squares(), 3067))
    brought = bring(make.zipped(parts, "prj"))
    assert (brought.state, brought.asks) == (State.ASKS, "crs")
    shown = page(desk, brought)
    assert "EPSG:3067 (ETRS-TM35FIN)" in shown and "in Testilä" in shown
    assert 'value="EPSG:3067"' in shown and "checked" in shown
    brought = settled(desk, brought, work, crs="EPSG:3067", name_field="nimi", encoding="UTF-8")
    assert brought.state == State.READY, brought.why
    assert brought.report["areas"] == 2


def test_a_system_that_nobody_guessed_can_be_written(desk: Client, bring: Bring, work: Work, tmp_path: Path) -> None:
    shifted = [
        shapely.transform(one, lambda xy: numpy.add(xy, [0, 20_000_000]))
        for one in make.in_system(make.squares(), 3067)
    ]
    brought = bring(make.zipped(make.shapefile(tmp_path, shifted), "prj"))
    assert brought.asks == "crs"
    answer = desk.post(f"/borders/{brought.public_id}/understood/", {"other_crs": "KKJ"})
    assert answer.status_code == 422 and "Write a number such as" in answer.content.decode()
    brought = settled(desk, brought, work, other_crs="3067", name_field="nimi", encoding="UTF-8")
    assert brought.state == State.REFUSED


def test_degrees_in_the_gulf_of_guinea_are_told_so(desk: Client, bring: Bring, tmp_path: Path) -> None:
    small = [shapely.box(0.1 * at, 0.1, 0.1 * at + 0.1, 0.2) for at in range(2)]
    brought = bring(make.zipped(make.shapefile(tmp_path, small), "prj"))
    assert brought.state == State.ASKS
    assert "in the Gulf of Guinea" in page(desk, brought)


def test_the_letters_are_asked_for_with_five_names(desk: Client, bring: Bring, work: Work, tmp_path: Path) -> None:
    brought = bring(make.zipped(make.shapefile(tmp_path, encoding="CP1252"), "cpg"))
    assert (brought.state, brought.asks) == (State.ASKS, "encoding")
    shown = page(desk, brought)
    assert "Töölönjärvi – itä" in shown and "Ääslä" in shown
    assert "CP1252" in shown and "ISO-8859-1" in shown and "UTF-8" not in shown
    brought = settled(desk, brought, work, encoding="CP1252", name_field="nimi")
    assert brought.state == State.READY
    assert "Töölönjärvi – itä" in page(desk, brought)


def test_the_field_of_the_names_is_asked_for_with_what_is_in_each(desk: Client, bring: Bring, work: Work) -> None:
    document = json.loads(redrawn())
    for at, one in enumerate(document["features"]):
        one["properties"] = {"a": f"Paikka {at}", "b": at}
    brought = bring(json.dumps(document).encode())
    assert brought.asks == "names"
    shown = page(desk, brought)
    assert "Which field holds the names?" in shown
    assert "Paikka 0" in shown and "Paikka 2" in shown
    brought = settled(desk, brought, work, name_field="a", code_field="b")
    assert brought.state == State.READY
    assert {
        one["properties"]["code"] for one in desk.get(f"/borders/{brought.public_id}/draft.geojson").json()["features"]
    } == {"0", "1", "2"}


def test_swapped_axes_are_asked_about(desk: Client, bring: Bring, work: Work, tmp_path: Path) -> None:
    swapped = [shapely.transform(one, lambda xy: xy[:, ::-1]) for one in make.squares()]
    brought = bring(make.geopackage(tmp_path, swapped))
    assert (brought.state, brought.asks) == (State.ASKS, "axes")
    shown = page(desk, brought)
    assert "turn them round" in shown and "in Testilä" in shown and "km from Testilä" in shown
    brought = settled(desk, brought, work, name_field="nimi", axes="turn")
    assert brought.state == State.READY
    assert "were turned round" in page(desk, brought)


def test_repairs_and_overlaps_are_shown_and_must_be_agreed_to(desk: Client, bring: Bring, work: Work) -> None:
    # The border of the first crosses itself at a corner, and the second lies well over it.
    corners = REDRAWN[0].exterior.coords
    needle = shapely.Polygon([*corners[:2], (25.7599, 61.0203), (25.7601, 61.0199), *corners[2:]])
    brought = settled(desk, bring(redrawn([needle, shapely.box(25.74, 60.98, 25.80, 61.02), REDRAWN[2]])), work)
    assert brought.state == State.READY, brought.why
    shown = page(desk, brought)
    assert "1 border was repaired" in shown and "overlap" in shown
    assert "Länsi / Ranta" in shown
    drawn = desk.get(f"/borders/{brought.public_id}/findings.geojson").json()
    assert {one["properties"]["kind"] for one in drawn["features"]} >= {"repair", "overlap"}
    answer = desk.post(f"/borders/{brought.public_id}/adopt/", {})
    assert answer.status_code == 422 and "Agree to this" in answer.content.decode()
    brought.refresh_from_db()
    assert brought.state == State.READY
    desk.post(f"/borders/{brought.public_id}/adopt/", {"agree": "on"})
    work()
    brought.refresh_from_db()
    assert brought.state == State.IN_FORCE


def test_pins_in_two_areas_and_in_none_are_counted(desk: Client, bring: Bring, work: Work, place: Place) -> None:
    place((25.75, 61.0))
    place(OUTSIDE)
    place(None)
    overlapping = [shapely.box(25.60, 60.98, 25.76, 61.02), shapely.box(25.74, 60.98, 25.80, 61.02), REDRAWN[2]]
    brought = settled(desk, bring(redrawn(overlapping)), work)
    assert (brought.changes["in_several"], brought.changes["in_none"]) == (1, 1)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"<gpx/>", "Export them as GeoPackage"),
        (b"", "The file is empty"),
        (make.geojson([shapely.box(24.0, 60.1, 24.1, 60.2), shapely.box(24.1, 60.1, 24.2, 60.2)]), "somewhere else"),
        (make.geojson()[:-9], "cut off at line 1"),
    ],
)
def test_a_refused_file_says_what_to_export_and_keeps_what_was_typed(
    desk: Client, bring: Bring, data: bytes, says: str
) -> None:
    before = everything()
    if not data:
        file = SimpleUploadedFile("a.gpkg", b"")
        answer = desk.post(
            "/borders/new/", {"file": file, "division": "new", "name_fi": "Kylät", "valid_from": "2025-01-01"}
        )
        assert answer.status_code == 422
        assert says in answer.content.decode() and "Kylät" in answer.content.decode()
        return
    brought = bring(data, division="new", name_fi="Kylät", kind="village", valid_from="2024-05-06")
    assert brought.state == State.REFUSED
    shown = page(desk, brought)
    assert says in shown and "--" not in brought.why
    assert everything() == before
    again = desk.get(f"/borders/new/?again={brought.public_id}").content.decode()
    assert "Kylät" in again and "2024-05-06" in again
    second = bring(redrawn(), read=False)
    brought.refresh_from_db()
    assert (brought.state, brought.has_file, second.has_file) == (State.GIVEN_UP, False, True)


def test_the_same_borders_again_are_refused(desk: Client, bring: Bring, work: Work) -> None:
    first = settled(desk, bring(redrawn()), work)
    desk.post(f"/borders/{first.public_id}/adopt/")
    work()
    second = settled(desk, bring(redrawn(), valid_from="2025-02-01"), work)
    assert (second.state, "in force already" in second.why) == (State.REFUSED, True)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"valid_from": "2999-01-01"}, "not before"),
        ({"valid_from": "2019-01-01"}, "are in force already"),
        ({"valid_from": "soon"}, "date"),
        ({"division": "new"}, "Give the new division a name in Finnish."),
        ({"division": "elsewhere"}, "elsewhere"),
        ({"division": ""}, "required"),
    ],
)
def test_nonsense_in_the_form_is_told_and_nothing_is_kept(
    desk: Client, city: Municipality, own_folder: Path, given: dict[str, str], says: str
) -> None:
    file = SimpleUploadedFile("a.geojson", redrawn())
    form = {"file": file, "division": "testila-districts", "valid_from": "2025-01-01", "name_sv": "Byar"} | given
    answer = desk.post("/borders/new/", form)
    assert answer.status_code == 422
    assert says in answer.content.decode() and "Byar" in answer.content.decode()
    assert not BorderImport.objects.exists() and not own_folder.exists()


def test_a_file_that_is_too_large_is_refused_before_it_is_read(desk: Client, city: Municipality, settings: Any) -> None:
    length = str(settings.BORDERS_UPLOAD_MAX_BYTES + 2 * 1024 * 1024)
    answer = desk.post(
        "/borders/new/", data=b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=length
    )
    assert answer.status_code == 413


def test_nobody_else_may_send_a_large_body(client: Client, resident: User, city: Municipality) -> None:
    client.force_login(resident)
    answer = client.post(
        "/borders/new/", data=b"x", content_type="multipart/form-data; boundary=x", CONTENT_LENGTH=str(50_000_000)
    )
    assert answer.status_code == 413


def test_a_second_import_of_the_same_city_is_refused_politely(desk: Client, bring: Bring, officer: User) -> None:
    first = bring(redrawn(), read=False)
    client = Client()
    client.force_login(officer)
    answer = client.post(
        "/borders/new/",
        {
            "file": SimpleUploadedFile("b.geojson", redrawn()),
            "division": "testila-districts",
            "valid_from": "2025-01-01",
        },
    )
    told = answer.content.decode()
    assert answer.status_code == 409
    assert "One file at a time" in told and str(first.public_id) in told and "Kaavoittaja" in told
    assert BorderImport.objects.count() == 1
    assert "Go on with it" in client.get("/borders/").content.decode()


def test_staff_of_another_city_sees_nothing(desk: Client, bring: Bring, work: Work, outsider: User) -> None:
    brought = settled(desk, bring(redrawn()), work)
    edition = Edition.objects.in_force().get()
    client = Client()
    client.force_login(outsider)
    assert "rajat.gpkg" not in client.get("/borders/").content.decode()
    for step in (
        "",
        "reading/",
        "progress.json",
        "understood/",
        "preview/",
        "draft.geojson",
        "findings.geojson",
        "adopt/",
    ):
        assert client.get(f"/borders/{brought.public_id}/{step}").status_code == 404
    for step in ("adopt/", "give-up/", "read-again/", "understood/"):
        assert client.post(f"/borders/{brought.public_id}/{step}").status_code == 404
    assert client.post(f"/borders/editions/{edition.pk}/take-back/").status_code == 404
    brought.refresh_from_db()
    assert brought.state == State.READY


def test_a_reader_that_is_killed_changes_nothing_and_can_start_again(
    desk: Client, bring: Bring, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything()
    brought = bring(redrawn(), read=False)
    assert "Waiting for its turn" in page(desk, brought)

    def killed(*_arguments: Any, **_more: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr("mapfeedback.borders.reading.draft_edition", killed)
        tasks.read(brought.pk, brought.attempt)
    brought.refresh_from_db()
    assert (brought.state, everything()) == (State.READING, before)
    assert not somebody_is_at_work(brought.pk)
    assert "was interrupted" in page(desk, brought)
    assert desk.get(f"/borders/{brought.public_id}/progress.json").json()["ended"]
    desk.post(f"/borders/{brought.public_id}/read-again/")
    work()
    brought.refresh_from_db()
    assert brought.state == State.READY


def test_an_adoption_that_is_killed_can_be_finished(
    desk: Client, bring: Bring, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    brought = settled(desk, bring(redrawn()), work)
    before = everything()
    desk.post(f"/borders/{brought.public_id}/adopt/")

    def killed(*_arguments: Any, **_more: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch, pytest.raises(SystemExit):
        patch.setattr("mapfeedback.pins.redrawing.ground.adopt", killed)
        work()
    assert everything() == before
    desk.post(f"/borders/{brought.public_id}/read-again/")
    work()
    brought.refresh_from_db()
    assert brought.state == State.IN_FORCE


def test_a_reading_that_was_overtaken_writes_nothing(desk: Client, bring: Bring, work: Work) -> None:
    brought = bring(redrawn(), read=False)
    actions.read_again(border_import=brought, choices={"name_field": "tunnus"}, now=timezone.now())
    tasks.read(brought.pk, 1)
    brought.refresh_from_db()
    assert (brought.state, brought.attempt) == (State.UPLOADED, 2)
    work()
    brought.refresh_from_db()
    assert brought.seen["picked"]["name"] == "tunnus"


def test_files_that_no_import_knows_are_swept_away(bring: Bring, own_folder: Path) -> None:
    own_folder.mkdir()
    left = own_folder / "b7a1e3c0-0000-4000-8000-000000000000.upload"
    left.write_bytes(b"x")
    fresh = own_folder / "b7a1e3c0-0000-4000-8000-000000000001.part"
    fresh.write_bytes(b"x")
    import os

    long_ago = (timezone.now() - datetime.timedelta(days=1)).timestamp()
    os.utime(left, (long_ago, long_ago))
    bring(redrawn(), read=False)
    assert not left.exists() and fresh.exists()


def test_steps_lead_on_to_where_the_import_stands(desk: Client, bring: Bring, work: Work) -> None:
    brought = settled(desk, bring(redrawn()), work)
    for step in ("", "reading/", "refused/", "done/"):
        answer = desk.get(f"/borders/{brought.public_id}/{step}")
        assert (answer.status_code, answer["Location"]) == (302, f"/borders/{brought.public_id}/preview/")
    assert desk.get(f"/borders/{brought.public_id}/understood/").status_code == 200
    answer = desk.post(f"/borders/{brought.public_id}/understood/", choices())
    assert answer["Location"] == f"/borders/{brought.public_id}/preview/"


def test_the_index_asks_as_much_of_many_editions_as_of_one(
    desk: Client, district: Division, django_assert_max_num_queries: Any
) -> None:
    areas = [NewArea("1", "Kaikki", box(25.60, 60.94, 25.80, 61.02))]
    for year in range(2021, 2027):
        adopt_edition(division=district, areas=areas, valid_from=datetime.date(year, 1, 1), source=f"{year}.gpkg")
    with django_assert_max_num_queries(10):
        shown = desk.get("/borders/").content.decode()
    assert all(f"{year}.gpkg" in shown for year in range(2021, 2027))
    assert shown.count("/take-back/") == 1
