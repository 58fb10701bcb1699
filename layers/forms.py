"""What planners fill in: a plan, a layer's file, an answer."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from areas.models import Municipality
from layers.actions import Words
from layers.importing import LayerFile, Refused, read_layer
from layers.models import Effect, Plan
from layers.rules import planned_municipalities
from mapfeedback.accounts.rules import Person, Role
from mapfeedback.consultations.models import Consultation
from mapfeedback.languages import reader_language

LANGUAGES = [("fi", "suomi"), ("sv", "svenska"), ("en", "English")]


class PlanForm(forms.Form):
    """A new plan. `cleaned_data` is what `actions.create_plan` takes."""

    name_fi = forms.CharField(label=_("Name in Finnish"), max_length=200)
    name_sv = forms.CharField(label=_("Name in Swedish"), max_length=200, required=False)
    name_en = forms.CharField(label=_("Name in English"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Kind of plan"), choices=Plan.Kind.choices)
    record_number = forms.CharField(label=_("Record number"), max_length=60, required=False)
    about_fi = forms.CharField(
        label=_("What the plan is about, in Finnish"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    about_sv = forms.CharField(
        label=_("What the plan is about, in Swedish"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    municipality = forms.ModelChoiceField(
        label=_("Municipality"), queryset=Municipality.objects.none(), to_field_name="slug", empty_label=None
    )
    consultation = forms.ModelChoiceField(
        label=_("Consultation"),
        help_text=_("Messages sent from the plan's page belong to this round."),
        queryset=Consultation.objects.none(),
        to_field_name="slug",
        required=False,
        empty_label=_("None"),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = planned_municipalities(person)
        municipality, consultation = self.fields["municipality"], self.fields["consultation"]
        assert isinstance(municipality, forms.ModelChoiceField) and isinstance(consultation, forms.ModelChoiceField)
        municipality.queryset = Municipality.objects.filter(pk__in=[place.pk for place in places]).defer("outline")
        consultation.queryset = Consultation.objects.filter(municipality__in=places)
        if len(places) == 1:
            municipality.widget = forms.HiddenInput()
            municipality.initial = places[0].slug

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        round_, place = cleaned.get("consultation"), cleaned.get("municipality")
        if round_ and place and round_.municipality_id != place.pk:
            self.add_error("consultation", _("This consultation is of another municipality."))
        return cleaned


class LayerForm(forms.Form):
    """A layer's file. After `is_valid`, `understood` holds its shapes."""

    understood: LayerFile

    name = forms.CharField(
        label=_("Name of the layer"),
        help_text=_("The same name again makes a new version. The old one is kept with its answers."),
        max_length=200,
    )
    file = forms.FileField(
        label=_("GeoJSON file"),
        help_text=_("Coordinate systems: EPSG:4326, EPSG:3067 or a GK zone. The file must name the last two."),
        widget=forms.FileInput(attrs={"accept": ".geojson,.json,application/geo+json"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    label_field = forms.CharField(
        label=_("Field that names the shapes"),
        help_text=_("Leave empty if it is called nimi, name, namn, tunnus or label."),
        max_length=60,
        required=False,
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.LAYER_UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)d MB. Simplify it or divide it into several layers."),
                params={"most": settings.LAYER_UPLOAD_MAX_BYTES // 1024 // 1024},
            )
        return file

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        file = cleaned.get("file")
        if file is not None:
            try:
                self.understood = read_layer(
                    file.read(), outline=self.plan.municipality.outline, label_field=cleaned.get("label_field", "")
                )
            except Refused as refused:
                # A refusal quotes the file, and JSON can spell half a character, which no page can hold.
                self.add_error("file", str(refused.message).encode(errors="replace").decode())
        return cleaned


class ResponseForm(forms.Form):
    """An answer. `words` is what the actions take."""

    summary = forms.CharField(
        label=_("What was said, in short"),
        help_text=_("One sentence that sums up the messages you answer."),
        max_length=400,
    )
    effect = forms.ChoiceField(label=_("Effect on the outcome"), choices=Effect.choices, widget=forms.RadioSelect)
    text = forms.CharField(
        label=_("Response"),
        help_text=_("Say what happens and why. Everyone can read this."),
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 8}),
    )
    language = forms.ChoiceField(label=_("Language of the response"), choices=LANGUAGES)
    signed_as = forms.CharField(
        label=_("Signed as"), help_text=_("The unit that answers, not a person's name."), max_length=200
    )

    @staticmethod
    def begun_by(person: Person) -> dict[str, str]:
        """What is filled in before a planner starts: the reader's language and the unit they work in."""
        unit = ""
        if person.is_authenticated:
            desk = person.memberships.filter(role__in=[Role.PLANNER, Role.OFFICER]).select_related("organisation")
            unit = next((membership.organisation.name for membership in desk), "")
        return {"language": reader_language(), "signed_as": unit}

    @property
    def words(self) -> Words:
        return Words(**{name: self.cleaned_data[name] for name in self.base_fields})
