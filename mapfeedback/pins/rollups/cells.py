"""How many public pins lie in each square of the tile grid, kept by the same deltas as the totals of districts.

Far tiles are made from these, near ones from the pins; `maptiles` reads both. A square is what tile codes begin with.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Q
from django.utils import timezone

from areas.models import Municipality
from mapfeedback.geo import CODE_BITS
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category
from mapfeedback.pins.rollups.models import CellCount

#: Kept for all pins together, and for what filters ask for: more of these would be nearly as many as pins.
LEVELS: Final = range(14, 19)
MARKED_LEVELS: Final = (14, 16, 17)
#: The order of `Cell.kinds`; a new kind goes to the end. Of another order all cells must be counted anew.
KINDS: Final = ("feedback", "idea", "question", "thanks", "experience", "opinion")
#: The mark of cells that ask for nothing but a kind.
ANY: Final = ""

# What one pin is marked with, from a relation with `kind`, `category_id`, `status` and `answered`.
_MARKS: Final = f"""
    (VALUES ('{ANY}'), (CASE WHEN answered THEN '+' ELSE '-' END),
            (category_id || CASE WHEN answered THEN '+' ELSE '-' END),
            (status || CASE WHEN answered THEN '+' ELSE '-' END)) AS marked (mark)"""


def by_kind(number: str) -> str:
    """The array of a cell: the sum of this number for each kind, from rows with a `kind`."""
    return "ARRAY[{}]".format(
        ", ".join(f"COALESCE(sum({number}) FILTER (WHERE kind = '{one}'), 0)::int" for one in KINDS)
    )


def summed(kinds: str) -> str:
    """Such arrays, number by number."""
    return "ARRAY[{}]".format(", ".join(f"sum({kinds}[{nth}])::int" for nth in range(1, len(KINDS) + 1)))


_KINDS_SUM: Final = summed("kinds")
_KINDS_PLUS: Final = "ARRAY[{}]".format(
    ", ".join(f"had.kinds[{nth}] + EXCLUDED.kinds[{nth}]" for nth in range(1, len(KINDS) + 1))
)


def _column_and_row(code: str, finest: int) -> str:
    """Of a code and all its beginnings: worked out once, for the finest level."""
    shift = 2 * (CODE_BITS - finest)
    return f"tile_axis({code} >> {shift}) AS x, tile_axis({code} >> {shift + 1}) AS y"


#: The deltas `{deltas}` as changes of cells and of marked cells.
CHANGES: Final = f"""
    SELECT level, tile_code >> 2 * ({CODE_BITS} - level) AS code, municipality_id,
           (min(x) >> {LEVELS[-1]} - level)::int AS x, (min(y) >> {LEVELS[-1]} - level)::int AS y,
           sum(sign)::int AS n, {by_kind("sign")} AS kinds
    FROM (SELECT *, {_column_and_row("tile_code", LEVELS[-1])} FROM {{deltas}} AS delta
          WHERE tile_code IS NOT NULL) AS delta, generate_series({LEVELS[0]}, {LEVELS[-1]}) AS level
    GROUP BY 1, 2, 3"""  # noqa: S608 - built from constants
MARKED_CHANGES: Final = f"""
    SELECT level, mark, kind, tile_code >> 2 * ({CODE_BITS} - level) AS code, municipality_id,
           (min(x) >> {MARKED_LEVELS[-1]} - level)::int AS x, (min(y) >> {MARKED_LEVELS[-1]} - level)::int AS y,
           sum(sign)::int AS n
    FROM (SELECT *, days IS NOT NULL AS answered, {_column_and_row("tile_code", MARKED_LEVELS[-1])}
          FROM {{deltas}} AS delta WHERE tile_code IS NOT NULL) AS delta,
         unnest(ARRAY{list(MARKED_LEVELS)}) AS level, LATERAL {_MARKS}
    GROUP BY 1, 2, 3, 4, 5"""  # noqa: S608 - built from constants

#: Parts of the statement that folds: what is `gone` from the deltas is added, in the order of the keys.
FOLD: Final = f"""
    celled AS (
        INSERT INTO pins_cell AS had (level, code, municipality_id, x, y, n, kinds)
        SELECT * FROM ({CHANGES.format(deltas="gone")}) AS change
        WHERE n <> 0 OR 0 <> ANY (kinds)
        ORDER BY level, code, municipality_id
        ON CONFLICT (level, code, municipality_id) DO UPDATE SET n = had.n + EXCLUDED.n, kinds = {_KINDS_PLUS}
    ), marked AS (
        INSERT INTO pins_markedcell AS had (level, mark, kind, code, municipality_id, x, y, n)
        SELECT * FROM ({MARKED_CHANGES.format(deltas="gone")}) AS change WHERE n <> 0
        ORDER BY level, mark, kind, code, municipality_id
        ON CONFLICT (level, mark, kind, code, municipality_id) DO UPDATE SET n = had.n + EXCLUDED.n
    )"""  # noqa: S608 - built from constants

# Everything counted from the pins: the finest level first, the others from it.
_RECOUNT: Final = f"""
    WITH finest AS MATERIALIZED (
        SELECT code, municipality_id, n, kinds, tile_axis(code) AS x, tile_axis(code >> 1) AS y
        FROM (SELECT tile_code >> {2 * (CODE_BITS - LEVELS[-1])} AS code, municipality_id,
                     count(*)::int AS n, {by_kind("1")} AS kinds
              FROM pins_pin WHERE visibility = 'published' AND tile_code IS NOT NULL GROUP BY 1, 2) AS counted
    )
    SELECT level, code >> 2 * ({LEVELS[-1]} - level) AS code, municipality_id,
           (min(x) >> {LEVELS[-1]} - level)::int AS x, (min(y) >> {LEVELS[-1]} - level)::int AS y,
           sum(n)::int AS n, {_KINDS_SUM} AS kinds
    FROM finest, generate_series({LEVELS[0]}, {LEVELS[-1]}) AS level
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""  # noqa: S608 - built from constants
_MARKED_FINEST: Final = f"""
    SELECT {{mark}} AS mark, kind, tile_code >> {2 * (CODE_BITS - MARKED_LEVELS[-1])} AS code, municipality_id,
           count(*)::int AS n
    FROM (SELECT *, CASE WHEN answered_at IS NULL THEN '-' ELSE '+' END AS sign FROM pins_pin
          WHERE visibility = 'published' AND tile_code IS NOT NULL) AS pin
    GROUP BY 2, 3, 4 {{more}}"""  # noqa: S608 - built from constants
