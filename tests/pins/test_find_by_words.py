"""A person searches for words: in any case, in three languages, without the right keyboard."""

import contextlib
import re
import time
from html import unescape

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.http import QueryDict
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from areas.models import Municipality
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Pin, Visibility
from mapfeedback.pins.words import folding
from mapfeedback.web import BadQuery
from tests.conftest import WEST, Place


def found(q: str) -> int:
    chosen = PinFilter.parse(_query(q=q))
    return chosen.apply(Pin.objects.visible_to(AnonymousUser())).count()


def _query(**parts: str) -> QueryDict:
    query = QueryDict(mutable=True)
    query.update(parts)
    return query


def page(client: Client, **parts: str) -> str:
    answer = client.get("/", parts, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.text


FINNISH = [
    ("Mukkulan ranta on siisti.", "Mukkulassa"),
    ("Mukkulassa on ranta.", "Mukkula"),
    ("Uusi koirapuisto!", "koirapuistoon"),
    ("Koirapuistoissa on kuraa", "koirapuisto"),
    ("Katu on auki", "kadulla"),
    ("Kadulla on kuoppa", "katu"),
    ("Rannalla tuulee", "ranta"),
    ("Ranta on siisti", "rannan"),
    ("Sillalla on liukasta", "silta"),
    ("Kentällä on lunta", "kenttä"),
    ("Polulla on puu", "polku"),
    ("Mäellä on jäätä", "mäki"),
    ("Mäki on jäässä", "mäellä"),
    ("Pysäkin katos vuotaa", "pysäkki"),
    ("Pysäkeillä ei ole katosta", "pysäkki"),
    ("Penkkejä tarvitaan", "penkki"),
    ("Penkki on rikki", "penkkejä"),
    ("Veden laatu", "vesi"),
    ("Lammella uidaan", "lampi"),
]
COMPOUNDS = [
    ("Leikkipuistossa on hiekkaa", "puisto"),
    ("Kävelykadulla on kiire", "katu"),
    ("Pyöräteiden auraus", "pyörä"),
    ("Linja-autopysäkki puuttuu", "pysäkki"),
    ("Talvella/kesällä pimeää", "kesä"),
    ("Koulun/päiväkodin piha", "päiväkoti"),
]


@pytest.mark.parametrize(("text", "asked"), [*FINNISH, *COMPOUNDS])
def test_finnish_words_are_found_in_other_cases_and_inside_compounds(place: Place, text: str, asked: str) -> None:
    place(text=text)
    place(text="Aivan toinen asia.")
    assert found(asked) == 1


@pytest.mark.parametrize(
    ("language", "text", "asked"),
    [
        ("sv", "Bänkarna är trasiga", "bänk"),
        ("sv", "Cykelvägen är hal", "väg"),
        ("sv", "Gatan är mörk", "gata"),
        ("en", "The benches are broken", "bench"),
        ("en", "More lighting, please", "lights"),
        ("en", "Two crossings are dangerous", "crossing"),
    ],
)
def test_swedish_and_english_words_are_found_in_other_forms(place: Place, language: str, text: str, asked: str) -> None:
    place(text=text, language=language)
    assert found(asked) == 1


def test_dots_are_letters_but_forgiven_when_missing(place: Place) -> None:
    place(text="Pyörätie on kapea")
    place(text="Sää on huono")
    place(text="Saa nähdä")
    assert found("pyoratie") == found("pyörätie") == 1
    assert found("sää") == 1
    assert found("saa") == 2


def test_what_was_typed_right_comes_before_what_is_forgiven_when_the_best_is_asked_for(
    client: Client, place: Place
) -> None:
    exact = place(text="Saari on kaunis")
    forgiven = place(text="Sääri kipeä")
    html = page(client, q="saari", sort="best")
    assert re.findall(r'data-item="([^"]+)"', html) == [str(exact.public_id), str(forgiven.public_id)]
    html = page(client, q="saari")
    assert re.findall(r'data-item="([^"]+)"', html) == [str(forgiven.public_id), str(exact.public_id)]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("pyö\u00adrä\u00adtie", "pyörätie"),  # soft hyphens
        ("kou\u200blu", "koulu"),  # zero width
        ("pyo\u0308ra\u0308tie", "pyörätie"),  # dots as letters of their own
        ("\u0440enkki", "renkki"),  # a Cyrillic er, which looks like p
        ("к\u0430tu", "katu"),
        ("ＰＥＮＫＫＩ", "penkki"),  # as wide as Chinese
        ("ﬁksu", "fiksu"),  # a ligature
        ("“penkki”", "penkki"),
        ("Café", "cafe"),
    ],
)
def test_tricks_of_keyboards_and_files_do_not_hide_a_word(place: Place, text: str, asked: str) -> None:
    asked = asked.replace("renkki", "penkki")
    place(text=f"Tässä on {text} ja muuta.")
    assert found(asked) == 1
    assert found(text) == 1


def test_words_in_their_own_letters_are_found_by_them(place: Place) -> None:
    place(text="Новый парк", language="ru")
    assert found("парк") == 1


def test_a_beginning_is_enough_while_typing(place: Place) -> None:
    place(text="Koirapuisto")
    assert [found("koirapuisto"[:letters]) for letters in (2, 3, 5, 9)] == [0, 1, 1, 1]


def test_quotation_marks_ask_for_words_together_and_a_minus_leaves_out(place: Place) -> None:
    place(text="Penkki on rikki")
    place(text="Rikki on penkki, joka oli ehjä")
    place(text="Penkit ehjät")
    assert found("penkki") == 3
    assert found('"penkki on"') == found("”penkki on”") == 1
    assert found('"penkki"') == 2
    assert found("penkki -rikki") == 1
    assert found('penkki -"on rikki"') == 2
    assert found("-penkki") == 0


