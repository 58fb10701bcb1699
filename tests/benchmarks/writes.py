"""The areas of all pins when borders change."""

from django.db import connection

from areas.actions import draft_edition
from areas.models import Edition
from mapfeedback.pins.memberships import remember_edition
from mapfeedback.pins.redrawing import throw_away
from tests.benchmarks.city import FIRST_DAY, City, areas, settle
from tests.benchmarks.measuring import HEAVY, Row, compared

# The least that finds an area for every pin: one join with the cut borders into a bare table.
JOIN = """
    CREATE TEMPORARY TABLE bare AS
    SELECT DISTINCT ON (pin.id) pin.id AS pin_id, piece.edition_id, piece.area_id
    FROM pins_pin pin JOIN areas_areapiece piece ON ST_Intersects(piece.geom, pin.geom)
    WHERE piece.edition_id = %s ORDER BY pin.id, piece.area_id"""


def new_edition(city: City) -> Row:
    """All that happens before new borders are in force, batch by batch with keys and indexes, against one join."""
    drafts: list[Edition] = []

    def draft() -> None:
        for old in drafts:
            throw_away(edition=old)
        drafts[:] = [draft_edition(division=city.edition.division, areas=areas(), valid_from=FIRST_DAY, source="bench")]
        settle()

    def ours() -> None:
        remember_edition(drafts[0])

    def bare() -> None:
        with connection.cursor() as cursor:
            cursor.execute(JOIN, [city.edition.pk])
            cursor.execute("DROP TABLE bare")

    row = compared("new-edition", ours=ours, baseline=bare, target=2.0, repeats=HEAVY, before=draft)
    for old in drafts:
        throw_away(edition=old)
    settle()
    return row
