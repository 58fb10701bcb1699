"""What adopting a draft would change: districts by their codes, and messages by what is remembered of both editions."""

from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.db.models import Count, F, FilteredRelation, Q, QuerySet

from areas.models import Area, Edition
from mapfeedback.accounts.models import User
from mapfeedback.pins.models import Pin

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


def what_changes(draft: Edition, *, person: User | None) -> dict[str, Any]:
    """As plain JSON: names of areas added and ended, messages that move and where, messages in none and in several.

    Counts what this person may see. The draft's memberships must be remembered (`remember_edition`).
    """
    now = draft.division.editions.in_force().first()
    names, names_now = _names(draft), _names(now) if now else {}
    pins = Pin.objects.visible_to(person or AnonymousUser()).filter(municipality=draft.division.municipality_id)
    flows = [flow for flow in _flows(pins, draft, now) if flow["from_code"] != flow["to_code"]] if now else []
    placed = pins.located()
    return {
        "messages": pins.count(),
        "added": [name for code, name in names.items() if code not in names_now],
        "ended": [name for code, name in names_now.items() if code not in names],
        "moves": sum(flow["n"] for flow in flows),
        "flows": [
            {"from": flow["from_name"] or "", "to": flow["to_name"] or "", "n": flow["n"]}
            for flow in flows[:MOST_FLOWS]
        ],
        "in_none": placed.count() - placed.filter(memberships__edition=draft).count(),
        "in_several": _in_several(placed, draft),
    }


def _names(edition: Edition) -> dict[str, str]:
    return {area.code: area.name for area in Area.objects.filter(edition=edition).defer("boundary")}


def _flows(pins: QuerySet[Pin], draft: Edition, now: Edition) -> QuerySet[Pin, dict[str, Any]]:
    """How many messages lie in each pair of an area in force and an area of the draft, either may be none."""
    return (
        pins.annotate(
            there=FilteredRelation("memberships", condition=Q(memberships__edition=now)),
            then=FilteredRelation("memberships", condition=Q(memberships__edition=draft)),
        )
        .order_by()
        .values(
            from_code=F("there__area__code"),
            to_code=F("then__area__code"),
            from_name=F("there__area__name_fi"),
            to_name=F("then__area__name_fi"),
        )
        .annotate(n=Count("pk"))
        .order_by("-n", "from_code", "to_code")
    )


def _in_several(pins: QuerySet[Pin], edition: Edition) -> int:
    statement, values = pins.order_by().values("id", "geom").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_IN_SEVERAL.format(pins=statement), [*values, edition.pk])
        return int(cursor.fetchone()[0])
