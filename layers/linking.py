"""Which pins a response covers, worked out in PostGIS and remembered as ResponseLinks."""

import datetime
import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db.models import GeometryField
from django.core.exceptions import EmptyResultSet
from django.db import OperationalError, connection
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from psycopg.errors import LockNotAvailable

from areas.models import Municipality
from layers.models import Plan, Response, ResponseLink, ResponseScope, Shape
from layers.querysets import Holds, around, held_by, holds_sql
from mapfeedback.geo import WGS84
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import BadQuery

log = logging.getLogger(__name__)

How = ResponseLink.How

#: A statement that finds pins, and what it binds.
Statement = tuple[str, Sequence[Any]]
#: So long somebody waits for another's answer to be given; a page has to be there before that of the database is over.
PATIENCE: Final = "5s"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a published response holds a pin: by this shape, or (None) by a drawn area or a filter."""

    response: Response
    shape: Shape | None


class Busy(Exception):
    """An answer is being given to very many messages of this municipality: try again in a minute."""


def take_turns(municipality_id: int) -> None:
    """Let one transaction at a time decide who is linked in a municipality. Raises Busy after PATIENCE.

    Without it a pin and a publication that commit in the same moment could miss each other.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, TRUE)", [PATIENCE])
        try:
            Municipality.objects.select_for_update(no_key=True).only("pk").get(pk=municipality_id)
        except OperationalError as gone:
            if isinstance(gone.__cause__, LockNotAvailable):
                raise Busy from gone
            raise
        cursor.execute("SET LOCAL lock_timeout TO DEFAULT")


def public_pins(municipality_id: int) -> PinQuerySet:
    """What a response may reach at all: what everybody may see, in its own municipality."""
    return Pin.objects.visible_to(AnonymousUser()).filter(municipality_id=municipality_id)


def inside_plan(plan: Plan, pins: PinQuerySet) -> PinQuerySet:
    """Those of these pins that at least one shape of a plan holds today, each once."""
    layers = list(plan.layers.current().values_list("pk", flat=True))
    # Shapes outside, pins inside: each shape finds its pins by the pins' index.
    held = RawSQL(  # noqa: S611 - the only value is bound
        f"SELECT pin.id FROM layers_shape shape JOIN pins_pin pin ON {holds_sql('shape.geom', 'pin.geom')}"  # noqa: S608
        " WHERE shape.layer_id = ANY(%s)",
        [layers],
    )
    return pins.filter(pk__in=held)


def narrowed(pins: PinQuerySet, query: str) -> PinQuerySet:
    """These pins under a scope's filter. A filter that names what no longer exists holds nothing."""
    try:
        return PinFilter.parse(QueryDict(query)).apply(pins)
    except BadQuery as refused:
        log.warning("a scope's filter is no longer understood: %s", refused)
        return pins.none()


def covered(scope: ResponseScope) -> PinQuerySet:
    """Public pins that a scope reaches: inside its place and under its filter."""
    pins = public_pins(scope.response.municipality_id)
    place = scope.place
    return narrowed(held_by(pins, place) if place is not None else pins, scope.filter_query)


# All shapes that hold without a filter at once, shapes outside and pins inside, so that each shape is prepared once and
# finds its pins by their index: three times as quick as with shapes cut into pieces, which prepare nothing. Where two
# shapes hold a pin, the scope that was named first is its reason.
_IN_SHAPES: Final = f"""
    WITH place AS MATERIALIZED (
        SELECT scope.id AS scope_id, scope.shape_id, shape.geom, ST_Dimension(shape.geom) = 2 AS is_area
        FROM layers_responsescope scope JOIN layers_shape shape ON shape.id = scope.shape_id
        WHERE scope.response_id = %s AND scope.filter_query = ''
    )
    SELECT DISTINCT ON (id) id, shape_id FROM (
        SELECT pin.id, place.shape_id, place.scope_id
        FROM place JOIN ({{public}}) AS pin (id, geom) ON ST_Intersects(place.geom, pin.geom) WHERE place.is_area
        UNION ALL
        SELECT pin.id, place.shape_id, place.scope_id
        FROM place JOIN ({{public}}) AS pin (id, geom) ON {holds_sql("place.geom", "pin.geom")} WHERE NOT place.is_area
    ) AS found ORDER BY id, scope_id"""  # noqa: S608 - built from constants
#: Scopes that are a whole shape.
_PLAIN: Final = Q(shape__isnull=False, filter_query="")


def covered_by_response(response: Response) -> PinQuerySet:
    """Public pins that any scope of a response reaches, less those it expressly leaves out."""
    left_out = response.links.filter(how=How.EXCLUDED).values("pin_id")
    return _any_of(response, *_scopes(response)).exclude(pk__in=left_out)


def recipients(response: Response) -> PinQuerySet:
    """Public pins that would show a draft if it were published now: those it covers and those chosen by hand."""
    left_out = response.links.filter(how=How.EXCLUDED).values("pin_id")
    return considered(response).exclude(pk__in=left_out)


def considered(response: Response) -> PinQuerySet:
    """The `recipients` of a draft, and with them those it expressly leaves out."""
    by_hand = response.links.order_by().values("pin_id")
    return _any_of(response, *_scopes(response), by_hand.query.sql_with_params())


