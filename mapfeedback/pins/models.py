"""One thing a person said about a place, and the tree of topics it belongs to."""

import uuid
from typing import ClassVar, Final

from django.conf import settings
from django.contrib.gis.db import models
from django.contrib.gis.db.models.functions import IsValid
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, ExpressionWrapper, F, Func, Lookup, Q
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from areas.models import Area, Edition, Municipality
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import WEB_MERCATOR, WGS84, Precision
from mapfeedback.languages import Named
from mapfeedback.pins.photos.models import Photo as Photo
from mapfeedback.pins.querysets import PinQuerySet, ReachQuerySet
from mapfeedback.pins.rollups.models import Delta  # noqa: F401 - with all of its room: Django finds them
from mapfeedback.pins.support.models import VERIFIED_ARE_PART, Support, SupportTally  # noqa: F401 - Django finds them


class Category(Named):
    """A topic, or a sub-topic of one. Reference data: fixtures/categories.json, loaded by `load_categories`."""

    slug = models.SlugField(unique=True)
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    order = models.PositiveSmallIntegerField(default=0)
    service_code = models.CharField(max_length=20, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("category")
        ordering = ("order", "slug")


class Kind(models.TextChoices):
    FEEDBACK = "feedback", pgettext_lazy("kind", "Feedback")
    IDEA = "idea", pgettext_lazy("kind", "Idea")
    QUESTION = "question", pgettext_lazy("kind", "Question")
    THANKS = "thanks", pgettext_lazy("kind", "Thanks")
    EXPERIENCE = "experience", pgettext_lazy("kind", "Experience")
    OPINION = "opinion", pgettext_lazy("kind", "Opinion")


class Status(models.TextChoices):
    RECEIVED = "received", pgettext_lazy("status", "Received")
    IN_PROGRESS = "in_progress", pgettext_lazy("status", "In progress")
    ANSWERED = "answered", pgettext_lazy("status", "Answered")
    DONE = "done", pgettext_lazy("status", "Done")
    WILL_NOT_BE_DONE = "will_not_be_done", pgettext_lazy("status", "Will not be done")
    TRANSFERRED = "transferred", pgettext_lazy("status", "Transferred")


class Channel(models.TextChoices):
    WEB = "web", pgettext_lazy("channel", "web")
    API = "api", pgettext_lazy("channel", "another service")
    PAPER = "paper", pgettext_lazy("channel", "paper")
    PHONE = "phone", pgettext_lazy("channel", "phone")
    EVENT = "event", pgettext_lazy("channel", "event")
    SERVICE_POINT = "service_point", pgettext_lazy("channel", "service point")
    CHAT = "chat", pgettext_lazy("channel", "chat")
    SOCIAL = "social", pgettext_lazy("channel", "social media")
    EMAIL = "email", pgettext_lazy("channel", "e-mail")


class Visibility(models.TextChoices):
    PUBLISHED = "published", pgettext_lazy("visibility", "published")
    HELD = "held", pgettext_lazy("visibility", "waiting for a check")
    HIDDEN = "hidden", pgettext_lazy("visibility", "hidden")
    WITHDRAWN = "withdrawn", pgettext_lazy("visibility", "withdrawn by its author")


#: What everybody may see. Nearly all reads ask for it, so the indexes of the lists hold nothing else.
PUBLISHED = Q(visibility=Visibility.PUBLISHED)
HAS_PHOTO = Q(photo_count__gt=0)
#: False first: those that nobody has answered.
IS_ANSWERED = ExpressionWrapper(Q(answered_at__isnull=False), output_field=BooleanField())


class Pin(models.Model):
    """A contribution with its place, which may be a point, a line, an area, a whole district, or none at all."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    municipality = models.ForeignKey(Municipality, models.PROTECT, related_name="+")
    consultation = models.ForeignKey(Consultation, models.SET_NULL, null=True, blank=True, related_name="+")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    category = models.ForeignKey(Category, models.PROTECT, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    text = models.TextField(max_length=5000)
    #: Language of the text, as a BCP 47 tag.
    language = models.CharField(max_length=12, default="fi")
    #: Its words for searching, in every spelling that finds it (docs/decisions/0031).
    words = models.GeneratedField(
        expression=Func(F("language"), F("title"), F("text"), F("place_text"), function="pins_words"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    geom = models.GeometryField(srid=WGS84, null=True, blank=True, spatial_index=False)
    #: The one point (EPSG:3857) by which a pin is drawn in a cluster and belongs to a tile and to a district:
    #: a point itself, else a point on the line or inside the area.
    spot = models.GeneratedField(
        expression=RawSQL(  # noqa: S611
            f"CASE WHEN GeometryType(geom) = 'POINT' THEN ST_Transform(geom, {WEB_MERCATOR})"
            f" ELSE ST_Transform(ST_PointOnSurface(geom), {WEB_MERCATOR}) END",
            [],
        ),
        output_field=models.PointField(srid=WEB_MERCATOR, spatial_index=False, null=True),
        db_persist=True,
    )
    #: The spot's place in an order where neighbours stand together: a tile is one range (`geo.Tile.codes`), a cell too.
    tile_code = models.GeneratedField(
        expression=RawSQL(
            "CASE WHEN GeometryType(geom) = 'POINT' THEN tile_code(ST_X(geom), ST_Y(geom))"
            " ELSE tile_code(ST_X(ST_PointOnSurface(geom)), ST_Y(ST_PointOnSurface(geom))) END",
            [],
        ),
        output_field=models.BigIntegerField(null=True),
        db_persist=True,
    )
    #: Where, in the person's own words ("by the kiosk").
    place_text = models.CharField(max_length=200, blank=True)
    precision = models.CharField(max_length=20, choices=Precision.choices)
    marker_moved = models.BooleanField(default=False)
    #: Sits on a coordinate so many others share that it is probably a form's default, not a place.
    suspected_default_place = models.BooleanField(default=False)
    #: The district its author chose instead of a place, as `<division>/<code>`: it stays true when borders change.
    district_chosen = models.CharField(max_length=100, blank=True)

    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.WEB)
    on_behalf = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    #: SHA-256 of the secret link's token; the token itself is kept nowhere.
    token_hash = models.CharField(max_length=64, blank=True)
    idempotency_key = models.UUIDField(null=True, blank=True, unique=True)
    idempotency_digest = models.CharField(max_length=64, blank=True)
    #: For what was brought from elsewhere: which system, and its own key there.
    source = models.CharField(max_length=60, blank=True)
    source_key = models.CharField(max_length=200, blank=True)

    status = models.CharField(max_length=20, choices=Status.choices, default=Status.RECEIVED)
    visibility = models.CharField(max_length=20, choices=Visibility.choices, default=Visibility.PUBLISHED)
    placed_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    #: When the first published answer reached it; empty while unanswered.
    answered_at = models.DateTimeField(null=True, blank=True)
    #: How many of its photos everybody may see; written with each change of theirs (`photos.actions`).
    photo_count = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    #: How many agree, and how many of them were signed in: the number of its Support rows (`support.actions`).
    supports = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    supports_verified = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    objects: ClassVar[PinQuerySet] = PinQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("contribution")
        ordering = ("-placed_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_key"], condition=~Q(source_key=""), name="pin_once_per_source_key"
            ),
            models.CheckConstraint(condition=Q(geom=None) | Q(IsValid("geom")), name="pin_geometry_is_valid"),
            models.CheckConstraint(
                condition=~Q(precision=Precision.EXACT) | ~Q(geom=None), name="exact_pin_has_geometry"
            ),
            VERIFIED_ARE_PART,
        ]
        indexes = [
            GistIndex(fields=["geom"], name="pin_geom_gist"),
            GistIndex(fields=["spot"], name="pin_spot_gist"),
            models.Index(fields=["-placed_at", "-id"], condition=PUBLISHED, name="pin_newest"),
            models.Index(fields=["category", "-placed_at", "-id"], condition=PUBLISHED, name="pin_category_newest"),
            models.Index(fields=["status", "-placed_at", "-id"], condition=PUBLISHED, name="pin_status_newest"),
            # Holds all that a cluster needs and the filters in common use, so that a tile never reads the wide rows.
            models.Index(
                fields=["tile_code"],
                include=["id", "kind", "status", "category", "municipality", "placed_at", "answered_at"],
                condition=PUBLISHED,
                name="pin_tile",
            ),
            models.Index(
                fields=["municipality", "-placed_at", "-id"], condition=PUBLISHED, name="pin_municipality_newest"
            ),
            models.Index(
                fields=["-placed_at", "-id"], condition=PUBLISHED & Q(answered_at=None), name="pin_unanswered"
            ),
            # Few among many, for the list and for tiles.
            models.Index(fields=["-placed_at", "-id"], condition=PUBLISHED & HAS_PHOTO, name="pin_with_photo"),
            models.Index(
                fields=["tile_code"],
                include=["id", "kind"],
                condition=PUBLISHED & HAS_PHOTO,
                name="pin_tile_with_photo",
            ),
            models.Index(IS_ANSWERED, "placed_at", "id", condition=PUBLISHED, name="pin_waiting"),
            # The order of a list, and `support=n` for it and, with what a cluster needs, for tiles.
            models.Index(
                fields=["-supports", "-placed_at", "-id"],
                include=["tile_code", "kind"],
                condition=PUBLISHED,
                name="pin_supported",
            ),
            models.Index(fields=["municipality", "placed_at"], condition=Q(visibility="held"), name="pin_held"),
            models.Index(fields=["token_hash"], condition=~Q(token_hash=""), name="pin_token"),
            # Every search reads through what is not sorted in yet: settings and `rollups.writing` say how much that is.
            GinIndex(fields=["words"], name="pin_words"),
        ]

    def __str__(self) -> str:
        return self.headline

    def get_absolute_url(self) -> str:
        return reverse("pins:pin", args=[self.public_id])

    # Django makes a dictionary of all choices for every name it is asked for, and a list asks for sixty.
    def get_kind_display(self) -> str:  # type: ignore[no-redef]
        return str(Kind(self.kind).label)

    def get_status_display(self) -> str:  # type: ignore[no-redef]
        return str(Status(self.status).label)

    @property
    def headline(self) -> str:
        return headline(self.title, self.text)

    @property
    def area(self) -> Area | None:
        """Its area of the municipality's main division, by the borders in force.

        A query, but not of what came `with_area` or by `listing`.
        """
        if "area_found" in self.__dict__:
            found: Area | None = self.__dict__["area_found"]
            return found
        if "home_sought" in self.__dict__:
            # Django keeps nothing where the relation found nobody: the pin lies in no area, and needs no query for it.
            home: Membership | None = self.__dict__.get("home")
        else:
            home = self.memberships.filter(edition__is_home=True).select_related("area__edition__division").first()
        return home.area if home is not None else None


def headline(title: str, text: str) -> str:
    """The title, or the beginning of the text."""
    first_line = title or text.strip().split("\n", 1)[0]
    return first_line if len(first_line) <= 90 else first_line[:88].rsplit(" ", 1)[0] + " …"


class Membership(models.Model):
    """Which area of an edition a pin belongs to: at most one, remembered so that counting never joins geometry.

    No row for an edition: the pin is outside its areas (it has a geometry) or unlocated (it has none). Written by
    `memberships` alone, a million at a time when borders change; so it is thin, and the database does not look up
    three keys for each row: `rebuild_memberships` proves them instead.
    """

    pk = models.CompositePrimaryKey("pin_id", "edition_id")
    pin = models.ForeignKey(Pin, models.CASCADE, related_name="memberships", db_index=False, db_constraint=False)
    #: Its areas go with an edition, and their memberships with them.
    edition = models.ForeignKey(Edition, models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False)
    area = models.ForeignKey(Area, models.CASCADE, related_name="+", db_index=False, db_constraint=False)

    class Meta:
        indexes = [models.Index(fields=["area", "pin"], name="membership_of_area")]

    def __str__(self) -> str:
        return f"{self.pin_id}: {self.area_id}"


class Reach(models.Model):
    """What part of a line or a drawn area lies in an area: a row for every area that holds some of it.

    Points have none. Written by `reaching` alone, thin and without keys in the database for the same reasons as
    `Membership`. Counts nowhere by itself.
    """

    pk = models.CompositePrimaryKey("pin_id", "area_id")
    pin = models.ForeignKey(Pin, models.CASCADE, related_name="reaches", db_index=False, db_constraint=False)
    area = models.ForeignKey(Area, models.CASCADE, related_name="+", db_index=False, db_constraint=False)
    #: The area in which it counts: its membership. What is not home only reaches in.
    is_home = models.BooleanField()
    #: Of the whole line or drawn area: more than 0, at most 1. What all rows of an edition leave of 1 lies outside.
    share = models.FloatField()
    #: On the ellipsoid; a line has the one, a drawn area the other.
    metres = models.FloatField(null=True)
    square_metres = models.FloatField(null=True)

    objects: ClassVar[ReachQuerySet] = ReachQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="reach_is_a_share"),
            models.CheckConstraint(
                condition=Q(metres=None, square_metres__isnull=False) | Q(metres__isnull=False, square_metres=None),
                name="reach_has_one_size",
            ),
        ]
        indexes = [
            models.Index(fields=["area", "pin"], name="reach_of_area"),
            # Few among many: most lines and areas lie in one area alone.
            models.Index(fields=["area", "pin"], condition=Q(is_home=False), name="reach_from_elsewhere"),
        ]

    def __str__(self) -> str:
        return f"{self.pin_id}: {self.area_id} {self.share:.0%}"


class IsHome(Lookup):
    """`edition__is_home=True`: the borders in force of a main division.

    A lookup and not a filter by a subquery, which a FilteredRelation does not take; an array and not a list, so that
    the few editions are found once and each membership then by its key.
    """

    lookup_name = "is_home"
    prepare_rhs = False
    editions: Final = """
        SELECT edition.id FROM areas_edition edition JOIN areas_division division ON division.id = edition.division_id
        WHERE division.is_main AND edition.valid_to IS NULL AND edition.adopted_at IS NOT NULL"""

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        column, values = self.process_lhs(compiler, connection)
        return f"{column} = ANY (ARRAY({self.editions}))", tuple(values)


Membership._meta.get_field("edition").register_lookup(IsHome)
