"""What an association fills in: a name, and the borders in one of three ways."""

from typing import Any, Final

import shapely
from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from areas.importing.preparing import around
from mapfeedback.accounts.models import Organisation
from mapfeedback.borders import owning
from mapfeedback.borders.actions import Target
from mapfeedback.borders.models import BorderImport
from mapfeedback.pins import filterplaces
from mapfeedback.web import BadQuery

#: 2,000 corners fit many times.
MOST_BYTES: Final = 10 * 1024 * 1024

Way = BorderImport.Way


class OwnAreaForm(forms.Form):
    """Name and borders. `way`, `upload` and `choices` are what the action takes."""

    name_fi = forms.CharField(
        label=_("Name of the area, in Finnish"),
        help_text=_("As people call it. It stands on the page and in reports."),
        max_length=200,
        error_messages={"required": _("Give the area a name in Finnish.")},
    )
    name_sv = forms.CharField(label=_("The same in Swedish"), max_length=200, required=False)
    #: Corners as `lon lat,lon lat,…`, put there by static/js/ownarea.js.
    drawn = forms.CharField(required=False, max_length=filterplaces.MAX_CHARACTERS, widget=forms.HiddenInput)
    districts = forms.MultipleChoiceField(
        label=_("Districts that belong to your area"), required=False, widget=forms.CheckboxSelectMultiple
    )
    file = forms.FileField(
        label=_("File of the borders"),
        help_text=_("GeoPackage, zipped Shapefile, GeoJSON or KML. At most 30 areas and 2,000 corners."),
        required=False,
        max_length=500,
        error_messages={"empty": _("The file is empty.")},
    )

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation = organisation
        self.shape: shapely.Geometry | None = None
        offered = self.fields["districts"]
        assert isinstance(offered, forms.MultipleChoiceField)
        offered.choices = [(area.code, area.name) for area in owning.districts(organisation)]
        self.fields["file"].widget.attrs["data-most-bytes"] = MOST_BYTES

    def clean_drawn(self) -> str:
        drawn: str = self.cleaned_data["drawn"]
        if not drawn:
            return ""
        try:
            self.shape = shapely.from_wkb(bytes(filterplaces.polygon(filterplaces.read_area("drawn", drawn)).wkb))
        except BadQuery as refused:
            raise forms.ValidationError(str(refused.message)) from None
        home = self.organisation.municipality
        box = around(home)
        west, south, east, north = self.shape.bounds
        inside = box.covers(west, south) and box.covers(east, north)
        if not inside or not shapely.intersects(self.shape, shapely.from_wkb(bytes(home.outline.wkb))):
            text = _("The area lies outside %(city)s, or reaches far beyond it. Draw it again.")
            raise forms.ValidationError(text, params={"city": home.name})
        return drawn

    def clean_file(self) -> "UploadedFile[Any] | None":
        file: UploadedFile[Any] | None = self.cleaned_data["file"]
        if file is not None and (file.size or 0) > MOST_BYTES:
            text = _("The file is larger than %(most)d MB. Export only the borders of your area.")
            raise forms.ValidationError(text, params={"most": MOST_BYTES // 1024 // 1024})
        return file

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or {}
        if not self.errors.keys() & {"drawn", "districts", "file"}:
            given = [way for way in (Way.DRAWN, Way.UNITED, Way.FILE) if cleaned.get(_FIELD_OF[way])]
            if not given:
                raise forms.ValidationError(_("Draw the area, choose districts or upload a file."))
            if len(given) > 1:
                raise forms.ValidationError(_("Give the borders in one way only: drawn, from districts or as a file."))
            self.way = given[0]
        return cleaned

    @property
    def upload(self) -> "UploadedFile[Any]":
        """The file the borders came in, or the one that what was drawn or chosen makes."""
        given = self.cleaned_data
        if self.way == Way.FILE:
            file: UploadedFile[Any] = given["file"]
            return file
        if self.way == Way.DRAWN:
            # Written for whoever reads where the borders come from; the ground's sources are in Finnish.
            return owning.written(self.shape, given["name_fi"], given["name_sv"], "piirretty kartalla")
        chosen = owning.districts(self.organisation).filter(code__in=given["districts"])
        names = ", ".join(area.name_fi for area in chosen)
        shape = owning.united(chosen)
        return owning.written(shape, given["name_fi"], given["name_sv"], f"yhdistetty: {names}")

    @property
    def choices(self) -> dict[str, Any]:
        return {} if self.way == Way.FILE else dict(owning.FIELDS)

    def target(self, day: Any) -> Target:
        """From that day on, in the division the association has, or in one to be founded."""
        words = {name: self.cleaned_data[name] for name in ("name_fi", "name_sv")}
        mine = self.organisation
        return Target(mine.municipality, mine.own_division, {**words, "name_en": "", "kind": "own"}, day, mine)


_FIELD_OF: Final = {Way.DRAWN: "drawn", Way.UNITED: "districts", Way.FILE: "file"}
