"""Cells that a spreadsheet shows and never runs.

A cell that begins with = + - @, a tab or a return can be taken for a formula; so can one that begins with blanks
(the unbreakable space included) or a later line of the same cell. An apostrophe before it makes it text.
"""

import re
from enum import StrEnum
from typing import Final

#: Start of a line, then blanks and a sign that may start a formula. Python and PostgreSQL read it alike.
FORMULA: Final = (
    "(^|[\n\r])([ \t\u000b\u000c\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff]*"
    "[=+@\\-\uff1d\uff0b\uff0d\uff20]|[\t\r])"
)
_FORMULA: Final = re.compile(FORMULA)


class Separator(StrEnum):
    """Between the columns of a CSV. `semicolon` also writes a byte order mark: so a Finnish Excel opens it rightly."""

    COMMA = "comma"
    SEMICOLON = "semicolon"


def harmless(text: str) -> str:
    """The same text, with an apostrophe wherever a spreadsheet could see a formula begin."""
    return _FORMULA.sub(r"\1'\2", text)


def harmless_sql(column: str) -> str:
    """`harmless` of a column, as SQL with one placeholder for FORMULA; `column` is a name from code."""
    return rf"regexp_replace({column}, %s, '\1''\2', 'g')"
