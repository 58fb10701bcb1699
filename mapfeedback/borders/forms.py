"""What people fill in when they bring borders: the file and what it is for, and what was meant by it."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from areas.importing.guessing import NONE
from areas.importing.seen import Seen
from areas.models import Division, Municipality
from mapfeedback.accounts.rules import Person
from mapfeedback.borders import telling
from mapfeedback.borders.actions import Target
from mapfeedback.borders.models import BorderImport
from mapfeedback.borders.rules import own_divisions, own_municipalities

#: In the choice of a division: none of those that are there.
NEW: Final = "new"
#: What an association draws for itself does not come in by the city's page.
KINDS: Final = [choice for choice in Division.Kind.choices if choice[0] != Division.Kind.OWN]


#: Where a question is answered.
ASKED: Final = {
    "layer": ("layer",),
    "names": ("name_field",),
    "encoding": ("encoding",),
    "crs": ("crs", "other_crs"),
    "axes": ("axes",),
}
#: Choices that are kept as the form sends them.
KEPT: Final = (
    "layer", "encoding", "name_field", "name_sv_field", "code_field", "population_field", "parent_field", "crs",
)  # fmt: skip


class UploadForm(forms.Form):
    """A file of borders and the division it is for. `target` is what the action takes."""

    division = forms.ChoiceField(label=_("What do the borders divide?"), widget=forms.RadioSelect)
    name_fi = forms.CharField(
        label=_("Name of the new division, in Finnish"),
        help_text=_("Such as Kaupunginosat or Tilastoalueet. Only when it is a new one."),
        max_length=200,
        required=False,
    )
    name_sv = forms.CharField(label=_("The same in Swedish"), max_length=200, required=False)
    name_en = forms.CharField(label=_("The same in English"), max_length=200, required=False)
    kind = forms.ChoiceField(label=_("Kind of areas"), choices=KINDS, required=False)
    municipality = forms.ModelChoiceField(
        label=_("Municipality"), queryset=Municipality.objects.none(), to_field_name="slug", empty_label=None
    )
    valid_from = forms.DateField(
        label=_("In force from"),
        help_text=_("The day the new borders took force, today at the latest."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        input_formats=["%Y-%m-%d", "%d.%m.%Y"],
    )
    file = forms.FileField(
        label=_("File of the borders"),
        help_text=_("GeoPackage, zipped Shapefile, GeoJSON, TopoJSON or KML."),
        max_length=500,
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = own_municipalities(person)
        self.divisions = {division.slug: division for division in own_divisions(person)}
        division, municipality = self.fields["division"], self.fields["municipality"]
        assert isinstance(division, forms.ChoiceField) and isinstance(municipality, forms.ModelChoiceField)
        several = len(self.places) > 1
        division.choices = [
            *(
                (slug, f"{one.municipality.name}: {one.name}" if several else one.name)
                for slug, one in self.divisions.items()
            ),
            (NEW, _("A new division")),
        ]
        municipality.queryset = Municipality.objects.filter(pk__in=[place.pk for place in self.places]).defer("outline")
        if not several:
            municipality.widget = forms.HiddenInput()
            municipality.required = False
        self.fields["file"].widget.attrs["data-most-bytes"] = settings.BORDERS_UPLOAD_MAX_BYTES

    def clean_file(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > settings.BORDERS_UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(most)d MB. Export only the layer of the borders, as GeoPackage."),
                params={"most": settings.BORDERS_UPLOAD_MAX_BYTES // 1024 // 1024},
            )
        return file

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        chosen, day = self.divisions.get(cleaned.get("division", "")), cleaned.get("valid_from")
        if cleaned.get("division") == NEW:
            if not cleaned.get("name_fi"):
                self.add_error("name_fi", _("Give the new division a name in Finnish."))
            cleaned["kind"] = cleaned.get("kind") or Division.Kind.DISTRICT
        if day and day > timezone.localdate():
            self.add_error("valid_from", _("Borders can be brought in on the day they take force, not before."))
        elif day and chosen is not None:
            current = chosen.editions.in_force().first()
            if current is not None and current.valid_from > day:
                self.add_error(
                    "valid_from",
                    forms.ValidationError(
                        _("Borders from %(day)s are in force already. Give a later day."),
                        params={"day": current.valid_from},
                    ),
                )
        return cleaned

    @property
    def target(self) -> Target:
        given = self.cleaned_data
        chosen = self.divisions.get(given["division"])
        if chosen is not None:
            return Target(chosen.municipality, chosen, {}, given["valid_from"])
        words = {name: given[name] for name in ("name_fi", "name_sv", "name_en", "kind")}
        return Target(given["municipality"] or self.places[0], None, words, given["valid_from"])


class UnderstoodForm(forms.Form):
    """What was understood of a file, each point open to another choice. `chosen` is what the action takes."""

    def __init__(self, *args: Any, border_import: BorderImport, seen: Seen, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seen = seen
        self.said = border_import.choices
        if len(seen.layers) > 1:
            self._offer("layer", _("Which layer holds the borders?"), telling.layers(seen), seen.layer)
        if seen.columns:
            self._add_fields(seen)
        if seen.readings:
            self._offer("encoding", _("How do the names read?"), telling.encodings(seen), seen.encoding)
        if seen.landings and seen.crs_by in ("guess", "person"):
            offered = telling.systems(seen, border_import.municipality)
            self._offer("crs", _("Where do the borders lie?"), offered, f"EPSG:{seen.crs}" if seen.crs else "")
            self.fields["crs"].required = False
            self.fields["other_crs"] = forms.RegexField(
                label=_("Another coordinate system, as EPSG number"),
                regex=r"^\s*(?:EPSG:)?\d{4,6}\s*$",
                required=False,
                error_messages={"invalid": _("Write a number such as 3067 or 3879.")},
            )
        if seen.turned:
            self._offer("axes", _("Northing and easting"), telling.axes(seen, border_import.municipality), "turn")
        # What is asked comes first.
        self.order_fields(ASKED.get(border_import.asks, ()))

    def _offer(self, name: str, label: Any, choices: list[tuple[str, Any]], initial: str) -> None:
        known = {value for value, _label in choices}
        self.fields[name] = forms.ChoiceField(
            label=label,
            choices=choices,
            widget=forms.RadioSelect,
            initial=initial if initial in known else None,
            error_messages={"required": _("Choose one of these.")},
        )

    def _add_fields(self, seen: Seen) -> None:
        self._offer("name_field", _("Which field holds the names?"), telling.columns(seen), seen.picked.get("name", ""))
        self.fields["name_field"].required = not seen.picked.get("code")
        for name, label in (
            ("name_sv", _("Field of the Swedish names")),
            ("code", _("Field of the codes")),
            ("population", _("Field of the population")),
            ("parent", _("Field of the larger area that each belongs to")),
        ):
            self.fields[f"{name}_field"] = forms.ChoiceField(
                label=label,
                choices=[(NONE, pgettext_lazy("field", "none")), *telling.columns_in_short(seen)],
                initial=seen.picked.get(name, NONE),
                required=False,
            )
        self.fields["code_field"].help_text = _(
            "Codes stand in addresses and saved searches. Take the field that stays the same from year to year."
        )

    @property
    def chosen(self) -> dict[str, Any]:
        """The choices as the import keeps them; what the form does not ask stays as it was said."""
        given = self.cleaned_data
        chosen = {**self.said}
        for name in KEPT:
            if given.get(name):
                chosen[name] = given[name]
        if given.get("other_crs"):
            chosen["crs"] = f"EPSG:{given['other_crs'].strip().upper().removeprefix('EPSG:')}"
        if given.get("layer", self.seen.layer) != self.seen.layer:
            # Another layer has other fields.
            chosen = {"layer": given["layer"]}
        if "axes" in given:
            agreed = {*self.said.get("agreed", ())} - {"axes"}
            chosen["agreed"] = sorted(agreed | ({"axes"} if given["axes"] == "turn" else set()))
        return chosen


class AdoptForm(forms.Form):
    """The last word. `agree` is asked only where something was repaired or lies on top of something else."""

    agree = forms.BooleanField(
        label=_("I have looked at the points listed above. They may go in as they are."),
        error_messages={"required": _("Agree to this, or correct the file and bring it again.")},
    )

    def __init__(self, *args: Any, asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not asks:
            del self.fields["agree"]