_MARKED_RECOUNT: Final = f"""
    WITH finest AS MATERIALIZED (
        SELECT *, tile_axis(code) AS x, tile_axis(code >> 1) AS y FROM (
            {_MARKED_FINEST.format(mark=f"'{ANY}'", more="")}
            UNION ALL {_MARKED_FINEST.format(mark="sign", more=", sign")}
            UNION ALL {_MARKED_FINEST.format(mark="category_id || sign", more=", category_id, sign")}
            UNION ALL {_MARKED_FINEST.format(mark="status || sign", more=", status, sign")}
        ) AS counted
    )
    SELECT level, mark, kind, code >> 2 * ({MARKED_LEVELS[-1]} - level) AS code, municipality_id,
           (min(x) >> {MARKED_LEVELS[-1]} - level)::int AS x, (min(y) >> {MARKED_LEVELS[-1]} - level)::int AS y,
           sum(n)::int AS n
    FROM finest, unnest(ARRAY{list(MARKED_LEVELS)}) AS level
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"""  # noqa: S608 - built from constants

_DIFFERENCES: Final = f"""
    SELECT count(*) FROM (
        SELECT level, code, municipality_id, sum(n)::int AS n, {_KINDS_SUM} AS kinds
        FROM (SELECT * FROM (SELECT level, code, municipality_id, n, kinds FROM pins_cell) AS kept
              UNION ALL SELECT level, code, municipality_id, n, kinds
              FROM ({CHANGES.format(deltas="pins_delta")}) AS change) AS summed
        GROUP BY 1, 2, 3 HAVING sum(n) <> 0 OR 0 <> ANY ({_KINDS_SUM})
    ) AS kept FULL JOIN ({_RECOUNT}) AS counted USING (level, code, municipality_id)
    WHERE (kept.n, kept.kinds) IS DISTINCT FROM (counted.n, counted.kinds)"""  # noqa: S608 - built from constants
