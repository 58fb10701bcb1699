"""A board asks whether things changed: two periods side by side, with what cannot be said of them."""

import csv
import datetime
import io
import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from areas.actions import NewArea, draft_edition
from areas.models import Area, Division, PopulationFigure
from mapfeedback.accounts.models import User
from mapfeedback.consultations.models import Consultation
from mapfeedback.pins.figures import Figure
from mapfeedback.pins.models import Category, Pin
from mapfeedback.pins.redrawing import put_in_force
from mapfeedback.reports.comparing.change import Change
from mapfeedback.reports.comparing.diverging import Measure, painted
from mapfeedback.reports.comparing.periods import Pair, Period, around_day, later
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place, box
from tests.reports.test_read_a_district import page, table_row, words

PERIODS = "/compare/periods/"
YEARS = "before_since=2024-01-01&before_until=2024-12-31&since=2025-01-01&until=2025-12-31"


@pytest.fixture(autouse=True)
def in_english(client: Client) -> None:
    client.cookies["django_language"] = "en"


@pytest.fixture
def two_years(place: Place) -> None:
    """West from 5 to 12, East from 6 to 2, South from 1 to 3; one outside and one without a place in 2025."""
    for year, where, n in ((2024, WEST, 5), (2025, WEST, 12), (2024, EAST, 6), (2025, EAST, 2), (2024, SOUTH, 1)):
        for nth in range(n):
            place(where, now=at(year, 1 + nth % 12), kind="thanks" if nth == 1 else "idea")
    for elsewhere in (SOUTH, SOUTH, SOUTH, OUTSIDE, None):
        place(elsewhere, now=at(2025, 6))


def at(year: int, month: int, day: int = 10) -> datetime.datetime:
    return datetime.datetime(year, month, day, 12, tzinfo=datetime.UTC)


def rows(client: Client, query: str) -> dict[str, dict[str, str]]:
    answer = client.get(f"/compare/periods.csv?{query}")
    assert answer.status_code == 200, answer.content
    found = csv.DictReader(io.StringIO(answer.content.decode()))
    return {f"{row['part']} {row['code']}".strip(): row for row in found}


def remarks(html: str) -> str:
    return unescape(words(html.split('id="caveats"')[1].split("</section>")[0]))


def test_every_district_is_told_with_its_change_and_all_adds_up(client: Client, two_years: None) -> None:
    html = page(client, f"{PERIODS}?{YEARS}")
    assert table_row(html, "Länsi") == ["5", "12", "+7 ≈ may be chance", "+140 %", "+7.0"]
    assert table_row(html, "Itä") == ["6", "2", "−4 ≈ may be chance", "−67 %", "−8.0"]
    assert table_row(html, "Etelä") == ["1", "3", "too few", "too few", "not known"]
    assert table_row(html, "Outside the districts")[:2] == ["0", "1"]
    assert table_row(html, "Without a place")[:2] == ["0", "1"]
    assert table_row(html, "Together")[:3] == ["12", "19", "+7 ≈ may be chance"]
    told = rows(client, YEARS)
    for side in ("earlier", "later"):
        parts = sum(int(row[side]) for key, row in told.items() if not key.startswith("total"))
        assert parts == int(told["total testila-districts"][side])


def test_each_number_leads_to_just_those_messages(client: Client, two_years: None) -> None:
    for where in ("testila-districts", "testila-districts/1", "testila"):
        html = page(client, f"{PERIODS}?where={where}&{YEARS}")
        links = re.findall(r'<a href="(/\?area=[^"]+)">([\d,]+)</a>', html)
        assert len(links) > 5
        for url, number in links:
            listed = client.get("/pins.csv?" + unescape(url).partition("?")[2]).getvalue().decode()
            assert len(list(csv.DictReader(io.StringIO(listed)))) == int(number), url


