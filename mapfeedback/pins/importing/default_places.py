"""Coordinates that so many pins of one source share that they are probably a form's default, not places.

Measured on real ideas: two such points held 18 % of all located pins and made two districts look four times louder.
"""

import datetime
from typing import Final

from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, Q

from mapfeedback.pins.importing.report import DefaultPlace
from mapfeedback.pins.models import Pin
from mapfeedback.pins.rollups.writing import recounted

LEAST_PINS: Final = 10
LEAST_SHARE: Final = 0.01

_CROWDED: Final = """
    SELECT geom, count(*) AS pins FROM located GROUP BY geom
    HAVING count(*) >= GREATEST(%(least)s, %(share)s * (SELECT count(*) FROM located))"""
_LOCATED: Final = """
    SELECT id, geom, suspected_default_place FROM pins_pin
    WHERE source = %(source)s AND source_key <> '' AND GeometryType(geom) = 'POINT'"""
_TELL: Final = f"""
    WITH located AS ({_LOCATED}), crowded AS ({_CROWDED})
    SELECT ST_Y(geom), ST_X(geom), pins FROM crowded ORDER BY pins DESC, 1, 2"""  # noqa: S608 - built from constants
_WRONG: Final = f"""
    WITH located AS ({_LOCATED}), crowded AS ({_CROWDED})
    SELECT id FROM located LEFT JOIN crowded USING (geom)
    WHERE suspected_default_place IS DISTINCT FROM (crowded.geom IS NOT NULL)"""  # noqa: S608 - built from constants


def mark_default_places(*, source: str, now: datetime.datetime) -> list[DefaultPlace]:
    """Look at all pins of a source anew, mark those on crowded points and unmark the others; most crowded first.

    Part of the import's transaction.
    """
    values: dict[str, str | float] = {"source": source, "least": LEAST_PINS, "share": LEAST_SHARE}
    with connection.cursor() as cursor:
        cursor.execute(_WRONG, values)
        wrong = [pk for (pk,) in cursor.fetchall()]
        with recounted(wrong):
            Pin.objects.filter(pk__in=wrong).update(
                suspected_default_place=ExpressionWrapper(
                    Q(suspected_default_place=False), output_field=BooleanField()
                ),
                changed_at=now,
            )
        cursor.execute(_TELL, values)
        return [DefaultPlace(lat, lon, pins) for lat, lon, pins in cursor.fetchall()]
