"""Photos in a form: several files of one field, each refused by name, and what they show in their author's words."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from mapfeedback.pins.photos.actions import MOST_ON_A_PIN
from mapfeedback.pins.photos.reading import MOST_BYTES, Picture, Refused, read

#: What a form with photos may weigh: those, and the usual for the rest.
LARGEST_BODY: Final = MOST_ON_A_PIN * MOST_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE


class Photos(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        several: list[Any] = files.getlist(name) if hasattr(files, "getlist") else []
        return several


class PhotosField(forms.FileField):
    """A list of Pictures; reading them takes a moment each. `most` of them fit."""

    most = MOST_ON_A_PIN

    def __init__(self, **kwargs: Any) -> None:
        # A phone that is told these turns its own formats into them.
        widget = Photos(attrs={"accept": "image/jpeg,image/png,image/webp", "multiple": True})
        super().__init__(widget=widget, **kwargs)

    def clean(self, data: "list[UploadedFile[Any]] | None", initial: object = None) -> list[Picture]:
        files = data or []
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.most:
            raise forms.ValidationError(self.too_many())
        pictures, refused = list[Picture](), list[forms.ValidationError]()
        for file in files:
            try:
                pictures.append(read(file, file.name or "?", file.size or 0))
            except Refused as reason:
                refused.append(forms.ValidationError(str(reason)))
        if refused:
            raise forms.ValidationError(refused)
        return pictures

    def too_many(self) -> str:
        said: str = ngettext(
            "At most %(count)s photo fits here. Choose the most important one.",
            "At most %(count)s photos fit here. Choose the most important ones.",
            self.most,
        )
        return said % {"count": self.most}


class Descriptions(forms.TextInput):
    """One text for all photos, or one for each in their order."""

    def value_from_datadict(self, data: Any, files: Mapping[str, Any], name: str) -> list[str]:
        several: list[str] = data.getlist(name) if hasattr(data, "getlist") else []
        return [str(one) for one in several]

    def format_value(self, value: Any) -> str | None:
        given = [one for one in value if one] if isinstance(value, list) else []
        return given[0] if given else None


class DescriptionsField(forms.CharField):
    widget = Descriptions

    def clean(self, value: Any) -> list[str]:
        return [str(super(DescriptionsField, self).clean(one)) for one in value or []]


class WithPhotos(forms.Form):
    """The part of a form that takes photos; `pictures` has them when the form is valid."""

    photos = PhotosField(
        label=_("Photos"),
        required=False,
        help_text=_("At most 3. A person checks them before others see them. Faces and number plates do not belong."),
    )
    photo_text = DescriptionsField(
        label=_("What is in the photo?"),
        required=False,
        max_length=200,
        help_text=_("In a few words, for people who cannot see it."),
        error_messages={"max_length": _("This is too long. At most 200 characters fit here.")},
    )

    @property
    def pictures(self) -> list[Picture]:
        """Each with its own description; when there is only one, it is said of all."""
        pictures: list[Picture] = self.cleaned_data.get("photos") or []
        texts: list[str] = self.cleaned_data.get("photo_text") or [""]
        if len(texts) < len(pictures):
            texts = [texts[0]] * len(pictures)
        return [picture.described(text) for picture, text in zip(pictures, texts, strict=False)]

    @property
    def photos_were_chosen(self) -> bool:
        """A form that comes back cannot bring them along: they have to be chosen again."""
        return bool(self.files.getlist(self.add_prefix("photos"))) if self.files else False


class PhotosForm(WithPhotos):
    """Photos for a pin that is there already; `room` is for how many."""

    def __init__(self, *args: Any, room: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["photos"]
        field.required = True
        field.most = room  # type: ignore[attr-defined]
        field.error_messages["required"] = _("Choose a photo first.")