def test_numbers_are_those_of_the_districts_own_page(client: Client, two_years: None) -> None:
    told = rows(client, f"where=testila-districts&{YEARS}")
    for code in "123":
        for side, year in (("earlier", 2024), ("later", 2025)):
            counts = client.get(f"/areas/testila-districts/counts.json?since={year}-01-01&until={year}-12-31").json()
            (area,) = (one for one in counts["areas"] if one["code"] == code)
            row = told[f"area testila-districts/{code}"]
            assert int(row[side]) == area["pins"]
            assert (float(row[f"{side}_per_1000"]) if row[f"{side}_per_1000"] else None) == area["per_1000"]


def test_one_district_is_told_by_topic_kind_status_and_month(client: Client, two_years: None) -> None:
    html = page(client, f"{PERIODS}?where=testila-districts/1&{YEARS}")
    assert table_row(html, "Streets")[:2] == ["5", "12"]
    assert table_row(html, "Idea") == ["4", "11", "+7 ≈ may be chance", "too few"]
    assert table_row(html, "Thanks") == ["1", "1", "too few", "too few"]
    assert table_row(html, "Received")[:2] == ["5", "12"]
    assert "May 2024: 1" in words(html) and "June 2024: 0" in words(html) and "December 2025: 1" in words(html)


def test_the_whole_city_is_told_by_its_parts(client: Client, two_years: None) -> None:
    html = page(client, f"{PERIODS}?where=testila&{YEARS}")
    assert table_row(html, "Idea")[:2] == ["10", "17"]
    assert "Per 1,000 residents" not in words(html.split('id="measures-caption"')[1].split("</table>")[0])


def test_the_one_filter_narrows_both_periods(client: Client, two_years: None) -> None:
    html = page(client, f"{PERIODS}?kind=thanks&{YEARS}")
    assert table_row(html, "Together")[:2] == ["2", "2"]
    assert f"{PERIODS}?where=testila-districts&amp;before_since=2024-01-01" in html, "the chip that takes it away"


def test_the_map_paints_fewer_more_and_what_cannot_be_said(client: Client, place: Place) -> None:
    for where, before, after in ((WEST, 5, 30), (EAST, 30, 5), (SOUTH, 1, 2)):
        for year, n in ((2024, before), (2025, after)):
            for _ in range(n):
                place(where, now=at(year, 3))
    html = page(client, f"{PERIODS}?{YEARS}")
    change, before_map, after_map = (part.split("</figure>")[0] for part in html.split('<figure class="sheet">')[1:])
    classes = r'<use href="#area-\d+" class="mf-class-([\w-]+)"> ?<title>(\w+): ([^<]+)</title>'
    assert {(code, name): title for code, name, title in re.findall(classes, change)} == {
        ("more-1", "Länsi"): "5 → 30 (+25)",
        ("less-1", "Itä"): "30 → 5 (−25)",
        ("few", "Etelä"): "1 → 2 (+1)",
    }
    assert change.count("One district") == 3 == len(re.findall("legend__swatch", change))
    assert ">+25</text>" in change and ">−25</text>" in change and ">+1</text>" not in change
    by_name = [{name: code for code, name, _n in re.findall(classes, one)} for one in (before_map, after_map)]
    assert by_name[0]["Länsi"] == by_name[1]["Itä"], "one scale for both"
    assert by_name[0]["Itä"] == by_name[1]["Länsi"]


def test_rates_are_by_the_people_of_each_periods_own_year(client: Client, two_years: None, district: Division) -> None:
    west = Area.objects.current().get(code="1")
    for year, persons in ((2024, 1000), (2025, 2000)):
        PopulationFigure.objects.create(area=west, year=year, age_from=0, persons=persons)
    html = page(client, f"{PERIODS}?{YEARS}")
    assert table_row(html, "Länsi")[-1] == "+1.0", "5 of 1,000 people, then 12 of 2,000"
    assert "Residents at the end of 2024 to 2025" in words(html)


