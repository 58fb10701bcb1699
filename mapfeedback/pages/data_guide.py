"""The open data, explained to a person: which addresses there are, and what the filter's parameters take."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from areas.models import Division
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import Precision
from mapfeedback.pins.models import Category, Channel, Kind, Status


@dataclass(frozen=True, slots=True)
class Address:
    """One address that gives data. `link` is empty when part of the address is for the reader to fill in."""

    path: str
    gives: Promise
    link: str = ""
    takes_filter: bool = True
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of PinFilter. `values` is empty when it takes more than a list can hold."""

    name: str
    meaning: Promise
    example: str
    values: tuple[str, ...] = ()
    repeatable: bool = False


def addresses() -> list[Address]:
    """Every address of the open data; one query."""
    found = [
        Address("/pins.geojson", _("Messages with their places, GeoJSON in WGS84."), "/pins.geojson"),
        Address("/pins.csv", _("The same messages as a table, also those without a place."), "/pins.csv"),
        Address("/pins.gpkg", _("The same for QGIS and other map programs: a GeoPackage with layers."), "/pins.gpkg"),
        Address("/pins.atom", _("The newest messages for a feed reader."), "/pins.atom"),
        Address("/pins.rss", _("The same for a feed reader that knows no Atom."), "/pins.rss"),
    ]
    for division in Division.objects.in_force().select_related("municipality").defer("municipality__outline"):
        subject = f"{division.municipality}, {division}"
        borders, counts = f"/areas/{division.slug}.geojson", f"/areas/{division.slug}/counts.json"
        found += [
            Address(
                borders,
                _("Borders of the areas, simplified for maps of the whole city."),
                borders,
                takes_filter=False,
                subject=subject,
            ),
            Address(
                f"{borders}?detail=full",
                _("The same borders with every corner."),
                f"{borders}?detail=full",
                takes_filter=False,
                subject=subject,
            ),
            Address(counts, _("Number of messages per area."), counts, subject=subject),
        ]
    for ending in ("csv", "xlsx", "geojson"):
        found.append(Address(f"/areas/…/…/report.{ending}", _("The report of one district; its page has the links.")))
    return found


def parameters() -> list[Parameter]:
    """Every parameter of PinFilter in its order (a test compares the two); two queries."""
    categories = tuple(Category.objects.filter(is_active=True).values_list("slug", flat=True))
    consultations = tuple(Consultation.objects.values_list("slug", flat=True)[:50])
    return [
        Parameter(
            "area",
            _("A district as division/code, division/unlocated, division/outside, or a municipality."),
            "area=lahti-districts/398-07",
            repeatable=True,
        ),
        Parameter("kind", _("What sort of message it is."), "kind=idea", tuple(Kind.values), repeatable=True),
        Parameter(
            "category", _("The topic; a main topic includes its sub-topics."), "category=traffic", categories, True
        ),
        Parameter("status", _("How far the city has come with it."), "status=answered", tuple(Status.values), True),
        Parameter(
            "q",
            _('Words that all occur, in any form; "words together" in quotation marks; -word for one to leave out.'),
            "q=suojatie",
        ),
        Parameter("since", _("First day, included, in the city's time zone."), "since=2026-01-01"),
        Parameter("until", _("Last day, included, in the city's time zone."), "until=2026-03-31"),
        Parameter("channel", _("How it reached the city."), "channel=paper", tuple(Channel.values), True),
        Parameter("language", _("The language it is written in."), "language=sv", repeatable=True),
        Parameter("answered", _("Whether a published answer has reached it."), "answered=no", ("yes", "no")),
        Parameter(
            "within",
            _("Inside a polygon: lon lat,lon lat,… or WKT, GeoJSON, an encoded line after enc:, or a box."),
            "within=25.60,60.98,25.70,61.02",
        ),
        Parameter(
            "near", _("Within metres of a place: lat,lon,metres; at most 50000 metres."), "near=60.983,25.656,500"
        ),
        Parameter(
            "bbox",
            _("Inside a box: west,south,east,north. Also together with another place."),
            "bbox=25.60,60.98,25.70,61.02",
        ),
        Parameter(
            "precision", _("How well its place is known."), "precision=exact", tuple(Precision.values), repeatable=True
        ),
        Parameter(
            "consultation",
            _("The round of taking part it belongs to."),
            "consultation=…",
            consultations,
            repeatable=True,
        ),
        Parameter(
            "reaching",
            _("Lines and areas lying partly in a district, as division/code, and counted in another or in none."),
            "reaching=lahti-districts/398-07",
            repeatable=True,
        ),
        Parameter("support", _("At least so many people agree with it."), "support=5"),
        Parameter("photo", _("Whether it has a photo that was checked and published."), "photo=yes", ("yes", "no")),
    ]
