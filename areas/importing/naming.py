"""Which properties of a feature are its name, code and population, and codes that are safe in an address."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from django.utils.translation import gettext as _

from areas.importing.report import Refused, listed

LONGEST_CODE: Final = 40
LONGEST_NAME: Final = 200
#: Taken in addresses and in the filter's `area`; an area of such a code gets a suffix.
RESERVED: Final = frozenset({"unlocated", "outside", "counts", "at", "report"})


def pick_field(wanted: str, present: Iterable[str], option: str) -> str:
    """The field a person asked for, as the file writes it; empty stays empty. Raises Refused with what there is."""
    if not wanted:
        return ""
    names = list(present)
    same = [name for name in names if name == wanted] or [
        name for name in names if name.strip().casefold() == wanted.strip().casefold()
    ]
    if len(same) == 1:
        return same[0]
    raise Refused(
        _("%(option)s: no feature has the field %(wanted)s. Fields in the file: %(present)s.")
        % {"option": option, "wanted": wanted, "present": listed(names, 40) or "-"}
    )


def words(value: Any) -> str:
    """A property as one line of text: numbers plain, no control characters, empty for what is missing."""
    if value is None or isinstance(value, dict | list):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "".join(
        " " if unicodedata.category(c) in {"Cc", "Cs"} else c for c in unicodedata.normalize("NFC", str(value))
    )
    return " ".join(text.split())


def count_of(value: Any) -> int | None:
    """A population: a whole number from zero up, None when it is missing or anything else."""
    text = words(value).replace(" ", "")
    if re.fullmatch(r"\d{1,9}(\.0*)?", text):
        return int(text.partition(".")[0])
    return None


def safe_code(text: str) -> str:
    """A code as it can stand in an address: ASCII letters, digits, ``. _ -``; leading zeros stay. May be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    code = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[:LONGEST_CODE].rstrip("-.")
    return f"{code}-area" if code.lower() in RESERVED else code


def code_from_name(name: str) -> str:
    return safe_code(name).lower()


class Codes:
    """Gives out codes, each only once: a second bearer gets ``-2``."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, code: str) -> str:
        chosen, n = code, 1
        while chosen in self._taken:
            n += 1
            ending = f"-{n}"
            chosen = code[: LONGEST_CODE - len(ending)] + ending
        self._taken.add(chosen)
        return chosen
