"""Which plans, layers, shapes, responses and links; and the one rule of when a place holds a pin."""

import math
from typing import TYPE_CHECKING, Any, Final, Self

from django.contrib.gis.db.models import Extent, GeometryField
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.db import models
from django.db.models import BooleanField, Count, Exists, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.functions import Cast
from django.db.models.sql.compiler import SQLCompiler

from mapfeedback.accounts.rules import Person, Role, municipalities_where
from mapfeedback.geo import WGS84
from mapfeedback.pins.querysets import PinQuerySet

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from layers.models import Layer, Plan, Response, ResponseLink, Shape  # noqa: F401 - named in the class headers

#: A line or a point (a street's centre line, a tree) has no inside: it holds what lies this near. Half a street with
#: its pavements, and what people miss when they tap beside the line on a phone.
NEAR_METRES: Final = 30
#: A degree of latitude is nowhere shorter than this.
DEGREE_METRES: Final = 110_000


def holds_sql(place: str, pin: str) -> str:
    """SQL: whether a place holds a pin's geometry, both WGS84 expressions.

    A polygon holds what it touches; a line or a point what is within NEAR_METRES on the ellipsoid. The box comes
    first, so that the GiST index of the pins finds the candidates.
    """
    width = (
        f"{NEAR_METRES} / ({DEGREE_METRES} * cos(radians("
        f"LEAST(89, GREATEST(abs(ST_YMin({place})), abs(ST_YMax({place}))) + 0.01))))"
    )
    return (
        f"({pin} && ST_Expand({place}, {width}, {NEAR_METRES / DEGREE_METRES})"
        f" AND (ST_Intersects({pin}, {place}) OR (ST_Dimension({place}) < 2"
        f" AND ST_DWithin(({pin})::geography, ({place})::geography, {NEAR_METRES}))))"
    )


class Holds(Func):
    """`holds_sql` of a place (first) and a pin's geometry (second) in the ORM."""

    output_field = BooleanField()

    def as_sql(
        self,
        compiler: SQLCompiler,
        connection: "BaseDatabaseWrapper",
        function: str | None = None,
        template: str | None = None,
        arg_joiner: str | None = None,
        **extra_context: Any,
    ) -> tuple[str, tuple[str | int, ...]]:
        (place, of_place), (pin, of_pin) = (compiler.compile(part) for part in self.get_source_expressions())
        # In the order in which `holds_sql` names them.
        values = (*of_pin, *of_place, *of_place, *of_place, *of_pin, *of_place, *of_place, *of_pin, *of_place)
        return holds_sql(place, pin), values


def around(place: GEOSGeometry) -> Polygon:
    """A WGS84 box that holds everything within NEAR_METRES of a place: what an index can look for."""
    west, south, east, north = place.extent
    high = NEAR_METRES / DEGREE_METRES
    wide = high / math.cos(math.radians(min(89, max(abs(south), abs(north)) + 0.01)))
    box = Polygon.from_bbox((west - wide, south - high, east + wide, north + high))
    box.srid = WGS84
    return box


def held_by(pins: PinQuerySet, place: GEOSGeometry) -> PinQuerySet:
    """Pins that `place` holds: the rule of `holds_sql` for one large place, sent to the database only once."""
    if place.dims == 2:
        return pins.filter(geom__intersects=place)
    metres = Func(
        _geography("geom"),
        _geography(Value(place, GeometryField(srid=WGS84))),
        Value(NEAR_METRES),
        function="ST_DWithin",
        output_field=BooleanField(),
    )
    return pins.filter(metres, geom__bboverlaps=around(place))


def _geography(place: Any) -> Cast:
    return Cast(place, GeometryField(srid=WGS84, geography=True))


class PlanQuerySet(models.QuerySet["Plan"]):
    def visible_to(self, person: Person) -> Self:
        """Published plans, and drafts for those who plan in their municipality."""
        reach = municipalities_where(person, Role.PLANNER, Role.OFFICER)
        return self.filter(Q(is_published=True) | Q(municipality_id__in=reach))

    def planned_by(self, person: Person) -> Self:
        return self.filter(municipality_id__in=municipalities_where(person, Role.PLANNER, Role.OFFICER))

    def with_names(self) -> Self:
        """With the municipality at hand, without its heavy outline."""
        return self.select_related("municipality").defer("municipality__outline")


