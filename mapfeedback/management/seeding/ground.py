"""The ground of the seeded city: 8, 34 and 150 nested areas with winding borders that neighbours share exactly."""

import datetime
import itertools
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from django.contrib.gis.geos import GEOSGeometry
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from areas.actions import NewArea, adopt_edition, found_municipality
from areas.models import Division, Edition, Municipality
from mapfeedback.geo import WGS84

SLUG: Final = "seeded-city"
#: The middle of the city, and how many kilometres a degree is there.
LON, LAT = 26.2, 62.6
KM: Final = np.array([111.32 * np.cos(np.radians(LAT)), 111.32])
RADIUS_KM: Final = 14.0
#: Between two vertices of a border, in kilometres: some 300 to 1 100 vertices an area, as cities' own files have.
STEP_KM: Final = 0.011

FIRST: Final = (
    *(("Ranta", "Strand"), ("Kivi", "Sten"), ("Metsä", "Skogs"), ("Ala", "Ner"), ("Ylä", "Upp"), ("Uusi", "Ny")),
    *(("Vanha", "Gammel"), ("Koivu", "Björk"), ("Mänty", "Tall"), ("Kuusi", "Gran"), ("Lehto", "Lund")),
    *(("Hiekka", "Sand"), ("Mylly", "Kvarn"), ("Kirkko", "Kyrk"), ("Satama", "Hamn")),
)
LAST: Final = (
    *(("mäki", "backa"), ("niemi", "udd"), ("lahti", "vik"), ("kylä", "by"), ("harju", "ås"), ("laakso", "dal")),
    *(("pelto", "åker"), ("kangas", "mo"), ("suo", "mosse"), ("joki", "å")),
)
Lines = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Level:
    """One division: its areas are unions of the next one's."""

    slug: str
    names: tuple[str, str, str]
    kind: str
    areas: int


#: From the coarsest to the finest, which is the main one.
LEVELS: Final = (
    Level("seeded-major", ("Suurpiirit", "Stordistrikt", "Major districts"), Division.Kind.MAJOR, 8),
    Level("seeded-statistical", ("Tilastoalueet", "Statistikområden", "Areas"), Division.Kind.STATISTICAL, 34),
    Level("seeded-districts", ("Kaupunginosat", "Stadsdelar", "Districts"), Division.Kind.DISTRICT, 150),
)


@dataclass(frozen=True)
class Ground:
    municipality: Municipality
    #: As `LEVELS`.
    editions: tuple[Edition, ...]
    #: All districts together, in degrees.
    city: BaseGeometry

    @property
    def districts(self) -> list[str]:
        """The finest areas, as `<division>/<code>`."""
        codes = self.editions[-1].areas.order_by("code").values_list("code", flat=True)
        return [f"{LEVELS[-1].slug}/{code}" for code in codes]


def known() -> Ground | None:
    """The ground as an earlier run laid it."""
    editions = [Edition.objects.in_force().filter(division__slug=level.slug).first() for level in LEVELS]
    found = tuple(edition for edition in editions if edition is not None)
    if len(found) != len(LEVELS):
        return None
    borders = [bytes(border.wkb) for border in found[0].areas.values_list("boundary", flat=True)]
    return Ground(
        Municipality.objects.get(slug=SLUG), found, shapely.union_all(shapely.from_wkb(np.array(borders, dtype=object)))
    )


def lay(dice: np.random.Generator, valid_from: datetime.date) -> Ground:
    """Found the municipality and adopt one edition of each division; who holds whom is found from the borders."""
    leaves, owners = _shapes(dice)
    levels = [_unions(leaves, owner) for owner in owners] + [list(leaves)]
    city = shapely.union_all(levels[0])
    municipality = found_municipality(
        slug=SLUG,
        name_fi="Siemenkaupunki",
        name_sv="Fröstad",
        outline=_geos(shapely.convex_hull(city).buffer(0.05, quad_segs=8)),
    )
    people = dice.lognormal(np.log(900), 0.7, len(leaves)).astype(int) + 40
    editions: list[Edition] = []
    for depth, (level, shapes) in enumerate(zip(LEVELS, levels, strict=True)):
        owner = owners[depth] if depth < len(owners) else np.arange(len(leaves))
        name_fi, name_sv, name_en = level.names
        division = Division.objects.create(
            municipality=municipality,
            slug=level.slug,
            name_fi=name_fi,
            name_sv=name_sv,
            name_en=name_en,
            kind=level.kind,
            is_main=level is LEVELS[-1],
        )
        new = [
            NewArea(
                code=f"{nth + 1:03}" if level is LEVELS[-1] else f"{nth + 1}",
                name_fi=_name(nth, 0, level),
                name_sv=_name(nth, 1, level),
                boundary=_geos(drawn),
                population=int(people[owner == nth].sum()),
            )
            for nth, drawn in enumerate(shapes)
        ]
        editions.append(
            adopt_edition(
                division=division, areas=new, valid_from=valid_from, source="bin/manage seed", is_example=True
            )
        )
    return Ground(municipality, tuple(editions), city)


