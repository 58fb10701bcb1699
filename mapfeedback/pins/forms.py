"""What a person fills in: text first, place second, and nothing that needs a map or a script."""

import uuid
from typing import Any

from django import forms
from django.contrib.gis.geos import GEOSGeometry
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from areas.models import Area, Municipality
from mapfeedback import prepared
from mapfeedback.accounts.rules import Person, may_record_on_behalf
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import BadGeometry, Precision, resident_geometry
from mapfeedback.pins.models import Category, Channel, Kind
from mapfeedback.pins.photos.forms import WithPhotos

#: Languages people write in here most; the text keeps its language.
TEXT_LANGUAGES = [
    ("fi", "suomi"),
    ("sv", "svenska"),
    ("en", "English"),
    ("ru", "русский"),
    ("et", "eesti"),
    ("ar", "العربية"),
    ("so", "soomaali"),
    ("uk", "українська"),
    ("fa", "فارسی"),
    ("ku", "kurdî"),
    ("zh", "中文"),
    ("und", pgettext_lazy("language of a text", "another language")),
]
FALLBACK_CATEGORY = "other"
_NO_TOPIC = _("Choose a topic from the list.")

_TOPIC = ("id", "slug", "name_fi", "name_sv", "name_en")
_CITY = ("id", "slug", "name_fi", "name_sv", "name_en", "code")
# Written out, and one for both: putting these together anew for every contribution, and asking twice, costs more than
# the database's answer.
_TOPIC_AND_CITY = f"""
    SELECT {", ".join(f"topic.{column}" for column in _TOPIC)}, {", ".join(f"city.{column}" for column in _CITY)}
    FROM (SELECT %(place)s::geometry AS geom) AS place
    LEFT JOIN pins_category topic ON topic.slug = %(topic)s AND topic.is_active
    LEFT JOIN LATERAL (
        SELECT * FROM areas_municipality WHERE outline ~ place.geom AND ST_Intersects(outline, place.geom)
        ORDER BY id LIMIT 1
    ) AS city ON TRUE"""  # noqa: S608 - from constants


class Words(forms.CharField):
    """Text whose line ends count as one character, as in the browser, which sends them as two."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class TextForm(forms.Form):
    """The words of a contribution; also what its author may correct later."""

    text = Words(
        label=_("What do you want to say?"),
        help_text=_("Everyone can read this. Leave out names, phone numbers and other private things."),
        min_length=3,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
        error_messages={
            "required": _("Write what you want to say."),
            "min_length": _("Write a little more, at least a few words."),
            "max_length": _("The text is too long. At most 5000 characters fit here."),
        },
    )


class TopicField(forms.ChoiceField):
    """A choice that the form's own cleaning looks up: the whole list is only read to be shown."""

    def valid_value(self, value: Any) -> bool:
        return "\0" not in value  # of which the database cannot even be asked


