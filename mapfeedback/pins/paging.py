"""Pages of a list that grows while it is read: each page begins after (or before) a pin, not at a number."""

import datetime
import uuid
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from django.contrib.gis.db.models.functions import Transform
from django.contrib.gis.geos import Polygon
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Expression, F, FloatField, Func, QuerySet, Value
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from mapfeedback.geo import WEB_MERCATOR
from mapfeedback.pins import filterplaces as places
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.listing import listed
from mapfeedback.pins.models import IS_ANSWERED, Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.words import asking
from mapfeedback.web import BadQuery, one_of

#: The query parameters this module reads; pass them to PinFilter.parse as the view's own.
PARAMETERS: Final = ("after", "before", "sort")
#: Up to here pins are counted one by one; beyond, the list says "over 10,000".
COUNTED: Final = 10_000


class Order(StrEnum):
    """In which order a list stands. All of them are orders of the whole filtered set: none hides a pin."""

    NEWEST = "newest"
    #: Without an answer first, of those the oldest first.
    WAITING = "waiting"
    #: From the middle of `near`.
    NEAREST = "nearest"
    #: Words in the title before words in the text before forgiven spellings.
    BEST = "best"
    #: What most agree with first.
    SUPPORT = "support"

    @property
    def label(self) -> str:
        match self:
            case Order.WAITING:
                return pgettext("order", "Unanswered longest")
            case Order.NEAREST:
                return pgettext("order", "Nearest")
            case Order.BEST:
                return pgettext("order", "Best match")
            case Order.SUPPORT:
                return pgettext("order", "Most supported")
            case _:
                return pgettext("order", "Newest")


@dataclass(frozen=True, slots=True)
class Total:
    """How many pins there are, and how many of them have a place; no more than COUNTED are counted."""

    all: int
    located: int
    #: Keys of the newest of them, where they were asked for and all are counted: whoever counts has seen them anyway.
    newest: tuple[int, ...] = ()

    @property
    def is_exact(self) -> bool:
        return self.all <= COUNTED

    @property
    def unlocated(self) -> int:
        return self.all - self.located

    @property
    def shown(self) -> int:
        """The number to say: all of them, or that there are over so many."""
        return min(self.all, COUNTED)


@dataclass(frozen=True, slots=True)
class Page:
    """Pins in their order; `newer` and `older` are the query parts of the pages before and after, empty at the ends."""

    pins: list[Pin]
    newer: str
    older: str
    order: Order

    @classmethod
    def empty(cls) -> "Page":
        return cls([], "", "", Order.NEWEST)

    def neighbours(self, path: str, chosen: PinFilter, *kept: str) -> dict[str, str]:
        """Addresses of the pages before and after, empty where there is none; `kept` are query parts that stay."""
        return {
            "newer_url": address(path, chosen, self.order, self.newer, *kept) if self.newer else "",
            "older_url": address(path, chosen, self.order, self.older, *kept) if self.older else "",
        }

    def orders(self, path: str, chosen: PinFilter, total: "Total", *kept: str) -> list[tuple[Order, str, str, bool]]:
        """The orders to choose from: each with its name, its address, and whether it is this one."""
        return [
            (order, order.label, address(path, chosen, order, *kept), order is self.order)
            for order in orders_for(chosen, total)
        ]


def total_of(pins: PinQuerySet, *, newest: int = 0) -> Total:
    """One question that stops counting where counting starts to cost.

    With `newest`, so many come along for the first page: for words, of which finding the hits is what costs.
    """
    try:
        some, values = pins.selecting("pins_pin.id, pins_pin.geom IS NOT NULL AS located, pins_pin.placed_at")
    except EmptyResultSet:
        return Total(0, 0)
    keys = f"(array_agg(id ORDER BY placed_at DESC, id DESC))[1:{newest:d}]" if newest else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), count(*) FILTER (WHERE located), {keys} FROM ({some} LIMIT {COUNTED + 1}) AS found",  # noqa: S608 - the ORM's own text
            values,
        )
        counted, located, found = cursor.fetchone()
    total = Total(counted, located, tuple(found or ()))
    return total if total.is_exact else replace(total, newest=())


def orders_for(chosen: PinFilter, total: Total) -> list[Order]:
    """The orders in which this list can stand. Ranking reads every hit, so it is for lists that can be counted."""
    found = [Order.NEWEST, Order.WAITING, Order.SUPPORT]
    if chosen.near:
        found.append(Order.NEAREST)
    if chosen.q and total.is_exact:
        found.append(Order.BEST)
    return found


def address(path: str, chosen: PinFilter, order: Order, *parts: str) -> str:
    """Where a list under a filter stands in an order; further `parts` of the query name a page of it, or stay."""
    sort = f"sort={order}" if order is not Order.NEWEST else ""
    query = "&".join(filter(None, (chosen.query(), sort, *parts)))
    return f"{path}?{query}" if query else path


