"""The look of ground and names on paper: what static/js/ground.js and labels.js do on the screen, by day.

Only attributes of SVG are used: the content security policy forbids style, in a picture too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from areas.paper import Paper, Shape
from mapfeedback.sharing.sheets import width_of
from mapfeedback.sharing.signs import Sign

#: The custom properties `--ground-…` of static/css/mapfeedback.css (a test compares them).
COLOURS: Final = {
    "land": "#f5f3ea",
    "edge": "#c9c4b0",
    "forest": "#d9e6cd",
    "park": "#c6dfb6",
    "water": "#b3d3e4",
    "shore": "#7fadc6",
    "rail": "#7b8287",
    "casing": "#c3b69c",
    "street": "#fff",
    "road": "#fbe3a6",
}
ORDER: Final = ("city", "forest", "park", "water", "rail", "street", "road")
LINES: Final = frozenset({"rail", "street", "road"})
DRAWN_FROM: Final = (0, 0, 11, 13)
NAMED_FROM: Final = {
    "district": (10, 10, 10, 10),
    "water": (0, 10, 12, 14),
    "park": (0, 12, 13, 14),
    "forest": (0, 12, 13, 14),
    "road": (0, 12, 13, 14),
    "street": (14, 14, 14, 15),
    "rail": (14, 14, 14, 15),
}
NAME_RANK: Final = {"district": 0, "water": 10, "road": 20, "park": 30, "forest": 40, "street": 50, "rail": 60}


@dataclass(frozen=True, slots=True)
class Stroke:
    """A path with the attributes that SVG knows."""

    path: str
    fill: str = "none"
    stroke: str = "none"
    width: float = 1
    dash: str = ""
    cap: str = "round"


@dataclass(frozen=True, slots=True)
class Name:
    """A name lying on the map, its middle at x and y."""

    text: str
    x: float
    y: float
    kind: str
    size: float


def painted(shapes: list[Shape], zoom: float) -> list[Stroke]:
    """Ground from below to above. Casings of all roads of a kind lie under all their surfaces, so crossings join."""
    strokes = []
    for kind in ORDER:
        same = [one for one in shapes if one.kind == kind and zoom >= DRAWN_FROM[min(one.rank, 3)]]
        if kind in LINES:
            strokes += [_line(one, zoom, casing) for casing in (2.0 if kind == "road" else 1.6, 0.0) for one in same]
        else:
            strokes += [_area(one) for one in same]
    return strokes


def _area(shape: Shape) -> Stroke:
    edge = {"city": COLOURS["edge"], "water": COLOURS["shore"]}.get(shape.kind, "none")
    return Stroke(shape.path, COLOURS["land" if shape.kind == "city" else shape.kind], edge)


def _line(shape: Shape, zoom: float, casing: float) -> Stroke:
    if shape.kind == "rail":
        wide = min(2.0, 1.12 ** (zoom - 12))
        if casing:
            return Stroke(shape.path, stroke=COLOURS["rail"], width=2.6 * wide, cap="butt")
        return Stroke(shape.path, stroke=COLOURS["land"], width=1.2 * wide, dash="7 7", cap="butt")
    main = ((0, 3.2, 2.4, 1.8) if shape.kind == "road" else (0, 1.8, 1.4, 1))[min(shape.rank, 3)]
    surface = min(16.0, main * 1.32 ** (zoom - 12))
    return Stroke(shape.path, stroke=COLOURS["casing" if casing else shape.kind], width=surface + casing)


def names_on(
    paper: Paper, shapes: Iterable[Shape], signs: list[Sign], taken: Sequence[tuple[float, ...]]
) -> list[Name]:
    """Names that have room: the more important first, none on another, on a sign, or on a box already `taken`."""
    boxes: list[tuple[float, ...]] = [*taken, *map(_box, signs)]
    shown = []
    for shape in sorted(shapes, key=lambda one: NAME_RANK.get(one.kind, 70) + one.rank):
        first = NAMED_FROM.get(shape.kind)
        if not shape.name or first is None or paper.zoom < first[min(shape.rank, 3)]:
            continue
        size = 16.0 if shape.kind == "district" else 13.5
        half = width_of(shape.name, size, 700 if shape.kind == "district" else 400) / 2 + 4
        box = (shape.x - half, shape.y - 11, shape.x + half, shape.y + 11)
        inside = box[0] > 4 and box[1] > 4 and box[2] < paper.width - 4 and box[3] < paper.height - 4
        if inside and not any(_overlap(box, other) for other in boxes):
            boxes.append(box)
            shown.append(Name(shape.name, shape.x, shape.y, shape.kind, size))
    return shown


def _box(sign: Sign) -> tuple[float, ...]:
    half = sign.size / 2
    return sign.x - half, sign.y - half, sign.x + half, sign.y + half


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]
