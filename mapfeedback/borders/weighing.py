"""What a person weighs before adopting: the draft beside the borders in force, and what there was before."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from django.contrib.gis.db.models import Extent
from django.db.models import Count, Exists, OuterRef
from django.utils.translation import gettext as _

from areas.importing.seen import Column, Landing, Layer, Seen
from areas.models import Area, Division, Edition, Municipality
from mapfeedback.accounts.models import User
from mapfeedback.borders import rules
from mapfeedback.borders.models import BorderImport
from mapfeedback.geo import BBox

#: How much of the whole work is done when a step begins and when it ends.
SPANS: Final = {"read": (0, 30), "check": (30, 60), "store": (60, 70), "count": (70, 100)}


@dataclass(frozen=True, slots=True)
class EditionLine:
    """One edition in the history of a division; `brought` is the import it came by, if it came by this page."""

    edition: Edition
    areas: int
    brought: BorderImport | None
    may_be_taken_back: bool


@dataclass(frozen=True, slots=True)
class DivisionHistory:
    division: Division
    editions: list[EditionLine]


@dataclass(frozen=True, slots=True)
class AreaBeside:
    """An area of a draft and how large the area of the same code is now; `before` is None for a new one."""

    code: str
    name: str
    km2: float
    population: int | None
    before: float | None

    @property
    def change(self) -> float | None:
        """In per cent of what it was."""
        return None if not self.before else 100 * (self.km2 - self.before) / self.before

    @property
    def has_changed(self) -> bool:
        return self.change is not None and abs(self.change) >= 0.05


def seen_of(border_import: BorderImport) -> Seen:
    """What was understood of the file, from how it is kept."""
    kept: dict[str, Any] = {**border_import.seen}
    kept["layers"] = [Layer(**one) for one in kept.get("layers", ())]
    kept["columns"] = [Column(**one) for one in kept.get("columns", ())]
    kept["landings"] = [Landing(**{**one, "box": tuple(one["box"])}) for one in kept.get("landings", ())]
    return Seen(**kept)


def step_name(step: str) -> str:
    return {
        "read": _("Reading the file"),
        "check": _("Checking the borders"),
        "store": _("Laying the areas down as a draft"),
        "count": _("Finding the area of every message"),
    }.get(step, _("Working"))


def percent_in_all(border_import: BorderImport) -> int:
    if border_import.state == BorderImport.State.ADOPTING:
        return border_import.percent
    begins, ends = SPANS.get(border_import.step, (0, 0))
    return begins + (ends - begins) * border_import.percent // 100


def history(person: User) -> list[tuple[Municipality, list[DivisionHistory]]]:
    """The person's municipalities, their divisions, and all editions of each, the newest first. Two queries."""
    earlier = Edition.objects.filter(division=OuterRef("division"), adopted_at__lt=OuterRef("adopted_at"))
    editions: Iterable[Any] = (
        Edition.objects.filter(division__municipality__in=rules.own_municipalities(person), adopted_at__isnull=False)
        .exclude(division__kind=Division.Kind.OWN)
        .select_related("division__municipality")
        .defer("division__municipality__outline")
        .annotate(n_areas=Count("areas"), has_earlier=Exists(earlier))
        .order_by("division__municipality__name_fi", "-division__is_main", "division__slug", "-adopted_at", "-pk")
    )
    adopted = BorderImport.objects.of_cities().handled_by(person).filter(state=BorderImport.State.IN_FORCE)
    brought = {one.edition_id: one for one in adopted.with_names()}
    lines = [
        EditionLine(one, one.n_areas, brought.get(one.pk), one.is_in_force and one.has_earlier) for one in editions
    ]
    divisions = [
        DivisionHistory(division, list(of_division))
        for division, of_division in groupby(lines, key=lambda line: line.edition.division)
    ]
    return [(city, list(ours)) for city, ours in groupby(divisions, key=lambda one: one.division.municipality)]


def own_areas(person: User) -> list[Edition]:
    """The borders in force that associations of the person's municipalities drew for themselves. Two queries."""
    editions = Edition.objects.in_force().filter(division__kind=Division.Kind.OWN)
    ours = editions.filter(division__municipality__in=rules.own_municipalities(person))
    return list(ours.select_related("division__drawn_by").order_by("division__drawn_by__name_fi", "pk"))


def edition_before(edition: Edition) -> Edition | None:
    """The edition that comes back when this one is taken back."""
    return edition.division.editions.filter(adopted_at__lt=edition.adopted_at).order_by("-adopted_at", "-pk").first()


def areas_beside(border_import: BorderImport) -> list[AreaBeside]:
    """The draft's areas by code, each beside the one of the same code in force. Two queries."""
    now: dict[str, float] = {}
    if border_import.division is not None:
        in_force = Area.objects.current().of_division(border_import.division)
        now = dict(in_force.values_list("code", "km2"))
    draft = Area.objects.filter(edition=border_import.edition_id).defer("boundary").order_by("code")
    return [AreaBeside(area.code, area.name, area.km2, area.population, now.get(area.code)) for area in draft]


def bounds(border_import: BorderImport) -> str:
    """The box of draft and municipality together, as a map takes it; of an association's draft alone."""
    west, south, east, north = border_import.municipality.outline.extent
    box = Area.objects.filter(edition=border_import.edition_id).aggregate(box=Extent("boundary"))["box"]
    if box is not None and border_import.organisation is not None:
        return str(BBox(*box))
    if box is not None:
        west, south, east, north = min(west, box[0]), min(south, box[1]), max(east, box[2]), max(north, box[3])
    return str(BBox(west, south, east, north))


def findings_on_the_map(border_import: BorderImport) -> dict[str, Any]:
    """Every finding that can be drawn, as GeoJSON."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": one["number"],
                "properties": {"number": one["number"], "kind": one["kind"], "name": " / ".join(one["names"])},
                "geometry": one["shape"],
            }
            for one in border_import.report.get("findings", [])
            if one["shape"] is not None
        ],
    }
