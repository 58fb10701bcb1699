"""Changes to the ground, each one transaction."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.db import connection, transaction

from areas.deriving import derive
from areas.models import Area, Division, Edition, Municipality


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
def adopt_edition(
    *, division: Division, areas: Iterable[NewArea], valid_from: datetime.date, source: str, is_example: bool = False
) -> Edition:
    """Put a new edition of borders in force; the one before it ends the day before and is kept.

    An edition that would have lasted less than a day is replaced. Whoever remembers areas of places (pins) must be
    told by the caller: areas know nothing of them.
    """
    locked = Division.objects.select_for_update().get(pk=division.pk)
    locked.editions.filter(valid_to=None, valid_from__gte=valid_from).delete()
    locked.editions.filter(valid_to=None).update(valid_to=valid_from - datetime.timedelta(days=1))
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
