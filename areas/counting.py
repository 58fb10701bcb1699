"""Which polygon a located thing lies in, and so how many lie in each: in PostGIS, from geometry. Knows no pin."""

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery


def with_polygon(
    things: QuerySet[Any], polygons: QuerySet[Any], *, place: str = "geom", polygon: str = "boundary"
) -> QuerySet[Any]:
    """`things` with `.inside`: the key of the first of `polygons`, in their order, that its place meets; else None.

    Both geometries are WGS84. A thing on a shared border has one polygon, the one that sorts first, so counts add up:
    `with_polygon(…).order_by().values("inside").annotate(n=Count("pk"))`. Geometry is the truth here: this is the
    slow, always right way that remembered memberships are checked against.
    """
    first = polygons.filter(**{f"{polygon}__intersects": OuterRef(place)}).values("pk")[:1]
    found: QuerySet[Any] = things.annotate(inside=Subquery(first))
    return found
