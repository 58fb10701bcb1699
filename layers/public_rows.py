"""A contribution as everybody may have it: its public columns, with what the city answered, in one SQL statement.

Reports and open data write the same columns; nothing that is not named here leaves the house in a file.
"""

import uuid
from typing import Any, Final

from django.contrib.gis.db.models import GeometryField
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    Case,
    CharField,
    DateField,
    F,
    FilteredRelation,
    FloatField,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Concat, NullIf, TruncDate
from django.urls import reverse

from areas.models import Edition
from layers.models import ResponseLink
from mapfeedback.pins.models import Photo
from mapfeedback.pins.photos.models import Size
from mapfeedback.pins.querysets import PinQuerySet

#: What people wrote themselves: the columns a spreadsheet must not run.
WRITTEN: Final = frozenset({"title", "text", "language", "place", "area", "area_name"})
#: Columns that hold several values, the first answer first.
LISTS: Final = frozenset({"effects", "answers", "photo_urls"})
#: Of these, the ones that a file of very many finds by one join.
ANSWERS: Final = frozenset({"effects", "answers"})
#: The pin's geometry, right-handed as RFC 7946 asks.
GEOMETRY: Final = Func(F("geom"), function="ST_ForcePolygonCCW", output_field=GeometryField())


def columns(site: str) -> dict[str, Any]:
    """Column name → what it holds, in the order of every file.

    Codes (`kind`, `status` …) are those of the filter; days are in the city's time zone. `site` is the service's
    address without a slash at its end, for `url`.
    """
    nobody = str(uuid.UUID(int=0))
    before, _id, after = reverse("pins:pin", args=[nobody]).partition(nobody)
    showing = ResponseLink.objects.showing().filter(pin=OuterRef("pk")).order_by("response__published_at", "pk")
    return {
        "id": Cast("public_id", CharField()),
        "url": Concat(Value(site + before), Cast("public_id", CharField()), Value(after)),
        "kind": F("kind"),
        "category": F("category__slug"),
        "title": F("title"),
        "text": F("text"),
        "language": F("language"),
        "status": F("status"),
        "placed": TruncDate("placed_at", output_field=DateField()),
        "answered": TruncDate("answered_at", output_field=DateField()),
        "channel": F("channel"),
        "precision": F("precision"),
        "place": F("place_text"),
        "lon": _degrees("ST_X"),
        "lat": _degrees("ST_Y"),
        "municipality": F("municipality__slug"),
        "area": NullIf(Concat(F("home__area__edition__division__slug"), Value("/"), F("home__area__code")), Value("/")),
        "area_name": F("home__area__name_fi"),
        "suspected_default_place": F("suspected_default_place"),
        "photos": F("photo_count"),
        "photo_urls": _photo_urls(site),
        "effects": ArraySubquery(showing.values_list("response__effect")),
        "answers": ArraySubquery(showing.values_list("response__summary")),
        "supports": F("supports"),
        "supports_verified": F("supports_verified"),
    }


def public_rows(pins: PinQuerySet, *more: Any, site: str) -> QuerySet[Any, tuple[Any, ...]]:
    """One tuple per pin: `columns` in their order, then `more`; newest first. `pins` came through the one door."""
    return pins.belonging().order_by("-placed_at", "-pk").values_list(*columns(site).values(), *more)


def public_table(pins: PinQuerySet, site: str, *, several: str) -> tuple[str, tuple[Any, ...]]:
    """The columns of `public_rows` and `geometry`, as a SELECT with named columns and its values; the last first.

    `several` is the aggregate that makes one value of a pin's ANSWERS, with `{}` for what is aggregated.

    For files of very many. Everything is joined along the pin's own key, in which all three tables lie on the disk, so
    the database neither keeps nor sorts wide rows, and the first comes out while the last are still unread. Answers
    come by one join in that same direction, where the rows look them up for every pin by itself. Asks once which
    borders are in force: only with their key in it does the planner know how few memberships it will meet.
    """
    editions = list(Edition.objects.in_force().of_main_divisions().values_list("pk", flat=True)) or [0]
    homes = FilteredRelation("memberships", condition=Q(memberships__edition__in=editions))
    named = {name: column for name, column in columns(site).items() if name not in ANSWERS} | {"geometry": GEOMETRY}
    rows = pins.annotate(home=homes).order_by().values_list(*named.values(), "pk")
    told = (
        ResponseLink.objects.showing()
        .filter(pin__in=pins.order_by().values("pk"))
        .order_by("-pin_id", "response__published_at", "pk")
        .values_list("pin_id", "response__effect", "response__summary")
    )
    rows_sql, rows_values = rows.query.sql_with_params()
    told_sql, told_values = told.query.sql_with_params()
    return (
        f"""
        SELECT plain.*, effects, answers
        FROM ({rows_sql}) AS plain ({", ".join(named)}, pin_id)
        LEFT JOIN (
            SELECT pin_id, {several.format("effect")} AS effects, {several.format("summary")} AS answers
            FROM ({told_sql}) AS said (pin_id, effect, summary)
            GROUP BY pin_id
            ORDER BY pin_id DESC
        ) AS told USING (pin_id)
        ORDER BY pin_id DESC
        """,  # noqa: S608 - the ORM's own text and names from code
        (*rows_values, *told_values),
    )


def _photo_urls(site: str) -> Case:
    """Addresses of the photos that everybody may see; looked up only for pins that have one."""
    nobody = uuid.UUID(int=0)
    before, _id, after = reverse("pins:photo", args=[nobody, Size.LARGE.value]).partition(str(nobody))
    published = Photo.objects.filter(pin=OuterRef("pk"), visibility=Photo.Visibility.PUBLISHED).order_by("pk")
    addresses = published.values_list(Concat(Value(site + before), Cast("public_id", CharField()), Value(after)))
    several = ArrayField(CharField())
    return Case(
        When(photo_count__gt=0, then=ArraySubquery(addresses, output_field=several)),
        default=Value([], output_field=several),
        output_field=several,
    )


def _degrees(axis: str) -> Func:
    """Six decimals, about a decimetre; of a line or an area, one point on it."""
    return Func(
        F("geom"),
        # The function that finds a point on anything costs ten times more than reading a point.
        template=f"ROUND(CASE WHEN GeometryType(%(expressions)s) = 'POINT' THEN {axis}(%(expressions)s)"
        f" ELSE {axis}(ST_PointOnSurface(%(expressions)s)) END * 1000000) / 1000000",
        output_field=FloatField(),
    )
