"""From a row to the pin it would be, or the reason why it cannot be one."""

import datetime
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from mapfeedback.delimited import Row
from mapfeedback.geo import Precision
from mapfeedback.pins.importing.mapping import Columns, Vocabulary
from mapfeedback.pins.importing.moments import moment
from mapfeedback.pins.importing.report import RefusedRow
from mapfeedback.pins.models import Category, Status

LONGEST_LINE: Final = 200
#: A form takes 5000 characters; what a city already has is kept whole, up to this.
LONGEST_TEXT: Final = 50_000
LONGEST_KEY: Final = 200
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for rows that do not say it themselves."""

    kind: str
    category: str
    channel: str
    language: str


@dataclass(slots=True)
class Said:
    """A row, understood. `warnings` are sentences about what was taken otherwise than written."""

    row: int
    key: str
    content: tuple[str, ...]
    title: str
    text: str
    place_text: str
    kind: str
    category: Category
    status: str
    channel: str
    language: str
    precision: str
    placed_at: datetime.datetime
    answered_at: datetime.datetime | None
    warnings: list[str]


@dataclass(frozen=True, slots=True)
class Reader:
    """Understands rows; `now` is used for rows of a file without a time column."""

    columns: Columns
    vocabulary: Vocabulary
    defaults: Defaults
    zone: ZoneInfo
    now: datetime.datetime

    def understand(self, row: Row) -> Said:
        """Raises RefusedRow."""
        self._check_width(row)
        warnings: list[str] = []
        text = "\n\n".join(part for part in (clean_text(cell) for cell in self.columns.all(row, "text")) if part)
        if not text:
            raise RefusedRow("The text is empty.")
        if len(text) > LONGEST_TEXT:
            raise RefusedRow(f"The text is longer than {LONGEST_TEXT} characters.")
        title, text = _fit(clean_line(self.columns.one(row, "title")), text, "title", warnings)
        place = ", ".join(part for part in map(clean_line, self.columns.all(row, "place_text")) if part)
        place, text = _fit(place, text, "place in words", warnings)
        placed_at = self._placed_at(row)
        answered_at = self._answered_at(row, placed_at, warnings)
        status = self._coded(row, "status", Status.ANSWERED if answered_at else Status.RECEIVED, warnings)
        return Said(
            row=row.number,
            key=self._key(row, warnings),
            content=self.columns.content(row),
            title=title,
            text=text,
            place_text=place,
            kind=self._coded(row, "kind", self.defaults.kind, warnings),
            category=self.vocabulary.categories[self._coded(row, "category", self.defaults.category, warnings)],
            status=status,
            channel=self._coded(row, "channel", self.defaults.channel, warnings),
            language=self._language(row, warnings),
            precision=self._coded(row, "precision", "", warnings),
            placed_at=placed_at,
            answered_at=answered_at,
            warnings=warnings,
        )

    def _check_width(self, row: Row) -> None:
        width, extra = self.columns.width, row.cells[self.columns.width :]
        if len(row.cells) < width or any(cell.strip() for cell in extra):
            raise RefusedRow(f"The row has {len(row.cells)} cells, the header has {width}.")

    def _key(self, row: Row, warnings: list[str]) -> str:
        """Their own key, or one made of the content so that a second import finds the row again."""
        parts = self.columns.all(row, "key")
        key = ":".join(clean_line(part) for part in parts)
        if not parts or not all(parts):
            if parts:
                warnings.append("The row has no key of its own; its content serves as one.")
            return "content:" + _digest(*self.columns.content(row))
        return key if len(key) <= LONGEST_KEY else "key:" + _digest(key)

    def _coded(self, row: Row, field: str, otherwise: str, warnings: list[str]) -> str:
        word = self.columns.one(row, field)
        if not word:
            return otherwise
        code = self.vocabulary.code(field, word)
        if code is None:
            warnings.append(
                f'There is no {field} "{clean_line(word)[:60]}"; taken as {otherwise or "unsaid"}.'
                f" Say what it is with --value {field}:WORD=CODE."
            )
        return otherwise if code is None else code

    def _placed_at(self, row: Row) -> datetime.datetime:
        if "placed_at" not in self.columns:
            return self.now
        written = self.columns.one(row, "placed_at")
        try:
            return moment(written, zone=self.zone, now=self.now)
        except ValueError:
            said = f'cannot be read: "{clean_line(written)[:40]}"' if written else "is missing"
            raise RefusedRow(f"The time {said}. Write it as 2019-10-05 17:30 or 5.10.2019 17.30.") from None

    def _answered_at(self, row: Row, placed_at: datetime.datetime, warnings: list[str]) -> datetime.datetime | None:
        written = self.columns.one(row, "answered_at")
        if not written:
            return None
        try:
            answered = moment(written, zone=self.zone, now=self.now)
        except ValueError:
            warnings.append(f'The time of the answer cannot be read: "{clean_line(written)[:40]}"; left empty.')
            return None
        if answered < placed_at:
            warnings.append("The answer is older than what it answers; its time was left empty.")
            return None
        return answered

    def _language(self, row: Row, warnings: list[str]) -> str:
        written = self.columns.one(row, "language").lower().replace("_", "-")
        if not written:
            return self.defaults.language
        if len(written) <= 12 and LANGUAGE.fullmatch(written):
            return written
        warnings.append(f'"{written[:40]}" is no language code; taken as {self.defaults.language}.')
        return self.defaults.language


def precision_of(said: Said, *, located: bool) -> str:
    """How well the place is known; nothing is exact without a place."""
    if not located:
        return said.precision if said.precision in {Precision.AREA, Precision.WHOLE_CITY} else Precision.UNKNOWN
    return said.precision or Precision.EXACT


def clean_text(cell: str) -> str:
    """The person's own words: line ends alike, no control characters, nothing else touched."""
    lines = cell.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(c for c in lines if c in "\n\t" or unicodedata.category(c) != "Cc")


def clean_line(cell: str) -> str:
    return " ".join(clean_text(cell).split())


def _fit(line: str, text: str, what: str, warnings: list[str]) -> tuple[str, str]:
    """A line that fits its column; what does not fit stays readable at the end of the text."""
    if len(line) <= LONGEST_LINE:
        return line, text
    warnings.append(f"The {what} was longer than {LONGEST_LINE} characters; the whole of it stands after the text.")
    return line[: LONGEST_LINE - 1] + "…", f"{text}\n\n{line}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
