"""A pin's history for its readers, from the journal: what happened and when, nothing about who."""

import datetime
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from mapfeedback.journal.models import Entry
from mapfeedback.pins.models import Pin, Status

LABELS: dict[str, Promise] = {
    "pin.placed": pgettext_lazy("history", "Received"),
    "pin.imported": _("Brought from another system"),
    "pin.corrected": _("Text corrected by its author"),
    "pin.moved": _("Place corrected"),
    "pin.published": _("Checked and published"),
    "pin.hidden": _("Hidden after a check"),
    "pin.withdrawn": _("Taken back by its author"),
}


@dataclass(frozen=True, slots=True)
class Step:
    label: object
    at: datetime.datetime


def history_of(pin: Pin) -> list[Step]:
    """Oldest first; a first step always exists. The answers themselves stand beside, each with its own date."""
    steps = []
    for entry in Entry.objects.filter(thing=pin.public_id).order_by("at", "pk"):
        if entry.verb == "pin.status_changed":
            steps.append(Step(Status(entry.detail["after"]).label, entry.at))
        elif entry.verb in LABELS:
            steps.append(Step(LABELS[entry.verb], entry.at))
    if not steps:
        steps.append(Step(LABELS["pin.placed"], pin.placed_at))
    if pin.answered_at is not None:
        steps.append(Step(Status.ANSWERED.label, pin.answered_at))
    return sorted(steps, key=lambda step: step.at)
