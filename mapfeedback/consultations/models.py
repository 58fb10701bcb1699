"""An invitation to speak: where, when, in which words."""

import datetime

from django.contrib.gis.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from areas.models import Municipality
from mapfeedback.geo import WGS84
from mapfeedback.languages import Named, in_reader_language


class Consultation(Named):
    """A time-bound round of taking part. The always-open map needs none."""

    slug = models.SlugField(unique=True)
    municipality = models.ForeignKey(Municipality, models.CASCADE, related_name="consultations")
    about_fi = models.TextField(blank=True)
    about_sv = models.TextField(blank=True)
    about_en = models.TextField(blank=True)
    starts_on = models.DateField(_("starts"))
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    #: Where the round is about; empty means the whole municipality.
    place = models.GeometryField(srid=WGS84, null=True, blank=True)

    class Meta:
        verbose_name = _("consultation")
        ordering = ("-starts_on", "slug")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")), name="consultation_ends_after_it_starts"
            )
        ]

    @property
    def about(self) -> str:
        return in_reader_language(self, "about")

    def is_open_on(self, day: datetime.date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
