"""The ground: municipalities, the ways they are divided, dated editions of borders, and the areas in them.

Areas refer to nobody: they never know what is counted in them.
"""

import datetime
from typing import ClassVar

from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import IsValid
from django.contrib.postgres.indexes import GistIndex
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from areas.querysets import AreaQuerySet, DivisionQuerySet, EditionQuerySet
from mapfeedback.geo import WGS84
from mapfeedback.languages import Named


class Municipality(Named):
    """A city or municipality that takes part; several may live in one installation."""

    slug = models.SlugField(unique=True)
    code = models.CharField(_("official code"), max_length=10, blank=True)
    outline = models.MultiPolygonField(_("outline"), srid=WGS84)

    class Meta:
        verbose_name = _("municipality")
        ordering = ("name_fi",)


class Division(Named):
    """A way of dividing a municipality: districts, statistical areas, an association's own areas."""

    class Kind(models.TextChoices):
        DISTRICT = "district", _("districts")
        MAJOR = "major", _("major districts")
        STATISTICAL = "statistical", _("statistical areas")
        POSTCODE = "postcode", _("postcode areas")
        VILLAGE = "village", _("villages")
        SCHOOL = "school", _("school areas")
        OWN = "own", _("an association's own areas")

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="divisions")
    slug = models.SlugField(unique=True)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.DISTRICT)
    is_main = models.BooleanField(
        _("main division"), default=False, help_text=_("The one that lists and reports use unless told otherwise.")
    )

    objects: ClassVar[DivisionQuerySet] = DivisionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("division")
        ordering = ("municipality__name_fi", "-is_main", "slug")
        constraints = [
            models.UniqueConstraint(
                fields=["municipality"], condition=Q(is_main=True), name="one_main_division_per_municipality"
            )
        ]

    def get_absolute_url(self) -> str:
        return reverse("reports:division", args=[self.slug])


