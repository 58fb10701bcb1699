"""What changes when one edition of borders takes the place of another: ground, and the messages that move with it.

Messages are counted from memberships, so a draft must have been remembered first (`memberships.remember_edition`).
Only what everybody may read is counted, of the edition's municipality.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, FilteredRelation, Q

from areas.models import Area, Edition
from areas.succession import Ground, shared_ground
from mapfeedback.pins.models import Pin

#: Two areas with this share of each other's ground have the same borders.
UNCHANGED: Final = 0.9999


class Change(StrEnum):
    """What became of a code. Ended: today's borders have it and the new ones do not."""

    SAME = "same"
    RENAMED = "renamed"
    CHANGED = "changed"
    ADDED = "added"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Move:
    """Messages that lie in `old` by one edition and in `new` by the other; None is outside of every district."""

    old: Area | None
    new: Area | None
    pins: int


@dataclass(frozen=True, slots=True)
class Row:
    """One code in both editions. What an edition has no area for is None, and its figures are 0."""

    code: str
    old: Area | None
    new: Area | None
    before: int
    after: int
    #: Of the `before`, how many lie in an area of another code now; of the `after`, how many did not lie in this one.
    leaving: int
    coming: int
    #: Ground of the old area that is not in the new one, and the other way round.
    km2_lost: float
    km2_gained: float
    change: Change

    @property
    def name(self) -> str:
        """The new one where there is one."""
        bearer = self.new or self.old
        return bearer.name if bearer else self.code


@dataclass(frozen=True)
class Comparison:
    old: Edition
    new: Edition
    #: By code.
    rows: tuple[Row, ...]
    #: Every pair that has messages, those that stay under their code included, the largest first.
    moves: tuple[Move, ...]
    ground: tuple[Ground, ...]

    @cached_property
    def total(self) -> int:
        """Located or about a district by either edition, or outside both: all but those without any place."""
        return sum(move.pins for move in self.moves)

    @cached_property
    def moved(self) -> int:
        """Messages whose district gets another code, or which go in or out."""
        return sum(move.pins for move in self.moves if _code(move.old) != _code(move.new))

    @cached_property
    def newly_outside(self) -> int:
        return sum(move.pins for move in self.moves if move.old and not move.new)

    @cached_property
    def newly_inside(self) -> int:
        return sum(move.pins for move in self.moves if move.new and not move.old)

    def with_change(self, change: Change) -> list[Row]:
        return [row for row in self.rows if row.change is change]


def compare(old: Edition, new: Edition) -> Comparison:
    """Both of one division. Three statements, however many messages and districts there are."""
    if old.division_id != new.division_id:
        raise ValueError("editions of one division can be compared")
    areas = {area.pk: area for area in Area.objects.filter(edition__in=(old, new)).with_names().order_by("code")}
    moves = _moves(old, new, areas)
    ground = tuple(shared_ground(old, new))
    return Comparison(old, new, tuple(_rows(old, new, areas, moves, ground)), moves, ground)


def _moves(old: Edition, new: Edition, areas: Mapping[int, Area]) -> tuple[Move, ...]:
    pairs = (
        Pin.objects.visible_to(AnonymousUser())
        .filter(municipality=old.division.municipality_id)
        .annotate(
            there=FilteredRelation("memberships", condition=Q(memberships__edition=old.pk)),
            here=FilteredRelation("memberships", condition=Q(memberships__edition=new.pk)),
        )
        # Without a place and a district they are in no edition's count.
        .exclude(Q(geom=None, district_chosen=""))
        .order_by()
        .values_list("there__area", "here__area")
        .annotate(n=Count("id"))
    )
    found = [Move(areas.get(before), areas.get(after), n) for before, after, n in pairs]
    return tuple(sorted(found, key=lambda move: (-move.pins, _code(move.old) or "", _code(move.new) or "")))


def _rows(
    old: Edition, new: Edition, areas: Mapping[int, Area], moves: tuple[Move, ...], ground: tuple[Ground, ...]
) -> list[Row]:
    olds = {area.code: area for area in areas.values() if area.edition_id == old.pk}
    news = {area.code: area for area in areas.values() if area.edition_id == new.pk}
    before, after, staying = Counter[str](), Counter[str](), Counter[str]()
    for move in moves:
        before[_code(move.old) or ""] += move.pins
        after[_code(move.new) or ""] += move.pins
        if _code(move.old) == _code(move.new):
            staying[_code(move.old) or ""] += move.pins
    shared = {areas[each.old].code: each for each in ground if areas[each.old].code == areas[each.new].code}
    rows = []
    for code in sorted(olds.keys() | news.keys()):
        was, becomes, common = olds.get(code), news.get(code), shared.get(code)
        kept = common.km2 if common else 0.0
        rows.append(
            Row(
                code=code,
                old=was,
                new=becomes,
                before=before[code],
                after=after[code],
                leaving=before[code] - staying[code],
                coming=after[code] - staying[code],
                km2_lost=max(0.0, was.km2 - kept) if was else 0.0,
                km2_gained=max(0.0, becomes.km2 - kept) if becomes else 0.0,
                change=_change(was, becomes, common),
            )
        )
    return rows


def _change(old: Area | None, new: Area | None, common: Ground | None) -> Change:
    if old is None:
        return Change.ADDED
    if new is None:
        return Change.ENDED
    if common is None or common.of_old < UNCHANGED or common.of_new < UNCHANGED:
        return Change.CHANGED
    same = (old.name_fi, old.name_sv, old.name_en) == (new.name_fi, new.name_sv, new.name_en)
    return Change.SAME if same else Change.RENAMED


def _code(area: Area | None) -> str | None:
    return area.code if area is not None else None
