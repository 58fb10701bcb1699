"""Which words of a text were searched for: marked where they stand, in the letters they are written in."""

from collections.abc import Iterable, Iterator
from typing import Final

from django.db import connection
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from mapfeedback.pins.models import Pin
from mapfeedback.pins.words import asking
from mapfeedback.pins.words.folding import bare, latin, plain, words_in

#: About as many characters of a text are shown round the first word found in it.
EXCERPT: Final = 180


class Marks:
    """The words found in some texts, by the same rule that found the pins."""

    def __init__(self, q: str) -> None:
        self.alike = asking.wanted(q) if q else ()
        self._hits = set[str]()
        self._misses = set[str]()

    @classmethod
    def of(cls, q: str, pins: Iterable[Pin]) -> "Marks":
        """Made ready for these pins; at most one question to the database, about words that only a stem finds."""
        marks = cls(q)
        if not marks.alike:
            return marks
        unsure = set[tuple[str, str]]()
        for pin in pins:
            for text in (pin.title, pin.text, pin.place_text):
                for start, end in words_in(text):
                    word = _spelt(text[start:end])
                    if not marks.hits(word) and marks._may_share_a_stem(word):
                        unsure.add((pin.language, word))
        if unsure:
            marks._settle(sorted(unsure))
        return marks

    def hits(self, word: str) -> bool:
        """Whether a plainly spelt word was wanted, as far as its letters tell."""
        if word in self._hits:
            return True
        if word in self._misses:
            return False
        spellings = {word, latin(word), bare(word), bare(latin(word))}
        found = any(
            spelling in one.whole or any(spelling[:end] in one.beginnings for end in range(1, len(spelling) + 1))
            for one in self.alike
            for spelling in spellings
        )
        (self._hits if found else self._misses).add(word)
        return found

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Where the words that were wanted begin and end."""
        return ((start, end) for start, end in words_in(text) if self.hits(_spelt(text[start:end])))

    def in_html(self, text: str) -> SafeString:
        """The text as HTML with its found words in <mark>."""
        told, at = [], 0
        for start, end in self.spans(text):
            told += [conditional_escape(text[at:start]), f"<mark>{conditional_escape(text[start:end])}</mark>"]
            at = end
        # Everything from outside was escaped above, piece by piece.
        return mark_safe("".join([*told, conditional_escape(text[at:])]))  # noqa: S308

    def excerpt(self, pin: Pin) -> SafeString:
        """The part of a pin that shows why it was found, unless its headline does; may be empty."""
        seen = "" if pin.title else pin.headline.removesuffix(" …")
        for text, from_where in ((pin.text, len(seen) if pin.text.startswith(seen) else 0), (pin.place_text, 0)):
            first = next((span for span in self.spans(text) if span[0] >= from_where), None)
            if first is not None:
                return self.in_html(_around(text, first))
        return SafeString("")

    def _may_share_a_stem(self, word: str) -> bool:
        spelt = bare(latin(word))
        return any(
            any(bare(stem)[:3] == spelt[:3] for stem in one.whole)
            or any(end[0] == "~" and end[:0:-1] in spelt for end in one.beginnings)
            for one in self.alike
        )

    def _settle(self, unsure: list[tuple[str, str]]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT word FROM unnest(%s::text[], %s::text[]) AS asked (language, word)"
                " WHERE pins_words(language, '', word, '') @@ %s::tsquery",
                [
                    [language for language, _w in unsure],
                    [word for _l, word in unsure],
                    " | ".join(map(str, self.alike)),
                ],
            )
            found = {word for (word,) in cursor.fetchall()}
        self._hits |= found
        self._misses -= found


def _spelt(word: str) -> str:
    return plain(word).strip()


def _around(text: str, span: tuple[int, int]) -> str:
    """The text round a word, cut between words, with a sign where something is left out."""
    start = max(0, span[0] - EXCERPT // 3)
    end = min(len(text), start + EXCERPT)
    if start:
        start = text.find(" ", start, span[0]) + 1 or span[0]
    if end < len(text):
        end = max(text.rfind(" ", span[1], end), span[1])
    return f"{'… ' if start else ''}{' '.join(text[start:end].split())}{' …' if end < len(text) else ''}"