class LayerQuerySet(models.QuerySet["Layer"]):
    def current(self) -> Self:
        """The newest version of each name."""
        newer = self.model._default_manager.filter(
            plan=OuterRef("plan"), name=OuterRef("name"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(newer))


class ShapeQuerySet(models.QuerySet["Shape"]):
    def planned_by(self, person: Person) -> Self:
        return self.filter(layer__plan__municipality_id__in=municipalities_where(person, Role.PLANNER, Role.OFFICER))

    def holding(self, place: GEOSGeometry) -> Self:
        """Shapes that hold a pin of this geometry."""
        return self.filter(Holds(F("geom"), Value(place, GeometryField(srid=WGS84))), geom__bboverlaps=around(place))

    def with_pin_counts(self, pins: PinQuerySet) -> Self:
        """With `.pins`, the number of these pins that each shape holds (zero included)."""
        inside = (
            pins.filter(Holds(OuterRef("geom"), F("geom")))
            .order_by()
            .annotate(n=Func("pk", function="COUNT", output_field=models.IntegerField()))
            .values("n")
        )
        return self.annotate(pins=Subquery(inside, output_field=models.IntegerField()))

    def with_answer_counts(self) -> Self:
        """With `.answers`, the number of published responses given through each shape."""
        given = Q(scopes__response__state="published")
        return self.annotate(answers=Count("scopes__response", filter=given, distinct=True))

    def of_current_layers(self, plan: "Plan") -> Self:
        """What a plan consists of now, in the order of its file."""
        return self.filter(layer__in=plan.layers.current()).select_related("layer")

    def as_geojson(self) -> Self:
        """With `.written`, the geometry as GeoJSON text made by PostGIS (seven decimals are a centimetre)."""
        return self.annotate(written=AsGeoJSON("geom", precision=7)).defer("geom", "properties")

    def extent(self) -> str:
        """Their box as "west,south,east,north"; empty without shapes."""
        box = self.aggregate(box=Extent("geom"))["box"]
        return ",".join(f"{number:.6f}" for number in box) if box else ""


class ResponseQuerySet(models.QuerySet["Response"]):
    def published(self) -> Self:
        return self.filter(state="published")

    def drafts(self) -> Self:
        return self.filter(state="draft")

    def with_reach(self, pins: PinQuerySet) -> Self:
        """With `.reached`, how many of these pins each is linked to."""
        linked = (
            pins.filter(response_links__response=OuterRef("pk"), response_links__how__in=["inherited", "chosen"])
            .order_by()
            .annotate(n=Func("pk", function="COUNT", output_field=models.IntegerField()))
            .values("n")
        )
        return self.annotate(reached=Subquery(linked, output_field=models.IntegerField()))

    def for_plan_pages(self) -> Self:
        """With the shapes they were given through, newest first."""
        return self.prefetch_related("scopes__shape__layer").order_by("-published_at", "-pk")

    def planned_by(self, person: Person) -> Self:
        return self.filter(municipality_id__in=municipalities_where(person, Role.PLANNER, Role.OFFICER))


class ResponseLinkQuerySet(models.QuerySet["ResponseLink"]):
    def showing(self) -> Self:
        """Links that put a published response before a reader."""
        return self.filter(response__state="published").exclude(how="excluded")

    def for_reading(self) -> Self:
        """With the response, the shape and its plan, newest answer first; `.shape_dimension` is 2 for an area."""
        return (
            self.select_related("response__plan", "shape__layer__plan")
            .defer("shape__geom", "shape__properties")
            .annotate(shape_dimension=Func("shape__geom", function="ST_Dimension", output_field=models.IntegerField()))
            .order_by("-response__published_at", "-pk")
        )

    def for_lists(self, pins: PinQuerySet) -> Self:
        """Links of these pins with what a list shows of the links themselves, excluded ones last."""
        return (
            self.filter(pin__in=pins)
            .select_related("shape__layer__plan")
            .defer("shape__geom", "shape__properties")
            .annotate(shape_dimension=Func("shape__geom", function="ST_Dimension", output_field=models.IntegerField()))
            .annotate(left_out=Q(how="excluded"))
            .order_by("left_out", "-pin__placed_at", "-pin__pk")
        )
