"""What lists show of contributions: first which ones, by their keys, then all that an item shows by one statement.

Keys come through the one door (`querysets`), in the order of the list. The statement is written by hand and prepared:
putting its columns together anew for every list, the ORM took three times as long as the database to answer.
"""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any, Final

from django.db import connection

from areas.models import Area
from mapfeedback import prepared
from mapfeedback.geo import WGS84
from mapfeedback.pins.models import Category, IsHome, Pin
from mapfeedback.pins.querysets import PinQuerySet

_PIN: Final = (
    "id",
    "public_id",
    "kind",
    "category_id",
    "title",
    "text",
    "language",
    "place_text",
    "precision",
    "suspected_default_place",
    "status",
    "visibility",
    "placed_at",
    "answered_at",
    "photo_count",
    "supports",
)
_NAMED: Final = ("id", "name_fi", "name_sv", "name_en")
_OF_PIN: Final = slice(0, len(_PIN))
_OF_CATEGORY: Final = slice(_OF_PIN.stop, _OF_PIN.stop + len(_NAMED))
_OF_AREA: Final = slice(_OF_CATEGORY.stop, _OF_CATEGORY.stop + len(_NAMED))


def _columns(table: str, names: Sequence[str]) -> str:
    return ", ".join(f"{table}.{name}" for name in names)


_LISTED: Final = f"""
    SELECT {_columns("pin", _PIN)}, {_columns("category", _NAMED)}, {_columns("area", _NAMED)},
        pin.geom IS NOT NULL, ST_X(ST_Transform(pin.spot, {WGS84})), ST_Y(ST_Transform(pin.spot, {WGS84})),
        CASE WHEN pin.photo_count > 0 THEN (
            SELECT photo.public_id FROM pins_photo photo
            WHERE photo.pin_id = pin.id AND photo.visibility = 'published' ORDER BY photo.id LIMIT 1) END
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked (id, nth)
    JOIN pins_pin pin ON pin.id = asked.id
    JOIN pins_category category ON category.id = pin.category_id
    LEFT JOIN pins_membership home ON home.pin_id = pin.id AND home.edition_id = ANY (ARRAY({IsHome.editions}))
    LEFT JOIN areas_area area ON area.id = home.area_id
    ORDER BY asked.nth"""  # noqa: S608 - built from constants


def first_of(pins: PinQuerySet, most: int) -> list[Pin]:
    """The first of these pins in their order, at most so many, each with all that a list item shows (`listed`)."""
    return listed(list(pins.values_list("pk", flat=True)[:most]))


def first_of_each(lists: Iterable[PinQuerySet], most: int) -> list[list[Pin]]:
    """As `first_of` of each of several lists, with one statement for the items of all."""
    keys = [list(pins.values_list("pk", flat=True)[:most]) for pins in lists]
    found = {pin.pk: pin for pin in listed(list(dict.fromkeys(chain.from_iterable(keys))))}
    return [[found[key] for key in some if key in found] for some in keys]


def listed(keys: Sequence[int]) -> list[Pin]:
    """The pins of these keys, in their order; who is gone meanwhile is left out.

    Each with what a list item shows, without another query: its own texts and codes, `category` and `area` with their
    names, `has_place` instead of the geometry, `lon` and `lat` of its spot in WGS 84 (None without a place), and
    `cover`, the public id of the first photo that everybody may see. Anything else of it is looked up when it is read.
    """
    return list(map(_made, prepared.rows(_LISTED, [list(keys)]))) if keys else []


def _made(row: Sequence[Any]) -> Pin:
    pin: Pin = Pin.from_db(connection.alias, _PIN, row[_OF_PIN])
    pin.category = Category.from_db(connection.alias, _NAMED, row[_OF_CATEGORY])
    pin.__dict__["area_found"] = prepared.found(Area, _NAMED, row[_OF_AREA])
    pin.has_place, pin.lon, pin.lat, pin.cover = row[_OF_AREA.stop :]  # type: ignore[attr-defined]
    return pin
