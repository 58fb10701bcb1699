"""Where a row says it is: numbers in any of the usual spellings and systems, doubted before they are believed."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import shapely
from django.contrib.gis.geos import GEOSGeometry

from areas.importing import crs
from areas.importing.report import Refused
from areas.models import Municipality
from mapfeedback.delimited import RefusedFile, Row
from mapfeedback.geo import WGS84, BadGeometry, point
from mapfeedback.pins.importing.mapping import Columns

_MISSING: Final = frozenset({"", "-", "nan", "null", "none", "na", "n/a", "#n/a"})
_NUMBER: Final = re.compile(r"[-+]?\d+(?:\.\d*)?(?:e[-+]?\d+)?", re.IGNORECASE)
_POINT: Final = re.compile(
    r"(?:SRID=(?P<srid>\d{4,6});)?\s*POINT\s*(?:Z|M|ZM)?\s*(?:EMPTY|\(\s*(?P<numbers>[^()]*)\))", re.IGNORECASE
)

NOT_A_PLACE: Final = "The coordinates cannot be read; imported without a place."
IMPOSSIBLE: Final = "The coordinates are nowhere on earth; imported without a place."
NULL_ISLAND: Final = "The coordinates are 0, 0, which means none; imported without a place."
HALF: Final = "One of the two coordinates is missing; imported without a place."
TURNED: Final = (
    "Latitude and longitude had changed places; they were turned round because only so they are in the city."
)


@dataclass(frozen=True, slots=True)
class Written:
    """A row's place as it was written: numbers in the system `code`, or none and perhaps why."""

    x: float = math.nan
    y: float = math.nan
    code: int = WGS84
    problem: str = ""

    @property
    def is_there(self) -> bool:
        return not math.isnan(self.x)


def number(text: str) -> float | None:
    """A coordinate with decimal point or comma and any spaces; None when missing; ValueError when unreadable."""
    plain = "".join(text.split()).replace("\u2212", "-")
    if plain.lower() in _MISSING:
        return None
    if plain.rfind(",") > plain.rfind("."):
        plain = plain.replace(".", "").replace(",", ".", 1)
    if not _NUMBER.fullmatch(plain) or not math.isfinite(float(plain)):
        raise ValueError(text)
    return float(plain)


def written(columns: Columns, row: Row, code: int) -> Written:
    """What the row says about its place."""
    try:
        if "point" in columns:
            return _from_point(columns.one(row, "point"), code)
        pair = ("x", "y") if "x" in columns else ("lon", "lat")
        return _from_numbers([number(columns.one(row, field)) for field in pair], code)
    except (ValueError, Refused):
        return Written(problem=NOT_A_PLACE)


def _from_point(text: str, code: int) -> Written:
    if text.lower() in _MISSING:
        return Written()
    found = _POINT.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    if found["numbers"] is None:
        return Written()
    numbers = [number(part) for part in found["numbers"].split()]
    if not 2 <= len(numbers) <= 4:
        raise ValueError(text)
    return _from_numbers(numbers[:2], crs.known(int(found["srid"])) if found["srid"] else code)


def _from_numbers(pair: Sequence[float | None], code: int) -> Written:
    x, y = pair
    if x is None or y is None:
        return Written(problem="" if x is y else HALF)
    if x == 0 and y == 0:
        return Written(problem=NULL_ISLAND)
    return Written(x, y, code)


def check_system(places: Sequence[Written]) -> None:
    """Raises RefusedFile with a proposal when most numbers do not look like the system they are said to be in."""
    there = [place for place in places if place.is_there]
    metres = [place for place in there if max(abs(place.x), abs(place.y)) > 180]
    wrong = [place for place in there if crs.is_projected(place.code) != (max(abs(place.x), abs(place.y)) > 180)]
    if len(wrong) * 2 <= len(there):
        return
    if not metres:
        raise RefusedFile(f"The coordinates are degrees, not EPSG:{wrong[0].code}. Leave out --crs.")
    middle = sorted(metres, key=lambda place: place.x)[len(metres) // 2]
    guess = crs.guess((middle.x, middle.y, middle.x, middle.y)) or crs.guess((middle.y, middle.x, middle.y, middle.x))
    looks = f"They look like EPSG:{guess}: if so, say --crs EPSG:{guess}." if guess else "Say --crs EPSG:N."
    raise RefusedFile(f"The coordinates are no degrees, such as {middle.x}, {middle.y}. {looks}")


class Judge:
    """Turns written places into points, knowing where the city is."""

    def __init__(self, municipality: Municipality) -> None:
        self._outline = shapely.from_wkb(bytes(municipality.outline.wkb))
        shapely.prepare(self._outline)

    def has(self, lon: float, lat: float) -> bool:
        return bool(shapely.intersects_xy(self._outline, lon, lat))

    def point(self, place: Written) -> tuple[GEOSGeometry | None, str]:
        """A WGS84 point or None, and what has to be said about it."""
        if not place.is_there:
            return None, place.problem
        as_written = crs.place_in_wgs84(place.x, place.y, place.code)
        if not self.has(*as_written):
            turned = crs.place_in_wgs84(place.y, place.x, place.code)
            if self.has(*turned):
                return point(*turned), TURNED
        try:
            return point(*as_written), ""
        except BadGeometry:
            return None, IMPOSSIBLE


def municipality_of(slug: str, places: Sequence[Written]) -> Municipality:
    """The one named, the only one, or the one whose outline holds most of the places that any holds.

    Raises RefusedFile, also when hardly any place lies in a known municipality.
    """
    known = {municipality.slug: municipality for municipality in Municipality.objects.all()}
    if slug and slug in known:
        return known[slug]
    if not slug and len(known) == 1:
        return next(iter(known.values()))
    if slug or not known:
        raise RefusedFile(
            f"There is no municipality {slug}. Known: {', '.join(sorted(known)) or 'none; import its areas first'}."
        )
    points = [crs.place_in_wgs84(place.x, place.y, place.code) for place in places if place.is_there]
    judges = {slug: Judge(one) for slug, one in known.items()}
    held = {slug: sum(judge.has(*where) for where in points) for slug, judge in judges.items()}
    best = max(held, key=lambda slug: held[slug])
    if held[best] * 2 <= sum(held.values()) or held[best] * 10 < len(points):
        raise RefusedFile(f"Say with --municipality whose file this is. Known: {', '.join(sorted(known))}.")
    return known[best]
