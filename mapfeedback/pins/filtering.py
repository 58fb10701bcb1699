"""The one filter: parsed from a query string, written back to one canonical query string, applied to pins.

List, tiles, clusters, counts, bulk answers, reports and exports all take a `PinFilter`, so their numbers agree.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from areas.models import Edition, Municipality
from areas.querysets import current_keys
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import Precision
from mapfeedback.pins import filterplaces as places
from mapfeedback.pins import filterreading as reading
from mapfeedback.pins.models import HAS_PHOTO, Category, Channel, Kind, Membership, Reach, Status
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.pins.words import asking
from mapfeedback.web import BadQuery

#: What others hang on links; never ours, never an error.
IGNORED: Final = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|_")
#: More than any message of a city gets, and few enough to read.
MOST_SUPPORTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PinFilter:
    """Which pins. Empty fields do not narrow; values of one field widen each other, fields narrow each other.

    `area` holds `<division>/<code>`, `<division>/unlocated`, `<division>/outside` or a municipality's slug. `since`
    and `until` are days in the city's time zone, both included. `q` is read by `words.asking`. `near` is
    `lat,lon,metres`. `within` is a drawn area and `bbox` a box; both mean that the pin's spot lies in it. `reaching` is
    the other side of `area`: lines and drawn areas that lie partly in a `<division>/<code>` and count elsewhere.
    `photo` asks for a photo that everybody may see.
    """

    area: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    status: tuple[str, ...] = ()
    q: str = ""
    since: datetime.date | None = None
    until: datetime.date | None = None
    channel: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    answered: bool | None = None
    within: str = ""
    near: str = ""
    bbox: str = ""
    precision: tuple[str, ...] = ()
    consultation: tuple[str, ...] = ()
    reaching: tuple[str, ...] = ()
    #: At least so many agree; 0 does not narrow.
    support: int = 0
    photo: bool | None = None

    # -- reading -------------------------------------------------------------------------------------

    @classmethod
    def parse(cls, query: QueryDict, *own: str) -> "PinFilter":
        """From a query string; `own` are parameters the view reads itself. Raises BadQuery with what is allowed."""
        known = {field.name for field in fields(cls)}
        for name in query:
            if name not in known and name not in own and not IGNORED.fullmatch(name):
                raise BadQuery(
                    name[:60], _("There is no such filter. Known: %(names)s.") % {"names": " ".join(sorted(known))}
                )
        return cls(
            area=reading.areas(query, "area"),
            kind=reading.choices(query, "kind", Kind.values),
            category=reading.slugs(query, "category", Category.objects.all()),
            status=reading.choices(query, "status", Status.values),
            q=asking.read("q", " ".join(query.getlist("q"))),
            since=reading.day(query, "since"),
            until=reading.day(query, "until"),
            channel=reading.choices(query, "channel", Channel.values),
            language=reading.languages(query, "language"),
            answered=reading.yes_or_no(query, "answered"),
            within=_place(query, "within", places.read_area),
            near=_place(query, "near", places.read_near),
            bbox=_place(query, "bbox", places.read_box),
            precision=reading.choices(query, "precision", Precision.values),
            consultation=reading.slugs(query, "consultation", Consultation.objects.all()),
            reaching=reading.districts(query, "reaching"),
            support=reading.whole_number(query, "support", most=MOST_SUPPORTS),
            photo=reading.yes_or_no(query, "photo"),
        )

    @classmethod
    def understood(cls, query: QueryDict, *own: str) -> "tuple[PinFilter, list[BadQuery]]":
        """The filter as far as it can be read, and what was refused: for a form that comes back with all the rest."""
        kept, refused = query.copy(), list[BadQuery]()
        while True:
            try:
                return cls.parse(kept, *own), refused
            except BadQuery as problem:
                refused.append(problem)
                for name in [name for name in kept if name[:60] == problem.parameter]:
                    del kept[name]

    # -- writing -------------------------------------------------------------------------------------

    def items(self) -> list[tuple[str, str]]:
        """Name and value of every narrowing part, in one fixed order."""
        found: list[tuple[str, str]] = []
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                found += [(field.name, one) for one in value]
            elif isinstance(value, bool):
                found.append((field.name, "yes" if value else "no"))
            elif value:
                found.append((field.name, str(value)))
        return found

    def query(self) -> str:
        """The canonical query string: equal filters give equal strings; parsing it gives the filter back."""
        return urlencode(self.items(), safe=",/")

    def __bool__(self) -> bool:
        return bool(self.items())

    @property
    def backwards(self) -> bool:
        """Whether the period ends before it begins, so that no pin can be in it."""
        return bool(self.since and self.until and self.since > self.until)

    # -- applying ------------------------------------------------------------------------------------

    def apply(self, pins: PinQuerySet) -> PinQuerySet:
        """Narrow a queryset of pins; never duplicates a row. Names become keys first, so that plans know how many."""
        if self.area:
            pins = pins.filter(_in_areas(self.area))
        if self.category:
            chosen = Category.objects.filter(Q(slug__in=self.category) | Q(parent__slug__in=self.category))
            pins = pins.filter(category__in=list(chosen.order_by().values_list("pk", flat=True)))
        for name in ("kind", "status", "channel", "language", "precision"):
            values = getattr(self, name)
            if values:
                pins = pins.filter(**{f"{name}__in": values})
        if self.q:
            pins = pins.filter(asking.occur(self.q))
        if self.since:
            pins = pins.filter(placed_at__gte=_midnight(self.since))
        if self.until:
            pins = pins.filter(placed_at__lt=_midnight(self.until + datetime.timedelta(days=1)))
        if self.answered is not None:
            pins = pins.filter(answered_at__isnull=not self.answered)
        if self.within:
            pins = pins.filter(places.is_in_area(self.within))
        if self.near:
            pins = pins.filter(places.is_near(self.near))
        if self.bbox:
            pins = pins.filter(places.is_in_box(self.bbox))
        if self.consultation:
            chosen_rounds = Consultation.objects.filter(slug__in=self.consultation)
            pins = pins.filter(consultation__in=list(chosen_rounds.order_by().values_list("pk", flat=True)))
        if self.reaching:
            pins = pins.filter(_reach_into(self.reaching))
        if self.support:
            pins = pins.filter(supports__gte=self.support)
        if self.photo is not None:
            pins = pins.filter(HAS_PHOTO if self.photo else Q(photo_count=0))
        return pins


def _place(query: QueryDict, name: str, read: Callable[[str, str], str]) -> str:
    value = reading.single(query, name)
    return read(name, value) if value else ""


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), ZoneInfo(settings.TIME_ZONE))


def _in_areas(values: tuple[str, ...]) -> Q:
    wanted, named = Q(), list[str]()
    for value in values:
        place, slash, code = value.partition("/")
        if not slash:
            wanted |= Q(municipality__in=list(Municipality.objects.filter(slug=place).values_list("pk", flat=True)))
        elif code in reading.PLACELESS:
            # Keys, not joins: a municipality has several divisions, and a pin counts once.
            ours = list(Municipality.objects.filter(divisions__slug=place).values_list("pk", flat=True))
            in_force = list(Edition.objects.in_force().filter(division__slug=place).values_list("pk", flat=True))
            belongs = Membership.objects.filter(pin=OuterRef("pk"), edition__in=in_force)
            wanted |= Q(municipality__in=ours) & Q(geom__isnull=code == "unlocated") & ~Q(Exists(belongs))
        else:
            named.append(value)
    if named:
        wanted |= Q(Exists(Membership.objects.filter(pin=OuterRef("pk"), area__in=current_keys(named))))
    return wanted


def _reach_into(values: tuple[str, ...]) -> Q:
    keys = current_keys(values)
    return Q(Exists(Reach.objects.worth_telling().counted_elsewhere().filter(pin=OuterRef("pk"), area__in=keys)))