_MARKED_DIFFERENCES: Final = f"""
    SELECT count(*) FROM (
        SELECT level, mark, kind, code, municipality_id, sum(n)::int AS n
        FROM (SELECT level, mark, kind, code, municipality_id, n FROM pins_markedcell
              UNION ALL SELECT level, mark, kind, code, municipality_id, n
              FROM ({MARKED_CHANGES.format(deltas="pins_delta")}) AS change) AS summed
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(n) <> 0
    ) AS kept FULL JOIN ({_MARKED_RECOUNT}) AS counted USING (level, mark, kind, code, municipality_id)
    WHERE kept.n IS DISTINCT FROM counted.n"""  # noqa: S608 - built from constants


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter as cells understand it. No `marks`: all pins, of any kind. No `municipalities`: all of them."""

    marks: tuple[str, ...] | None = None
    kinds: tuple[str, ...] = KINDS
    municipalities: tuple[int, ...] | None = None

    @classmethod
    def of(cls, chosen: PinFilter) -> "Asked | None":
        """None: cells cannot say, count the pins.

        They know kinds, answered or not, topics or statuses (not both at once), and whole municipalities.
        """
        names = {name for name, _value in chosen.items()}
        known = {"kind", "answered", "area", "status" if chosen.status else "category"}
        if not names <= known or any("/" in area for area in chosen.area):
            return None
        places = Municipality.objects.filter(slug__in=chosen.area).values_list("pk", flat=True)
        return cls(
            _marks(chosen) if names - {"area"} else None,
            chosen.kind or KINDS,
            tuple(places) if chosen.area else None,
        )

    def level(self, at_least: int) -> int | None:
        """The coarsest level kept of what is asked that is as fine as this; None: finer than any."""
        return next((level for level in (LEVELS if self.marks is None else MARKED_LEVELS) if level >= at_least), None)


def _marks(chosen: PinFilter) -> tuple[str, ...]:
    stems: list[str] = [*chosen.status]
    if chosen.category:
        slugs = chosen.category
        found = Category.objects.filter(Q(slug__in=slugs) | Q(parent__slug__in=slugs)).order_by()
        stems = [str(key) for key in found.values_list("pk", flat=True)]
    elif chosen.answered is not None and not stems:
        stems = [""]
    ends = {None: "+-", True: "+", False: "-"}[chosen.answered]
    return tuple(stem + end for stem in stems for end in ends) or (ANY,)


def rebuild() -> None:
    """Count all cells anew while nobody writes pins or deltas; `folding.rebuild_cells` is for all others."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pins_cell")
        cursor.execute("DELETE FROM pins_markedcell")
        cursor.execute(f"INSERT INTO pins_cell (level, code, municipality_id, x, y, n, kinds) {_RECOUNT}")
        cursor.execute(
            f"INSERT INTO pins_markedcell (level, mark, kind, code, municipality_id, x, y, n) {_MARKED_RECOUNT}"
        )
    CellCount.objects.update_or_create(pk=1, defaults={"counted_at": timezone.now()})


def are_kept() -> bool:
    return CellCount.objects.exists()


def differences() -> int:
    """How many cells are not what the pins say. Inside `folding.one_state` alone: 0, which is always."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES)
        wrong: int = cursor.fetchone()[0]
        cursor.execute(_MARKED_DIFFERENCES)
        wrong += cursor.fetchone()[0]
    return wrong


def sweep() -> None:
    """Take away the cells of which every pin has gone."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pins_cell WHERE n = 0")
        cursor.execute("DELETE FROM pins_markedcell WHERE n = 0")
