"""An association sets its district beside another: shares and rates on one scale, and what they cannot say."""

import csv
import datetime
import io
import re
from html import unescape

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from areas.actions import NewArea, adopt_edition, draft_edition
from areas.models import Area, Division, Municipality
from mapfeedback.accounts.models import User
from mapfeedback.pins.figures import Figure
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Category, Pin
from mapfeedback.reports.comparing.columns import HIGH, WIDE, charts
from mapfeedback.reports.comparing.pairing import Row, by_difference
from tests.conftest import EAST, SOUTH, WEST, Place, box
from tests.reports.test_read_a_district import page, table_row, words

DISTRICTS = "/compare/districts/"
BOTH = "one=testila-districts/1&other=testila-districts/2"


@pytest.fixture(autouse=True)
def in_english(client: Client) -> None:
    client.cookies["django_language"] = "en"


@pytest.fixture
def told(place: Place, streets: Category, nature: Category) -> None:
    """West: 8 of streets, 2 of nature, in January and March. East: 1 of streets, 4 of nature, in February."""
    for where, topic, month, n in (
        (WEST, streets, 1, 8),
        (WEST, nature, 3, 2),
        (EAST, streets, 2, 1),
        (EAST, nature, 2, 4),
    ):
        for nth in range(n):
            place(
                where,
                category=topic,
                kind="idea" if nth else "thanks",
                now=datetime.datetime(2026, month, 10, tzinfo=datetime.UTC),
            )
    answered = list(Pin.objects.filter(kind="idea", memberships__area__code="1")[:6].values_list("pk", flat=True))
    for pin in Pin.objects.filter(pk__in=answered):
        Pin.objects.filter(pk=pin.pk).update(answered_at=pin.placed_at + datetime.timedelta(days=4))


@pytest.fixture
def major(city: Municipality, district: Division) -> Division:
    division = Division.objects.create(
        municipality=city, slug="testila-major", name_fi="Suuralueet", name_en="Major districts", kind="major"
    )
    adopt_edition(
        division=division,
        areas=[NewArea("1", "Pohjoinen", box(25.60, 60.98, 25.80, 61.02))],
        valid_from=datetime.date(2020, 1, 1),
        source="test",
    )
    remember_areas()
    return division


def rows(client: Client, query: str) -> dict[str, dict[str, str]]:
    answer = client.get(f"/compare/districts.csv?{query}")
    assert answer.status_code == 200, answer.content
    return {f"{row['part']} {row['code']}".strip(): row for row in csv.DictReader(io.StringIO(answer.content.decode()))}


def test_two_districts_stand_side_by_side_with_rates_and_shares(client: Client, told: None) -> None:
    html = page(client, f"{DISTRICTS}?{BOTH}")
    assert "<h1> Länsi and Itä </h1>" in html
    assert table_row(html, "Messages") == ["10", "5"]
    assert table_row(html, "Per 1,000 residents") == ["10.0", "10.0"]
    assert table_row(html, "Answered share") == ["60 %", "0 %"]
    assert table_row(html, "Typical time to an answer") == ["4 days", "too few"]
    km2 = Area.objects.current().get(code="1").km2
    assert table_row(html, "Messages per km²")[0] == f"{10 / km2:.1f}"
    assert table_row(html, "Nature")[:5] == ["2", "20 %", "4", "80 %", "+60"]


def test_topics_that_differ_most_come_first_and_subtopics_stay_below_theirs(
    client: Client, told: None, place: Place, nature: Category
) -> None:
    trees = Category.objects.create(slug="trees", name_fi="Puut", name_en="Trees", parent=nature)
    other = Category.objects.create(slug="noise", name_fi="Melu", name_en="Noise", order=0)
    for where, category in ((WEST, other), (EAST, trees)):
        place(where, category=category)
    html = page(client, f"{DISTRICTS}?{BOTH}")
    topics = html.split('id="part-category"')[1].split("</table>")[0]
    assert re.findall(r'<th scope="row">(\w+)</th>', topics) == ["Nature", "Trees", "Streets", "Noise"]
    assert table_row(html, "Nature")[0:3:2] == ["2", "5"]


def test_each_number_leads_to_just_those_messages(client: Client, told: None, major: Division) -> None:
    for query in (
        BOTH,
        f"{BOTH}&since=2026-02-01&kind=idea",
        "one=testila-major/1&other=testila-districts/1&category=nature",
    ):
        html = page(client, f"{DISTRICTS}?{query}")
        links = re.findall(r'<a href="(/\?area=[^"]+)">([\d,]+)</a>', html)
        assert len(links) > 4
        for url, number in links:
            listed = client.get("/pins.csv?" + unescape(url).partition("?")[2]).getvalue().decode()
            assert len(list(csv.DictReader(io.StringIO(listed)))) == int(number), (query, url)