def test_periods_of_different_length_are_compared_by_the_month(client: Client, two_years: None) -> None:
    query = "before_since=2024-01-01&before_until=2024-12-31&since=2025-01-01&until=2025-06-30"
    html = page(client, f"{PERIODS}?{query}")
    assert "12.0 and 6.0 months long. So changes are counted by the month." in remarks(html)
    assert "different seasons" in remarks(html)
    # 5 in 12 months, then 6 in 6.
    assert table_row(html, "Länsi")[:3] == ["5 0.4 a month", "6 1.0 a month", "+0.6 ≈ may be chance"]
    assert float(rows(client, query)["area testila-districts/1"]["change"]) == pytest.approx(6 / 6 - 5 / 12, abs=1e-4)


def test_a_period_that_is_not_over_says_how_much_of_it_has_passed(client: Client, two_years: None) -> None:
    today = timezone.localdate()
    since, until = today - datetime.timedelta(days=9), today + datetime.timedelta(days=10)
    html = page(client, f"{PERIODS}?since={since}&until={until}")
    assert "The later period is not over: 10 of its 20 days have passed." in remarks(html)
    assert "counted by the month" in remarks(html)


def test_what_made_the_periods_unlike_is_said(client: Client, two_years: None, city: Any) -> None:
    Consultation.objects.create(
        slug="puistot", name_fi="Puistot", municipality=city, starts_on="2025-03-01", ends_on="2025-04-01"
    )
    told = remarks(
        page(client, f"{PERIODS}?before_since=2023-07-01&before_until=2024-06-30&since=2024-05-01&until=2025-04-30")
    )
    assert "“Puistot” was open in the later period only." in told
    assert "The periods overlap." in told
    assert "The first message of the whole city is from 10.1.2024." in told
    calm = remarks(
        page(
            client,
            f"{PERIODS}?before_since=2024-02-01&before_until=2024-04-30&since=2025-02-01&until=2025-04-30&kind=idea",
        )
    )
    assert "overlap" not in calm and "seasons" not in calm and "counted by the month" not in calm


def test_borders_that_changed_in_between_are_named(client: Client, two_years: None, district: Division) -> None:
    edition = draft_edition(
        division=district,
        areas=[NewArea("A", "Kaikki", box(25.60, 60.94, 25.80, 61.02))],
        valid_from=datetime.date(2025, 1, 1),
        source="test",
    )
    put_in_force(edition=edition, now=timezone.now())
    html = page(client, f"{PERIODS}?{YEARS}")
    assert table_row(html, "Kaikki")[:2] == ["12", "17"]
    assert "The borders changed on 1.1.2025. Both periods are counted by the borders told above." in remarks(html)
    old = page(client, f"{PERIODS}?edition=2024-05-01&{YEARS}")
    assert table_row(old, "Länsi")[:2] == ["5", "12"]
    assert "/?area=" not in old.split('id="changes-caption"')[1].split("</table>")[0], "no list knows older borders"


def test_ready_made_periods_and_the_days_that_mattered(client: Client, two_years: None, city: Any) -> None:
    ended = timezone.localdate() - datetime.timedelta(days=200)
    Consultation.objects.create(
        slug="puistot", name_fi="Puistot", municipality=city, starts_on=ended - datetime.timedelta(30), ends_on=ended
    )
    html = page(client, PERIODS)
    assert "The last 12 whole months" in html and "This year so far" in html
    assert "A consultation ended: Puistot (6 months before and after)" in words(html).replace(" :", ":")
    for url in re.findall(rf'href="({PERIODS}\?[^"]+)"', html):
        assert client.get(unescape(url)).status_code == 200, url


def test_around_a_day_is_the_same_as_the_two_periods_it_means(client: Client, two_years: None) -> None:
    around = rows(client, "around=2025-03-01&months=6")["total testila-districts"]
    named = "before_since=2024-09-01&before_until=2025-02-28&since=2025-03-01&until=2025-08-31"
    assert around == rows(client, named)["total testila-districts"]


