"""Every way the cities are divided, with what a person wants to know before using its borders."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Count, F

from areas.models import Containment, Division, Edition, Municipality
from mapfeedback.accounts.models import Organisation


@dataclass(frozen=True, slots=True)
class Held:
    """`areas` of a division lie in areas of `division`, a coarser one."""

    division: Division
    areas: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A division by its borders in force."""

    edition: Edition
    areas: int
    lies_in: list[Held]

    @property
    def division(self) -> Division:
        return self.edition.division

    @property
    def drawn_by(self) -> Organisation | None:
        """The association whose own borders these are."""
        return getattr(self.division, "drawn_by", None)

    @property
    def municipality(self) -> Municipality:
        return self.division.municipality


@dataclass(frozen=True, slots=True)
class City:
    """The divisions of a municipality, its main one first, and the areas that associations drew for themselves."""

    municipality: Municipality
    divisions: list[Entry]
    own: list[Entry]


def divisions_by_city() -> list[City]:
    """Two statements."""
    cities = groupby(divisions_in_force(), key=lambda entry: entry.municipality)
    return [_city(municipality, list(entries)) for municipality, entries in cities]


def _city(municipality: Municipality, entries: list[Entry]) -> City:
    own = [entry for entry in entries if entry.division.kind == Division.Kind.OWN]
    return City(municipality, [entry for entry in entries if entry not in own], own)


def divisions_in_force() -> list[Entry]:
    """By municipality, its main division first: two statements."""
    editions = list(
        Edition.objects.in_force()
        .annotate(size=Count("areas"))
        .filter(size__gt=0)
        .select_related("division__municipality", "division__drawn_by")
        .defer("division__municipality__outline")
        .order_by("division__municipality__name_fi", "-division__is_main", "division__slug")
    )
    by_key = {edition.pk: edition for edition in editions}
    held: dict[int, list[Held]] = defaultdict(list)
    pairs = (
        Containment.objects.filter(inner__edition__in=by_key, outer__edition__in=by_key)
        .exclude(outer__edition__division__kind=Division.Kind.OWN)
        .values(lower=F("inner__edition"), upper=F("outer__edition"))
        .annotate(areas=Count("inner", distinct=True))
        .order_by("upper")
    )
    for pair in pairs:
        held[pair["lower"]].append(Held(by_key[pair["upper"]].division, pair["areas"]))
    return [Entry(edition, vars(edition)["size"], held[edition.pk]) for edition in editions]
