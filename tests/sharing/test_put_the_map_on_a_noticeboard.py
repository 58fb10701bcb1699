"""Anyone prints the map of a filter: the numbers are those of the map, and nobody's words are on it."""

import re
import subprocess
import threading
from typing import Any
from xml.etree import ElementTree

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.geos import LineString
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from areas.models import Area, GroundFeature, Municipality
from areas.paper import Paper, borders_on, ground_on
from mapfeedback.geo import BBox, point
from mapfeedback.pins.actions import withdraw_pin
from mapfeedback.pins.models import Category, Pin
from mapfeedback.sharing import raster
from mapfeedback.sharing.painting import COLOURS
from mapfeedback.sharing.sheets import SHEETS, width_of, wrapped
from mapfeedback.sharing.signs import signs_on
from tests.conftest import EAST, OUTSIDE, WEST, Place

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(autouse=True)
def _fresh() -> None:
    raster.png.cache_clear()


def sheet(client: Client, query: str = "") -> ElementTree.Element:
    answer = client.get(f"/map.svg?{query}")
    assert answer.status_code == 200, answer.text
    assert answer["Content-Type"] == "image/svg+xml"
    return ElementTree.fromstring(answer.content)


def words(drawn: ElementTree.Element) -> list[str]:
    return [text.text or "" for text in drawn.iter(f"{SVG}text")]


def numbers(drawn: ElementTree.Element) -> list[int]:
    return sorted(int(group.get("data-n", "")) for group in drawn.iter(f"{SVG}g") if group.get("data-n"))


def test_a_sheet_says_what_it_shows(client: Client, place: Place) -> None:
    for _nth in range(3):
        place(WEST, kind="idea")
    place(EAST, kind="thanks")
    place(None, kind="idea")
    drawn = sheet(client, "kind=idea&lang=en")
    said = words(drawn)
    for text in ("What people say about places", "Idea", "4", "messages", "3 of them in this picture", "testserver"):
        assert text in said
    assert "1 without a place" in said and "Etelä" in said and any("km" in text for text in said)
    assert numbers(drawn) == [3]


def test_a_single_message_is_shown_by_its_kind(client: Client, place: Place) -> None:
    place(WEST, kind="thanks")
    drawn = sheet(client)
    used = [one.get("href") for one in drawn.iter(f"{SVG}use")]
    assert used.count("#thanks") == 2  # on the map and in the legend
    assert "#idea" not in used


def test_what_people_wrote_is_not_on_the_sheet(client: Client, place: Place) -> None:
    place(WEST, text="Ruma sana", title="Rumempi")
    for query in ("", "q=ruma"):
        answer = client.get(f"/map.svg?{query}").text
        assert "uma" not in answer and "umempi" not in answer
    assert "Found by words" in words(sheet(client, "q=osta+halpaa&lang=en"))


def test_only_published_messages_are_counted_whoever_asks(client: Client, place: Place, moderator: Any) -> None:
    place(WEST, text="Soita 040 123 4567")
    withdraw_pin(pin=place(WEST), now=timezone.now())
    place(WEST)
    client.force_login(moderator)
    assert "1 of them in this picture" in words(sheet(client, "lang=en"))


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("view=13/61", "view"),
        ("view=25/61/25", "view"),
        ("view=13/91/25", "view"),
        ("view=1e3/1/1", "view"),
        ("size=a0", "size"),
        ("lang=de", "lang"),
        ("kind=rant", "kind"),
        ("width=99999", "width"),
    ],
)
def test_a_bad_wish_is_refused_by_name(client: Client, city: Municipality, query: str, parameter: str) -> None:
    for address in ("/map.svg", "/map.png"):
        answer = client.get(f"{address}?{query}")
        assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)


def test_the_sheet_runs_nothing_and_asks_nobody(client: Client, place: Place) -> None:
    place(EAST)
    Area.objects.filter(code="1").update(name_fi='<script>x</script>"&', name_sv="")
    text = client.get("/map.svg").text
    assert "<script" not in text and not re.search(r"[<\s]style\b", text) and "&lt;script&gt;" in text
    linked = re.findall(r"(?:href|src)=\"([^\"]*)\"", text)
    assert linked and all(address.startswith("#") for address in linked)


def test_the_picture_is_a_png_of_the_promised_width(client: Client, place: Place) -> None:
    place(WEST)
    answer = client.get("/map.png?size=card")
    assert answer["Content-Type"] == "image/png" and answer["Cache-Control"] == "public, max-age=300"
    assert answer.content[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(answer.content[16:20]), int.from_bytes(answer.content[20:24])) == (1200, 630)
    assert answer["Content-Disposition"] == 'inline; filename="map-card.png"'


