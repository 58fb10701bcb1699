"""Borders on their way from a file into force: one row per uploaded file, with all that a person said about it."""

import uuid
from pathlib import Path
from typing import ClassVar, Final

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from areas.models import Division, Edition, Municipality
from mapfeedback.accounts.models import Organisation
from mapfeedback.borders.querysets import BorderImportQuerySet


class BorderImport(models.Model):
    """One file of borders. Nothing of it is seen by others before `state` is in force.

    `choices` is what the person said (fields of `areas.importing.staged.Choices`), `seen` what was understood,
    `report` what was found, `changes` what adopting would change: plain JSON, written by `borders.reading`.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("waiting to be read")
        READING = "reading", _("being read")
        ASKS = "asks", _("has a question")
        REFUSED = "refused", _("refused")
        READY = "ready", _("ready to be adopted")
        ADOPTING = "adopting", _("being adopted")
        IN_FORCE = "in_force", _("adopted")
        TAKEN_BACK = "taken_back", _("taken back")
        GIVEN_UP = "given_up", _("given up")

    class Way(models.TextChoices):
        FILE = "file", _("uploaded")
        DRAWN = "drawn", _("drawn on the map")
        UNITED = "united", _("united from districts")

    #: Under way: one at a time in a municipality, and one for each association.
    OPEN: Final = (State.UPLOADED, State.READING, State.ASKS, State.READY, State.ADOPTING)
    #: A person's word may start the reading anew.
    READABLE: Final = (State.UPLOADED, State.READING, State.ASKS, State.REFUSED, State.READY)

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="border_imports")
    #: The association whose own borders these are; empty for the city's.
    organisation = models.ForeignKey(Organisation, models.CASCADE, null=True, related_name="border_imports")
    way = models.CharField(max_length=10, choices=Way.choices, default=Way.FILE)
    #: Empty until the first draft of a division that is to be founded.
    division = models.ForeignKey(Division, models.SET_NULL, null=True, related_name="border_imports")
    #: The division to be founded: name_fi, name_sv, name_en, kind. Of an association's: also what it is called anew.
    new_division = models.JSONField(default=dict)
    edition = models.ForeignKey(Edition, models.SET_NULL, null=True, related_name="+")
    valid_from = models.DateField()
    file_name = models.CharField(max_length=200)
    file_size = models.PositiveBigIntegerField()
    #: The language the person reads; what the reading says is kept in it.
    language = models.CharField(max_length=20)
    choices = models.JSONField(default=dict)
    seen = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    changes = models.JSONField(default=dict)
    state = models.CharField(max_length=20, choices=State.choices, default=State.UPLOADED)
    why = models.TextField(blank=True)
    asks = models.CharField(max_length=20, blank=True)
    #: What the worker is doing, and how much of that step is done (0 to 100).
    step = models.CharField(max_length=20, blank=True)
    percent = models.PositiveSmallIntegerField(default=0)
    #: Counts the readings: a reader that was overtaken by a later one writes nothing.
    attempt = models.PositiveIntegerField(default=1)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    adopted_at = models.DateTimeField(null=True)

    objects: ClassVar[BorderImportQuerySet] = BorderImportQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = _("import of borders")
        ordering = ("-uploaded_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["municipality"],
                condition=Q(organisation=None, state__in=["uploaded", "reading", "asks", "ready", "adopting"]),
                name="one_import_of_borders_at_a_time",
            ),
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state__in=["uploaded", "reading", "asks", "ready", "adopting"]),
                name="one_own_import_of_borders_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"

    @property
    def file(self) -> Path:
        """Where the uploaded file lies: outside all that is served, under a name of our own."""
        return Path(settings.BORDERS_FOLDER) / f"{self.public_id}.upload"

    @property
    def has_file(self) -> bool:
        return self.file.is_file()

    @property
    def division_name(self) -> str:
        """As the reader calls it, founded or not."""
        division = self.division or Division(**{k: v for k, v in self.new_division.items() if k.startswith("name_")})
        return division.name
