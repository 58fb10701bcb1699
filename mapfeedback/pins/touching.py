"""Lines and drawn areas that reach over borders: which areas they touch, and with what share.

Shares are told beside a message and count nowhere: a message counts once, in the area of its spot, so that the parts
of every figure add up to its total.
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.utils.formats import number_format

from areas.models import Area, Edition
from mapfeedback.pins.models import Pin

#: A smaller share is the width of a pen.
SLIVER: Final = 0.01

# Shares of length of a line, of ground of an area, on the ellipsoid. A line along a shared border belongs to the area
# whose code sorts first, as a point would: so shares never add up to more than 1.
_SHARES: Final = """
    SELECT area.id, CASE ST_Dimension(pin.geom)
        WHEN 1 THEN ST_Length(ST_Difference(ST_Intersection(pin.geom, area.boundary), COALESCE((
            SELECT ST_Union(first.boundary) FROM areas_area first
            WHERE first.edition_id = area.edition_id AND first.code < area.code AND first.boundary && pin.geom
        ), 'SRID=4326;POLYGON EMPTY'))::geography) / NULLIF(ST_Length(pin.geom::geography), 0)
        ELSE ST_Area(ST_Intersection(pin.geom, area.boundary)::geography) / NULLIF(ST_Area(pin.geom::geography), 0)
        END AS share
    FROM pins_pin pin JOIN areas_area area ON ST_Intersects(area.boundary, pin.geom)
    WHERE pin.id = %s AND area.edition_id = %s AND ST_Dimension(pin.geom) > 0
    ORDER BY share DESC, area.code"""


@dataclass(frozen=True, slots=True)
class Touched:
    """An area and how much of the line or drawn area lies in it, from 0 to 1."""

    area: Area
    share: float


def touched_areas(pin: Pin) -> list[Touched]:
    """The districts by today's borders that a line or a drawn area lies in, the largest share first.

    Empty for points and pins without a place. Shares add up to 1 at most: less when a part lies outside.
    """
    edition = Edition.objects.in_force().of_main_divisions().filter(division__municipality=pin.municipality_id).first()
    if edition is None or pin.geom is None or pin.geom.dims == 0:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SHARES, [pin.pk, edition.pk])
        shares = {area: share for area, share in cursor.fetchall() if share and share >= SLIVER}
    areas = Area.objects.with_names().in_bulk(shares)
    return [Touched(areas[area], min(share, 1.0)) for area, share in shares.items()]


def shares_in_words(pin: Pin) -> list[tuple[Area, str]]:
    """Areas with whole per cent, for a page; empty when there is only one to name."""
    touched = touched_areas(pin)
    if len(touched) < 2:
        return []
    return [(each.area, number_format(max(1, round(each.share * 100)))) for each in touched]
