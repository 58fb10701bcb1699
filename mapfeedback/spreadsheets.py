"""Cells that a spreadsheet shows and never runs.

A cell that begins with = + - @, a tab or a return can be taken for a formula; so can one that begins with blanks
(the unbreakable space included) or a later line of the same cell. An apostrophe before it makes it text.
"""

import re
from enum import StrEnum
from typing import Final

#: The start of a line before blanks and a sign that may start a formula, or before a tab or a return: a place without
#: width, so that Python and PostgreSQL find the same ones.
FORMULA: Final = (
    "(?<![^\n\r])(?=[ \t\u000b\u000c\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]*"
    "[=+@\\-\uff1d\uff0b\uff0d\uff20]|[\t\r])"
)
_FORMULA: Final = re.compile(FORMULA)


class Separator(StrEnum):
    """Between the columns of a CSV. `semicolon` also writes a byte order mark: so a Finnish Excel opens it rightly."""

    COMMA = "comma"
    SEMICOLON = "semicolon"


def harmless(text: str) -> str:
    """The same text, with an apostrophe wherever a spreadsheet could see a formula begin."""
    return _FORMULA.sub("'", text)


def harmless_sql(column: str) -> str:
    """`harmless` of a column, as SQL without placeholders; `column` is a name from code.

    A search for formulas costs four times what a look at the first sign and for line ends does, and nearly every text
    is one line that begins with a letter: no sign or blank of FORMULA lies in these two ranges.
    """
    begins = f"ascii({column})"
    return (
        f"CASE WHEN ({begins} BETWEEN 65 AND 159 OR {begins} BETWEEN 161 AND 5759 OR {column} = '')"
        rf" AND strpos({column}, E'\n') = 0 AND strpos({column}, E'\r') = 0 THEN {column}"
        f" ELSE regexp_replace({column}, '{FORMULA}', '''', 'g') END"
    )
