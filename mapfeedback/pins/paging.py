"""Pages of a list that grows while it is read: each page begins after (or before) a pin, not at a number."""

import uuid
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from mapfeedback.pins.models import Pin
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import BadQuery

#: The query parameters this module reads; pass them to PinFilter.parse as the view's own.
PARAMETERS = ("after", "before")


@dataclass(frozen=True, slots=True)
class Page:
    """Pins newest first; `newer` and `older` are the query parts of the neighbouring pages, empty at the ends."""

    pins: list[Pin]
    newer: str
    older: str


def page_of(pins: PinQuerySet, query: QueryDict, size: int) -> Page:
    """The page that `after` (older than this pin) or `before` (newer) asks for. Raises BadQuery."""
    after, before = (_cursor(pins, query, name) for name in PARAMETERS)
    if after and before:
        raise BadQuery("before", _("Give this only once."))
    if before:
        found = list(pins.filter(_newer_than(before)).order_by("placed_at", "pk")[: size + 1])
        shown = found[:size][::-1]
        newer, older = len(found) > size, bool(shown)
    else:
        found = list((pins.filter(_older_than(after)) if after else pins).order_by("-placed_at", "-pk")[: size + 1])
        shown = found[:size]
        newer, older = bool(after) and bool(shown), len(found) > size
    return Page(
        shown,
        newer=f"before={shown[0].public_id}" if newer else "",
        older=f"after={shown[-1].public_id}" if older else "",
    )


def _cursor(pins: PinQuerySet, query: QueryDict, name: str) -> Pin | None:
    value = query.get(name, "")
    if not value:
        return None
    try:
        found = pins.filter(public_id=uuid.UUID(value)).first()
    except ValueError:
        found = None
    if found is None:
        raise BadQuery(name, _("This part of the list is gone. Start from the newest."))
    return found


def _older_than(pin: Pin) -> Q:
    return Q(placed_at__lte=pin.placed_at) & (Q(placed_at__lt=pin.placed_at) | Q(pk__lt=pin.pk))


def _newer_than(pin: Pin) -> Q:
    return Q(placed_at__gte=pin.placed_at) & (Q(placed_at__gt=pin.placed_at) | Q(pk__gt=pin.pk))
