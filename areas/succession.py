"""What became of the ground of an area when borders were drawn anew, worked out from the borders themselves.

Nothing is stored, only remembered for a while by the process: the answer is right for whichever borders are in force,
also after a change was taken back.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.db import connection

from areas.models import Area, Edition

#: Less than this share of both areas is the width of a pen, not ground that changed hands.
SLIVER: Final = 0.01
#: This much of an area's ground in one other: the other is the same district under a new code.
SAME: Final = 0.95

#: A smaller share of an ended area is not what a link to that area meant.
WORTH_MENTIONING: Final = 0.1

# {areas} names the old areas. Pieces of ground in square metres on the ellipsoid.
_SHARED: Final = """
    SELECT old.id, new.id, shared.m2 / 1000000, shared.m2 / (old.km2 * 1000000), shared.m2 / (new.km2 * 1000000)
    FROM areas_area old
    JOIN areas_area new ON new.edition_id = %(new)s AND new.boundary && old.boundary
    CROSS JOIN LATERAL (
        SELECT CASE WHEN old.boundary = new.boundary THEN old.km2 * 1000000
                    ELSE ST_Area(ST_Intersection(old.boundary, new.boundary)::geography) END AS m2
    ) AS shared
    WHERE {areas} AND shared.m2 >= %(sliver)s * 1000000 * least(old.km2, new.km2)
    ORDER BY 1, 3 DESC, 2"""


@dataclass(frozen=True, slots=True)
class Successor:
    """An area in force that has ground of an older one. Shares from 0 to 1: of the old area's ground, of the new's."""

    area: Area
    of_old: float
    of_new: float


@dataclass(frozen=True, slots=True)
class Ground:
    """Ground that one area of an old edition and one of a new edition have in common."""

    old: int
    new: int
    km2: float
    of_old: float
    of_new: float


def successors(area: Area) -> list[Successor]:
    """The areas in force in the same division on the ground of this one, the largest part first; without slivers.

    Of an area in force it is that area alone.
    """
    edition = Edition.objects.in_force().filter(division=area.edition.division_id).first()
    if edition is None:
        return []
    found = _heirs(area.pk, edition.pk)
    areas = Area.objects.with_names().in_bulk([each.new for each in found])
    return [Successor(areas[each.new], each.of_old, each.of_new) for each in found]


def shared_ground(old: Edition, new: Edition) -> list[Ground]:
    """Every pair of an old and a new area with ground in common, without slivers: one statement."""
    return _run("old.edition_id = %(old)s", old.pk, new.pk)


def main_successors(area: Area) -> list[Area]:
    """Without those whose share of the ground hardly counts; the largest always does."""
    found = successors(area)
    return [each.area for each in found if each.of_old >= WORTH_MENTIONING] or [each.area for each in found[:1]]


def sole_heir(area: Area) -> Area | None:
    """The one area in force that has nearly all the ground of an ended one; None when it was divided or lost."""
    found = successors(area)
    return found[0].area if found and found[0].of_old >= SAME and found[0].of_new >= SAME else None


@lru_cache(maxsize=4096)
def _heirs(area: int, edition: int) -> tuple[Ground, ...]:
    """Borders of an edition never change: an address that asks for a hundred old areas costs its geometry once."""
    return tuple(_run("old.id = %(old)s", area, edition))


def _run(areas: str, old: int, new: int) -> list[Ground]:
    with connection.cursor() as cursor:
        cursor.execute(_SHARED.format(areas=areas), {"old": old, "new": new, "sliver": SLIVER})
        return [Ground(*row) for row in cursor.fetchall()]
