"""Names kept in several languages, and which one a reader sees."""

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

#: What a city itself writes in; interface languages beyond these fall back along `fallback_order`.
CONTENT_LANGUAGES = ("fi", "sv", "en")


def reader_language() -> str:
    """The content language nearest to the reader's interface language (plain Finnish reads Finnish)."""
    language = (get_language() or "fi").split("-")[0]
    return language if language in CONTENT_LANGUAGES else "fi"


def in_reader_language(thing: object, field: str) -> str:
    """``thing.<field>_<language>`` for the reader, else the first language that has a text."""
    for language in (reader_language(), *CONTENT_LANGUAGES):
        value = getattr(thing, f"{field}_{language}", "")
        if value:
            return str(value)
    return ""


class Named(models.Model):
    """A thing with a name in Finnish, Swedish and English; Finnish is required, the others may be empty."""

    name_fi = models.CharField(_("name in Finnish"), max_length=200)
    name_sv = models.CharField(_("name in Swedish"), max_length=200, blank=True)
    name_en = models.CharField(_("name in English"), max_length=200, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_reader_language(self, "name")
