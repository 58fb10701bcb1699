"""What a comparison is about: every area of a division, one area, or a whole city; and what else there is to choose."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import Http404
from django.utils.translation import gettext as _

from areas.models import Area, Division, Edition, Municipality
from mapfeedback.pins import figures
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.reports.catalogue import Entry
from mapfeedback.reports.loading import Question, area_or_404, area_value, edition_or_404
from mapfeedback.web import BadQuery

#: Of more areas than these a person chooses one on its own page, not in a list.
MOST_CHOICES = 1000


@dataclass(frozen=True, slots=True)
class Place:
    """One area, the whole city, or else every area of `edition`; the borders are of `edition` in any case."""

    #: As the address writes it.
    value: str
    municipality: Municipality
    edition: Edition
    area: Area | None = None
    is_whole_city: bool = False

    @property
    def is_every_area(self) -> bool:
        return self.area is None and not self.is_whole_city

    @property
    def name(self) -> str:
        if self.area is not None:
            return self.area.name
        return self.municipality.name if self.is_whole_city else self.edition.division.name

    def narrow(self, question: Question) -> PinQuerySet:
        """The messages of one area or of the whole city."""
        pins = question.pins()
        if self.area is not None:
            return figures.in_area(pins, self.area, defaults=question.defaults)
        pins = pins.filter(municipality=self.municipality)
        return pins if question.defaults is DefaultPlaces.COUNTED else pins.filter(suspected_default_place=False)


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Options:
    """One group of a list to choose from."""

    legend: str
    options: list[Option]


def area_named(parameter: str, value: str, question: Question) -> Area:
    """The area that a parameter names as `division/code`, by the borders of the question. Raises BadQuery."""
    division, _slash, code = value.partition("/")
    try:
        if "\x00" in value or len(value) > 100:
            raise Http404
        return area_or_404(division, code, question.edition)
    except Http404:
        raise BadQuery(
            parameter, _("There is no such area. Write it as division/code: testila-districts/12.")
        ) from None


def place_named(value: str, question: Question) -> Place | None:
    """`division/code`, a division's or a city's slug; empty: the first city's main division. None: there is none yet.

    A city and a division of one slug: the division is meant. Raises BadQuery.
    """
    if "/" in value:
        area = area_named("where", value, question)
        return Place(value, area.division.municipality, area.edition, area)
    divisions = Division.objects.in_force().order_by("municipality__name_fi", "-is_main", "slug")
    chosen = divisions.filter(slug=value).first() if value and "\x00" not in value else None
    whole_city = False
    if chosen is None:
        if value and ("\x00" in value or not divisions.filter(municipality__slug=value).exists()):
            raise BadQuery("where", _("There is no such city, division or area."))
        chosen = (divisions.filter(municipality__slug=value) if value else divisions).first()
        whole_city = bool(value)
    if chosen is None:
        return None
    edition = edition_or_404(chosen.slug, question.edition)
    city = edition.division.municipality
    return Place(city.slug if whole_city else chosen.slug, city, edition, is_whole_city=whole_city)


def every_place(entries: Iterable[Entry], areas: Iterable[Area], city: Municipality) -> list[Options]:
    """A city's divisions, the city, and the areas given, to choose one from."""
    divisions = [entry.division for entry in entries if entry.municipality == city]
    return [
        Options(_("By area"), [Option(one.slug, one.name) for one in divisions]),
        Options(_("By topic, kind and status"), [Option(city.slug, _("All of %(city)s") % {"city": city.name})]),
        *by_division(areas),
    ]


def by_division(areas: Iterable[Area]) -> list[Options]:
    """Areas in a group for each division, in the order given."""
    groups: dict[int, Options] = {}
    for area in areas:
        division = area.division
        legend = _("%(city)s: %(division)s") % {"city": division.municipality.name, "division": division.name}
        group = groups.setdefault(division.pk, Options(legend, []))
        group.options.append(Option(area_value(area), area.name))
    return list(groups.values())


def areas_to_choose(cities: Iterable[Municipality]) -> list[Area]:
    """The areas in force of these cities with their names, main divisions first."""
    areas = Area.objects.current().with_names().filter(edition__division__municipality__in=[one.pk for one in cities])
    order = ("edition__division__municipality__name_fi", "-edition__division__is_main", "edition__division__slug")
    return list(areas.order_by(*order, "name_fi", "code")[:MOST_CHOICES])
