"""One area in numbers, and the report that its association takes to a meeting.

A report is built once and frozen; page and files are renderings of that one object and cannot disagree.
"""

import datetime
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from django.contrib.auth.models import AnonymousUser
from django.contrib.gis.db.models.functions import AsGeoJSON
from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Coalesce

from areas.models import Area
from layers.public_rows import GEOMETRY, public_rows
from mapfeedback.accounts.models import Organisation
from mapfeedback.accounts.rules import association_behind
from mapfeedback.pins import figures
from mapfeedback.pins.figures import Breakdown, DefaultPlaces, Elsewhere
from mapfeedback.pins.models import Category, Pin, headline
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.rollups import reading
from mapfeedback.pins.touching import ReachingIn, reaching_into
from mapfeedback.reports.caveats import caveats
from mapfeedback.reports.loading import Question, area_value
from mapfeedback.reports.rates import Rated, Residents, last_year, residents_of
from mapfeedback.reports.sides import Side, sides_of

#: So many are named before the list of all.
MOST_SUPPORTED: Final = 5
MOST_SUPPORTED_FIRST: Final = ("-supports", "-placed_at", "-pk")
NEWEST: Final = ("-placed_at", "-pk")


@dataclass(frozen=True)
class DistrictFigures:
    """An area's numbers for one question, beside what no area of its division counts."""

    area: Area
    question: Question
    counted: Breakdown
    elsewhere: Elsewhere
    categories: tuple[Category, ...]
    residents: Residents
    #: Told beside the numbers and in none of them: it counts elsewhere.
    reaching: ReachingIn
    #: The association whose own borders these are; None for the city's.
    drawn_by: Organisation | None = None

    @property
    def mine(self) -> Rated:
        return Rated(self.area, self.counted.total, self.residents)

    @cached_property
    def sides(self) -> list[Side]:
        return sides_of(self.counted, self.categories)

    @cached_property
    def caveats(self) -> list[str]:
        """What these numbers cannot say, a sentence each."""
        return caveats(self.mine, self.counted, self.elsewhere, self.drawn_by)


@dataclass(frozen=True, slots=True)
class ReportItem:
    """One contribution in a report: the public columns and nothing else (layers.public_rows says what each holds)."""

    id: str
    url: str
    kind: str
    category: str
    title: str
    text: str
    language: str
    status: str
    placed: datetime.date
    answered: datetime.date | None
    channel: str
    precision: str
    place: str
    lon: float | None
    lat: float | None
    municipality: str
    area: str | None
    area_name: str | None
    suspected_default_place: bool
    photos: int
    photo_urls: list[str]
    effects: list[str]
    answers: list[str]
    #: How many agree, and how many of them were signed in.
    supports: int
    supports_verified: int
    #: As GeoJSON text; None without a place.
    geometry: str | None

    @property
    def headline(self) -> str:
        return headline(self.title, self.text)


@dataclass(frozen=True)
class DistrictReport:
    """`items` newest first: all that are counted, or of very many the newest, where no more were asked for."""

    figures: DistrictFigures
    items: tuple[ReportItem, ...]
    #: How often somebody agreed with one of all that are counted.
    supports: int
    #: The few that most agree with, of equal ones the newer first; none that nobody agrees with.
    most_supported: tuple[ReportItem, ...]
    made_on: datetime.date
    #: Where this report lives, with its question.
    url: str
    #: The area's border as GeoJSON text.
    boundary: str

    @property
    def area(self) -> Area:
        return self.figures.area

    @property
    def question(self) -> Question:
        return self.figures.question

    @property
    def is_cut(self) -> bool:
        """Whether more are counted than `items` holds."""
        return len(self.items) < self.figures.counted.total.n


def figures_of(area: Area, question: Question, today: datetime.date) -> DistrictFigures:
    """Some ten statements, however many contributions there are."""
    return DistrictFigures(
        area=area,
        question=question,
        counted=reading.breakdown(area, question.pin_filter, defaults=question.defaults),
        elsewhere=reading.elsewhere(area.edition, question.pin_filter, defaults=question.defaults),
        categories=tuple(Category.objects.all()),
        drawn_by=association_behind(area.division),
        residents=residents_of(Area.objects.filter(pk=area.pk), last_year(question, today))[area.pk],
        reaching=reaching_into(area, question.pins(), defaults=question.defaults),
    )


def build(
    *, area: Area, question: Question, today: datetime.date, site: str, most: int = sys.maxsize
) -> DistrictReport:
    """The report as of this moment, with at most so many items, the newest.

    `site` is the service's address without a slash at its end.
    """
    with one_moment():
        counted = figures_of(area, question, today)
        pins = figures.in_area(question.pins(), area, defaults=question.defaults)
        if counted.counted.total.n <= most:
            items = _items(pins, area, site)
            best, supports = _agreed_with(items), sum(item.supports for item in items)
        else:
            items = _items(_first(pins, NEWEST, most), area, site)
            ranked = _first(pins.filter(supports__gt=0), MOST_SUPPORTED_FIRST, MOST_SUPPORTED)
            best, supports = _agreed_with(_items(ranked, area, site)), _supports(area, question)
        boundary = Area.objects.values_list(AsGeoJSON("boundary", precision=6), flat=True).get(pk=area.pk)
    query = question.query()
    url = f"{site}{area.get_absolute_url()}report.html" + (f"?{query}" if query else "")
    return DistrictReport(counted, items, supports, best, today, url, boundary)


def _items(pins: PinQuerySet, area: Area, site: str) -> tuple[ReportItem, ...]:
    rows = public_rows(pins, AsGeoJSON(GEOMETRY, precision=6), site=site)
    # By the borders of this report: another day's borders must not change it.
    return tuple(replace(ReportItem(*row), area=area_value(area), area_name=area.name_fi) for row in rows)


def _agreed_with(items: tuple[ReportItem, ...]) -> tuple[ReportItem, ...]:
    ranked = sorted(items, key=lambda item: -item.supports)
    return tuple(item for item in ranked[:MOST_SUPPORTED] if item.supports)


def _first(pins: PinQuerySet, order: tuple[str, ...], most: int) -> PinQuerySet:
    """Found by their keys alone, so that no row is read that is not among them."""
    return Pin.objects.visible_to(AnonymousUser()).filter(pk__in=pins.order_by(*order).values("pk")[:most])


def _supports(area: Area, question: Question) -> int:
    # Not by `in_area`: without the city, which the area implies, an index alone has all that is asked for.
    pins = question.pins().filter(memberships__area=area, supports__gt=0)
    if question.defaults is DefaultPlaces.APART:
        pins = pins.filter(suspected_default_place=False)
    return int(pins.aggregate(n=Coalesce(Sum("supports"), 0))["n"])


@contextmanager
def one_moment() -> Iterator[None]:
    """Statements inside see one state of the data, so that a list and its counts agree while others write."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:  # the level is chosen before a transaction's first statement or not at all
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
