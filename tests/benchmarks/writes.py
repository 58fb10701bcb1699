"""The areas of all pins when borders change."""

import statistics
import sys
import time
from typing import Final

from django.db import connection

from areas.actions import draft_edition
from areas.models import Edition
from mapfeedback.pins.memberships import remember_edition
from mapfeedback.pins.redrawing import throw_away
from tests.benchmarks.city import FIRST_DAY, City, areas, settle
from tests.benchmarks.measuring import HEAVY, Row, compared

# The least that finds an area for every pin: one join with the cut borders into a bare table.
JOIN: Final = """
    CREATE TEMPORARY TABLE bare AS
    SELECT DISTINCT ON (pin.id) pin.id AS pin_id, piece.edition_id, piece.area_id
    FROM pins_pin pin JOIN areas_areapiece piece ON ST_Intersects(piece.geom, pin.geom)
    WHERE piece.edition_id = %s ORDER BY pin.id, piece.area_id"""
# And how much of each line and drawn area lies in which; piece by piece is quicker than by whole borders.
PARTS: Final = """
    CREATE TEMPORARY TABLE bare_parts AS
    SELECT pin.id AS pin_id, piece.area_id, sum(
        CASE ST_Dimension(pin.geom) WHEN 1 THEN ST_Length(ST_Intersection(pin.geom, piece.geom)::geography)
                                    ELSE ST_Area(ST_Intersection(pin.geom, piece.geom)::geography) END) AS size
    FROM pins_pin pin JOIN areas_areapiece piece ON ST_Intersects(piece.geom, pin.geom)
    WHERE piece.edition_id = %s AND GeometryType(pin.geom) <> 'POINT' GROUP BY 1, 2"""


def new_edition(city: City) -> Row:
    """All that happens before new borders are in force, batch by batch with keys and indexes, against bare SQL.

    Both find the area of every pin and the parts of every line and drawn area. What the first takes alone, a join
    without the parts, goes to standard error.
    """
    drafts: list[Edition] = []
    joining: list[float] = []

    def draft() -> None:
        for old in drafts:
            throw_away(edition=old)
        drafts[:] = [draft_edition(division=city.edition.division, areas=areas(), valid_from=FIRST_DAY, source="bench")]
        settle()

    def ours() -> None:
        remember_edition(drafts[0])

    def bare() -> None:
        with connection.cursor() as cursor:
            began = time.perf_counter()
            cursor.execute(JOIN, [city.edition.pk])
            joining.append(time.perf_counter() - began)
            cursor.execute(PARTS, [city.edition.pk])
            cursor.execute("DROP TABLE bare, bare_parts")

    row = compared("new-edition", ours=ours, baseline=bare, target=2.0, repeats=HEAVY, before=draft)
    for old in drafts:
        throw_away(edition=old)
    settle()
    alone = 1000 * statistics.median(joining)
    print(f"  the join without parts {alone:.0f} ms: {row.ours / alone:.1f}", file=sys.stderr, flush=True)
    return row
