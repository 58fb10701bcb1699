"""What adopting a draft would change, as it is kept with the import and shown before the last word."""

from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db import connection

from areas.models import Area, Edition
from mapfeedback.pins.comparing import Change, Comparison, compare
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet

#: Ways that messages move, told one by one; the largest first.
MOST_FLOWS: Final = 100

# Messages that lie in several areas of an edition at once: the only place where geometry is asked and not memory,
# for what is remembered is one area a message. The pieces' index finds each message's areas.
_IN_SEVERAL: Final = """
    SELECT count(*) FROM (
        SELECT pin.id FROM ({pins}) AS pin
        JOIN areas_areapiece piece
          ON piece.edition_id = %s AND ST_Intersects(piece.geom, ST_PointOnSurface(pin.geom))
        GROUP BY pin.id HAVING count(DISTINCT piece.area_id) > 1) AS several"""


def what_changes(draft: Edition) -> dict[str, Any]:
    """As plain JSON: what becomes of each district, messages that move, messages in no area and in several.

    Counts what everybody may read. The draft's memberships must be remembered (`remember_edition`).
    """
    now = draft.division.editions.in_force().first()
    placed = Pin.objects.visible_to(AnonymousUser()).filter(municipality=draft.division.municipality_id).located()
    return {
        "messages": placed.count(),
        "in_none": placed.count() - placed.filter(memberships__edition=draft).count(),
        "in_several": _in_several(placed, draft),
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


def _in_several(pins: PinQuerySet, edition: Edition) -> int:
    statement, values = pins.order_by().values("id", "geom").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_IN_SEVERAL.format(pins=statement), [*values, edition.pk])
        return int(cursor.fetchone()[0])
