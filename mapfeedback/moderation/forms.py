"""A moderator's decision."""

from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from mapfeedback.pins.models import Photo, Visibility


class Reason(models.TextChoices):
    """Why a text was hidden; codes go into the journal, never the text itself."""

    PERSONAL_DATA = "personal_data", _("It holds private details")
    NOT_ABOUT_CITY = "not_about_city", _("It is not about the city")
    OFFENSIVE = "offensive", _("It insults or threatens somebody")
    ADVERTISING = "advertising", _("It is advertising")
    NOTHING_WRONG = "nothing_wrong", _("Nothing is wrong with it")


class DecisionForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=Reason.choices)
    visibility = forms.ChoiceField(
        choices=[(Visibility.PUBLISHED, _("Publish")), (Visibility.HIDDEN, _("Hide"))], widget=forms.HiddenInput
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("visibility") == Visibility.PUBLISHED:
            data["reason"] = Reason.NOTHING_WRONG
        return data


class PhotoForm(forms.Form):
    """A reason is only asked of who hides."""

    reason = forms.ChoiceField(label=_("Reason"), choices=Photo.Reason.choices)
    visibility = forms.ChoiceField(
        choices=[(Photo.Visibility.PUBLISHED, _("Publish")), (Photo.Visibility.HIDDEN, _("Hide"))],
        widget=forms.HiddenInput,
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("visibility") == Photo.Visibility.PUBLISHED:
            self.errors.pop("reason", None)
            data["reason"] = ""
        return data
