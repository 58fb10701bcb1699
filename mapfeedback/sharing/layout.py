"""Where words, legend and code stand on a sheet."""

from dataclasses import dataclass, field
from typing import Final

from django.utils.translation import gettext as _

from mapfeedback.sharing.sheets import Box, Sheet, fitting, width_of, wrapped

INK: Final = "#13232c"
SOFT: Final = "#43545d"
KEY_HEIGHT: Final = 34
#: Size of the words in the legend.
LABEL: Final = 15.5
#: Width of the QR code with its quiet zone, and of that zone where the code's version is small.
CODE: Final = 132
QUIET: Final = 12


@dataclass(frozen=True, slots=True)
class Fact:
    """`role` says what it is: place, filter, total, unit, seen, unlocated, date."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Square:
    """A square of density on the sheet, or in its legend."""

    left: float
    top: float
    side: float
    colour: str
    n: int = 0


@dataclass(frozen=True, slots=True)
class Key:
    """A row of the legend: the sign of a kind, `cluster`, `dot`, `dots`, `border`, or a colour of the ground."""

    sign: str
    label: str
    #: A class of density, drawn as a square; then `sign` is empty.
    square: Square | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text whose baseline begins (or ends, by `anchor`) at x and y."""

    x: float
    y: float
    text: str
    size: float
    weight: int = 400
    colour: str = INK
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class PlacedKey:
    x: float
    y: float
    key: Key
    label: str


@dataclass(slots=True)
class Layout:
    """Everything beside the map, with its place; made once from a sheet and what is to be said on it."""

    sheet: Sheet
    facts: list[Fact]
    keys: list[Key]
    host: str
    credit: str
    lines: list[Line] = field(default_factory=list)
    placed: list[PlacedKey] = field(default_factory=list)
    code: Box | None = None
    mark: Box | None = None

    def __post_init__(self) -> None:
        if self.sheet.beside:
            self._beside()
        else:
            self._above_and_below()

    @property
    def title(self) -> str:
        return _("What people say about places")

    def _fact(self, role: str) -> str:
        return next((fact.text for fact in self.facts if fact.role == role), "")

    def _write(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        wide: float,
        most: int = 2,
        weight: int = 400,
        colour: str = INK,
        anchor: str = "start",
    ) -> float:
        """Put down a text of at most so many lines; returns the next baseline."""
        for line in wrapped(text, wide, size, weight, most):
            self.lines.append(Line(x, y, line, size, weight, colour, anchor))
            y += size * 1.22
        return y

    def _above_and_below(self) -> None:
        """Title and numbers above the map, legend and code below it."""
        left, right = self.sheet.map.x, self.sheet.map.right
        self.mark = Box(left, 36, 44, 50)
        number = self._fact("total")
        side = max(width_of(number, 58, 700), 210)
        wide = right - left - side - 84
        size = fitting(self.title, wide, (32, 29, 26, 23), 700)
        y = self._write(left + 58, 62, self.title, size, wide=wide, most=1, weight=700)
        self._write(left + 58, y - 6, self._fact("place"), 20, wide=wide, most=1, colour=SOFT)
        self._write(left, 122, self._fact("filter"), 19, wide=wide + 70, most=2, weight=600)
        self.lines.append(Line(right, 80, number, 58, 700, "#0c4f73", "end"))
        y = 102
        for text in (self._fact("unit"), self._fact("seen"), self._fact("unlocated")):
            if text:
                self.lines.append(Line(right, y, text, 17 if y > 102 else 18, 400 if y > 102 else 600, INK, "end"))
                y += 20
        top = self.sheet.map.bottom + 30
        room = right - left - CODE - 40
        columns = 3 if all(width_of(key.label, LABEL) <= room / 3 - 44 for key in self.keys) else 2
        self._legend(left, top, columns=columns, wide=room / columns)
        self.code = Box(right - CODE + QUIET, top - 12 - QUIET, CODE, CODE)
        self._invite(right, top + CODE - 2, anchor="end")
        self._foot(left, right)

    def _beside(self) -> None:
        """All words in a column to the right of the map."""
        full = self.sheet.full
        left = self.sheet.map.right + 28
        right = self.sheet.width - (36 if full else 32)
        wide = right - left
        top = 36 if full else 40
        self.mark = Box(left, top, 44, 50)
        y = self._write(left + 58, top + 24, self.title, 25, wide=wide - 58, most=2, weight=700)
        y = self._write(left + 58, y - 3, self._fact("place"), 18, wide=wide - 58, most=1, colour=SOFT)
        y = self._write(
            left, max(top + 110, y + 14), self._fact("filter"), 19 if full else 24, wide=wide, most=4, weight=600
        )
        number = self._fact("total")
        size = 58 if full else 84
        y += size - 14
        self.lines.append(Line(left, y, number, size, 700, "#0c4f73"))
        y += 26 if full else 34
        y = self._write(left, y, self._fact("unit"), 18 if full else 26, wide=wide, weight=600)
        for text in (self._fact("seen"), self._fact("unlocated")):
            if text:
                y = self._write(left, y, text, 16 if full else 20, wide=wide)
        if full:
            self._legend(left, y + 6, columns=1, wide=wide)
            bottom = self.sheet.map.bottom
            self.code = Box(left - QUIET, bottom - CODE + QUIET, CODE, CODE)
            self._invite(left + CODE + 12, bottom - CODE + 24, anchor="start", wide=wide - CODE - 12)
            self._foot(self.sheet.map.x, right)
        else:
            self._write(left, self.sheet.height - 78, self.host, 19, wide=wide, most=1, weight=600)
            foot = f"{self._fact('date')} · {self.credit}"
            self._write(left, self.sheet.height - 50, foot, 15, wide=wide, most=2, colour=SOFT)

    def _legend(self, x: float, y: float, *, columns: int, wide: float) -> None:
        rows = -(-len(self.keys) // columns)
        step = KEY_HEIGHT if columns > 1 else 30
        for nth, key in enumerate(self.keys):
            column, row = divmod(nth, rows)
            label = wrapped(key.label, wide - 44, LABEL, most=1)[0]
            self.placed.append(PlacedKey(x + column * wide, y + row * step, key, label))

    def _invite(self, x: float, y: float, *, anchor: str, wide: float = 330) -> None:
        invite = _("Read them and say what you think:")
        y = self._write(x, y, invite, 15.5, wide=wide, most=3, anchor=anchor)
        self._write(x, y, self.host, 15.5, wide=wide, most=2, weight=700, anchor=anchor)

    def _foot(self, left: float, right: float) -> None:
        y = self.sheet.height - 30
        self.lines.append(Line(left, y, self._fact("date"), 14, colour=SOFT))
        self.lines.append(Line(right, y, self.credit, 14, colour=SOFT, anchor="end"))
