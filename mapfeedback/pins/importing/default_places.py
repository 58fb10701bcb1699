"""Coordinates that so many pins of one source share that they are probably a form's default, not places.

Measured on real ideas: two such points held 18 % of all located pins and made two districts look four times louder.
"""

import datetime
from typing import Final

from django.db import connection

from mapfeedback.pins.importing.report import DefaultPlace

LEAST_PINS: Final = 10
LEAST_SHARE: Final = 0.01

_MARK_AND_TELL: Final = """
    WITH located AS (
        SELECT id, geom FROM pins_pin
        WHERE source = %(source)s AND source_key <> '' AND GeometryType(geom) = 'POINT'
    ), crowded AS (
        SELECT geom, count(*) AS pins FROM located GROUP BY geom
        HAVING count(*) >= GREATEST(%(least)s, %(share)s * (SELECT count(*) FROM located))
    ), marked AS (
        UPDATE pins_pin pin SET suspected_default_place = NOT suspected_default_place, changed_at = %(now)s
        FROM located LEFT JOIN crowded ON crowded.geom = located.geom
        WHERE pin.id = located.id AND pin.suspected_default_place IS DISTINCT FROM (crowded.geom IS NOT NULL)
    )
    SELECT ST_Y(geom), ST_X(geom), pins FROM crowded ORDER BY pins DESC, 1, 2
"""


def mark_default_places(*, source: str, now: datetime.datetime) -> list[DefaultPlace]:
    """Look at all pins of a source anew, mark those on crowded points and unmark the others; most crowded first."""
    with connection.cursor() as cursor:
        cursor.execute(_MARK_AND_TELL, {"source": source, "least": LEAST_PINS, "share": LEAST_SHARE, "now": now})
        return [DefaultPlace(lat, lon, pins) for lat, lon, pins in cursor.fetchall()]