def _any_of(response: Response, *found: Statement) -> PinQuerySet:
    """Public pins that any of these statements finds: one list for all of them, which the database joins at once."""
    if not found:
        return Pin.objects.none()
    values = [value for _select, bound in found for value in bound]
    either = " UNION ALL ".join(f"({select})" for select, _bound in found)
    return public_pins(response.municipality_id).filter(pk__in=RawSQL(either, values))  # noqa: S611 - values are bound


def _scopes(response: Response) -> Iterator[Statement]:
    """Statements for the ids of the pins that each scope holds, all shapes without a filter in one."""
    if response.scopes.filter(_PLAIN).exists():
        yield f"SELECT id FROM ({_IN_SHAPES.format(public='SELECT id, geom FROM pins_pin')}) AS held", [response.pk]  # noqa: S608
    for scope in response.scopes.exclude(_PLAIN).select_related("shape", "response"):
        with suppress(EmptyResultSet):
            yield covered(scope).order_by().values("pk").query.sql_with_params()


def materialise(response: Response, *, now: datetime.datetime) -> list[int]:
    """Link a response to every pin it covers; returns the ids of the pins that were new to it.

    One INSERT … SELECT for all shapes without a filter, then one for each other scope. A pin that already has a link
    (excluded, chosen) keeps it.
    """
    linked: list[int] = []
    if response.scopes.filter(_PLAIN).exists():
        # The ORM would hand geometries over as bytes; here they stay in the database.
        place = Func(F("geom"), template="%(expressions)s", output_field=TextField())
        public, values = (
            public_pins(response.municipality_id).order_by().values_list("pk", place).query.sql_with_params()
        )
        linked += _linked(response, now, _IN_SHAPES.format(public=public), [response.pk, *values, *values])
    for scope in response.scopes.exclude(_PLAIN).select_related("shape", "response"):
        try:
            select, values = covered(scope).order_by().values("pk").query.sql_with_params()
        except EmptyResultSet:
            continue
        # `select` is the ORM's own text; every value is bound.
        with_shape = f"SELECT id, %s::bigint FROM ({select}) AS pin (id)"  # noqa: S608 - the ORM's own text
        linked += _linked(response, now, with_shape, [scope.shape_id, *values])
    return linked


def _linked(response: Response, now: datetime.datetime, select: str, values: Sequence[Any]) -> list[int]:
    """Link the pins that a statement finds, each with its shape."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO layers_responselink (response_id, pin_id, how, shape_id, linked_at)"  # noqa: S608
            f" SELECT %s, pin.id, %s, pin.shape_id, %s FROM ({select}) AS pin (id, shape_id)"
            " ON CONFLICT (response_id, pin_id) DO NOTHING RETURNING pin_id",
            [response.pk, How.INHERITED, now, *values],
        )
        return [row[0] for row in cursor.fetchall()]


def responses_holding(pin: Pin) -> dict[int, Reason]:
    """Published responses whose scopes hold a public pin, by response id.

    Status and answered-ness change because of the answer itself: a pin that already has the answer keeps it though
    the filter said `answered=no`.
    """
    anywhere = Q(shape=None, geometry=None)
    if pin.geom is not None:
        anywhere |= Q(shape__in=Shape.objects.holding(pin.geom).values("pk"))
        anywhere |= Q(
            Holds("geometry", Value(pin.geom, GeometryField(srid=WGS84))), geometry__bboverlaps=around(pin.geom)
        )
    scopes = (
        ResponseScope.objects.filter(
            anywhere, response__state=Response.State.PUBLISHED, response__municipality_id=pin.municipality_id
        )
        .select_related("response", "shape")
        .defer("geometry", "shape__geom", "shape__properties")
        .order_by("response_id", "pk")
    )
    has_it = set(pin.response_links.filter(how=How.INHERITED).values_list("response_id", flat=True))
    found: dict[int, Reason] = {}
    for scope in scopes:
        query = lasting(scope.filter_query) if scope.response_id in has_it else scope.filter_query
        if scope.response_id in found:
            continue
        if not query or narrowed(Pin.objects.filter(pk=pin.pk), query).exists():
            found[scope.response_id] = Reason(scope.response, scope.shape)
    return found


def lasting(query: str) -> str:
    """A filter without the parts that an answer itself changes."""
    kept = QueryDict(query, mutable=True)
    for name in ("status", "answered"):
        kept.pop(name, None)
    return kept.urlencode()


_WITHOUT_ANSWER: Final = """
    SELECT asked.pin_id FROM unnest(%s::bigint[]) AS asked (pin_id)
    WHERE NOT EXISTS (
        SELECT FROM layers_responselink link JOIN layers_response response ON response.id = link.response_id
        WHERE link.pin_id = asked.pin_id AND link.how <> %s AND response.state = %s)"""


def without_answer(pin_ids: Collection[int]) -> list[int]:
    """Those of these pins that no published response reaches any more."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHOUT_ANSWER, [list(pin_ids), How.EXCLUDED.value, Response.State.PUBLISHED.value])
        return [row[0] for row in cursor.fetchall()]
