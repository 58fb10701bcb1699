"""Who did what to which thing, when. Written once, never edited."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One row of the journal.

    `verb` is past tense (`pin.placed`), `thing` the public id of what it happened to. `detail` holds codes and
    numbers only: no names, no contact data, no free text of residents.
    """

    at = models.DateTimeField(db_index=True)
    verb = models.CharField(max_length=60)
    thing = models.UUIDField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("journal entry")
        indexes = [models.Index(fields=["thing", "at"], name="entry_of_thing")]
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.verb} {self.thing}"
