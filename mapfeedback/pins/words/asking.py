"""What a person typed into the search field, as a question to the words that PostgreSQL keeps of each pin.

All words must occur, in any form and also as the beginning or the end of a longer word. Words in quotation marks
stand next to each other exactly so; a word after a minus sign must not occur. Small words ("on", "och", "the") are
passed over when others are asked for.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.db import connection
from django.db.models import BooleanField, F, FloatField, Func, Value
from django.utils.translation import gettext_lazy as _

from mapfeedback.pins.words.finnish import bodies
from mapfeedback.pins.words.folding import bare, latin, plain
from mapfeedback.web import BadQuery

MAX_CHARACTERS: Final = 200
MAX_WORDS: Final = 20
#: From so many letters on a word also stands for longer words that begin or end with it.
LONG: Final = 4
#: The last word may be unfinished.
UNFINISHED: Final = 3

_QUOTES: Final = str.maketrans(dict.fromkeys("“”„«»", '"'))
_PARTS: Final = re.compile(r'(?<!\S)(-?)"([^"]*)"|(?<!\S)(-?)(\S+)')
#: Nothing is made of this, so it finds nothing.
_NOTHING: Final = "'~'"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of what was asked: its words, spelt plainly. `exact`: next to each other and in this form only."""

    words: tuple[str, ...]
    exact: bool = False
    unwanted: bool = False


def read(name: str, typed: str) -> str:
    """The words as they are kept in a filter. Raises BadQuery when there are too many to search for."""
    text = " ".join(typed[: 50 * MAX_CHARACTERS].replace("\x00", " ").split())
    if len(text) > MAX_CHARACTERS:
        raise BadQuery(name, _("At most 200 characters."))
    asked = parts(text)
    if sum(len(part.words) for part in asked) > MAX_WORDS:
        raise BadQuery(name, _("At most 20 words."))
    # One sign may stand for several letters (㍿), and PostgreSQL takes no word over 2,046 bytes.
    if any(len(word) > MAX_CHARACTERS for part in asked for word in part.words):
        raise BadQuery(name, _("At most 200 characters."))
    return text


def parts(text: str) -> list[Part]:
    """What is asked for, in its order; empty when there is no word in it."""
    found = []
    for quoted_minus, quoted, minus, word in _PARTS.findall(text.translate(_QUOTES)):
        words = tuple(re.findall(r"[^\W_]+", plain(quoted or word)))
        if words:
            found.append(Part(words, exact=bool(quoted), unwanted=bool(quoted_minus or minus)))
    return found


def typed(asked: list[Part]) -> str:
    """Parts as a person would type them."""
    return " ".join(
        f'{"-" * part.unwanted}"{" ".join(part.words)}"' if part.exact else "-" * part.unwanted + "-".join(part.words)
        for part in asked
    )


def occur(text: str) -> Func:
    """The condition that a pin's words answer this question."""
    return Func(
        F("words"),
        Func(Value(question(text)), template="%(expressions)s::tsquery"),
        template="%(expressions)s",
        arg_joiner=" @@ ",
        output_field=BooleanField(),
    )


def rank(text: str) -> Func:
    """How well a pin answers: words in the title first, then those of the text, then stems and forgiven spellings."""
    return Func(
        F("words"),
        Func(Value(question(text)), template="%(expressions)s::tsquery"),
        template="ts_rank(%(expressions)s)::float8",
        output_field=FloatField(),
    )


@dataclass(frozen=True, slots=True)
class Alike:
    """What is taken for one word: whole words or stems, and beginnings of longer ones (ends after the sign "~")."""

    whole: frozenset[str]
    beginnings: frozenset[str]

    def __str__(self) -> str:
        """As tsquery; what a shorter beginning finds already is not said again."""
        least = {one for one in self.beginnings if not any(one[:end] in self.beginnings for end in range(1, len(one)))}
        rest = {one for one in self.whole if not any(one[:end] in least for end in range(1, len(one) + 1))}
        return f"({' | '.join(sorted([*(_lexeme(one) + ':*' for one in least), *map(_lexeme, rest)]))})"


