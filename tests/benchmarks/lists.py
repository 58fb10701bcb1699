"""The list beside the map: its pages at any depth, and what it finds by words in one district."""

from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict

from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.mappage import PAGE
from mapfeedback.pins.models import Pin
from mapfeedback.pins.paging import COUNTED, Page, Total, page_of, total_of
from tests.benchmarks.city import City
from tests.benchmarks.measuring import LIGHT, Row, compared, request

#: How far into the list, as a share of all messages.
DEPTH: Final = 0.7

# The words of one district's messages, and in how many of them they are.
WORDS: Final = """
    SELECT word FROM ts_stat($$
        SELECT words FROM pins_pin JOIN pins_membership ON pin_id = id
        WHERE area_id = {area} AND visibility = 'published' ORDER BY id DESC LIMIT 20000 $$)
    WHERE word ~ '^[a-zäö]{{6,}}$' ORDER BY ndoc {direction}, word LIMIT 1"""

# The least that shows a page of hits and says how many there are: one count that stops where ours stops, one page.
COUNT: Final = "SELECT count(*), count(geom) FROM (SELECT geom FROM pins_pin pin WHERE {condition} LIMIT {most}) AS hit"
HITS: Final = """
    SELECT pin.id, pin.public_id, pin.kind, pin.title, pin.text, pin.language, pin.place_text, pin.status,
           pin.placed_at, pin.answered_at, topic.slug, topic.name_fi, area.name_fi
    FROM pins_pin pin
    JOIN pins_category topic ON topic.id = pin.category_id
    LEFT JOIN pins_membership home ON home.pin_id = pin.id AND home.edition_id = {edition}
    LEFT JOIN areas_area area ON area.id = home.area_id
    WHERE {condition} ORDER BY {when} DESC, pin.id DESC LIMIT {page}"""


def at_depth(city: City) -> Row:
    """The page of the list at 70 % depth, from its address to its bytes, against the first page."""
    published = Pin.objects.visible_to(AnonymousUser())
    deep = published.order_by("-placed_at", "-pk").values_list("public_id", flat=True)[int(DEPTH * published.count())]
    first, later = "/", f"/?after={deep}"
    assert len(request(later)) > 0.8 * len(request(first))
    return compared(
        "list-page-at-depth",
        ours=lambda: request(later),
        baseline=lambda: request(first),
        target=1.5,
        repeats=LIGHT // 2,
    )


def rare_word(city: City) -> Row:
    """A word that hardly anybody in the fullest district has used: count and first page, against bare SQL."""
    return _search(city, "search-rare-word", direction="ASC")


def common_word(city: City) -> Row:
    """The word that most in the fullest district have used: count and first page, against bare SQL."""
    return _search(city, "search-common-word", direction="DESC")


def _search(city: City, name: str, *, direction: str) -> Row:
    """The condition is the filter's own: what is measured is everything round it, without the HTML of the page."""
    area = city.loudest
    word = _asked(WORDS.format(area=area.pk, direction=direction))[0][0]
    chosen = PinFilter.parse(QueryDict(f"q={word}&area=seeded-districts/{area.code}"))

    def ours() -> tuple[Total, Page]:
        visible = Pin.objects.visible_to(AnonymousUser())
        total = total_of(chosen.apply(visible), newest=PAGE + 1)
        return total, page_of(visible, chosen, QueryDict(), PAGE, total=total)

    with connection.cursor() as cursor:
        found = chosen.apply(Pin.objects.visible_to(AnonymousUser())).order_by().values("pk")
        whole: str = cursor.mogrify(*found.query.sql_with_params())
    condition = whole.split(" WHERE ", 1)[1].replace('"pins_pin".', "pin.")
    # Of words that few use, the hits are found first and sorted then: the better of both plans.
    when = "pin.placed_at + interval '0'" if ours()[0].is_exact else "pin.placed_at"
    count = COUNT.format(condition=condition, most=COUNTED + 1)
    hits = HITS.format(condition=condition, when=when, page=PAGE + 1, edition=city.edition.pk)

    def bare() -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
        return _asked(count), _asked(hits)

    (total, page), ((counted,), rows) = ours(), bare()
    assert (total.all, total.located) == counted and [pin.pk for pin in page.pins] == [row[0] for row in rows[:PAGE]]
    assert page.pins
    return compared(name, ours=ours, baseline=bare, target=2.0, repeats=LIGHT)


def _asked(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())