def test_small_words_count_only_when_nothing_else_is_asked_for(place: Place) -> None:
    place(text="Penkki rikki")
    place(text="Se on tässä")
    assert found("penkki on rikki") == 1
    assert found("on") == 1
    assert found('"on"') == 1


def test_title_and_place_in_own_words_are_searched_too(place: Place) -> None:
    place(title="Valaistus", text="Pimeää.", place_text="kioskin luona")
    assert found("valaistus") == found("kioski") == found("pimeää kioski") == 1


def test_a_search_without_a_word_finds_nothing(client: Client, place: Place) -> None:
    place()
    assert found("!!!") == found("🚲") == found('""') == 0
    assert "Nothing was found with these words" in page(client, q="!!!")


@pytest.mark.django_db
@pytest.mark.parametrize("value", ["x" * 201, " ".join("abcdefghijklmnopqrstu")])
def test_too_much_to_search_for_is_refused_and_kept_in_the_field(client: Client, value: str) -> None:
    answer = client.get("/", {"q": value})
    assert answer.status_code == 400
    assert f'value="{value}"' in answer.text
    assert client.get("/pins.csv", {"q": value}).json()["parameter"] == "q"


HOSTILE = [
    "a" * 100_000,
    "-" * 100_000,
    '"' * 100_000,
    "a " * 50_000,
    '-"' * 50_000,
    "ä\u0308" * 50_000,
    "\u00ad" * 99_999,
]


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:4]))
def test_a_long_hostile_question_costs_nothing(text: str) -> None:
    began = time.process_time()
    with contextlib.suppress(BadQuery):
        PinFilter.parse(_query(q=text))
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize(
    "text", ["a" * 5000, "ä" * 2500, "'" * 5000, "a\u0308" * 2500, "~" * 5000, "a b " * 1250, "\x01" * 5000]
)
def test_a_text_of_any_shape_can_be_stored_and_searched(place: Place, text: str) -> None:
    place(text=text + " loppu")
    assert found("loppu") == 1


LETTERS = "abkoåäöéÅÄÖÉ АКОРСаекморстухпарк αβνρΟΝ ＡＢｃ ﬁ ß ø ł İ 019"
LETTERS += " \u00ad\u200b\u2060\u0308\u030a\u0301 -/.:'’“”…_·,;!?()\n\t~"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(LETTERS, max_size=40), language=st.sampled_from(["fi", "sv", "en", "ru", "so", "fi-simple"]))
def test_questions_are_spelt_as_the_database_spells_texts(db: None, text: str, language: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(lexeme) FILTER (WHERE positions IS NOT NULL) FROM unnest(pins_words(%s, '', %s, ''))",
            [language, text],
        )
        kept = set(cursor.fetchone()[0] or [])
    plain = folding.plain(text)
    spelt = plain if language in folding.OWN_LETTERS else folding.latin(plain)
    assert kept == set(re.findall(r"[^\W_]+", spelt))


# -- what the page shows ----------------------------------------------------------------------------------


def marks(html: str) -> list[str]:
    return [unescape(word) for word in re.findall(r"<mark>(.*?)</mark>", html)]


def test_found_words_are_marked_as_they_are_written(client: Client, place: Place) -> None:
    place(title="Pyö\u00adrätie", text="Alku. " + "Täytettä tähän. " * 20 + "Pyöräteillä on <b>kuoppia</b> & jäätä.")
    html = page(client, q="pyoratie kuoppa")
    assert marks(html) == ["Pyö\u00adrätie", "kuoppia"]
    assert "&lt;b&gt;<mark>kuoppia</mark>&lt;/b&gt; &amp;" in html
    assert "<b>" not in html
    assert "Alku." not in html


def test_a_word_that_only_its_stem_finds_is_marked_too(client: Client, place: Place) -> None:
    place(text="Benches are broken.", language="en")
    assert marks(page(client, q="benched")) == ["Benches"]


def test_nothing_is_marked_without_a_search(client: Client, place: Place) -> None:
    place()
    assert "<mark>" not in page(client)
    assert "<mark>" not in page(client, q="penkki -toinen").replace("<mark>Penkki</mark>", "")


def test_a_district_or_topic_of_that_name_is_offered(client: Client, place: Place, streets: Category) -> None:
    place(WEST, text="Penkki rikki")
    html = page(client, q="penkki lännessä")
    assert "Did you mean" not in html  # its name is Länsi, and nobody guesses that from "lännessä"
    html = page(client, q="penkki länsi")
    assert 'href="/?area=testila-districts/1&amp;q=penkki"' in html
    assert 'href="/?category=streets"' in page(client, q="streets")


def test_a_search_that_finds_nothing_offers_what_would(client: Client, place: Place) -> None:
    place(text="Koirapuisto on hyvä", kind="idea")
    html = page(client, q="koirapiusto")
    assert 'href="/?q=koirapuisto"' in html
    html = page(client, q="koirapuisto", kind="thanks")
    assert 'href="/?q=koirapuisto"' in html
    assert "Search everywhere" in html


def test_what_is_held_back_is_neither_found_nor_offered_as_a_spelling(client: Client, place: Place) -> None:
    pin = place(text="Salaisuuskoira")
    Pin.objects.filter(pk=pin.pk).update(visibility=Visibility.HELD)
    assert found("salaisuuskoira") == 0
    assert "salaisuuskoira" not in page(client, q="salaisuuskiora")


def test_a_corrected_text_is_found_by_its_new_words(place: Place, city: Municipality) -> None:
    pin = place(text="Vanha sana")
    Pin.objects.filter(pk=pin.pk).update(text="Uusi lause")
    assert (found("vanha"), found("lause")) == (0, 1)
