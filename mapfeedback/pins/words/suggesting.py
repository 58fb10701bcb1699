"""What else a person may have meant: a district or topic by its name, a word as others spell it, a wider search."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db import connection

from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.words import asking
from mapfeedback.pins.words.folding import plain, words_in
from mapfeedback.pins.words.marking import Marks

#: At most so many names are offered.
NAMES: Final = 4
#: Words are compared with those of so many pins, the newest.
READ: Final = 2000
#: How alike two words must be, from 0 to 1, in pg_trgm's measure.
ALIKE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Named:
    """A choice of the filter that bears a searched name; `query` asks for it instead of the words."""

    label: str
    query: str


def named(chosen: PinFilter, choices: Iterable[tuple[str, str, str]]) -> list[Named]:
    """Of `choices` (parameter, value, name), those whose name one of the searched words is. No question is asked."""
    found = []
    choices = list(choices)
    for part in asking.parts(chosen.q):
        if part.unwanted or len(part.words) > 1 or len(part.words[0]) < asking.UNFINISHED:
            continue
        marks = Marks(part.words[0])
        rest = [other for other in asking.parts(chosen.q) if other != part]
        for name, value, label in choices:
            first = next(words_in(label), None)
            if first and marks.hits(plain(label[slice(*first)])) and value not in getattr(chosen, name):
                instead: dict[str, Any] = {"q": asking.typed(rest), name: (value,)}
                found.append(Named(label, replace(chosen, **instead).query()))
    return sorted(found, key=lambda one: len(one.label))[:NAMES]


def spelt_otherwise(chosen: PinFilter, visible: PinQuerySet) -> PinFilter | None:
    """The same search with words as others have spelt them, if that finds anything; two questions at most."""
    asked = asking.parts(chosen.q)
    words = sorted({word for part in asked if not part.unwanted for word in part.words if len(word) >= asking.LONG})
    if not words:
        return None
    better = _alike(words, replace(chosen, q="").apply(visible))
    if not better:
        return None
    corrected = [replace(part, words=tuple(better.get(word, word) for word in part.words)) for part in asked]
    other = replace(chosen, q=asking.typed(corrected))
    return other if other.apply(visible).exists() else None


def without_the_rest(chosen: PinFilter, visible: PinQuerySet) -> PinFilter | None:
    """The same words with nothing else in the way, if that finds anything."""
    wider = PinFilter(q=chosen.q)
    return wider if chosen.q and wider != chosen and wider.apply(visible).exists() else None


def _alike(words: list[str], pins: PinQuerySet) -> dict[str, str]:
    """For words that nobody used lately, the most similar that somebody did."""
    newest = pins.order_by("-placed_at", "-pk").values("words")[:READ]
    sql, values = newest.query.sql_with_params()
    with connection.cursor() as cursor:
        # Words as written have a place in the text; stems and other spellings have none.
        cursor.execute(
            f"""
            WITH used AS MATERIALIZED (
                SELECT DISTINCT word.lexeme FROM ({sql}) AS pin (words), unnest(pin.words) AS word
                WHERE word.positions IS NOT NULL AND length(word.lexeme) > 3)
            SELECT asked.word, best.lexeme FROM unnest(%s::text[]) AS asked (word), LATERAL (
                SELECT lexeme, similarity(lexeme, asked.word) AS how FROM used
                WHERE abs(length(lexeme) - length(asked.word)) < 4
                ORDER BY lexeme LIKE asked.word || '%%' DESC, how DESC, lexeme LIMIT 1) AS best
            WHERE best.how >= %s AND best.lexeme NOT LIKE asked.word || '%%'
            """,  # noqa: S608 - the queryset's own text; values are bound
            [*values, words, ALIKE],
        )
        return dict(cursor.fetchall())
