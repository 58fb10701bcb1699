"""Spelling two words alike: the same letters whatever keyboard, file or trick they came through.

`pins_words` (migration 0055) does the same to what people wrote; a test compares the two.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

#: Part words where PostgreSQL would keep them together, as in "ja/tai" or "linja-auto".
PARTING: Final = "-/.:_@&<>~+=?#%'"
PARTING_TOO: Final = "’‘“”„»«–—…•·"
#: Neither seen nor meant: soft hyphen, zero-width characters, direction marks.
INVISIBLE: Final = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
#: Accents that no ready letter takes in.
ACCENTS: Final = "\u0300\u0301\u0302\u0303\u0304\u0306\u0307\u0308\u030a\u030b\u030c\u0323\u0327\u0328"
#: Cyrillic and Greek letters that look like Latin ones, small or capital.
LOOKALIKES: Final = ("аекморстухівнјѕӏαβεζηικμνορτυχ", "aekmopctyxibhjslabezhikmnoptyx")
#: Texts in these languages mean the letters as they are.
OWN_LETTERS: Final = ("ru", "uk", "be", "bg", "sr", "mk", "kk", "el")
#: Letters with something on them, and what people type who do not find them.
DRESSED: Final = (
    "àáâãäåāăąçćčďđðèéêëēėęěìíîïīįıłñńňòóôõöøōőŕřśšșťțùúûüūůűųýÿźżž",
    "aaaaaaaaacccdddeeeeeeeeiiiiiiilnnnoooooooorrsssttuuuuuuuuyyzzz",
)

_PARTED = str.maketrans(dict.fromkeys(PARTING + PARTING_TOO, " ") | dict.fromkeys(ACCENTS + INVISIBLE))
_LOOKALIKES = str.maketrans(*LOOKALIKES)
_BARE = str.maketrans(*DRESSED)
#: A word as it stands in a text, with the invisible and the accents inside it.
_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{INVISIBLE}{ACCENTS}])*")


def plain(text: str) -> str:
    """In small letters, composed, without what cannot be seen; parted where words part. Look-alikes stay."""
    seen = text.lower().translate(str.maketrans(dict.fromkeys(PARTING, " ") | dict.fromkeys(INVISIBLE)))
    return unicodedata.normalize("NFKC", seen).translate(_PARTED).lower()


def latin(plain_text: str) -> str:
    """The same with Cyrillic and Greek look-alikes as Latin letters."""
    return plain_text.translate(_LOOKALIKES)


def bare(plain_text: str) -> str:
    """The same without dots, rings and accents: pyörätie as pyoratie."""
    return plain_text.translate(_BARE)


def words_in(text: str) -> Iterator[tuple[int, int]]:
    """Where each word of a text as written begins and ends."""
    for found in _WORD.finditer(text):
        yield found.span()
