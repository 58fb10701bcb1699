"""The city that is measured: the one of `bin/manage seed`, always the same."""

import datetime
from dataclasses import dataclass
from typing import Final

from django.db import connection

from areas.actions import NewArea
from areas.models import Area, Edition
from mapfeedback.management.seeding import ground, sowing

#: A day for borders that are only drafted.
FIRST_DAY: Final = datetime.date(2026, 1, 1)


@dataclass(frozen=True)
class City:
    size: str
    #: Its 150 districts.
    edition: Edition

    @classmethod
    def there(cls, size: str) -> "City":
        main = Edition.objects.in_force().select_related("division__municipality")
        return cls(size, main.get(division__slug=ground.LEVELS[-1].slug))

    @property
    def loudest(self) -> Area:
        """The district with most pins."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT area_id FROM pins_membership WHERE edition_id = %s GROUP BY 1 ORDER BY count(*) DESC LIMIT 1",
                [self.edition.pk],
            )
            return Area.objects.get(pk=cursor.fetchone()[0])


def areas() -> list[NewArea]:
    """The districts' borders, to be drafted once more."""
    districts = Area.objects.filter(edition__division__slug=ground.LEVELS[-1].slug).order_by("code")
    return [NewArea(area.code, area.name_fi, area.boundary) for area in districts]


settle = sowing.settle
