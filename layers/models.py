"""What planners draw, and what they answer through it."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import IsValid
from django.contrib.gis.geos import GEOSGeometry
from django.contrib.postgres.indexes import GistIndex
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from areas.models import Municipality
from layers.querysets import LayerQuerySet, PlanQuerySet, ResponseLinkQuerySet, ResponseQuerySet, ShapeQuerySet
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import WGS84
from mapfeedback.languages import Named, in_reader_language
from mapfeedback.pins.models import Pin


class Plan(Named):
    """A land-use plan or another plan of the city."""

    class Kind(models.TextChoices):
        LOCAL_PLAN = "local_plan", _("local detailed plan")
        MASTER_PLAN = "master_plan", _("master plan")
        SHORE_PLAN = "shore_plan", _("shore plan")
        STREET_PLAN = "street_plan", _("street or park plan")
        OTHER = "other", _("other plan")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(unique=True)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.LOCAL_PLAN)
    record_number = models.CharField(_("record number"), max_length=60, blank=True)
    about_fi = models.TextField(blank=True)
    about_sv = models.TextField(blank=True)
    about_en = models.TextField(blank=True)
    consultation = models.ForeignKey(Consultation, models.SET_NULL, null=True, blank=True, related_name="+")
    is_published = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects: ClassVar[PlanQuerySet] = PlanQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("plan")
        ordering = ("-created_at", "slug")

    def get_absolute_url(self) -> str:
        return reverse("layers:plan", args=[self.slug])

    @property
    def about(self) -> str:
        return in_reader_language(self, "about")


class Layer(models.Model):
    """One version of a plan's geometry, as it was uploaded."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    plan = models.ForeignKey(Plan, models.CASCADE, related_name="layers")
    name = models.CharField(_("name"), max_length=200)
    version = models.PositiveIntegerField(default=1)
    #: The CRS the file was in, as `EPSG:3067`; shapes are kept in WGS84.
    source_crs = models.CharField(max_length=20, blank=True)
    uploaded_at = models.DateTimeField()
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    objects: ClassVar[LayerQuerySet] = LayerQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("layer")
        ordering = ("plan", "name", "-version")
        constraints = [models.UniqueConstraint(fields=["plan", "name", "version"], name="layer_version_once_per_plan")]

    def __str__(self) -> str:
        return self.name


class Shape(models.Model):
    """A feature of a layer: a block, a street, a line."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    layer = models.ForeignKey(Layer, models.CASCADE, related_name="shapes")
    order = models.PositiveIntegerField()
    label = models.CharField(max_length=200)
    properties = models.JSONField(default=dict)
    geom = models.GeometryField(srid=WGS84, spatial_index=False)

    #: Set by `with_pin_counts` and `with_answer_counts`.
    pins: int
    answers: int
    #: Set by `as_geojson`: the geometry as GeoJSON text.
    written: str

    objects: ClassVar[ShapeQuerySet] = ShapeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("shape")
        ordering = ("layer", "order")
        constraints = [models.CheckConstraint(condition=Q(IsValid("geom")), name="shape_geometry_is_valid")]
        indexes = [GistIndex(fields=["geom"], name="shape_geom_gist")]

    def __str__(self) -> str:
        return self.label


class Effect(models.TextChoices):
    """What the contribution changed. Required: taking part must be seen to have had an effect, or why not."""

    CHANGED = "changed", pgettext_lazy("effect", "The plan was changed")
    PARTLY = "partly", pgettext_lazy("effect", "Partly taken into account")
    ALREADY = "already", pgettext_lazy("effect", "Already in the plan")
    NO_CHANGE = "no_change", pgettext_lazy("effect", "No change, with reasons")
    LATER = "later", pgettext_lazy("effect", "Considered in further planning")
    NOT_ABOUT_PLAN = "not_about_plan", pgettext_lazy("effect", "Not about this plan, passed on")
    NOTED = "noted", pgettext_lazy("effect", "Noted")


class Response(models.Model):
    """The planner's reasoned reply (vastine). A draft reaches nobody; publishing materialises its links."""

    #: Set by `with_reach`.
    reached: int

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("response", "draft")
        PUBLISHED = "published", pgettext_lazy("response", "published")
        WITHDRAWN = "withdrawn", pgettext_lazy("response", "withdrawn")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, blank=True, related_name="responses")
    summary = models.CharField(_("what was said, in short"), max_length=400)
    effect = models.CharField(_("effect on the outcome"), max_length=20, choices=Effect.choices)
    text = models.TextField(_("response"), max_length=10000)
    language = models.CharField(max_length=12, default="fi")
    #: The unit that answers, as shown; never a person's name unless the city writes one here.
    signed_as = models.CharField(_("signed as"), max_length=200)
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ResponseQuerySet] = ResponseQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("response")
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="published") | Q(published_at__isnull=False), name="published_response_has_time"
            )
        ]

    def __str__(self) -> str:
        return self.summary

    def get_absolute_url(self) -> str:
        """Its planner's page; a reader meets it on the plan's and the pins' pages."""
        return reverse("layers:response", args=[self.public_id])


class ResponseScope(models.Model):
    """Where and to what a response applies: one shape, or one drawn geometry, each narrowed by a filter.

    `shape` and `geometry` empty: the filter alone (it must then narrow something). `filter_query` is a canonical
    `PinFilter` query string.
    """

    response = models.ForeignKey(Response, models.CASCADE, related_name="scopes")
    shape = models.ForeignKey(Shape, models.PROTECT, null=True, blank=True, related_name="scopes")
    geometry = models.GeometryField(srid=WGS84, null=True, blank=True)
    filter_query = models.CharField(max_length=2000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(shape=None) | ~Q(geometry=None) | ~Q(filter_query=""), name="scope_is_bounded"
            ),
            models.CheckConstraint(condition=Q(shape=None) | Q(geometry=None), name="scope_has_one_place"),
        ]

    def __str__(self) -> str:
        return f"{self.response_id}"

    @property
    def place(self) -> GEOSGeometry | None:
        """The WGS84 geometry that bounds it, if one does."""
        return self.shape.geom if self.shape else self.geometry


class ResponseLink(models.Model):
    """A response meets a pin: by where the pin is (inherited), by hand (chosen), or expressly not (excluded).

    Written a hundred thousand at a time when a whole plan is answered; so it is thin, and the database does not look up
    three keys for each row (docs/decisions/0049).
    """

    #: Set by `for_reading` and `for_lists`; 2 for an area, less for a line or a point.
    shape_dimension: int | None

    class How(models.TextChoices):
        INHERITED = "inherited", pgettext_lazy("link", "inherited")
        CHOSEN = "chosen", pgettext_lazy("link", "chosen")
        EXCLUDED = "excluded", pgettext_lazy("link", "excluded")

    #: Its index is that of the constraint below.
    response = models.ForeignKey(Response, models.CASCADE, related_name="links", db_index=False, db_constraint=False)
    pin = models.ForeignKey(Pin, models.CASCADE, related_name="response_links", db_constraint=False)
    how = models.CharField(max_length=20, choices=How.choices)
    #: The shape the pin's place is inside, when that is why.
    shape = models.ForeignKey(
        Shape, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False, db_constraint=False
    )
    linked_at = models.DateTimeField()

    objects: ClassVar[ResponseLinkQuerySet] = ResponseLinkQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["response", "pin"], name="one_link_per_response_and_pin")]

    def __str__(self) -> str:
        return f"{self.response_id} → {self.pin_id}"