def test_the_same_in_another_order_is_the_same_comparison(client: Client, two_years: None) -> None:
    turned = "since=2024-01-01&until=2024-12-31&before_since=2025-01-01&before_until=2025-12-31"
    assert rows(client, turned) == rows(client, YEARS)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("since=2025-05-01&until=2025-01-01", "The first day is after the last day."),
        ("before_since=2024-01-01&before_until=2024-12-31", "The later period is missing."),
        ("until=2025-01-01", "A period needs its first day."),
        ("since=2199-01-01&until=2199-12-31", "A period has not begun yet."),
    ],
)
def test_periods_that_make_no_sense_keep_what_was_typed(client: Client, two_years: None, query: str, said: str) -> None:
    answer = client.get(f"{PERIODS}?{query}")
    html = answer.content.decode()
    assert answer.status_code == 400
    assert said in html and 'role="alert"' in html and "<title>" in html
    for value in re.findall(r"=([\d-]+)", query):
        assert f'value="{value}"' in html
    machine = client.get(f"/compare/periods.csv?{query}")
    assert (machine.status_code, machine["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "query",
    [
        "where=nowhere", "where=testila-districts/99", "where=x%00", "where=a/%00", "since=soon", "around=x",
        "months=7", "months=1&months=3", "around=2025-01-01&since=2025-01-01", "show=colour", "sort=x",
        "area=testila-districts/1", "nonsense=1", "kind=x", "edition=1990-01-01",
    ],
)  # fmt: skip
def test_a_bad_question_is_refused_by_name(client: Client, district: Division, query: str) -> None:
    for address in (PERIODS, "/compare/periods.csv"):
        answer = client.get(f"{address}?{query}")
        assert answer.status_code == 400, (address, query)
    if "&" not in query:
        assert answer.json()["parameter"] == query.partition("=")[0]


def test_before_there_are_districts_the_page_says_so(client: Client, db: None) -> None:
    assert "No districts yet" in page(client, PERIODS)
    assert client.get("/compare/periods.csv").status_code == 400


def test_unpublished_borders_and_held_messages_leave_no_trace(
    client: Client, two_years: None, district: Division, place: Place, planner: User
) -> None:
    before = page(client, f"{PERIODS}?{YEARS}")
    draft_edition(
        division=district,
        areas=[NewArea("9", "Salahaka", box(25.6, 60.94, 25.8, 61))],
        valid_from=datetime.date(2025, 1, 1),
        source="",
    )
    place(WEST, text="Soita minulle 040 123 4567", now=at(2025, 5))
    client.force_login(planner)
    after = page(client, f"{PERIODS}?{YEARS}")
    assert "Salahaka" not in after
    assert table_row(after, "Länsi") == table_row(before, "Länsi")
    assert client.get(f"{PERIODS}?where=testila-districts/9").status_code == 400


def test_a_file_for_a_finnish_excel_has_decimal_commas(client: Client, two_years: None, district: Division) -> None:
    Area.objects.filter(code="1").update(name_fi="=1+1", name_en="=1+1")
    plain = client.get(f"/compare/periods.csv?{YEARS}").content.decode()
    excel = client.get(f"/compare/periods.csv?{YEARS}&separator=semicolon").content.decode()
    assert excel.startswith("\ufeffpart;code;name;") and "-66,6667" in excel
    assert "-66.6667" in plain and "'=1+1" in plain and ",=1+1" not in plain


def test_comparing_takes_the_same_few_queries_however_many_messages(
    client: Client, two_years: None, place: Place, nature: Category, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(23):
        client.get(f"{PERIODS}?{YEARS}")
    with django_assert_num_queries(17):
        client.get(f"{PERIODS}?where=testila-districts/1&{YEARS}")
    for where in (WEST, EAST, SOUTH, OUTSIDE, None):
        place(where, category=nature, now=at(2025, 3))
    with django_assert_num_queries(23):
        client.get(f"{PERIODS}?{YEARS}")
    with django_assert_num_queries(17):
        client.get(f"{PERIODS}?where=testila-districts/1&{YEARS}")


def test_suspected_default_places_are_left_out_of_both(client: Client, two_years: None) -> None:
    Pin.objects.filter(pk__in=list(Pin.objects.filter(placed_at__year=2024)[:4].values_list("pk", flat=True))).update(
        suspected_default_place=True
    )
    told = rows(client, f"defaults=without&{YEARS}")
    assert told["left_out"]["earlier"] == "4"
    assert sum(int(row["earlier"]) for key, row in told.items() if not key.startswith("total")) == 12


# -- arithmetic ------------------------------------------------------------------------------------

DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2030, 12, 31))


