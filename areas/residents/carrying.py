"""Population that still holds when borders are drawn anew."""

from typing import Final

from django.db import connection, transaction

from areas.models import Area, Edition, PopulationFigure

#: Two areas have the same ground when each holds this share of the other.
SAME: Final = 0.999

# The edition before: the one in force, or the last one that was, on the day before this one begins.
_CARRIED: Final = """
INSERT INTO areas_populationfigure (area_id, year, age_from, age_to, persons, source)
SELECT after.id, told.year, told.age_from, told.age_to, told.persons, told.source
  FROM areas_area after
  JOIN areas_area before ON before.code = after.code AND before.edition_id = %(before)s
  JOIN areas_populationfigure told ON told.area_id = before.id
 WHERE after.edition_id = %(after)s
   AND before.km2 BETWEEN after.km2 * %(same)s AND after.km2 / %(same)s
   AND ST_Area(ST_Intersection(before.boundary, after.boundary)::geography)
       >= %(same)s * ST_Area(after.boundary::geography)
"""


@transaction.atomic
def carry_population(edition: Edition) -> None:
    """Give areas the figures of the area that had their code and ground in the edition before.

    What has other ground keeps no figures: they would be somebody else's. Figures given to this edition itself stay.
    """
    if PopulationFigure.objects.filter(area__edition=edition).exists():
        return
    before = (
        Edition.objects.published()
        .filter(division=edition.division_id, valid_from__lte=edition.valid_from)
        .exclude(pk=edition.pk)
        .order_by("-valid_from", "-pk")
        .first()
    )
    if before is not None:
        with connection.cursor() as cursor:
            cursor.execute(_CARRIED, {"before": before.pk, "after": edition.pk, "same": SAME})


def without_population(edition: Edition) -> list[Area]:
    """Areas of which no figure is known, dated or not, by code."""
    areas = edition.areas.filter(people=None, population=None)
    return list(areas.defer("boundary").order_by("code"))