class PinForm(TextForm, WithPhotos):
    """One contribution. Call `is_valid`, then pass `cleaned` on to `pins.actions.place_pin`."""

    field_order = ("kind", "text", "photos", "photo_text", "category", "place", "place_text", "geometry", "approximate")

    kind = forms.ChoiceField(
        label=_("What kind of message is it?"),
        choices=lambda: Kind.choices,  # as a list it would be copied, with all its words, for every form
        widget=forms.RadioSelect,
        initial=Kind.FEEDBACK,
        error_messages={"required": _("Choose what kind of message this is.")},
    )
    category = TopicField(label=_("Topic"), required=False, error_messages={"invalid_choice": _NO_TOPIC})
    place = forms.ChoiceField(
        label=_("Choose a district from the list"),
        required=False,
        help_text=_("Use this if you do not use the map, or if you mean the whole district."),
    )
    place_text = forms.CharField(
        label=_("The place in your own words"),
        help_text=_("For example a street, or “behind the library”."),
        max_length=200,
        required=False,
    )
    approximate = forms.BooleanField(label=_("The place on the map is only approximate"), required=False)
    language = forms.ChoiceField(label=_("Language of your text"), choices=lambda: TEXT_LANGUAGES, required=False)
    geometry = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64 * 1024)
    marker_moved = forms.BooleanField(required=False, widget=forms.HiddenInput)
    consultation = forms.SlugField(required=False, widget=forms.HiddenInput)
    key = forms.UUIDField(widget=forms.HiddenInput)
    channel = forms.ChoiceField(label=_("How did this arrive?"), choices=lambda: Channel.choices, required=False)
    on_behalf = forms.BooleanField(label=_("I am writing this down for somebody else"), required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4
        self.fields["language"].initial = (get_language() or "fi").split("-")[0]
        self.fields["category"].choices = _category_choices  # type: ignore[attr-defined]
        # Called only when the list is shown or something was chosen from it: most people use the map.
        self.fields["place"].choices = _place_choices  # type: ignore[attr-defined]
        if not may_record_on_behalf(person):
            del self.fields["channel"], self.fields["on_behalf"]

    def clean_geometry(self) -> GEOSGeometry | None:
        text = self.cleaned_data["geometry"]
        if not text:
            return None
        try:
            return resident_geometry(text)
        except BadGeometry as refused:
            raise forms.ValidationError(refused.args[0]) from None

    def clean_consultation(self) -> Consultation | None:
        slug = self.cleaned_data["consultation"]
        return Consultation.objects.filter(slug=slug).first() if slug else None

    def clean(self) -> dict[str, Any]:
        """Settle which municipality, place, district and precision this is; `self.cleaned` has the result."""
        data = super().clean() or {}
        geom, chosen = data.get("geometry"), data.get("place", "")
        # A line may cross the border, but nothing of it may lie beyond the box of the city.
        category, around = _topic_and_city(data.get("category") or FALLBACK_CATEGORY, geom)
        if category is None and "category" not in self.errors:
            self.add_error("category", _NO_TOPIC)
        if self.errors:
            return data
        if geom is not None:
            area, municipality = None, around
            if municipality is None and Municipality.objects.exists():
                self.add_error("geometry", _("This place is not in our area. Move the mark, or choose from the list."))
                return data
        else:
            area, municipality = _chosen(chosen)
        if municipality is None and data.get("consultation"):
            municipality = data["consultation"].municipality
        if municipality is None:
            several = list(Municipality.objects.defer("outline")[:2])
            if not several:
                self.add_error(None, _("No city has been set up here yet, so nothing can be sent."))
                return data
            if len(several) != 1:
                self.add_error("place", _("Show the place on the map, or choose a city or district from the list."))
                return data
            municipality = several[0]
        consultation = data.get("consultation")
        if consultation is not None and consultation.municipality_id != municipality.pk:
            consultation = None  # nobody's message goes into the figures of another city's round
        self.cleaned = {
            "kind": data["kind"],
            "category": category,
            "text": data["text"],
            "language": data.get("language") or "fi",
            "municipality": municipality,
            "geom": geom,
            "area": area,
            "place_text": data.get("place_text", ""),
            "precision": _precision(geom, chosen, area, approximate=data.get("approximate", False)),
            "marker_moved": data.get("marker_moved", False),
            "consultation": consultation,
            "key": data["key"],
            "channel": data.get("channel") or Channel.WEB,
            "on_behalf": data.get("on_behalf", False),
            "photos": self.pictures,
        }
        return data


def _precision(geom: GEOSGeometry | None, chosen: str, area: Area | None, *, approximate: bool) -> Precision:
    if geom is not None:
        return Precision.APPROXIMATE if approximate else Precision.EXACT
    if area is not None:
        return Precision.AREA
    return Precision.WHOLE_CITY if chosen else Precision.UNKNOWN


def _topic_and_city(topic: str, geom: GEOSGeometry | None) -> tuple[Category | None, Municipality | None]:
    """The topic of this slug that is in use, and the city that this lies in; what is not read at once is deferred."""
    values = {"topic": topic, "place": None if geom is None else geom.hexewkb.decode()}
    (row,) = prepared.rows(_TOPIC_AND_CITY, values)  # neither join takes the one row away
    topic_columns, city_columns = row[: len(_TOPIC)], row[len(_TOPIC) :]
    return prepared.found(Category, _TOPIC, topic_columns), prepared.found(Municipality, _CITY, city_columns)


def _chosen(value: str) -> tuple[Area | None, Municipality | None]:
    """The district and municipality of a list choice (`<division>/<code>` or a municipality's slug)."""
    place, slash, code = value.partition("/")
    if slash:
        area = Area.objects.current().with_names().filter(edition__division__slug=place, code=code).first()
        return area, area.division.municipality if area else None
    return None, Municipality.objects.filter(slug=place).first() if place else None


def _category_choices() -> list[Any]:
    """Topics with their sub-topics, one query."""
    everything = list(Category.objects.filter(is_active=True))
    choices: list[Any] = [("", _("Choose a topic, or leave this open"))]
    for top in (one for one in everything if one.parent_id is None):
        below = [(one.slug, one.name) for one in everything if one.parent_id == top.pk]
        whole = [(top.slug, top.name)]
        choices.append((top.name, whole + below) if below else (top.slug, top.name))
    return choices


def _place_choices() -> list[Any]:
    """Every city as a whole, then its districts by name, one query each."""
    areas = list(Area.objects.current().of_main_divisions().with_names().order_by("name_fi"))
    choices: list[Any] = [("", _("No district chosen"))]
    for municipality in Municipality.objects.defer("outline"):
        own = [(f"{a.division.slug}/{a.code}", a.name) for a in areas if a.division.municipality_id == municipality.pk]
        whole = (municipality.slug, _("The whole of %(city)s") % {"city": municipality.name})
        choices.append((municipality.name, [whole, *own]))
    return choices
