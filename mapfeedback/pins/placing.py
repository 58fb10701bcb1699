"""Storing a new pin with everything that belongs to it, in one statement: the one busy path of the service.

Measured: the same by the ORM takes nine statements and several times the processor. What happens is unchanged: the pin
and its memberships, the delta of the totals, the journal entry, and the jobs of the entry's readers, all or nothing.
"""

from functools import cache
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.db.models import Field

from mapfeedback import prepared
from mapfeedback.accounts.models import User
from mapfeedback.journal.recording import ENTRY_AND_JOBS, entry_values
from mapfeedback.pins.memberships import FOUND_FOR_ONE
from mapfeedback.pins.models import Pin, Visibility
from mapfeedback.pins.reaching import BOUND, PARTS_OF_ONE
from mapfeedback.pins.rollups.writing import DELTA_COLUMNS, STATE

# ON CONFLICT DO NOTHING waits for a twin that is being stored at this moment, then steps aside. A statement locks its
# tables before it looks at anything: whoever waits for that (new borders, rollups counted anew) waits for all of it.
_STORE: Final = f"""
    WITH {FOUND_FOR_ONE},
    belongs AS (SELECT array_agg(edition_id) AS editions, array_agg(area_id) AS areas FROM found),
    stored AS (
        INSERT INTO pins_pin ({{columns}}) VALUES ({{values}}) ON CONFLICT (idempotency_key) DO NOTHING RETURNING *
    ),
    remembered AS (
        INSERT INTO pins_membership (pin_id, edition_id, area_id)
        SELECT stored.id, found.edition_id, found.area_id FROM stored CROSS JOIN found
    ),
    {{further}}
    counted AS (
        INSERT INTO pins_delta ({DELTA_COLUMNS})
        SELECT 1, {STATE} FROM stored AS pin CROSS JOIN belongs WHERE pin.visibility = 'published'
    ),
    {ENTRY_AND_JOBS}
    SELECT stored.id, (SELECT count(*) FROM told) FROM stored"""  # noqa: S608 - built from constants


# Points lie in one area and need no more.
_PARTS: Final = f"""
    {PARTS_OF_ONE},
    reached AS (
        INSERT INTO pins_reach (pin_id, area_id, is_home, share, metres, square_metres)
        SELECT stored.id, area_id, is_home, share, metres, square_metres FROM stored CROSS JOIN parts
    ),"""  # noqa: S608 - built from constants


def store(pin: Pin, *, actor: User | None) -> bool:
    """Store a pin that is not there yet; False, and nothing written, when its idempotency key is there already."""
    values: dict[str, Any] = {
        str(field.column): field.get_db_prep_save(field.pre_save(pin, add=True), connection) for field in _columns()
    }
    values["geom"] = pin.geom.hexewkb.decode() if pin.geom else None
    values["zone"] = settings.TIME_ZONE
    drawn = pin.geom is not None and pin.geom.dims > 0
    values |= BOUND if drawn else {}
    values |= entry_values(
        "pin.placed",
        pin.public_id,
        at=pin.placed_at,
        actor=actor,
        kind=pin.kind,
        channel=pin.channel,
        held=pin.visibility == Visibility.HELD,
    )
    stored = prepared.rows(_statement(_PARTS if drawn else ""), values)
    if not stored:
        return False
    pin.pk = stored[0][0]
    pin._state.adding, pin._state.db = False, connection.alias
    return True


@cache
def _columns() -> list["Field[Any, Any]"]:
    return [field for field in Pin._meta.concrete_fields if not (field.primary_key or field.generated)]


@cache
def _statement(further: str) -> str:
    names = [str(field.column) for field in _columns()]
    values = ["%(geom)s::geometry" if name == "geom" else f"%({name})s" for name in names]
    store = _STORE.replace("{columns}", ", ".join(names)).replace("{values}", ", ".join(values))
    return store.replace("{further}", further)
