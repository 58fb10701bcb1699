"""Which area lies in which area of a coarser division: found from the ground, unless the borders' file tells it."""

import datetime
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction
from django.db.models import Avg, F, Q

from areas.models import Area, Containment, Division, Edition
from areas.querysets import AreaQuerySet

#: The share of an area's ground that its parent holds; the rest is borders drawn a little differently.
ENOUGH: Final = 0.95
#: The ladder of a city's own divisions, lowest first. Other kinds are compared by the size of their areas.
LADDER: Final = (Division.Kind.STATISTICAL, Division.Kind.DISTRICT, Division.Kind.MAJOR)

_FOUND: Final = """
INSERT INTO areas_containment (inner_id, outer_id, share, is_told)
SELECT inside.id, around.id, LEAST(held.share, 1), FALSE
  FROM areas_area inside
  JOIN areas_area around ON around.edition_id = %(outer)s AND ST_Intersects(inside.boundary, around.boundary)
 CROSS JOIN LATERAL (SELECT {share} AS share) AS held
 WHERE inside.edition_id = %(inner)s AND around.km2 >= inside.km2 * %(enough)s AND held.share >= %(enough)s
"""
_TOLD: Final = """
INSERT INTO areas_containment (inner_id, outer_id, share, is_told)
SELECT inside.id, around.id, COALESCE(LEAST({share}, 1), 0), TRUE
  FROM areas_area inside, areas_area around WHERE (inside.id, around.id) = (%(inner)s, %(outer)s)
"""
_SHARE: Final = """
ST_Area(ST_Intersection(inside.boundary, around.boundary)::geography)
    / NULLIF(ST_Area(inside.boundary::geography), 0)
"""


@dataclass(frozen=True, slots=True)
class _Level:
    """How coarse an edition is."""

    edition: int
    kind: str
    km2: float

    def is_below(self, other: "_Level") -> bool:
        if self.kind != other.kind and self.kind in LADDER and other.kind in LADDER:
            return list(LADDER).index(Division.Kind(self.kind)) < list(LADDER).index(Division.Kind(other.kind))
        return self.km2 < other.km2


@transaction.atomic
def find_parents(edition: Edition) -> None:
    """Work out anew which areas of this edition hold, or are held by, areas of the city's other divisions.

    Other divisions take part with every edition that is in force, is still to be, or was in force on this one's first
    day or later: whichever of them is in force, its areas have their parents.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
    Containment.objects.filter(Q(inner__edition=edition) | Q(outer__edition=edition)).delete()
    mine, others = _levels(edition)
    for other in others:
        inner, outer = (mine, other) if mine.is_below(other) else (other, mine)
        _relate(inner.edition, outer.edition)


def parents_of(area: Area, day: datetime.date | None = None) -> AreaQuerySet:
    """Areas in force (on a day, today unless told) that hold this one, the largest first, with names."""
    return Area.objects.by_borders_of(day).filter(contents__inner=area).with_names().order_by("-km2", "code")


def parts_of(area: Area, day: datetime.date | None = None) -> AreaQuerySet:
    """Areas in force (on a day, today unless told) of finer divisions that this one holds, with names, by code."""
    return Area.objects.by_borders_of(day).filter(containers__outer=area).with_names().order_by("code")


def without_their_parent(edition: Edition) -> AreaQuerySet:
    """Areas whose told parent is found in no coarser division of the city."""
    return edition.areas.exclude(parent_told="").exclude(containers__is_told=True).defer("boundary").order_by("code")


def _levels(edition: Edition) -> tuple[_Level, list[_Level]]:
    city = Edition.objects.filter(division__municipality=edition.division.municipality_id)
    around = city.exclude(division=edition.division_id).filter(Q(valid_to=None) | Q(valid_to__gte=edition.valid_from))
    rows = (city.filter(pk=edition.pk) | around).annotate(km2=Avg("areas__km2"), kind=F("division__kind"))
    levels = {
        pk: _Level(pk, kind, km2 or 0.0) for pk, kind, km2 in rows.order_by("pk").values_list("pk", "kind", "km2")
    }
    mine = levels.pop(edition.pk)
    return mine, list(levels.values())


def _relate(inner: int, outer: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_FOUND.format(share=_SHARE), {"inner": inner, "outer": outer, "enough": ENOUGH})
    told = Area.objects.filter(edition=inner).exclude(parent_told="").values_list("pk", "parent_told")
    if not told:
        return
    called = _called(outer)
    known = {pk: called[text.casefold()] for pk, text in told if text.casefold() in called}
    Containment.objects.filter(inner__in=known, outer__edition=outer).delete()
    with connection.cursor() as cursor:
        cursor.executemany(_TOLD.format(share=_SHARE), [{"inner": pk, "outer": parent} for pk, parent in known.items()])


def _called(edition: int) -> dict[str, int]:
    """Areas by what they may be called; a name that several bear names none of them, and a code goes before a name."""
    rows = list(Area.objects.filter(edition=edition).values_list("pk", "code", "name_fi", "name_sv", "name_en"))
    bearers: dict[str, set[int]] = {}
    for pk, _code, *names in rows:
        for name in filter(None, names):
            bearers.setdefault(name.casefold(), set()).add(pk)
    named = {name: next(iter(pks)) for name, pks in bearers.items() if len(pks) == 1}
    return named | {code.casefold(): pk for pk, code, *_names in rows}
