"""The map of a filter as one SVG sheet: districts, signs with their numbers, legend, scale, credit, QR code.

No resident's words are on it: a sheet on a noticeboard cannot be moderated afterwards, and a link must not be able to
put words into the city's mouth. So even searched words are only said to have been searched.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Final

import segno
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Count
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.safestring import mark_safe
from django.utils.text import capfirst
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from areas.models import Area, Edition, GroundFeature, Municipality
from areas.paper import Paper, Shape, borders_on, ground_on
from mapfeedback.markup import legal
from mapfeedback.pins.filterform import in_words
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.looking import Looking, Way
from mapfeedback.pins.models import Kind, Pin
from mapfeedback.pins.rollups.cells import Asked
from mapfeedback.sharing.layout import Fact, Key, Layout
from mapfeedback.sharing.marks import HEAT, Density, Dot, density_on, dot_keys, dots_on
from mapfeedback.sharing.painting import COLOURS, names_on, painted
from mapfeedback.sharing.sheets import SHEETS, Size
from mapfeedback.sharing.signs import Sign, signs_on
from mapfeedback.sharing.viewing import only_city_of, paper_for

#: A longer address makes a code too fine to be read from a wall.
LONGEST_QR: Final = 300
IMAGES: Final = Path(settings.BASE_DIR) / "static" / "img"


@dataclass(frozen=True, slots=True)
class Scale:
    """A bar of so many pixels and the length it stands for, in words."""

    pixels: float
    label: str

    @property
    def board(self) -> float:
        return max(self.pixels + 12, 60)


def poster(chosen: PinFilter, looking: Looking, *, view: str, size: Size, link: str, host: str) -> str:
    """The sheet as SVG text. `link` is the permalink for the QR code, `host` what is printed of it.

    Dots and density are drawn as on the map; painted districts have a page of their own that prints, so here they are
    signs.
    """
    sheet = SHEETS[size]
    paper = paper_for(chosen, view, sheet.map.width, sheet.map.height)
    pins = chosen.apply(Pin.objects.visible_to(AnonymousUser()))
    areas = Area.objects.current().of_main_divisions()
    ground, borders = ground_on(paper), borders_on(paper, areas)
    dots = dots_on(paper, pins) if looking.way is Way.DOTS else []
    density = density_on(paper, pins) if looking.way is Way.HEAT else Density()
    signs = [] if looking.way in {Way.DOTS, Way.HEAT} else signs_on(paper, pins, Asked.of(chosen))
    totals = pins.aggregate(all=Count("pk"), located=Count("tile_code"))
    example = Edition.objects.in_force().filter(is_example=True).exists()
    # A square at the edge is in the picture with a part of its ground: then nobody knows how many are.
    marks: list[Sign | Dot] = [*signs, *dots]
    seen = None if looking.way is Way.HEAT else sum(one.n for one in marks if paper.holds(one.x, one.y))
    keys = [*dot_keys(dots), *density.keys(), *_keys(signs, borders, ground)]
    layout = Layout(sheet, _facts(chosen, totals, seen), keys, host, _credit())
    note = _("Example borders") if example else ""
    taken = [(0.0, paper.height - 44.0, 210.0, float(paper.height))] + ([(0.0, 0.0, 160.0, 40.0)] if note else [])
    return legal(
        render_to_string(
            "sharing/poster.svg",
            {
                "sheet": sheet,
                "layout": layout,
                "title": layout.title,
                "described": " ".join(fact.text for fact in layout.facts),
                "language": get_language(),
                "colours": COLOURS,
                "ground": painted(ground, paper.zoom),
                "borders": [one for one in borders if one.code not in chosen.area],
                "chosen": [one for one in borders if one.code in chosen.area],
                "signs": signs[::-1],
                "dots": dots,
                "squares": density.squares,
                "heat": HEAT,
                "names": names_on(paper, [*borders, *ground], signs, taken),
                "scale": _scale(paper),
                "note": note,
                "symbols": {kind: _symbol(kind) for kind in Kind.values},
                "mark": _symbol("mark"),
                "qr": _qr(link) if sheet.full else None,
            },
        )
    )


def _facts(chosen: PinFilter, totals: dict[str, int], seen: int | None) -> list[Fact]:
    city = only_city_of(chosen)
    place = settings.CITY_NAME or (city.name if city else "")
    n, unlocated = totals["all"], totals["all"] - totals["located"]
    facts = [
        Fact("place", " · ".join(filter(None, (place, str(settings.SITE_NAME))))),
        Fact("filter", _words(_without(chosen, city)) or _("All messages")),
        Fact("total", number_format(n)),
        Fact("unit", ngettext("message", "messages", n)),
    ]
    if n and seen is not None:
        text = ngettext("%(n)s of them in this picture", "%(n)s of them in this picture", seen)
        facts.append(Fact("seen", text % _said(seen)))
    if unlocated:
        text = ngettext("%(n)s without a place", "%(n)s without a place", unlocated)
        facts.append(Fact("unlocated", text % _said(unlocated)))
    return [*facts, Fact("date", date_format(timezone.localdate(), "DATE_FORMAT"))]


def _words(chosen: PinFilter) -> str:
    """The filter in words: what widens each other with commas, what narrows each other with points between."""
    parts: dict[str, list[str]] = {}
    for name, label in in_words(chosen):
        parts.setdefault(name, []).append(_("Found by words") if name == "q" else label)
    return " · ".join(", ".join(labels) for labels in parts.values())


def _without(chosen: PinFilter, city: Municipality | None) -> PinFilter:
    """The filter without the city whose name stands on the sheet anyway."""
    return replace(chosen, area=()) if city and chosen.area == (city.slug,) else chosen


def _said(n: int) -> dict[str, str]:
    return {"n": number_format(n)}


def _credit() -> str:
    """Whose messages these are and under which licence they may be used."""
    owner = settings.SERVICE_OWNER or str(settings.SITE_NAME)
    return " · ".join(filter(None, (f"© {owner}", settings.DATA_LICENCE)))


def _keys(signs: list[Sign], borders: list[Shape], ground: list[Shape]) -> list[Key]:
    """The legend: what is on this sheet, and nothing else."""
    kinds = {sign.kind for sign in signs if sign.kind}
    keys = [Key(kind.value, str(kind.label)) for kind in Kind if kind.value in kinds]
    if any(sign.n > 1 for sign in signs):
        keys.insert(0, Key("cluster", _("Number of messages")))
    if borders:
        keys.append(Key("border", _("Border of a district")))
    drawn = {shape.kind for shape in ground}
    for kind in (GroundFeature.Kind.WATER, GroundFeature.Kind.PARK, GroundFeature.Kind.ROAD):
        if kind.value in drawn:
            keys.append(Key(kind.value, capfirst(str(kind.label))))
    return keys


def _scale(paper: Paper) -> Scale:
    """The longest round length that takes at most 130 pixels."""
    most = 130 * paper.metres_per_pixel
    power = 10 ** math.floor(math.log10(most))
    metres = next(step * power for step in (5, 2, 1) if step * power <= most)
    label = f"{number_format(metres / 1000)} km" if metres >= 1000 else f"{number_format(metres)} m"
    return Scale(metres / paper.metres_per_pixel, label.replace(",0 ", " ").replace(".0 ", " "))


@lru_cache(maxsize=16)
def _symbol(name: str) -> str:
    """What a picture of ours draws, without its frame: the sheet must stand alone."""
    file = IMAGES / ("mark.svg" if name == "mark" else f"pin-{name}.svg")
    text = file.read_text(encoding="utf-8")
    return mark_safe(text[text.index(">") + 1 : text.rindex("</svg>")])  # noqa: S308 - our own file


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code as one path of unit squares, `side` of them wide with the quiet zone."""

    path: str
    side: int


def _qr(link: str) -> Code | None:
    if len(link) > LONGEST_QR:
        return None
    matrix = segno.make_qr(link, error="m").matrix
    path = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            run = next((end for end in range(x, len(row)) if row[end] != row[x]), len(row)) - x
            if row[x]:
                path.append(f"M{x + 4} {y + 4}h{run}v1h-{run}z")
            x += run
    return Code("".join(path), len(matrix) + 8)
