"""Are the remembered areas true? Every pin against whole borders, not the pieces that memberships are found by."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from django.contrib.gis.db.models import PointField
from django.db.models import BooleanField, Exists, ExpressionWrapper, Func, Max, OuterRef, Q, QuerySet, Subquery

from areas.counting import with_polygon
from areas.models import Area, Edition
from mapfeedback.geo import WGS84
from mapfeedback.pins import provingparts
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Membership, Pin, Reach
from mapfeedback.pins.querysets import PinQuerySet

#: Pins handled at a time: so many rows are in memory, and so long is a transaction.
BATCH: Final = 5000


@dataclass(frozen=True, slots=True)
class Difference:
    """One wrong answer. `edition` is such as `kylat 2026-01-01`."""

    pin: str
    edition: str
    remembered: str | None
    geometry: str | None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def batches() -> Iterator[PinQuerySet]:
    """All pins that are there at the beginning, a batch at a time."""
    last, end = 0, Pin.objects.aggregate(end=Max("pk"))["end"] or 0
    while last < end:
        ids = Pin.objects.filter(pk__gt=last, pk__lte=end).order_by("pk").values_list("pk", flat=True)[:BATCH]
        first, last = last, max(ids, default=end)
        yield Pin.objects.filter(pk__gt=first, pk__lte=last).order_by("pk")


def rebuild(pins: PinQuerySet) -> int:
    """Work out their memberships anew; returns how many there are."""
    return remember_areas(list(pins.values_list("pk", flat=True)))


def differences(pins: PinQuerySet) -> list[Difference]:
    """Where the remembered areas of these pins are not what geometry, or the author's own choice, says."""
    found = []
    for edition in Edition.objects.select_related("division"):
        slug = edition.division.slug
        areas = dict(edition.areas.values_list("pk", "code"))
        chosen = {f"{slug}/{code}": pk for pk, code in areas.items()}
        names: dict[int | None, str] = {pk: f"{slug}/{code}" for pk, code in areas.items()}
        for public_id, municipality, choice, located, inside, remembered in _answers(pins, edition):
            true = inside if located else chosen.get(choice)
            if municipality != edition.division.municipality_id:
                true = None
            if remembered != true:
                told = f"{slug} {edition.valid_from}"
                found.append(Difference(str(public_id), told, names.get(remembered), names.get(true)))
    return found + [Difference(*each) for each in provingparts.differences(pins)]


def orphans() -> tuple[QuerySet[Membership], QuerySet[Reach]]:
    """Rows whose pin is gone, or whose area is gone or of another edition: no database key guards them."""
    there = Exists(Pin.objects.filter(pk=OuterRef("pin_id")))
    fits = Exists(Area.objects.filter(pk=OuterRef("area_id"), edition=OuterRef("edition_id")))
    held = Exists(Area.objects.filter(pk=OuterRef("area_id")))
    return Membership.objects.exclude(there & fits), Reach.objects.exclude(there & held)


def _answers(pins: PinQuerySet, edition: Edition) -> Iterator[tuple[Any, ...]]:
    placed = pins.annotate(
        spot_wgs84=Func("geom", function="ST_PointOnSurface", output_field=PointField(srid=WGS84)),
        located=ExpressionWrapper(Q(geom__isnull=False), output_field=BooleanField()),
        remembered=Subquery(Membership.objects.filter(pin=OuterRef("pk"), edition=edition).values("area")),
    )
    answered = with_polygon(placed, Area.objects.filter(edition=edition).order_by("code"), place="spot_wgs84")
    return answered.values_list(
        "public_id", "municipality_id", "district_chosen", "located", "inside", "remembered"
    ).iterator()
