"""Messages that borders leave without an area, or lay into several: what an import of borders tells."""

from dataclasses import dataclass
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.utils.translation import ngettext

from areas.models import Edition
from mapfeedback.pins.models import Pin

# Geometry is asked and not memory: a draft may not be remembered yet, and what is remembered is one area a message.
# The pieces' index finds the areas a message touches. Only those that touch several are compared with whole borders:
# a message on the line between two neighbours touches both and lies in neither.
_ASTRAY: Final = """
    WITH placed AS MATERIALIZED (SELECT pin.id, ST_PointOnSurface(pin.geom) AS spot FROM ({pins}) AS pin),
    touching AS MATERIALIZED (
        SELECT placed.id, placed.spot, array_agg(DISTINCT piece.area_id) AS areas
        FROM placed JOIN areas_areapiece piece
          ON piece.edition_id = %s AND ST_Intersects(piece.geom, placed.spot)
        GROUP BY placed.id, placed.spot)
    SELECT (SELECT count(*) FROM placed), (SELECT count(*) FROM touching), (
        SELECT count(*) FROM touching WHERE cardinality(areas) > 1 AND 1 < (
            SELECT count(*) FROM areas_area area
            WHERE area.id = ANY(touching.areas) AND ST_Contains(area.boundary, touching.spot)))"""


@dataclass(frozen=True, slots=True)
class Astray:
    """Of the `placed` messages of a municipality, how many lie in no area of an edition, and how many in several."""

    placed: int
    in_none: int
    in_several: int


def astray(edition: Edition) -> Astray:
    """Counts what everybody may read, by geometry: the edition need not be remembered. One query."""
    pins = Pin.objects.visible_to(AnonymousUser()).filter(municipality=edition.division.municipality_id).located()
    statement, values = pins.order_by().values("id", "geom").query.sql_with_params()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")  # a whole city takes longer than a page may
        cursor.execute(_ASTRAY.format(pins=statement), [*values, edition.pk])
        placed, touching, several = cursor.fetchone()
    return Astray(placed, placed - touching, several)


def told(edition: Edition) -> list[str]:
    """The same as sentences (translated); none when the municipality has no messages or each has one area."""
    counted = astray(edition)
    sentences = []
    if counted.in_none:
        sentences.append(
            ngettext("One message would lie in no area.", "%(n)s messages would lie in no area.", counted.in_none)
            % {"n": counted.in_none}
        )
    if counted.in_several:
        sentences.append(
            ngettext(
                "One message lies in two areas or more; it belongs to the first code.",
                "%(n)s messages lie in two areas or more; each belongs to the first code.",
                counted.in_several,
            )
            % {"n": counted.in_several}
        )
    return sentences