def test_an_unchanged_picture_is_not_painted_again(
    client: Client, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    pin = place(WEST)
    tag = client.get("/map.png?size=card")["ETag"]

    def _painted(*_arguments: Any, **_more: Any) -> None:
        raise AssertionError("painted again")

    monkeypatch.setattr(subprocess, "run", _painted)
    again = client.get("/map.png?size=card", headers={"If-None-Match": tag})
    assert again.status_code == 304 and again["ETag"] == tag
    assert client.get("/map.png?size=card").status_code == 200  # for another reader: kept
    Pin.objects.filter(pk=pin.pk).update(kind="question")
    with pytest.raises(AssertionError, match="painted again"):
        client.get("/map.png?size=card", headers={"If-None-Match": tag})


def test_who_asks_while_others_are_painting_is_told_when_to_come_back(
    client: Client, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place(WEST)
    monkeypatch.setattr(raster, "WAIT_SECONDS", 0.05)
    busy = threading.BoundedSemaphore(1)
    busy.acquire()
    monkeypatch.setattr(raster, "_PLACE", busy)
    answer = client.get("/map.png?size=card")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


def test_a_long_address_gets_no_code_too_fine_to_read(client: Client, place: Place) -> None:
    place(WEST)
    assert len(list(sheet(client).iter(f"{SVG}svg"))) == 2  # the sheet and the code
    corners = ",".join(f"{25.6 + nth / 1000:.6f} {60.98 + (nth % 7) / 10000:.6f}" for nth in range(20))
    ring = f"{corners},25.62 61.0"
    assert len(list(sheet(client, f"within={ring}").iter(f"{SVG}svg"))) == 1


def test_an_empty_service_still_makes_a_sheet(client: Client, db: None) -> None:
    assert "No" not in words(sheet(client, "lang=en")) and "0" in words(sheet(client, "lang=en"))


def test_a_sheet_takes_few_questions_however_much_is_on_it(
    client: Client, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _nth in range(5):
        place(WEST)
    with django_assert_max_num_queries(14):  # one for each of the tiles in sight, the rest does not grow
        sheet(client, "view=12/61/25.7")


def test_districts_and_ground_lie_where_they_are(city: Municipality) -> None:
    GroundFeature.objects.create(
        municipality=city, kind="road", rank=1, name_fi="Tie", geom=LineString((25.0, 61.0), (26.0, 61.0), srid=4326)
    )
    paper = Paper.around(BBox(25.60, 60.94, 25.80, 61.02), 700, 600)
    left, upper = paper.place(25.60, 61.02)
    right, lower = paper.place(25.80, 60.94)
    assert 0 <= left < right <= 700 and 0 <= upper < lower <= 600
    west = next(one for one in borders_on(paper, Area.objects.current()) if one.code == "testila-districts/1")
    corners = [(float(x), float(y)) for x, y in re.findall(r"(-?[\d.]+) (-?[\d.]+)", west.path)]
    x, y = paper.place(25.70, 60.98)
    assert min(a for a, _b in corners) == pytest.approx(left, abs=0.3)
    assert max(a for a, _b in corners) == pytest.approx(x, abs=0.3)
    assert max(b for _a, b in corners) == pytest.approx(y, abs=0.3)
    assert left < west.x < x and upper < west.y < y
    (road,) = [one for one in ground_on(paper) if one.kind == "road"]
    spots = [float(x) for x in re.findall(r"(-?[\d.]+) -?[\d.]+", road.path)]
    assert min(spots) >= -13 and max(spots) <= 713  # cut at the paper's edge, a little beyond
    assert road.x == pytest.approx(350, abs=1)  # its name is in the middle of what is seen


@pytest.mark.django_db
@given(
    spots=st.lists(st.tuples(st.floats(25.58, 25.82), st.floats(60.92, 61.04)), max_size=30),
    zoom=st.floats(4, 19),
    lat=st.floats(60.9, 61.1),
    lon=st.floats(25.5, 25.9),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_signs_on_paper_neither_lose_nor_double_a_message(
    city: Municipality, streets: Category, spots: list[tuple[float, float]], zoom: float, lat: float, lon: float
) -> None:
    Pin.objects.all().delete()
    Pin.objects.bulk_create(
        Pin(
            municipality=city,
            category=streets,
            kind="idea",
            text="x",
            geom=point(*spot),
            precision="exact",
            placed_at=timezone.now(),
            changed_at=timezone.now(),
        )
        for spot in spots
    )
    paper = Paper(zoom, lat, lon, 722, 720)
    signs = signs_on(paper, Pin.objects.visible_to(AnonymousUser()))
    inside = sum(paper.holds(*paper.place(*spot)) for spot in spots)
    assert inside <= sum(sign.n for sign in signs) <= len(spots)
    for nth, one in enumerate(signs):
        for other in signs[:nth]:
            assert (one.x - other.x) ** 2 + (one.y - other.y) ** 2 >= (44 / 2 + 44 / 2) ** 2


def test_the_paper_has_the_colours_of_the_screen() -> None:
    css = (configured.BASE_DIR / "static" / "css" / "mapfeedback.css").read_text(encoding="utf-8")
    on_screen = dict(re.findall(r"--ground-(\w+): ([^;]+);", css))
    assert on_screen == COLOURS


@given(text=st.text(max_size=400), width=st.floats(60, 700), size=st.floats(10, 60))
def test_lines_of_text_stay_inside_their_width(text: str, width: float, size: float) -> None:
    lines = wrapped(text, width, size, most=3)
    assert len(lines) <= 3
    assert all(width_of(line, size) <= width or len(line) <= 2 for line in lines)


def test_every_sheet_holds_its_map() -> None:
    for one in SHEETS.values():
        assert one.map.right <= one.width and one.map.bottom <= one.height


def test_messages_outside_the_districts_are_on_the_sheet_too(client: Client, place: Place) -> None:
    place(OUTSIDE)
    assert "1 of them in this picture" in words(sheet(client, "lang=en"))


def test_a_sheet_names_a_city_only_when_all_it_counts_is_there(client: Client, place: Place, outsider: Any) -> None:
    place(WEST)
    assert not any("Testilä" in text for text in words(sheet(client, "lang=en")))
    for area in ("testila", "testila-districts/1"):
        assert "Testilä · Map feedback" in words(sheet(client, f"lang=en&area={area}"))
