"""The pins of a tile counted by small squares, its parts: from the cells kept beside the pins, or from the pins.

Both are CTEs for the beginning of a statement, and say the same. `parts`: `part` (what tile codes begin with; a part
may come in several rows), `n`, `kinds`. `placed`: the same with `x` and `y`, the part's column and row in the world.
Kept cells are as quick for a million pins as for a thousand.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from mapfeedback.geo import CODE_BITS, Tile
from mapfeedback.maptiles.asking import inside, named
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups.cells import ANY, KINDS, LEVELS, Asked, by_kind, summed

#: Arrays of numbers by kind, summed.
KINDS_SUM: Final = summed("kinds")
_TOGETHER: Final = "ARRAY[{}]".format(
    ", ".join(f"COALESCE(had.kinds[{nth}], 0) + changes.kinds[{nth}]" for nth in range(1, len(KINDS) + 1))
)
#: {"idea": 3, "thanks": 1} from such an array, without kinds of which there are none.
KINDS_TOLD: Final = "json_strip_nulls(json_build_object({}))".format(
    ", ".join(f"'{kind}', NULLIF(kinds[{KINDS.index(kind) + 1}], 0)" for kind in sorted(KINDS))
)

# Plan wanted: the tile's range of pin_tile, index only, grouped in one pass.
_PINS: Final = f"""
parts AS MATERIALIZED (
    SELECT tile_code >> %(part_shift)s AS part, count(*)::int AS n, {by_kind("1")} AS kinds,
           min(id) AS id, min(tile_code) AS low, max(tile_code) AS high
      FROM ({{found}}) AS found GROUP BY 1
),
placed AS (SELECT *, tile_axis(part) AS x, tile_axis(part >> 1) AS y FROM parts)"""  # noqa: S608 - from constants

# Plan wanted: one range of the key, and the few deltas not folded yet.
_CELLS: Final = f"""
changes AS MATERIALIZED (
    SELECT tile_code >> %(level_shift)s AS code, municipality_id, sum(sign)::int AS n,
           {by_kind("sign")} AS kinds
      FROM pins_delta
     WHERE tile_code >= %(first)s AND tile_code < %(end)s
       AND (%(municipalities)s::bigint[] IS NULL OR municipality_id = ANY (%(municipalities)s))
     GROUP BY 1, 2
),
kept AS (
    SELECT code, municipality_id, x, y, n, kinds FROM pins_cell
     WHERE level = %(level)s AND code >= %(first)s >> %(level_shift)s AND code < %(end)s >> %(level_shift)s
       AND (%(municipalities)s::bigint[] IS NULL OR municipality_id = ANY (%(municipalities)s))
),
together AS (
    SELECT kept.* FROM kept LEFT JOIN changes USING (code, municipality_id) WHERE kept.n > 0 AND changes.n IS NULL
    UNION ALL
    SELECT code, municipality_id, tile_axis(code), tile_axis(code >> 1), COALESCE(had.n, 0) + changes.n, {_TOGETHER}
      FROM changes
      LEFT JOIN (SELECT * FROM pins_cell WHERE level = %(level)s) AS had USING (code, municipality_id)
     WHERE COALESCE(had.n, 0) + changes.n > 0
),
parts AS MATERIALIZED (
    SELECT code >> %(part_shift)s - %(level_shift)s AS part, x >> %(part_lift)s AS x, y >> %(part_lift)s AS y, n, kinds
      FROM together
),
placed AS (SELECT * FROM parts)"""  # noqa: S608 - from constants

# Plan wanted: a range of the key for each mark and kind.
_MARKED: Final = f"""
parts AS MATERIALIZED (
    SELECT part, min(x) AS x, min(y) AS y, sum(n)::int AS n, {by_kind("n")} AS kinds
      FROM (
        SELECT code >> %(part_shift)s - %(level_shift)s AS part, x >> %(part_lift)s AS x, y >> %(part_lift)s AS y,
               kind, n
          FROM pins_markedcell
         WHERE level = %(level)s AND mark = ANY (%(marks)s) AND kind = ANY (%(kinds)s)
           AND code >= %(first)s >> %(level_shift)s AND code < %(end)s >> %(level_shift)s
           AND (%(municipalities)s::bigint[] IS NULL OR municipality_id = ANY (%(municipalities)s))
        UNION ALL
        SELECT tile_code >> %(part_shift)s, (tile_axis(tile_code) >> %(part_shift)s / 2)::int,
               (tile_axis(tile_code >> 1) >> %(part_shift)s / 2)::int, kind, sign
          FROM pins_delta, LATERAL (SELECT CASE WHEN days IS NULL THEN '-' ELSE '+' END AS answered) AS told
         WHERE tile_code >= %(first)s AND tile_code < %(end)s AND kind = ANY (%(kinds)s)
           AND (%(any)s OR ARRAY[answered, category_id || answered, status || answered] && %(marks)s::text[])
           AND (%(municipalities)s::bigint[] IS NULL OR municipality_id = ANY (%(municipalities)s))
      ) AS summed GROUP BY 1 HAVING sum(n) > 0
),
placed AS (SELECT * FROM parts)"""  # noqa: S608 - from constants

# Plan wanted: a handful of rows of the key, the coarsest. Binds what `from_cells` binds. Changes not folded yet are not
# in it, and it is 0 for a tile that is smaller than such a cell.
ROUGHLY: Final = f"""
COALESCE((SELECT sum(n) FROM pins_cell
           WHERE level = {LEVELS[0]} AND code >= %(first)s >> {2 * (CODE_BITS - LEVELS[0])}
             AND code < %(end)s >> {2 * (CODE_BITS - LEVELS[0])}
             AND (%(municipalities)s::bigint[] IS NULL OR municipality_id = ANY (%(municipalities)s))), 0)"""  # noqa: S608 - from constants


@dataclass(frozen=True, slots=True)
class Parts:
    """CTEs of a statement, and the values they bind."""

    ctes: str
    values: dict[str, Any]
    #: Whether they come from cells: then nobody has seen a pin yet.
    kept: bool

    @property
    def answers(self) -> str:
        """A condition: where it does not hold, nothing is kept yet, and the statement must answer NULL."""
        return "EXISTS (SELECT FROM pins_cellcount)" if self.kept else "TRUE"


def sources(pins: PinQuerySet, tile: Tile, part: int, kept: Asked | None) -> Iterator[Parts]:
    """Where the parts of this level may come from, the best first; the last always answers.

    `kept` must say the same as the filter of `pins`, which are what everybody may see: cells hold nothing else.
    """
    cells = from_cells(tile, part, kept)
    if cells:
        yield cells
    yield from_pins(pins, tile, part)


def from_cells(tile: Tile, part: int, kept: Asked | None) -> Parts | None:
    """The parts as cells tell them, where what is asked is kept as finely as that."""
    level = kept.level(part) if kept else None
    if kept is None or level is None:
        return None
    first, end = tile.codes
    values = {
        "first": first,
        "end": end,
        "part_shift": 2 * (CODE_BITS - part),
        "part_lift": level - part,
        "level": level,
        "level_shift": 2 * (CODE_BITS - level),
        "municipalities": None if kept.municipalities is None else list(kept.municipalities),
    }
    if kept.marks is None:
        return Parts(_CELLS, values, kept=True)
    marked = {"marks": list(kept.marks), "kinds": list(kept.kinds), "any": ANY in kept.marks}
    return Parts(_MARKED, values | marked, kept=True)


def from_pins(pins: PinQuerySet, tile: Tile, part: int) -> Parts:
    """The parts counted from the pins themselves."""
    found, values = named(inside(pins, tile).values("id", "kind", "tile_code"), "f")
    return Parts(_PINS.format(found=found), values | {"part_shift": 2 * (CODE_BITS - part)}, kept=False)


def squares(pins: PinQuerySet, zoom: int, kept: Asked | None, tile: Tile | None = None) -> tuple[str, dict[str, Any]]:
    """SQL and values of rows `square` (what tile codes of this zoom's tiles begin with) and `n`, its pins, if any.

    Of one tile, or of the whole world; `kept` as for `sources`.
    """
    *cells, counted = sources(pins, tile or Tile(0, 0, 0), zoom, kept)
    rows = """
        SELECT part AS square, sum(n)::int AS n FROM (WITH {} SELECT part, n FROM parts) AS counted
         WHERE {} GROUP BY 1"""
    if not cells:
        return rows.format(counted.ctes, "TRUE"), counted.values
    told = [rows.format(cells[0].ctes, cells[0].answers), rows.format(counted.ctes, f"NOT {cells[0].answers}")]
    return " UNION ALL ".join(told), cells[0].values | counted.values