def _name(nth: int, language: int, level: Level) -> str:
    # Seven is prime to fifteen and ten, so no two of a hundred and fifty names are alike.
    nth += {LEVELS[0]: 90, LEVELS[1]: 40}.get(level, 0)
    return FIRST[nth % 15][language] + LAST[(nth // 15 + nth) % 10][language]


# -- drawing -----------------------------------------------------------------------------------------------


def _shapes(dice: np.random.Generator) -> tuple[list[BaseGeometry], list[NDArray[np.int64]]]:
    """The districts in degrees, and for both coarser levels which of its areas each district is part of."""
    angles = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    reach = RADIUS_KM * (1 + 0.12 * np.sin(3 * angles + 1) + 0.08 * np.sin(5 * angles))
    outline = shapely.Polygon(np.column_stack([reach * np.cos(angles), reach * np.sin(angles)]))
    centres = _spread(dice, LEVELS[-1].areas, outline)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(centres), extend_to=outline))
    order = shapely.STRtree(cells).query(shapely.points(centres), predicate="intersects")[1]
    # Corners lie on a grid of a centimetre, so that neighbours have the very same ones.
    cells = shapely.set_precision(shapely.intersection(cells[order], outline), 1e-5, mode="pointwise")
    leaves = [shapely.Polygon(_winding(shapely.get_coordinates(cell))) for cell in cells]
    middle = _nearest(centres, _spread(dice, LEVELS[1].areas, outline))
    coarse_of_middle = _nearest(
        np.array([centres[middle == nth].mean(axis=0) for nth in range(LEVELS[1].areas)]),
        _spread(dice, LEVELS[0].areas, outline),
    )
    return leaves, [coarse_of_middle[middle], middle]


def _spread(dice: np.random.Generator, number: int, outline: BaseGeometry) -> Lines:
    """Points inside, closer together in the middle, pushed apart from each other."""
    found = np.empty((0, 2))
    least = 0.62 * RADIUS_KM * np.sqrt(np.pi / number)
    while len(found) < number:
        one = dice.normal(0, RADIUS_KM * 0.55, 2)
        room = least * (0.45 + 0.9 * np.hypot(*one) / RADIUS_KM)
        if shapely.contains_xy(outline, *one) and (not len(found) or np.hypot(*(found - one).T).min() > room):
            found = np.vstack([found, one])
        least *= 0.9995  # never without end
    return found


def _nearest(points: Lines, centres: Lines) -> NDArray[np.int64]:
    """Of each point the nearest centre; every centre gets at least its own nearest point."""
    far = np.hypot(*(points[:, None, :] - centres[None, :, :]).transpose(2, 0, 1))
    chosen: NDArray[np.int64] = far.argmin(axis=1)
    for nth in range(len(centres)):
        if not (chosen == nth).any():
            crowded = np.bincount(chosen, minlength=len(centres))[chosen] > 1
            chosen[np.where(crowded, far[:, nth], np.inf).argmin()] = nth
    return chosen


def _winding(ring: Lines) -> Lines:
    """A ring of straight edges as one of bends, in degrees: the same edge bends the same way for both neighbours."""
    parts = []
    for begin, end in itertools.pairwise(ring):
        turned = tuple(begin) > tuple(end)
        low, high = (end, begin) if turned else (begin, end)
        steps = max(2, int(np.hypot(*(high - low)) / STEP_KM))
        along = np.linspace(0, 1, steps + 1)[:, None]
        edge = low + (high - low) * along
        parts.append(edge[::-1][:-1] if turned else edge[:-1])
    bent = _bend(np.vstack(parts))
    degrees = np.round(bent / KM + np.array([LON, LAT]), 7)
    return np.vstack([degrees, degrees[:1]])


def _bend(points: Lines) -> Lines:
    """Bends the whole plane, too gently anywhere to fold it: borders wind, but never cross."""
    x, y = points.T
    for wave, high in ((0.35, 0.9), (1.1, 0.22), (3.3, 0.06), (9.0, 0.02)):
        x, y = (
            x + high * np.sin(wave * y + 1.3 * wave) * np.cos(0.7 * wave * x),
            y + high * np.sin(wave * x + 2.1 * wave) * np.cos(0.6 * wave * y),
        )
    return np.column_stack([x, y])


def _unions(leaves: list[BaseGeometry], owner: NDArray[np.int64]) -> list[BaseGeometry]:
    drawn = np.array(leaves, dtype=object)
    return [shapely.coverage_union_all(drawn[owner == nth]) for nth in range(int(owner.max()) + 1)]


def _geos(drawn: BaseGeometry) -> GEOSGeometry:
    return GEOSGeometry(memoryview(shapely.to_wkb(drawn)), srid=WGS84)