class Edition(models.Model):
    """One dated version of a division's borders: a draft, then in force, then ended.

    A draft (`adopted_at` empty) is seen by nobody but those who prepare it. In force: adopted and `valid_to` empty.
    An edition that another replaced on its first day was in force for no whole day: it ends before it starts.
    """

    division = models.ForeignKey(Division, models.CASCADE, related_name="editions")
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    #: When it was put in force; empty for a draft.
    adopted_at = models.DateTimeField(null=True, blank=True)
    source = models.CharField(_("source"), max_length=200, blank=True)
    is_example = models.BooleanField(
        _("example borders"), default=False, help_text=_("Not the city's own borders; said wherever they show.")
    )
    #: Under which terms others may use the borders; empty when nobody has said.
    licence = models.CharField(_("licence"), max_length=200, blank=True)
    #: How far, roughly, a simplified outline may lie from the border; empty before `areas.outlining` has run.
    outline_metres = models.FloatField(null=True, blank=True, editable=False)
    #: Neighbours share their borders, without gaps or overlaps beyond slips of the pen.
    borders_meet = models.BooleanField(null=True, blank=True, editable=False)

    objects: ClassVar[EditionQuerySet] = EditionQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("edition")
        ordering = ("division", "-valid_from")
        constraints = [
            models.UniqueConstraint(
                fields=["division"],
                condition=Q(valid_to=None, adopted_at__isnull=False),
                name="one_edition_in_force_per_division",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from") - datetime.timedelta(days=1)),
                name="edition_ends_at_earliest_the_day_before_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} {self.valid_from}"

    @property
    def is_draft(self) -> bool:
        return self.adopted_at is None

    @property
    def is_in_force(self) -> bool:
        return self.adopted_at is not None and self.valid_to is None


class Area(Named):
    """One area of one edition. A place lies in at most one area of each edition."""

    edition = models.ForeignKey(Edition, models.CASCADE, related_name="areas")
    code = models.CharField(max_length=40)
    #: The code or name of the area it is part of, as the borders' file tells it; `Containment` says which one it is.
    parent_told = models.CharField(max_length=200, blank=True)
    #: As the borders' file tells it, of no told year. Pages ask `with_residents`, which prefers `PopulationFigure`.
    population = models.PositiveIntegerField(
        null=True, blank=True, help_text=_("Empty means not known; it is then shown as missing, never as zero.")
    )
    boundary = models.MultiPolygonField(srid=WGS84, spatial_index=False)
    #: Stored once from the ellipsoid: Web Mercator would be wrong by hundreds of per cent up here.
    km2 = models.GeneratedField(
        expression=RawSQL("ST_Area(boundary::geography) / 1000000.0", []),
        output_field=models.FloatField(),
        db_persist=True,
    )

    objects: ClassVar[AreaQuerySet] = AreaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("area")
        ordering = ("code",)
        constraints = [
            models.UniqueConstraint(fields=["edition", "code"], name="area_code_once_per_edition"),
            models.CheckConstraint(condition=Q(IsValid("boundary")), name="area_boundary_is_valid"),
        ]
        indexes = [GistIndex(fields=["boundary"], name="area_boundary_gist")]

    @property
    def division(self) -> Division:
        return self.edition.division

    def get_absolute_url(self) -> str:
        return reverse("reports:district", args=[self.edition.division.slug, self.code])


class AreaPiece(models.Model):
    """A boundary cut small (at most 64 vertices a piece), so that finding the area of a place is quick.

    Derived from `Area.boundary` by `areas.actions`; never edited.
    """

    area = models.ForeignKey(Area, models.CASCADE, related_name="pieces")
    edition = models.ForeignKey(Edition, models.CASCADE, related_name="+")
    geom = models.PolygonField(srid=WGS84, spatial_index=False)

    class Meta:
        indexes = [GistIndex(fields=["geom"], name="area_piece_gist")]

    def __str__(self) -> str:
        return f"{self.area_id}"


class AreaOutline(models.Model):
    """A boundary with fewer corners, for maps of a whole city: neighbours still share their borders.

    Derived from all boundaries of the edition together by `areas.outlining`; never edited.
    """

    area = models.OneToOneField(Area, models.CASCADE, primary_key=True, related_name="outline")
    geom = models.MultiPolygonField(srid=WGS84, spatial_index=False)

    def __str__(self) -> str:
        return f"{self.area_id}"


class Containment(models.Model):
    """One area lies in an area of a coarser division. Derived by `areas.hierarchy`; never edited."""

    inner = models.ForeignKey(Area, models.CASCADE, related_name="containers")
    outer = models.ForeignKey(Area, models.CASCADE, related_name="contents")
    #: Of the inner area's ground, from 0 to 1.
    share = models.FloatField()
    #: The file of the inner area's borders says so; otherwise found from the ground.
    is_told = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["inner", "outer"], name="contained_once")]

    def __str__(self) -> str:
        return f"{self.inner_id} in {self.outer_id}"


class PopulationFigure(models.Model):
    """How many people of an age lived in an area at the end of a year. No row: not known, which is never zero."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="people")
    year = models.PositiveSmallIntegerField()
    #: Both ends belong to the band. From 0 with no end: everybody.
    age_from = models.PositiveSmallIntegerField(default=0)
    age_to = models.PositiveSmallIntegerField(null=True, blank=True)
    persons = models.PositiveIntegerField()
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ("area", "-year", "age_from", "age_to")
        constraints = [
            models.UniqueConstraint(
                fields=["area", "year", "age_from", "age_to"],
                name="one_figure_per_area_year_and_band",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(age_to=None) | Q(age_to__gte=F("age_from")), name="age_band_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area_id} {self.year} {self.age_from}–{self.age_to or ''}: {self.persons}"


class GroundFeature(models.Model):
    """Water, parks, roads and rails of the map's own ground, drawn when no base map is at hand."""

    class Kind(models.TextChoices):
        WATER = "water", _("water")
        PARK = "park", _("park")
        FOREST = "forest", _("forest")
        ROAD = "road", _("main road")
        STREET = "street", _("street")
        RAIL = "rail", _("railway")

    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="ground")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name_fi = models.CharField(max_length=200, blank=True)
    name_sv = models.CharField(max_length=200, blank=True)
    #: 1 is drawn from far away, 3 only close by.
    rank = models.PositiveSmallIntegerField(default=2)
    geom = models.GeometryField(srid=WGS84)

    class Meta:
        ordering = ("rank", "id")

    def __str__(self) -> str:
        return self.name_fi or self.kind
