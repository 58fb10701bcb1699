"""Reading the parameters of the filter: each typed and bounded, or refused with what is allowed."""

import datetime
import re
from typing import Any, Final

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from areas.models import Area, Division, Municipality
from areas.succession import main_successors
from mapfeedback.web import BadQuery

PLACELESS: Final = ("unlocated", "outside")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
MAX_VALUES: Final = 100


def several(query: QueryDict, name: str) -> list[str]:
    """Every value given for a name: once each, sorted, without empties."""
    values = sorted({value.strip() for value in query.getlist(name) if value.strip()})
    if len(values) > MAX_VALUES:
        raise BadQuery(name, _("At most 100 values."))
    return values


def single(query: QueryDict, name: str) -> str:
    values = several(query, name)
    if len(values) > 1:
        raise BadQuery(name, _("Give this only once."))
    return values[0] if values else ""


def choices(query: QueryDict, name: str, allowed: list[str]) -> tuple[str, ...]:
    values = several(query, name)
    if not set(values) <= set(allowed):
        raise BadQuery(name, _("Allowed: %(values)s.") % {"values": " ".join(allowed)})
    return tuple(values)


def slugs(query: QueryDict, name: str, known: QuerySet[Any]) -> tuple[str, ...]:
    """Slugs that exist; one query when any is given."""
    values = several(query, name)
    if any("\x00" in value for value in values) or (values and known.filter(slug__in=values).count() != len(values)):
        allowed = " ".join(known.values_list("slug", flat=True)[:200])
        known_ones = _("Allowed: %(values)s.") % {"values": allowed}
        raise BadQuery(name, known_ones if allowed else _("There is none here yet."))
    return tuple(values)


def areas(query: QueryDict, name: str) -> tuple[str, ...]:
    """`<division>/<code>`, `<division>/unlocated`, `<division>/outside` or a municipality's slug.

    A bare code is enough when only one current area bears it; a bare `unlocated` or `outside` means all main divisions.
    """
    found = set[str]()
    for value in several(query, name):
        if "\x00" in value or len(value) > 100:
            raise _unknown_area(name)
        place, slash, code = value.partition("/")
        if slash:
            known = [value] if _is_area(place, code) else _heirs(place, code)
            if not known:
                raise _unknown_area(name)
            found.update(known)
        elif value in PLACELESS:
            found |= {f"{slug}/{value}" for slug in Division.objects.in_force().main().values_list("slug", flat=True)}
        elif Municipality.objects.filter(slug=value).exists():
            found.add(value)
        else:
            bearers = Area.objects.current().filter(code=value).values_list("edition__division__slug", flat=True)[:2]
            if len(bearers) != 1:
                raise _unknown_area(name)
            found.add(f"{bearers[0]}/{value}")
    return tuple(sorted(found))


def districts(query: QueryDict, name: str) -> tuple[str, ...]:
    """As `areas`, but only what has a border: `<division>/<code>`, or a bare code that one current area bears."""
    found = areas(query, name)
    if any(not code or code in PLACELESS for _division, _slash, code in (value.partition("/") for value in found)):
        raise _unknown_area(name)
    return found


def _is_area(division: str, code: str) -> bool:
    if code in PLACELESS:
        return Division.objects.in_force().filter(slug=division).exists()
    return Area.objects.current().filter(edition__division__slug=division, code=code).exists()


def _heirs(division: str, code: str) -> list[str]:
    """The areas in force on the ground of one that ended, so that old links go on."""
    ended = Area.objects.published().select_related("edition").filter(edition__division__slug=division, code=code)
    last = ended.last()
    return [f"{division}/{heir.code}" for heir in main_successors(last)] if last is not None else []


def _unknown_area(name: str) -> BadQuery:
    divisions = " ".join(Division.objects.in_force().values_list("slug", flat=True)[:50])
    return BadQuery(
        name, _("Write an area as division/code. Divisions here: %(divisions)s.") % {"divisions": divisions}
    )


def day(query: QueryDict, name: str) -> datetime.date | None:
    value = single(query, name)
    if not value:
        return None
    try:
        read = datetime.date.fromisoformat(value)
    except ValueError:
        read = datetime.date.min
    if not 1900 <= read.year <= 2200:
        raise BadQuery(name, _("Write a day as 2026-05-31."))
    return read


def languages(query: QueryDict, name: str) -> tuple[str, ...]:
    values = several(query, name)
    if any(len(value) > 12 or not LANGUAGE.fullmatch(value) for value in values):
        raise BadQuery(name, _("Write a language as fi, sv, en …"))
    return tuple(values)


def yes_or_no(query: QueryDict, name: str) -> bool | None:
    value = single(query, name)
    if value not in {"", "yes", "no"}:
        raise BadQuery(name, _("Allowed: %(values)s.") % {"values": "yes no"})
    return {"": None, "yes": True, "no": False}[value]


def whole_number(query: QueryDict, name: str, *, most: int) -> int:
    """From 1 to `most` in plain digits; 0 when it is not given."""
    value = single(query, name)
    if not value:
        return 0
    if not (value.isascii() and value.isdigit() and len(value) <= len(str(most)) and 1 <= int(value) <= most):
        raise BadQuery(name, _("Write a whole number from 1 to %(most)s.") % {"most": most})
    return int(value)