@given(DAYS, st.integers(1, 60))
def test_so_many_months_from_any_day_are_so_many_months(start: datetime.date, months: int) -> None:
    period = Period(start, later(start, months) - datetime.timedelta(days=1))
    # A day that the last month does not have ends the period on that month's last day.
    assert period.whole_months == months
    assert sum(period.by_month_of_year()) == pytest.approx(1)
    assert len(period.in_months()) in {months, months + 1}


@given(DAYS, st.sampled_from([1, 3, 6, 12, 24]))
def test_before_and_after_a_day_meet_at_that_day(day: datetime.date, months: int) -> None:
    pair = around_day(day, months, datetime.date(2040, 1, 1))
    assert pair.before.until + datetime.timedelta(days=1) == pair.after.since == day
    assert not pair.overlaps and not pair.reaches_into_the_future


@given(DAYS, DAYS, DAYS, DAYS)
def test_any_two_periods_stand_in_their_order_and_their_lengths_are_told_alike(
    a: datetime.date, b: datetime.date, c: datetime.date, d: datetime.date
) -> None:
    one, other = Period(min(a, b), max(a, b)), Period(min(c, d), max(c, d))
    pair, turned = (Pair.of(*both, datetime.date(2040, 1, 1)) for both in ((one, other), (other, one)))
    assert pair == turned and pair.before.since <= pair.after.since
    assert pair.is_even == (pair.months[0] == pair.months[1])
    assert pair.overlaps == any(
        one.since <= day <= one.until
        for day in (other.since, other.until, *((one.since,) if other.since <= one.since <= other.until else ()))
    )


COUNTS = st.integers(0, 2000)


@given(COUNTS, COUNTS, st.integers(1, 24), st.integers(1, 24))
def test_a_change_turned_round_is_its_opposite(before: int, after: int, first: int, second: int) -> None:
    there = Change(Figure(before), Figure(after), (first, second))
    back = Change(Figure(after), Figure(before), (second, first))
    assert there.value == pytest.approx(-back.value)
    assert there.may_be_chance == back.may_be_chance
    assert there.is_too_few == back.is_too_few == (before < 5 and after < 5)
    if there.is_too_few and first == second:
        assert there.may_be_chance, "what is too few to say is no more than chance"


@given(st.lists(st.tuples(COUNTS, COUNTS), min_size=1, max_size=40))
def test_every_area_has_one_class_and_the_legend_counts_them(numbers: list[tuple[int, int]]) -> None:
    changes = {key: Change(Figure(before), Figure(after)) for key, (before, after) in enumerate(numbers)}
    for measure in Measure:
        drawn = painted(changes, measure)
        assert sum(row.areas for row in drawn.legend) == len(numbers) == len(drawn.classes)
        for key, code in drawn.classes.items():
            change = changes[key]
            if code.startswith(("less", "more")):
                assert not change.may_be_chance and (change.value < 0) == code.startswith("less")
            sizes = {
                abs(changes[other].value): its[-1]
                for other, its in drawn.classes.items()
                if its[:4] in {"less", "more"}
            }
            if measure is Measure.CHANGE and code[:4] in {"less", "more"}:
                assert sizes[abs(change.value)] == code[-1], "both sides begin their classes at the same sizes"
