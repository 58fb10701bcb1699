"""From a queryset of pins to the part of it that a tile needs, as SQL for a statement of ours."""

import re
from typing import Any

from django.contrib.gis.geos import Polygon
from django.db import connection
from django.db.models import CharField, Func, QuerySet

from mapfeedback.geo import Tile
from mapfeedback.pins.querysets import PinQuerySet


def inside(pins: PinQuerySet, tile: Tile) -> PinQuerySet:
    """Those whose spot lies in the tile: north and west edges are the tile's, south and east its neighbour's."""
    first, end = tile.codes
    return pins.filter(tile_code__gte=first, tile_code__lt=end).order_by()


def drawn_in(pins: PinQuerySet, tile: Tile) -> PinQuerySet:
    """Those drawn as lines or areas that reach into the tile, wherever their spot is."""
    frame = Polygon.from_bbox(tile.degrees)
    frame.srid = 4326
    kind = Func("geom", function="GeometryType", output_field=CharField())
    return pins.alias(drawn=kind).exclude(drawn="POINT").filter(geom__intersects=frame).order_by()


def named(found: QuerySet[Any, Any], prefix: str) -> tuple[str, dict[str, Any]]:
    """SQL and values of a queryset, its positions turned into names: psycopg takes either, and our statements name."""
    sql, values = found.query.sql_with_params()
    names = {f"{prefix}{nth}": value for nth, value in enumerate(values)}
    left = iter(names)
    return re.sub("%[%s]", lambda mark: f"%({next(left)})s" if mark[0] == "%s" else mark[0], sql), names


def one_value(statement: str, values: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]