def page_of(visible: PinQuerySet, chosen: PinFilter, query: QueryDict, size: int, *, total: Total) -> Page:
    """The page that `after` or `before` a pin asks for, in the order of `sort`. Raises BadQuery.

    `visible` came through the one door; the page is of those in it that are `chosen`, and may begin at any of it.
    `total` is theirs; where its `newest` fill a page, the first one needs no second look for them.
    """
    order = one_of(query, "sort", Order, Order.NEWEST)
    if order is Order.NEAREST and not chosen.near:
        raise BadQuery("sort", _("Choose a place first: near=lat,lon,metres."))
    if order is Order.BEST and not chosen.q:
        raise BadQuery("sort", _("Search for words first."))
    if order not in orders_for(chosen, total):
        order = Order.NEWEST
    keys = _keys(order, chosen, few=bool(chosen.q) and total.is_exact)
    after, before = (_place_in(visible, query, name, keys) for name in ("after", "before"))
    if after and before:
        raise BadQuery("before", _("Give this only once."))
    forwards = ">" if order in {Order.WAITING, Order.NEAREST} else "<"
    backwards = "<" if forwards == ">" else ">"
    sign, start = (backwards, before) if before else (forwards, after)
    # First which ones, from thin rows; then these few with all that a list shows.
    if order is Order.NEWEST and not start and (len(total.newest) > size or 0 < len(total.newest) == total.all):
        found = list(total.newest[: size + 1])
    else:
        pins = chosen.apply(visible)
        if start:
            pins = pins.filter(_beyond(keys, sign, start))
        if order is Order.NEAREST:
            pins = _reachable(pins, chosen, keys[0], start[0] if before else None, size)
        pins = pins.order_by(*(key.desc() if sign == "<" else key.asc() for key in keys))
        found = list(pins.values_list("pk", flat=True)[: size + 1])
    shown = listed(found[:size])
    if before:
        shown.reverse()
    more, came_from = len(found) > size, bool(start) and bool(shown)
    return Page(
        shown,
        newer=f"before={shown[0].public_id}" if (more if before else came_from) else "",
        older=f"after={shown[-1].public_id}" if (came_from if before else more) else "",
        order=order,
    )


def _keys(order: Order, chosen: PinFilter, *, few: bool) -> list[Any]:
    """What a list is sorted by; the last is unique, so that the order is the same on every page.

    With `few`, no index has the expression: PostgreSQL then finds the hits by their words and sorts those. It would
    else go through all pins from the newest on to find a word that hardly anybody has used, because it cannot tell a
    rare beginning of a word from a common one.
    """
    when: Any = F("placed_at") + Value(datetime.timedelta()) if few else F("placed_at")
    match order:
        case Order.WAITING:
            return [IS_ANSWERED, when, F("pk")]
        case Order.NEAREST:
            away = Func(
                F("spot"),
                Transform(Value(places.middle_of(chosen.near)), WEB_MERCATOR),
                template="(%(expressions)s)",
                arg_joiner=" <-> ",
                output_field=FloatField(),
            )
            return [away, F("pk")]
        case Order.BEST:
            return [asking.rank(chosen.q), when, F("pk")]
        case Order.SUPPORT:
            return [F("supports") + Value(0) if few else F("supports"), when, F("pk")]
        case _:
            return [when, F("pk")]


def _reachable(pins: PinQuerySet, chosen: PinFilter, away: Any, farthest: float | None, size: int) -> PinQuerySet:
    """Those of `pins` that this page can hold at all, by a box that an index answers.

    An index of places walks outwards from the middle, but only when nothing else is sorted by; so it first says how
    far a page reaches, and then those few are put in order. `farthest` is known when the page goes inwards.
    """
    if farthest is None:
        farthest = pins.order_by(away.asc()).values_list(away, flat=True)[size : size + 1].first()
    if farthest is None:
        return pins
    west, south, east, north = places.middle_of(chosen.near).transform(WEB_MERCATOR, clone=True).extent
    reach = farthest + 1
    box = Polygon.from_bbox((west - reach, south - reach, east + reach, north + reach))
    box.srid = WEB_MERCATOR
    return pins.filter(spot__bboverlaps=box)


def _place_in(visible: PinQuerySet, query: QueryDict, name: str, keys: list[Expression]) -> tuple[Any, ...]:
    """Where in the order the named pin stands, whether or not it still belongs to the list; empty without a name."""
    value = query.get(name, "")
    if not value:
        return ()
    try:
        named: QuerySet[Any, Any] = visible.filter(public_id=uuid.UUID(value))
    except ValueError:
        named = visible.none()
    place = named.values_list(*keys).first() if named else None
    if place is None:
        raise BadQuery(name, _("This part of the list is gone. Start from its beginning."))
    return tuple(place)


def _beyond(keys: list[Any], sign: str, place: tuple[Any, ...]) -> Func:
    """Compared as one row, which an index of the same keys answers."""
    values = [Value(value) for value in place]
    return Func(
        Func(*keys, function="ROW"),
        Func(*values, function="ROW"),
        template="%(expressions)s",
        arg_joiner=f" {sign} ",
        output_field=BooleanField(),
    )
