"""Which divisions and areas: adjectives that chain."""

import datetime
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, Self

from django.apps import apps
from django.contrib.gis.geos import GEOSGeometry
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from mapfeedback import prepared

if TYPE_CHECKING:
    from areas.models import Area, Division, Edition  # noqa: F401 - named in the class headers


class DivisionQuerySet(models.QuerySet["Division"]):
    def main(self) -> Self:
        """The divisions that lists and reports use unless told otherwise, one per municipality."""
        return self.filter(is_main=True)

    def in_force(self) -> Self:
        """Those with borders in force; one whose first borders are still a draft is nobody's business yet."""
        return self.filter(editions__valid_to=None, editions__adopted_at__isnull=False)


class EditionQuerySet(models.QuerySet["Edition"]):
    def in_force(self) -> Self:
        """The borders that hold today, at most one edition per division."""
        return self.filter(valid_to=None, adopted_at__isnull=False)

    def drafts(self) -> Self:
        """Prepared and not adopted, or taken back: nobody else sees them."""
        return self.filter(adopted_at=None)

    def published(self) -> Self:
        """In force, or once in force for at least a day: what anybody may ask about."""
        lasted = Q(valid_to=None) | Q(valid_to__gte=F("valid_from"))
        return self.filter(lasted, adopted_at__isnull=False)

    def on(self, day: datetime.date) -> Self:
        """In force on that day, at most one edition per division."""
        return self.published().filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def of_main_divisions(self) -> Self:
        return self.filter(division__is_main=True)


class AreaQuerySet(models.QuerySet["Area"]):
    def current(self) -> Self:
        """Areas of editions in force."""
        return self.filter(edition__valid_to=None, edition__adopted_at__isnull=False)

    def published(self) -> Self:
        """Areas of borders that are or were in force, oldest first."""
        lasted = Q(edition__valid_to=None) | Q(edition__valid_to__gte=F("edition__valid_from"))
        return self.filter(lasted, edition__adopted_at__isnull=False).order_by("edition__valid_from", "code")

    def by_borders_of(self, day: datetime.date | None) -> Self:
        """By the borders in force on that day; None: by those in force now."""
        if day is None:
            return self.current()
        lasting = Q(edition__valid_to=None) | Q(edition__valid_to__gte=day)
        return self.published().filter(lasting, edition__valid_from__lte=day)

    def of_division(self, division: "Division") -> Self:
        return self.filter(edition__division=division)

    def of_main_divisions(self) -> Self:
        return self.filter(edition__division__is_main=True)

    def covering(self, place: GEOSGeometry) -> Self:
        """Areas that hold this WGS84 point, borders included (so a border point may have two)."""
        return self.filter(pieces__geom__intersects=place).distinct()

    def with_residents(self, year: int) -> "models.QuerySet[Any, Any]":
        """With `.residents`, how many live there, and `.residents_year`, the end of which year that tells.

        It is the figure of the nearest year that is not after `year`; without one, what the borders' file told, of no
        known year (None). Not known at all is None too, and never zero.
        """
        figures = apps.get_model("areas", "PopulationFigure").objects.filter(
            area=models.OuterRef("pk"), age_from=0, age_to=None, year__lte=year
        )
        newest = figures.order_by("-year")
        return self.annotate(
            residents=Coalesce(models.Subquery(newest.values("persons")[:1]), models.F("population")),
            residents_year=models.Subquery(newest.values("year")[:1]),
        )

    def with_names(self) -> Self:
        """With division and municipality at hand, without the heavy boundary."""
        return self.select_related("edition__division__municipality").defer(
            "boundary", "edition__division__municipality__outline"
        )


# The same rule as `AreaQuerySet.current`.
_CURRENT_KEYS: Final = """
    SELECT area.id
    FROM unnest(%s::text[], %s::text[]) AS asked (division, code)
    JOIN areas_division division ON division.slug = asked.division
    JOIN areas_edition edition ON edition.division_id = division.id
        AND edition.valid_to IS NULL AND edition.adopted_at IS NOT NULL
    JOIN areas_area area ON area.edition_id = edition.id AND area.code = asked.code"""


def current_keys(named: Sequence[str]) -> list[int]:
    """The keys of areas in force, each named `<division>/<code>`; one that is not is left out."""
    divisions, codes = zip(*(name.split("/", 1) for name in named), strict=True)
    return [key for (key,) in prepared.rows(_CURRENT_KEYS, [list(divisions), list(codes)])]
