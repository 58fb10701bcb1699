"""Every word a person can read in a template goes through translation."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
#: Whole texts, written once per language; pages that stand without a catalogue because that may be what broke; notes
#: to machines; the style guide, which developers read; an element whose very tag is chosen by the template.
IN_ONE_LANGUAGE = re.compile(
    r"pages/\w+\.(fi|sv|en|fi-simple)\.html|(500|503)\.html|pages/(robots|security)\.txt"
    r"|style\.html|allauth/elements/button\.html"
)
#: Names are the same in every language, and languages name themselves.
NAMES = re.compile(
    r"\b(mapfeedback|Suomi|Svenska|English|Selkosuomi|CSV|XLSX|SVG|PNG|GeoJSON|JSON|WGS84|EPSG|Leaflet|OpenStreetMap|km²)\b"
)
BLOCK = re.compile(r"{%\s*(comment|blocktranslate|blocktrans|verbatim)\b.*?{%\s*end\1\s*%}", re.DOTALL)
CLASS_BLOCK = re.compile(r"{%\s*block\s+\w+_class\s*%}.*?{%\s*endblock\b.*?%}", re.DOTALL)
TAG = re.compile(r"{%.*?%}|{{.*?}}|{#.*?#}", re.DOTALL)
ENTITY = re.compile(r"&#?\w+;")
LETTERS = re.compile(r"[^\W\d_]{2,}")
READ_ALOUD = {"alt", "title", "placeholder", "aria-label", "aria-description", "aria-roledescription", "aria-valuetext"}
NOT_PROSE = {"script", "style", "code", "kbd", "pre"}


class Words(HTMLParser):
    """Collects what is left of a template that a person would read, once its tags are taken out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in NOT_PROSE:
            self.inside.append(tag)
        self.found += [value for name, value in attrs if name in READ_ALOUD and value]

    def handle_endtag(self, tag: str) -> None:
        if self.inside and self.inside[-1] == tag:
            self.inside.pop()

    def handle_data(self, data: str) -> None:
        if not self.inside:
            self.found.append(data)


def raw_words(text: str) -> list[str]:
    reader = Words()
    reader.feed(TAG.sub(" ", CLASS_BLOCK.sub(" ", BLOCK.sub(" ", text))))
    reader.close()
    left = [NAMES.sub(" ", ENTITY.sub(" ", piece)) for piece in reader.found]
    return [" ".join(piece.split()) for piece in left if LETTERS.search(piece)]


def test_the_reader_sees_words_and_only_words() -> None:
    assert raw_words('<p class="lead">Hello {{ name }}</p>') == ["Hello"]
    assert raw_words("<img alt=\"A {% if x %}red{% endif %} pin\" src='words/a.png'>") == ["A red pin"]
    assert raw_words("<p>{% translate 'Hello' %} {# a note #} <code>GET</code> &nbsp; 12 – {{ n }}</p>") == []
    assert raw_words("{% blocktranslate count n=n %}{{ n }} pin{% plural %}{{ n }} pins{% endblocktranslate %}") == []
    assert raw_words("{% block main_class %}narrow{% endblock main_class %}") == []
    assert raw_words("{% comment %} Takes: things. {% endcomment %}<script>let words;</script>") == []


@pytest.mark.parametrize(
    "template",
    [
        name
        for file in sorted(TEMPLATES.rglob("*"))
        if file.suffix in {".html", ".txt"} and not IN_ONE_LANGUAGE.fullmatch(name := str(file.relative_to(TEMPLATES)))
    ],
)
def test_no_template_holds_words_outside_translation(template: str) -> None:
    assert raw_words((TEMPLATES / template).read_text()) == []


@pytest.mark.parametrize("page", ["about", "accessibility", "privacy"])
def test_texts_that_are_kept_whole_exist_in_every_language(page: str) -> None:
    for language in ("fi", "sv", "en", "fi-simple"):
        assert (TEMPLATES / "pages" / f"{page}.{language}.html").exists()
