"""The one filter: parsed from a query string, written back to one canonical query string, applied to pins.

List, tiles, clusters, counts, bulk answers, reports and exports all take a `PinFilter`, so their numbers agree.
"""

import datetime
import json
import math
import re
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.db.models import GeometryField
from django.contrib.gis.geos import GEOSGeometry, Polygon
from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from areas.models import Area, Division, Edition, Municipality
from areas.succession import main_successors
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import WGS84, BadGeometry, BBox, Precision, finite, geometry_from_mapping, point
from mapfeedback.pins.models import Category, Channel, Kind, Membership, Status
from mapfeedback.pins.querysets import PinQuerySet
from mapfeedback.web import BadQuery

#: What others hang on links; never ours, never an error.
IGNORED: Final = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|_")
MAX_WORDS: Final = 200
MAX_RADIUS: Final = 50_000
DEFAULT_RADIUS: Final = 500
PLACELESS: Final = ("unlocated", "outside")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


@dataclass(frozen=True, slots=True)
class PinFilter:
    """Which pins. Empty fields do not narrow; values of one field widen each other, fields narrow each other.

    `area` holds `<division>/<code>`, `<division>/unlocated`, `<division>/outside` or a municipality's slug. `since`
    and `until` are days in the city's time zone, both included. `near` is `lat,lon,metres`. `within` is a polygon as
    `lon lat,lon lat,…` or `west,south,east,north`; it means the pin's spot lies in it.
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
    precision: tuple[str, ...] = ()
    consultation: tuple[str, ...] = ()

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
            area=_areas(query),
            kind=_choices(query, "kind", Kind.values),
            category=_slugs(query, "category", Category.objects.all()),
            status=_choices(query, "status", Status.values),
            q=_words(query),
            since=_day(query, "since"),
            until=_day(query, "until"),
            channel=_choices(query, "channel", Channel.values),
            language=_languages(query),
            answered=_yes_or_no(query, "answered"),
            within=_within(query),
            near=_near(query),
            precision=_choices(query, "precision", Precision.values),
            consultation=_slugs(query, "consultation", Consultation.objects.all()),
        )

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
        """Narrow a queryset of pins; never duplicates a row."""
        if self.area:
            pins = pins.filter(self._in_areas())
        if self.category:
            pins = pins.filter(
                category__in=Category.objects.filter(Q(slug__in=self.category) | Q(parent__slug__in=self.category))
            )
        for name in ("kind", "status", "channel", "language", "precision"):
            values = getattr(self, name)
            if values:
                pins = pins.filter(**{f"{name}__in": values})
        for word in self.q.split():
            pins = pins.filter(Q(text__icontains=word) | Q(title__icontains=word))
        if self.since:
            pins = pins.filter(placed_at__gte=_midnight(self.since))
        if self.until:
            pins = pins.filter(placed_at__lt=_midnight(self.until + datetime.timedelta(days=1)))
        if self.answered is not None:
            pins = pins.filter(answered_at__isnull=not self.answered)
        if self.within:
            pins = pins.filter(spot__intersects=_polygon(self.within))
        if self.near:
            lat, lon, metres = (float(part) for part in self.near.split(","))
            # The box finds candidates by index; metres on the ellipsoid decide.
            pins = pins.filter(
                Func(
                    Cast("geom", GeometryField(srid=WGS84, geography=True)),
                    Cast(Value(point(lon, lat), GeometryField(srid=WGS84)), GeometryField(srid=WGS84, geography=True)),
                    Value(metres),
                    function="ST_DWithin",
                    output_field=BooleanField(),
                ),
                geom__bboverlaps=_box_around(lat, lon, metres),
            )
        if self.consultation:
            pins = pins.filter(consultation__slug__in=self.consultation)
        return pins

    def _in_areas(self) -> Q:
        wanted = Q()
        for value in self.area:
            place, _slash, code = value.partition("/")
            if not code:
                wanted |= Q(municipality__slug=place)
                continue
            belongs = Membership.objects.filter(pin=OuterRef("pk"))
            if code not in PLACELESS:
                # One value that the planner asks for first: it then knows how many pins to expect.
                area = Area.objects.current().filter(edition__division__slug=place, code=code).values("pk")[:1]
                wanted |= Q(Exists(belongs.filter(area=Subquery(area))))
            else:
                # A subquery, not a join: a municipality has several divisions, and a pin counts once.
                ours = Municipality.objects.filter(divisions__slug=place)
                wanted |= (
                    Q(municipality__in=ours)
                    & Q(geom__isnull=code == "unlocated")
                    & ~Q(Exists(belongs.filter(edition__in=Edition.objects.in_force().filter(division__slug=place))))
                )
        return wanted


def _box_around(lat: float, lon: float, metres: float) -> Polygon:
    """A WGS84 box that holds every place within `metres`, a little larger on purpose."""
    high = metres / 110_000
    wide = high / max(0.05, math.cos(math.radians(abs(lat) + high)))
    box = Polygon.from_bbox((lon - wide, lat - high, lon + wide, lat + high))
    box.srid = WGS84
    return box


def _midnight(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(), ZoneInfo(settings.TIME_ZONE))


def _several(query: QueryDict, name: str) -> list[str]:
    """Every value given for a name: repeated, sorted, without empties."""
    values = sorted({value.strip() for value in query.getlist(name) if value.strip()})
    if len(values) > 100:
        raise BadQuery(name, _("At most 100 values."))
    return values


def _single(query: QueryDict, name: str) -> str:
    values = _several(query, name)
    if len(values) > 1:
        raise BadQuery(name, _("Give this only once."))
    return values[0] if values else ""


def _choices(query: QueryDict, name: str, allowed: list[str]) -> tuple[str, ...]:
    values = _several(query, name)
    if not set(values) <= set(allowed):
        raise BadQuery(name, _("Allowed: %(values)s.") % {"values": " ".join(allowed)})
    return tuple(values)


def _slugs(query: QueryDict, name: str, known: QuerySet[Any]) -> tuple[str, ...]:
    values = _several(query, name)
    if any("\x00" in value for value in values) or (values and known.filter(slug__in=values).count() != len(values)):
        raise BadQuery(
            name, _("Allowed: %(values)s.") % {"values": " ".join(known.values_list("slug", flat=True)[:200])}
        )
    return tuple(values)


def _areas(query: QueryDict) -> tuple[str, ...]:
    found = set()
    for value in _several(query, "area"):
        if "\x00" in value or len(value) > 100:
            raise _unknown_area(value)
        place, slash, code = value.partition("/")
        if slash:
            current = Area.objects.current().filter(edition__division__slug=place)
            if code in PLACELESS:
                known = [value] if Division.objects.in_force().filter(slug=place).exists() else []
            else:
                known = [value] if current.filter(code=code).exists() else _heirs(place, code)
            if not known:
                raise _unknown_area(value)
            found.update(known)
        elif Municipality.objects.filter(slug=value).exists():
            found.add(value)
        else:  # a bare code is enough when only one current area bears it
            bearers = list(
                Area.objects.current().filter(code=value).values_list("edition__division__slug", flat=True)[:2]
            )
            if len(bearers) != 1:
                raise _unknown_area(value)
            found.add(f"{bearers[0]}/{value}")
    return tuple(sorted(found))


def _heirs(division: str, code: str) -> list[str]:
    """The areas in force on the ground of one that ended, so that old links go on."""
    ended = Area.objects.published().select_related("edition").filter(edition__division__slug=division, code=code)
    last = ended.last()
    return [f"{division}/{heir.code}" for heir in main_successors(last)] if last is not None else []


def _unknown_area(value: str) -> BadQuery:
    divisions = " ".join(Division.objects.in_force().values_list("slug", flat=True)[:50])
    return BadQuery(
        "area",
        _("Write an area as division/code. Divisions here: %(divisions)s.") % {"divisions": divisions},
    )


def _words(query: QueryDict) -> str:
    words = " ".join(" ".join(query.getlist("q")).replace("\x00", " ").split())
    if len(words) > MAX_WORDS:
        raise BadQuery("q", _("At most 200 characters."))
    return words


def _day(query: QueryDict, name: str) -> datetime.date | None:
    value = _single(query, name)
    if not value:
        return None
    try:
        day = datetime.date.fromisoformat(value)
    except ValueError:
        day = datetime.date.min
    if not 1900 <= day.year <= 2200:
        raise BadQuery(name, _("Write a day as 2026-05-31."))
    return day


def _languages(query: QueryDict) -> tuple[str, ...]:
    values = _several(query, "language")
    if any(len(value) > 12 or not LANGUAGE.fullmatch(value) for value in values):
        raise BadQuery("language", _("Write a language as fi, sv, en …"))
    return tuple(values)


def _yes_or_no(query: QueryDict, name: str) -> bool | None:
    value = _single(query, name)
    if value not in {"", "yes", "no"}:
        raise BadQuery(name, _("Allowed: %(values)s.") % {"values": "yes no"})
    return {"": None, "yes": True, "no": False}[value]


def _near(query: QueryDict) -> str:
    value = _single(query, "near")
    if not value:
        return ""
    parts = value.split(",")
    try:
        lat, lon, *rest = (finite(part) for part in parts)
        metres = round(rest[0]) if rest else DEFAULT_RADIUS
        point(lon, lat)
        if len(rest) > 1 or not 0 < metres <= MAX_RADIUS:
            raise ValueError
    except (ValueError, BadGeometry):
        raise BadQuery("near", _("Write a place as lat,lon,metres; at most 50000 metres.")) from None
    return f"{round(lat, 6)},{round(lon, 6)},{metres}"


def _within(query: QueryDict) -> str:
    value = _single(query, "within")
    if not value:
        return ""
    try:
        if value.startswith("{"):
            value = _ring(geometry_from_mapping(json.loads(value)))
        _polygon(value)
    except (ValueError, RecursionError) as refused:
        message: object = _("Write a polygon as lon lat,lon lat,… or a box as west,south,east,north.")
        if isinstance(refused, BadGeometry) and refused.args and isinstance(refused.args[0], Promise):
            message = refused.args[0]
        raise BadQuery("within", message) from None
    return value


def _ring(polygon: GEOSGeometry) -> str:
    if not isinstance(polygon, Polygon) or len(polygon) != 1:
        raise ValueError("one polygon without holes")
    return ",".join(f"{lon:.6f} {lat:.6f}" for lon, lat in polygon.coords[0])


def _polygon(text: str) -> Polygon:
    """The WGS84 polygon of a `within` value; raises ValueError or BadGeometry."""
    if " " not in text:
        box = BBox.parse(text)
        polygon = Polygon.from_bbox((box.west, box.south, box.east, box.north))
        polygon.srid = WGS84
        return polygon
    ring = [[finite(number) for number in corner.split()] for corner in text.split(",")]
    if any(len(corner) != 2 for corner in ring) or len(ring) < 3:
        raise ValueError("corners are pairs")
    if ring[0] != ring[-1]:
        ring.append(ring[0])
    drawn = geometry_from_mapping({"type": "Polygon", "coordinates": [ring]})
    assert isinstance(drawn, Polygon)
    return drawn