@lru_cache(maxsize=1024)
def question(text: str) -> str:
    """The same as a tsquery; one round to the database, for the stems."""
    asked = parts(text)
    known = _looked_up(asked)
    told = []
    for part in _weighty(asked, known):
        if part.exact:
            said = " <-> ".join(_exactly(word) for word in part.words)
        else:
            said = " & ".join(str(_alike(word, known, unfinished=part is asked[-1])) for word in part.words)
        told.append(f"!({said})" if part.unwanted else f"({said})")
    return " & ".join(told) or _NOTHING


@lru_cache(maxsize=1024)
def wanted(text: str) -> tuple[Alike, ...]:
    """For every word that was wanted, all that is taken for it; for marking what was found."""
    asked = parts(text)
    known = _looked_up(asked)
    return tuple(
        Alike(frozenset({word, latin(word)}), frozenset())
        if part.exact
        else _alike(word, known, unfinished=part is asked[-1])
        for part in _weighty(asked, known)
        if not part.unwanted
        for word in part.words
    )


@dataclass(frozen=True, slots=True)
class Known:
    """What PostgreSQL's dictionaries make of a word."""

    finnish: str
    stems: frozenset[str]
    small: bool


def _looked_up(asked: list[Part]) -> dict[str, Known]:
    words = {form for part in asked if not part.exact for word in part.words for form in _forms(word)}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT word, ts_lexize('pg_catalog.finnish_stem', word), ts_lexize('pg_catalog.swedish_stem', word),
                ts_lexize('pg_catalog.english_stem', word)
            FROM unnest(%s::text[]) AS word
            """,
            [sorted(words)],
        )
        return {
            word: Known(
                finnish=next(iter(stems[0]), word),
                # A Finnish stem of three letters is that of many words: sil of silta, siltä and silti.
                stems=frozenset(stem for nth, found in enumerate(stems) for stem in found if nth or len(stem) >= LONG),
                small=[] in stems,
            )
            for word, *stems in cursor.fetchall()
        }


def _weighty(asked: list[Part], known: dict[str, Known]) -> list[Part]:
    """Without the small words, unless nothing else is wanted."""
    small = [
        part for part in asked if not (part.exact or part.unwanted) and all(known[word].small for word in part.words)
    ]
    if len(small) == sum(not part.unwanted for part in asked):
        return asked
    return [part for part in asked if part not in small]


def _forms(word: str) -> set[str]:
    """All that the dictionaries are asked about for one word."""
    found = {word, latin(word)}
    return found | {form for same in found for body in bodies(same) for form in _inflected(body)}


def _inflected(body: str) -> tuple[str, str]:
    """Two cases that a stemmer cuts differently."""
    return f"{body}n", f"{body}lla"


def _alike(word: str, known: dict[str, Known], *, unfinished: bool) -> Alike:
    """A word in any of its forms, and longer words that begin or end with it."""
    shortest = UNFINISHED if unfinished else LONG
    whole, beginnings, ends = set[str](), set[str](), set[str]()
    for same in {word, latin(word)}:
        whole |= {same} | known[same].stems
        if len(same) >= shortest:
            beginnings.add(same)
            ends.add(same)
        if len(same) >= LONG:
            beginnings |= bodies(same)
            ends |= {end for end in known[same].stems if len(end) >= LONG}
            for body in bodies(same):
                ends |= {end for end in (body, *(known[form].finnish for form in _inflected(body))) if len(end) >= LONG}
    return Alike(frozenset(whole), frozenset(beginnings | {"~" + bare(end)[::-1] for end in ends}))


def _exactly(word: str) -> str:
    """As it is written: stems and bare spellings have no place in a text, so no weight."""
    return "(" + " | ".join(sorted(f"{_lexeme(same)}:AB" for same in {word, latin(word)})) + ")"


def _lexeme(word: str) -> str:
    return f"'{word}'"  # letters and digits only, and the sign of an end