def test_its_numbers_are_those_of_both_districts_own_pages(client: Client, told: None) -> None:
    query = "since=2026-01-01&until=2026-02-28"
    mine = rows(client, f"{BOTH}&{query}")
    for side, code in (("one", "1"), ("other", "2")):
        (area,) = (
            one
            for one in client.get(f"/areas/testila-districts/counts.json?{query}").json()["areas"]
            if one["code"] == code
        )
        assert (
            int(mine["messages"][side])
            == area["pins"]
            == sum(int(row[side]) for key, row in mine.items() if key.startswith("kind "))
            == sum(int(row[side]) for key, row in mine.items() if key.startswith("month "))
        )
        assert float(mine["per_1000_residents"][side]) == area["per_1000"]


def test_swapping_turns_every_number_round(client: Client, told: None) -> None:
    html = page(client, f"{DISTRICTS}?{BOTH}&kind=idea")
    swapped = f"{DISTRICTS}?one=testila-districts/2&other=testila-districts/1&kind=idea"
    assert f'href="{swapped.replace("&", "&amp;")}"' in html
    there, back = rows(client, BOTH), rows(client, "one=testila-districts/2&other=testila-districts/1")
    assert there.keys() == back.keys()
    for key, row in there.items():
        assert (row["one"], row["other"]) == (back[key]["other"], back[key]["one"])


def test_months_stand_below_one_another_on_one_scale(client: Client, told: None) -> None:
    html = page(client, f"{DISTRICTS}?{BOTH}")
    west, east = (
        re.findall(r'height="([\d.]+)"><title>(\w+ \d+): (\d+)', part) for part in html.split("bar-row__bars")[1:]
    )
    assert [(month, n) for _high, month, n in west] == [
        ("January 2026", "8"),
        ("February 2026", "0"),
        ("March 2026", "2"),
    ]
    assert [month for _high, month, _n in east] == [month for _high, month, _n in west]
    assert {float(high) / int(n) for high, _month, n in west + east if int(n)} == {12.5}, "8 messages are full height"


def test_what_is_true_of_both_is_said_once_and_the_rest_of_whom_it_is_true(
    client: Client, told: None, place: Place
) -> None:
    place(SOUTH)
    html = page(client, f"{DISTRICTS}?one=testila-districts/1&other=testila-districts/3")
    caveats = words(html.split('id="caveats"')[1].split("</section>")[0])
    assert caveats.count("These are messages, not people.") == 1
    assert "Etelä The population of this district is not known." in caveats
    assert "There are fewer than 5 messages." in caveats.split("Etelä")[1]


def test_areas_that_overlap_say_how_many_messages_both_count(client: Client, told: None, major: Division) -> None:
    html = page(client, f"{DISTRICTS}?one=testila-districts/1&other=testila-major/1")
    assert table_row(html, "Messages") == ["10", "15"]
    assert "The districts overlap: 10 messages lie in both and are counted in both." in words(html)
    assert len(re.findall('class="compare-area compare-area--', html)) == 2, "both bear the code 1"
    assert "The districts overlap" not in words(page(client, f"{DISTRICTS}?{BOTH}"))


def test_one_chosen_district_leads_to_the_choice_of_the_other(client: Client, told: None, district: Division) -> None:
    for address in ("/areas/", "/areas/testila-districts/", "/areas/testila-districts/1/?kind=idea"):
        html = page(client, address)
        for url in re.findall(r'href="(/compare/[^"]+)"', html):
            assert client.get(unescape(url)).status_code == 200, url
    html = page(client, f"{DISTRICTS}?one=testila-districts/1")
    assert '<option value="testila-districts/1" selected>Länsi</option>' in re.sub(r"\s+>", ">", html)
    assert "Messages per km²" not in html


