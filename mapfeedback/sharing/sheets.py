"""Sheets a map can be put on, and how text fits their lines.

A3 is A4 enlarged: the same drawing, larger letters, read from farther away.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Size(StrEnum):
    """What `size` takes. `card` is what other services show beside a link."""

    A4_PORTRAIT = "a4-portrait"
    A4_LANDSCAPE = "a4-landscape"
    A3_PORTRAIT = "a3-portrait"
    A3_LANDSCAPE = "a3-landscape"
    CARD = "card"


@dataclass(frozen=True, slots=True)
class Box:
    x: float
    y: float
    width: int
    height: int

    @property
    def right(self) -> float:
        return self.x + self.width

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Sheet:
    """All lengths in units of which an A4 is 794 wide, as a screen's pixels; `map` is the map's frame."""

    width: int
    height: int
    map: Box
    #: Printed width and height, such as "210mm"; for a screen the units themselves.
    printed: tuple[str, str]
    #: Width of the picture in pixels: 150 to the inch on paper.
    pixels: int
    #: Words stand beside the map, not above and below.
    beside: bool
    #: Room for legend and QR code.
    full: bool = True


_UPRIGHT: Final = (794, 1123, Box(36, 152, 722, 720))
_LYING: Final = (1123, 794, Box(36, 36, 742, 700))
SHEETS: Final = {
    Size.A4_PORTRAIT: Sheet(*_UPRIGHT, ("210mm", "297mm"), 1240, beside=False),
    Size.A4_LANDSCAPE: Sheet(*_LYING, ("297mm", "210mm"), 1754, beside=True),
    Size.A3_PORTRAIT: Sheet(*_UPRIGHT, ("297mm", "420mm"), 1754, beside=False),
    Size.A3_LANDSCAPE: Sheet(*_LYING, ("420mm", "297mm"), 2480, beside=True),
    Size.CARD: Sheet(1200, 630, Box(0, 0, 840, 630), ("1200", "630"), 1200, beside=True, full=False),
}

#: Widths of letters against the font's size, a little more than they need.
_NARROW: Final = frozenset("iljtfrI.,:;'|!()[] -·")
_WIDE: Final = frozenset("mwMWÅÄÖOQGCDHNUV%@&–—…")


def width_of(text: str, size: float, weight: int = 400) -> float:
    """About how wide a line of this text is; whatever font draws it needs hardly more."""
    ems = sum(0.28 if letter in _NARROW else 0.7 if letter in _WIDE else 0.5 for letter in text)
    return ems * size * (1.04 if weight >= 600 else 1)


def wrapped(text: str, width: float, size: float, weight: int = 400, most: int = 3) -> list[str]:
    """The text in at most so many lines of this width; what does not fit is left out behind an ellipsis."""
    lines: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size, weight) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    lines.append(line)
    if len(lines) > most:
        lines = [*lines[: most - 1], f"{lines[most - 1]} …"]
    return [_shortened(one, width, size, weight) for one in lines if one]


def fitting(text: str, width: float, sizes: tuple[float, ...], weight: int = 400) -> float:
    """The first of these font sizes at which the text takes one line of this width, else the last."""
    return next((size for size in sizes if width_of(text, size, weight) <= width), sizes[-1])


def _shortened(line: str, width: float, size: float, weight: int) -> str:
    while width_of(line, size, weight) > width and len(line) > 2:
        line = f"{line[:-2].rstrip()}…"
    return line
