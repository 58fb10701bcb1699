"""Are the remembered parts of lines and drawn areas true? Worked out a second time, outside the database.

Whole borders, Shapely and the ellipsoid of pyproj: nothing of what `reaching` remembers by is used to prove it.
"""

from collections.abc import Iterator
from typing import Final

import shapely
from django.db.models import Exists, OuterRef, QuerySet
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from areas.models import Edition
from mapfeedback.pins.models import Membership, Reach
from mapfeedback.pins.querysets import PinQuerySet

#: Two ways of cutting and measuring agree to this much of the whole. The worst are long splinters: an edge bends on the
#: ellipsoid by its length, and the two ways cut it in different places.
TOLERANCE: Final = 1e-3
ELLIPSOID: Final = Geod(ellps="WGS84")

Wrong = tuple[str, str, str | None, str | None]


def differences(pins: PinQuerySet) -> list[Wrong]:
    """Pin, edition, parts remembered and parts by geometry, such as `districts/1 25.0000 %, districts/2 75.0000 %`."""
    every = list(pins.values_list("pk", "public_id", "municipality", "geom"))
    shapes = {pk: shapely.from_wkb(bytes(geom.wkb)) for pk, _id, _city, geom in every if geom is not None and geom.dims}
    found: list[Wrong] = []
    for edition in Edition.objects.select_related("division"):
        kept: dict[int, dict[str, float]] = {}
        rows = Reach.objects.filter(pin__in=[pk for pk, *_rest in every], area__edition=edition)
        for pk, code, share in rows.values_list("pin", "area__code", "share"):
            kept.setdefault(pk, {})[code] = share
        homeless = _not_at_home(rows)
        ours = edition.division.municipality_id
        drawn = {pk: shapes[pk] for pk, _id, city, _geom in every if pk in shapes and city == ours}
        true = dict(_shares(edition, drawn)) if drawn else {}
        for pk, public_id, _city, _geom in every:
            remembered, geometry = kept.get(pk, {}), true.get(pk, {})
            if pk in homeless or not agree(remembered, geometry):
                told = f"{edition.division.slug} {edition.valid_from}"
                slug = edition.division.slug
                found.append((str(public_id), told, _in_words(slug, remembered), _in_words(slug, geometry)))
    return found


def _not_at_home(rows: QuerySet[Reach]) -> set[int]:
    """Pins of these rows that say they count in another area than their membership does."""
    counts = Exists(Membership.objects.filter(pin=OuterRef("pin_id"), area=OuterRef("area_id")))
    return set(rows.exclude(is_home=counts).values_list("pin", flat=True))


def agree(one: dict[str, float], other: dict[str, float]) -> bool:
    return all(abs(one.get(code, 0) - other.get(code, 0)) <= TOLERANCE for code in one.keys() | other.keys())


def shares(shape: BaseGeometry, borders: list[tuple[str, BaseGeometry]]) -> dict[str, float]:
    """The share of a line or drawn area in each of these areas, which come in the order of their codes."""
    whole = shapely.union_all(shape)
    taken: BaseGeometry = shapely.Polygon()
    sizes: dict[str, float] = {}
    for code, border in borders:
        if size := _size(shapely.difference(shapely.intersection(whole, border), taken), whole):
            sizes[code] = size
        taken = shapely.union(taken, border)
    all_of_it = max(_size(whole, whole), sum(sizes.values()))
    return {code: size / all_of_it for code, size in sizes.items()}


def _shares(edition: Edition, drawn: dict[int, BaseGeometry]) -> Iterator[tuple[int, dict[str, float]]]:
    areas = list(edition.areas.order_by("code").values_list("code", "boundary"))
    borders = [(code, shapely.from_wkb(bytes(boundary.wkb))) for code, boundary in areas]
    tree = shapely.STRtree([border for _code, border in borders])
    for pk, shape in drawn.items():
        near = sorted(tree.query(shape, predicate="intersects"))  # positions, and so the order of codes
        yield pk, shares(shape, [borders[at] for at in near])


def _in_words(division: str, shares: dict[str, float]) -> str | None:
    parts = [f"{division}/{code} {share:.4%}" for code, share in sorted(shares.items())]
    return ", ".join(parts) or None


def _size(part: BaseGeometry, whole: BaseGeometry) -> float:
    """Metres or square metres on the ellipsoid; what is of a lower dimension than the whole has none."""
    dimensions = shapely.get_dimensions(whole)
    parts = [one for one in shapely.get_parts(part) if shapely.get_dimensions(one) == dimensions]
    if dimensions == 1:
        return sum(float(ELLIPSOID.geometry_length(line)) for line in parts)
    oriented = [shapely.orient_polygons(polygon) for polygon in parts]
    return sum(abs(float(ELLIPSOID.geometry_area_perimeter(polygon)[0])) for polygon in oriented)