def test_cities_are_chosen_where_there_are_several(client: Client, told: None, outsider: User) -> None:
    other = Municipality.objects.get(slug="muuala")
    division = Division.objects.create(municipality=other, slug="muuala-districts", name_fi="Kylät", is_main=True)
    adopt_edition(
        division=division,
        areas=[NewArea("1", "Perukka", box(20, 60, 20.2, 60.1))],
        valid_from=datetime.date(2020, 1, 1),
        source="test",
    )
    html = page(client, f"{DISTRICTS}?one=testila-districts/1")
    assert "Perukka" not in html
    assert f'href="{DISTRICTS}?one=testila-districts/1&amp;city=muuala"' in html
    assert "Perukka" in page(client, f"{DISTRICTS}?one=testila-districts/1&city=muuala")
    both = page(client, f"{DISTRICTS}?one=testila-districts/1&other=muuala-districts/1")
    assert table_row(both, "Messages") == ["10", "0"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("one=testila-districts/1&other=testila-districts/1", "These are the same district."),
        (f"{BOTH}&since=2026-05-01&until=2026-01-01", "The first day is after the last day."),
    ],
)
def test_what_cannot_be_compared_is_said_with_the_form_as_it_was(
    client: Client, told: None, query: str, said: str
) -> None:
    answer = client.get(f"{DISTRICTS}?{query}")
    html = answer.content.decode()
    assert answer.status_code == 400 and said in html and "Messages per km²" not in html
    assert client.get(f"/compare/districts.csv?{query}").status_code == 400


@pytest.mark.parametrize(
    "query",
    ["one=nowhere", "one=testila-districts/99", "other=a/%00", "city=x", "area=testila-districts/1", "since=x", "x=1"],
)
def test_a_bad_question_is_refused_by_name(client: Client, district: Division, query: str) -> None:
    answer = client.get(f"{DISTRICTS}?{query}", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["parameter"]) == (400, query.partition("=")[0])


def test_a_draft_is_no_choice_and_no_answer(client: Client, told: None, district: Division, planner: User) -> None:
    draft_edition(
        division=district,
        areas=[NewArea("9", "Salahaka", box(25.6, 60.94, 25.8, 61))],
        valid_from=timezone.localdate(),
        source="",
    )
    client.force_login(planner)
    assert "Salahaka" not in page(client, f"{DISTRICTS}?city=testila")
    for name in ("one", "other"):
        assert client.get(f"{DISTRICTS}?{name}=testila-districts/9").status_code == 400


def test_a_file_can_be_opened_by_a_spreadsheet_without_harm(client: Client, told: None) -> None:
    Area.objects.filter(code="1").update(name_fi="=1+1", name_en="")
    excel = client.get(f"/compare/districts.csv?{BOTH}&separator=semicolon")
    assert excel.content.decode().startswith("\ufeffpart;") and ";'=1+1;" in excel.content.decode()
    assert "attachment" in excel["Content-Disposition"]
    assert rows(client, BOTH)["name"]["one"] == "'=1+1"


def test_comparing_takes_the_same_few_queries_however_many_messages(
    client: Client, told: None, place: Place, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(22):
        client.get(f"{DISTRICTS}?{BOTH}")
    for where in (WEST, EAST, EAST, SOUTH):
        place(where)
    with django_assert_num_queries(22):
        client.get(f"{DISTRICTS}?{BOTH}")


# -- arithmetic ------------------------------------------------------------------------------------

SERIES = st.integers(1, 36).flatmap(lambda n: st.tuples(*[st.lists(st.integers(0, 500), min_size=n, max_size=n)] * 2))


@given(SERIES)
def test_bars_of_one_number_have_one_height_and_stay_in_the_frame(numbers: tuple[list[int], list[int]]) -> None:
    names = [[str(place) for place in range(len(row))] for row in numbers]
    drawn = charts(["a", "b"], names, numbers)
    heights = {
        n: bar.height for chart, row in zip(drawn, numbers, strict=True) for bar, n in zip(chart.bars, row, strict=True)
    }
    assert sorted(heights) == sorted(heights, key=lambda n: heights[n])
    for chart, row in zip(drawn, numbers, strict=True):
        assert chart.total == sum(row)
        for bar in chart.bars:
            assert bar.height == heights[int(bar.title.rpartition(": ")[2])]
            assert bar.x >= 0 and bar.x + bar.width <= WIDE and bar.y + bar.height == pytest.approx(HIGH, abs=0.02)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 10), st.integers(0, 10)), max_size=20))
def test_ordering_by_difference_keeps_every_row_and_its_topic(told: list[tuple[bool, int, int]]) -> None:
    rows = [
        Row(str(nth), ("category", str(nth)), (Figure(a), Figure(b)), (a / 10, b / 10), inner=inner and nth > 0)
        for nth, (inner, a, b) in enumerate(told)
    ]
    ordered = by_difference(rows)
    assert sorted(row.label for row in ordered) == sorted(row.label for row in rows)

    def topics(some: list[Row]) -> dict[str, str]:
        found, top = {}, ""
        for row in some:
            top = top if row.inner else row.label
            found[row.label] = top
        return found

    assert topics(ordered) == topics(rows)
    tops = [abs(row.difference) for row in ordered if not row.inner]
    assert tops == sorted(tops, reverse=True)
