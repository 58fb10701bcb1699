"""Counting located things within any polygons, in PostGIS. Knows no pin."""

from typing import Any

from django.db.models import Func, IntegerField, OuterRef, QuerySet, Subquery


def with_count_inside(
    polygons: QuerySet[Any], things: QuerySet[Any], *, polygon: str = "boundary", place: str = "geom"
) -> QuerySet[Any]:
    """`polygons` with `.n`, the number of `things` whose WGS84 geometry meets each polygon (zero included).

    Geometry is the truth here: this is the slow, always right way that remembered memberships are checked against.
    A thing on a shared border counts in every polygon it touches.
    """
    inside = (
        things.filter(**{f"{place}__intersects": OuterRef(polygon)})
        .order_by()
        .annotate(n=Func("pk", function="COUNT", output_field=IntegerField()))
        .values("n")
    )
    counted: QuerySet[Any] = polygons.annotate(n=Subquery(inside, output_field=IntegerField()))
    return counted
