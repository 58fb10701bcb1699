"""Changes to the ground, each one transaction."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.db import connection, transaction

from areas.deriving import derive
from areas.hierarchy import find_parents
from areas.models import Area, Division, Edition, Municipality


class OlderBorders(Exception):
    """Borders from a later day are in force already; `args` holds that day."""


class NotInForce(Exception):
    """Only borders in force can be taken back."""


class NotADraft(Exception):
    """Borders that are or were in force are history and stay."""


@dataclass(frozen=True, slots=True)
class NewArea:
    """An area about to enter the ground: `boundary` is a valid WGS84 Polygon or MultiPolygon.

    `parent` is the code or name of the area that it belongs to, as a file says it; empty when none is said.
    """

    code: str
    name_fi: str
    boundary: GEOSGeometry
    name_sv: str = ""
    name_en: str = ""
    population: int | None = None
    parent: str = ""


def as_multipolygon(geometry: GEOSGeometry) -> MultiPolygon:
    if isinstance(geometry, MultiPolygon):
        return geometry
    if isinstance(geometry, Polygon):
        return MultiPolygon(geometry, srid=geometry.srid)
    raise ValueError(f"a boundary is a polygon, not a {geometry.geom_type}")


@transaction.atomic
def draft_edition(
    *, division: Division, areas: Iterable[NewArea], valid_from: datetime.date, source: str, is_example: bool = False
) -> Edition:
    """Lay down new borders without putting them in force: nobody sees a draft until it is adopted."""
    edition = Edition.objects.create(division=division, valid_from=valid_from, source=source, is_example=is_example)
    Area.objects.bulk_create(
        [
            Area(
                edition=edition,
                code=new.code,
                name_fi=new.name_fi,
                name_sv=new.name_sv,
                name_en=new.name_en,
                population=new.population,
                parent_told=new.parent,
                boundary=as_multipolygon(new.boundary),
            )
            for new in areas
        ],
        batch_size=500,
    )
    cut_pieces(edition)
    derive(edition)
    return edition


@transaction.atomic
def adopt(*, edition: Edition, now: datetime.datetime) -> bool:
    """Put a draft in force; the edition it replaces ends the day before and is kept.

    One swap of two rows, however many places there are: whoever remembers areas of places (pins) knows those of
    the draft already. False: it was adopted before, and nothing changed. Raises OlderBorders when the borders in
    force are from a later day.
    """
    locked = _locked(edition)
    if not locked.is_draft:
        return False
    before = locked.division.editions.in_force().first()
    if before is not None:
        if before.valid_from > locked.valid_from:
            raise OlderBorders(before.valid_from)
        before.valid_to = locked.valid_from - datetime.timedelta(days=1)
        before.save(update_fields=["valid_to"])
    locked.adopted_at = edition.adopted_at = now
    locked.save(update_fields=["adopted_at"])
    return True


@transaction.atomic
def take_back(*, edition: Edition) -> Edition | None:
    """Undo `adopt`: the edition is a draft again, and the one it replaced is in force again exactly as before.

    Returns that one; None when there was none. Raises NotInForce when the edition is not in force.
    """
    locked = _locked(edition)
    if not locked.is_in_force:
        raise NotInForce
    locked.adopted_at = edition.adopted_at = None
    locked.save(update_fields=["adopted_at"])
    ended = locked.valid_from - datetime.timedelta(days=1)
    before = (
        locked.division.editions.filter(valid_to=ended, adopted_at__isnull=False).order_by("-adopted_at", "-pk").first()
    )
    if before is not None:
        before.valid_to = None
        before.save(update_fields=["valid_to"])
        find_parents(before)
    return before


@transaction.atomic
def end(*, edition: Edition, on: datetime.date) -> None:
    """Borders that nothing replaces stop being in force on this day; the day before is their last, and they are kept.

    Raises NotInForce.
    """
    locked = _locked(edition)
    if not locked.is_in_force:
        raise NotInForce
    locked.valid_to = edition.valid_to = max(on, locked.valid_from) - datetime.timedelta(days=1)
    locked.save(update_fields=["valid_to"])


def _locked(edition: Edition) -> Edition:
    """The edition as it is now; nobody else changes what is in force in its division until the transaction ends."""
    Division.objects.select_for_update().get(pk=edition.division_id)
    return Edition.objects.select_related("division").get(pk=edition.pk)


@transaction.atomic
def drop_draft(*, edition: Edition) -> None:
    """Throw a draft away with its areas. Raises NotADraft for borders that are or were in force."""
    if not _locked(edition).is_draft:
        raise NotADraft
    edition.delete()


@transaction.atomic
def adopt_edition(
    *, division: Division, areas: Iterable[NewArea], valid_from: datetime.date, source: str, is_example: bool = False
) -> Edition:
    """Draft and adopt at once, as of its first day: for a ground that holds no places yet."""
    edition = draft_edition(division=division, areas=areas, valid_from=valid_from, source=source, is_example=is_example)
    adopt(edition=edition, now=datetime.datetime.combine(valid_from, datetime.time(), ZoneInfo(settings.TIME_ZONE)))
    return edition


def cut_pieces(edition: Edition) -> None:
    """Rebuild the small pieces that point-in-area look-ups use (measured: some 20 µs a look-up)."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM areas_areapiece WHERE edition_id = %s", [edition.pk])
        cursor.execute(
            "INSERT INTO areas_areapiece (area_id, edition_id, geom)"
            " SELECT area.id, area.edition_id, part.geom FROM areas_area area,"
            " LATERAL ST_Subdivide(area.boundary, 64) AS piece,"
            " LATERAL ST_Dump(ST_CollectionExtract(piece, 3)) AS part"
            " WHERE area.edition_id = %s",
            [edition.pk],
        )


def found_municipality(
    *, slug: str, name_fi: str, outline: GEOSGeometry, name_sv: str = "", code: str = ""
) -> Municipality:
    """The municipality of this slug, made with this outline when it is not known yet."""
    return Municipality.objects.get_or_create(
        slug=slug,
        defaults={
            "name_fi": name_fi,
            "name_sv": name_sv,
            "code": code,
            "outline": as_multipolygon(outline),
        },
    )[0]
