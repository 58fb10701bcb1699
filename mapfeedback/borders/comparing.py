"""What adopting a draft would change, as it is kept with the import and shown before the last word."""

from typing import Any, Final

from areas.models import Area, Edition
from mapfeedback.pins.astray import astray
from mapfeedback.pins.comparing import Change, Comparison, compare

#: Ways that messages move, told one by one; the largest first.
MOST_FLOWS: Final = 100


def what_changes(draft: Edition) -> dict[str, Any]:
    """As plain JSON: what becomes of each district, messages that move, messages in no area and in several.

    Counts what everybody may read. The draft's memberships must be remembered (`remember_edition`).
    """
    now = draft.division.editions.in_force().first()
    counted = astray(draft)
    return {
        "messages": counted.placed,
        "in_none": counted.in_none,
        "in_several": counted.in_several,
        **(_compared(compare(now, draft)) if now else _all_new(draft)),
    }


def _compared(comparison: Comparison) -> dict[str, Any]:
    changed = [row for row in comparison.rows if row.change is not Change.SAME or row.leaving or row.coming]
    return {
        "moves": comparison.moved,
        "added": [row.name for row in comparison.with_change(Change.ADDED)],
        "ended": [row.name for row in comparison.with_change(Change.ENDED)],
        "rows": [
            {
                "code": row.code,
                "name": row.name,
                "change": row.change.value,
                "before": row.before,
                "after": row.after,
                "leaving": row.leaving,
                "coming": row.coming,
                "km2_lost": row.km2_lost,
                "km2_gained": row.km2_gained,
            }
            for row in changed
        ],
        "flows": [
            {"from": move.old.name if move.old else "", "to": move.new.name if move.new else "", "n": move.pins}
            for move in comparison.moves
            if (move.old and move.old.code) != (move.new and move.new.code)
        ][:MOST_FLOWS],
    }


def _all_new(draft: Edition) -> dict[str, Any]:
    names = [area.name for area in Area.objects.filter(edition=draft).defer("boundary")]
    return {"moves": 0, "added": names, "ended": [], "rows": [], "flows": []}
