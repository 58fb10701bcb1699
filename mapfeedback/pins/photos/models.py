"""A picture on a pin, re-encoded and reviewed."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mapfeedback.pins.photos.querysets import PhotoQuerySet


class Size(models.TextChoices):
    """Which of the two files of a photo: the whole picture, or its middle for lists."""

    LARGE = "large"
    SMALL = "small"


class Photo(models.Model):
    """What is kept of an upload: two JPEG files named by `public_id` (`keeping`), and this row, which comes last.

    Public when it is published *and* its pin is. Who withdraws the pin or removes the photo deletes row and files.
    """

    class Visibility(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("visibility of a photo", "waiting for a check")
        PUBLISHED = "published", pgettext_lazy("visibility of a photo", "published")
        HIDDEN = "hidden", pgettext_lazy("visibility of a photo", "hidden")

    class Reason(models.TextChoices):
        """Why a photo is hidden: its author reads the sentence, the journal holds the code."""

        RECOGNISABLE = "recognisable", _("A person or a number plate can be recognised.")
        PRIVATE = "private", _("It shows somebody's home or other private things.")
        OFFENSIVE = "offensive", _("It insults or threatens somebody.")
        ANOTHERS = "anothers", _("Somebody else seems to have taken the picture.")
        NOT_ABOUT_PLACE = "not_about_place", _("It does not show the place or the matter.")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pin = models.ForeignKey("pins.Pin", models.CASCADE, related_name="photos")
    #: What it shows, in its author's words and the pin's language; empty when they did not say.
    description = models.CharField(max_length=200, blank=True)
    #: Of the large file, in pixels.
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    #: SHA-256 of the large file: the same picture is on a pin only once, however often it was sent.
    fingerprint = models.CharField(max_length=64)
    visibility = models.CharField(max_length=20, choices=Visibility.choices, default=Visibility.WAITING)
    #: Of a hidden one.
    reason = models.CharField(max_length=20, choices=Reason.choices, blank=True)
    added_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)

    objects: ClassVar[PhotoQuerySet] = PhotoQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("photo")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["pin", "fingerprint"], name="photo_once_on_a_pin"),
            models.CheckConstraint(condition=~Q(visibility="hidden") | ~Q(reason=""), name="hidden_photo_has_reason"),
        ]
        indexes = [models.Index(fields=["added_at"], condition=Q(visibility="waiting"), name="photo_waiting")]

    def __str__(self) -> str:
        return f"{self.public_id}"

    def get_absolute_url(self) -> str:
        return self.address(Size.LARGE)

    @property
    def small(self) -> str:
        return self.address(Size.SMALL)

    def address(self, size: Size) -> str:
        return reverse("pins:photo", args=[self.public_id, size.value])
