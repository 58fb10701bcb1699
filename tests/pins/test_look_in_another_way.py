"""The map page looked at as dots, density or painted districts: the same filter, kept by every link, with its table."""

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from areas.models import Municipality
from mapfeedback.pins.looking import Way
from tests.conftest import EAST, OUTSIDE, WEST, Place


def page_of(client: Client, query: str) -> str:
    answer = client.get(f"/?{query}", headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def links(page: str, part: str) -> list[str]:
    """Addresses in a part of the page, from where its opening tag begins."""
    return [unescape(href) for href in re.findall(r'href="([^"]*)"', page[page.index(part) :])]


@pytest.mark.parametrize("way", list(Way))
def test_the_page_offers_every_way_and_says_which_one_it_is(client: Client, city: Municipality, way: Way) -> None:
    page = page_of(client, f"show={way}&kind=idea")
    assert f'data-way="{way}"' in page
    ways = page[page.index('class="looking__ways') : page.index("</nav>", page.index('class="looking__ways'))]
    assert links(ways, "<ul") == ["/?kind=idea", *(f"/?kind=idea&show={one}" for one in list(Way)[1:])]
    current = re.search(r'aria-current="true">([^<]*)<', ways)
    assert current and current[1] == str(way.label)


def test_clusters_are_what_one_sees_unless_asked(client: Client, city: Municipality) -> None:
    assert 'data-way="clusters"' in page_of(client, "")


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("show=stars", "show"),
        ("show=districts&measure=luck", "measure"),
        ("show=districts&division=nowhere", "division"),
    ],
)
def test_a_way_there_is_not_is_refused_with_what_there_is(
    client: Client, city: Municipality, query: str, parameter: str
) -> None:
    answer = client.get(f"/?{query}", headers={"Accept": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["parameter"] == parameter
    assert {"show": "heat", "measure": "answered", "division": "testila-districts"}[parameter] in answer.json()["title"]
    page = client.get(f"/?{query}&kind=idea")
    assert page.status_code == 400
    assert parameter in page.content.decode() and 'data-query="kind=idea"' in page.content.decode()


def test_the_way_of_looking_stays_when_filter_order_or_page_change(client: Client, place: Place) -> None:
    for _nth in range(40):
        place(WEST, kind="idea")
    page = page_of(client, "show=heat&kind=idea")
    chip = re.search(r'<a class="chip"\s+href="([^"]*)">\s*<span class="visually-hidden">Remove', page)
    older = re.search(r'rel="next" href="([^"]*)"', page)
    waiting = re.search(r'href="(/\?[^"]*sort=waiting[^"]*)"', page)
    assert chip and older and waiting
    assert [found[1].count("show=heat") for found in (chip, older, waiting)] == [1, 1, 1]
    assert '<input type="hidden" name="show" value="heat">' in page
    assert client.get(unescape(older[1])).status_code == 200


def test_density_has_its_table_whose_numbers_add_up_to_the_map(client: Client, place: Place) -> None:
    for _nth in range(7):
        place(WEST)
    place(EAST)
    place(None)
    page = page_of(client, "show=heat&area=testila")
    table = page[page.index('id="densest"') : page.index("</table>")]
    numbers = [int(n) for n in re.findall(r'<td class="num">(\d+)</td>', table)]
    assert "Länsi" in table
    assert 'data-located="8"' in page
    assert numbers[-1] == 8
    assert 7 in numbers and numbers[-2] == 1


def test_districts_are_painted_with_the_numbers_of_their_own_pages(client: Client, place: Place) -> None:
    for where in [WEST] * 5 + [EAST, OUTSIDE, None]:
        place(where, kind="idea")
    place(WEST, kind="thanks")
    page = page_of(client, "show=districts&measure=per_1000&kind=idea")
    table = page[page.index('id="painted"') : page.index("</section>", page.index('id="painted"'))]
    assert re.findall(r'<td class="num">(\d+)</td>', table.partition("<tfoot>")[0]) == ["5", "1", "0"]
    assert re.findall(r'<td class="num">(\d+)</td>', table.partition("<tfoot>")[2]) == ["1", "1", "8"]
    assert "Per 1,000 residents" in table and ">5.0<" in re.sub(r"\s+", "", table)
    assert 'id="districts-painted"' in table
    assert "/areas/testila-districts/1/?kind=idea" in table
    assert 'value="testila-districts"' in page and "selected" in page


def test_a_reader_without_a_script_can_choose_too(client: Client, place: Place) -> None:
    """Links and a plain form; what the form holds opens the same page."""
    place(WEST)
    page = page_of(client, "show=districts&kind=feedback")
    form = page[page.index('<form method="get"', page.index('id="looking"')) :].partition("</form>")[0]
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form))
    assert hidden == {"kind": "feedback", "show": "districts"}
    assert re.findall(r'<select name="(\w+)"', form) == ["division", "measure"]
    assert "5 " not in form
    answer = client.get("/", {**hidden, "division": "testila-districts", "measure": "days"})
    assert answer.status_code == 200


def test_looking_and_list_are_narrowed_by_the_same_filter(client: Client, place: Place) -> None:
    for _nth in range(6):
        place(WEST, kind="idea")
    for _nth in range(9):
        place(EAST, kind="thanks")
    page = page_of(client, "show=heat&kind=idea")
    table = page[page.index('id="densest"') : page.index("</table>")]
    assert "Länsi" in table and "Itä" not in table
    districts = page_of(client, "show=districts&kind=idea")
    assert re.findall(r'<td class="num">(\d+)</td>', districts[districts.index('id="painted"') :])[:1] == ["6"]


@pytest.mark.parametrize(("way", "most"), [("dots", 14), ("heat", 18), ("districts", 24)])
def test_no_way_asks_more_the_more_there_is(
    client: Client, place: Place, django_assert_max_num_queries: DjangoAssertNumQueries, way: str, most: int
) -> None:
    for nth in range(12):
        place(WEST if nth % 2 else EAST)
    with django_assert_max_num_queries(most):
        page_of(client, f"show={way}")


def test_what_is_shared_is_looked_at_in_the_same_way(client: Client, place: Place) -> None:
    for _nth in range(6):
        place(WEST)
    query = "show=districts&division=testila-districts&measure=answered"
    assert f"/share/?kind=feedback&amp;{query.replace('&', '&amp;')}" in page_of(client, f"kind=feedback&{query}")
    share = client.get(f"/share/?kind=feedback&{query}", headers={"Accept-Language": "en"}).content.decode()
    assert f"/?kind=feedback&amp;{query.replace('&', '&amp;')}" in share
    embed = client.get(f"/embed/?kind=feedback&{query}&lang=en")
    assert embed.status_code == 200 and not embed.cookies
    assert 'data-way="districts"' in embed.text and 'id="districts-painted"' in embed.text
    assert "<select" not in embed.text
    heat = client.get("/embed/?show=heat&lang=en").text
    assert 'id="heat-key"' in heat and "Länsi" in heat
    for address in ("/share/", "/embed/", "/map.svg"):
        assert client.get(f"{address}?show=stars").status_code == 400
