"""How many agree is a part of the one filter, an order of the list, and a column of every file."""

import csv
import io
import json
import random

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from mapfeedback.accounts.models import User
from mapfeedback.maptiles import version
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.support.actions import Supporter, support_pin
from tests.conftest import EAST, WEST, Place
from tests.pins.test_agree_with_a_message import NOON
from tests.pins.test_page_through_the_list import many, read_through, shown  # noqa: F401 - `many` is a fixture

ENGLISH = {"Accept-Language": "en"}
WORLD = "/tiles/pins/0/0/0.json"


@pytest.fixture
def liked(place: Place) -> list[Pin]:
    """With 0 to 5 supports, the last in the east."""
    pins = [place(WEST if n < 5 else EAST, text=f"Viesti {n}") for n in range(6)]
    for n, pin in enumerate(pins):
        for nth in range(n):
            support_pin(pin=pin, supporter=Supporter(device=f"{pin.pk} {nth}"), now=NOON)
    return pins


@pytest.mark.parametrize(("query", "n"), [("support=1", 5), ("support=3", 3), ("support=6", 0), ("support=", 6)])
def test_list_map_files_and_figures_agree_on_what_is_supported(
    client: Client, liked: list[Pin], query: str, n: int
) -> None:
    assert f'data-total="{n}"' in client.get(f"/?{query}").text
    assert client.get(f"{WORLD}?{query}").json()["n"] == n
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get(f"/pins.csv?{query}")).decode())))
    assert len(rows) == n
    assert client.get(f"/areas/testila-districts/counts.json?{query}").json()["total"] == n
    assert client.get(f"/pins.atom?{query}").text.count("<entry") == n


def test_files_tell_how_many_agree_and_how_many_of_them_were_signed_in(
    client: Client, liked: list[Pin], resident: User
) -> None:
    support_pin(pin=liked[5], supporter=Supporter(account=resident), now=NOON)
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get("/pins.csv")).decode())))
    assert {row["text"]: (row["supports"], row["supports_verified"]) for row in rows}["Viesti 5"] == ("6", "1")
    features = json.loads(b"".join(client.get("/pins.geojson?support=6")))["features"]
    assert [(one["properties"]["supports"], one["properties"]["supports_verified"]) for one in features] == [(6, 1)]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "1000001", "٣", "1 OR 1=1", "9" * 50])
def test_a_number_that_is_none_is_refused_with_what_is_allowed(client: Client, liked: list[Pin], value: str) -> None:
    answer = client.get("/pins.csv", {"support": value}, headers=ENGLISH)
    assert (answer.status_code, answer.json()["parameter"]) == (400, "support")
    assert answer.json()["title"] == "Write a whole number from 1 to 1000000."
    assert client.get("/pins.csv?support=1&support=2").status_code == 400


def test_the_canonical_form_is_short_and_old_links_mean_what_they_meant(client: Client, liked: list[Pin]) -> None:
    asked = client.get("/?support=005&kind=idea").context["chosen"]
    assert asked.query() == "kind=idea&support=5"
    assert PinFilter(kind=("idea",)).query() == "kind=idea"


def test_the_form_offers_numbers_says_which_is_chosen_and_lets_go_of_it(client: Client, liked: list[Pin]) -> None:
    html = client.get("/?support=3&kind=idea", headers=ENGLISH).text
    assert '<option value="3" selected>At least 3 people agree</option>' in html
    assert '<option value="25" >At least 25 people agree</option>' in html
    chips = {
        chip.label: chip.query for chip in client.get("/?support=3&kind=idea", headers=ENGLISH).context["form"].chips
    }
    assert chips["At least 3 people agree"] == "kind=idea"


def test_the_most_supported_come_first_and_equal_ones_by_day(client: Client, many: list[Pin]) -> None:  # noqa: F811
    chance = random.Random(3)
    for pin in many:
        Pin.objects.filter(pk=pin.pk).update(supports=chance.choice([0, 0, 0, 1, 2, 40]))
    pages = read_through(client, "/?sort=support")
    everything = [one for one_page in pages for one in one_page]
    pins = {str(pin.public_id): pin for pin in Pin.objects.all()}
    wanted = sorted(pins.values(), key=lambda pin: (pin.supports, pin.placed_at, pin.pk), reverse=True)
    assert everything == [str(pin.public_id) for pin in wanted]
    worded = read_through(client, "/?sort=support&q=roskis&support=1")
    assert [one for one_page in worded for one in one_page] == [str(pin.public_id) for pin in wanted if pin.supports]


def test_the_order_walks_its_index_and_sorts_nothing(client: Client, many: list[Pin]) -> None:  # noqa: F811
    with CaptureQueriesContext(
        connection,
    ) as asked:
        first = shown(client.get("/?sort=support").text)
        client.get(f"/?sort=support&after={first[-1]}")
    statement = next(one["sql"] for one in reversed(asked.captured_queries) if "ROW(" in one["sql"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "pin_supported" in plan and "Index Cond: (ROW(" in plan and "Sort" not in plan


def test_agreeing_makes_nobodys_tiles_new_but_those_that_ask_for_support(
    client: Client, liked: list[Pin], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1_000_000.0]
    monkeypatch.setattr("mapfeedback.maptiles.version.time.time", lambda: clock[0])
    plain, asking = client.get(WORLD)["ETag"], client.get(f"{WORLD}?support=1")["ETag"]
    support_pin(pin=liked[0], supporter=Supporter(device="late"), now=NOON)
    assert client.get(WORLD, headers={"If-None-Match": plain}).status_code == 304
    assert client.get(f"{WORLD}?support=1", headers={"If-None-Match": asking}).status_code == 304
    clock[0] += version.SUPPORT_SECONDS
    assert client.get(WORLD, headers={"If-None-Match": plain}).status_code == 304
    assert client.get(f"{WORLD}?support=1", headers={"If-None-Match": asking}).json()["n"] == 6


def test_a_district_report_names_what_most_agree_with(client: Client, liked: list[Pin]) -> None:
    html = client.get("/areas/testila-districts/1/report.html", headers=ENGLISH).text
    assert "The messages of this report have 10 supports." in html
    named = html.split('id="supported"')[1].split("</section>")[0]
    assert [f"Viesti {n}" in named for n in (4, 3, 2, 1, 0, 5)] == [True, True, True, True, False, False]
    assert named.index("Viesti 4") < named.index("Viesti 1")
    empty = client.get("/areas/testila-districts/3/report.html", headers=ENGLISH).text
    assert 'id="supported"' not in empty
