"""Which imports of borders: adjectives that chain. Every read starts at `handled_by`."""

from typing import TYPE_CHECKING, Final, Self

from django.db import connection, models
from django.db.models import Q

from mapfeedback.accounts.rules import Person, Role, associations_of, municipalities_where

if TYPE_CHECKING:
    from mapfeedback.borders.models import BorderImport  # noqa: F401 - named in the class header

#: Who works on an import holds this lock of the database, with the import's key; it is free when they are gone.
LOCK: Final = "hashtext('borders.import'), %s"
#: As PostgreSQL lists a lock of two numbers.
_HELD: Final = """
    SELECT EXISTS (
        SELECT FROM pg_locks
         WHERE locktype = 'advisory' AND objsubid = 2 AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
           AND classid = (hashtext('borders.import')::bigint & 4294967295)::oid AND objid = %s::oid)"""


class BorderImportQuerySet(models.QuerySet["BorderImport"]):
    def handled_by(self, person: Person) -> Self:
        """Of the municipalities where this person plans or is in charge of participation, and of their associations.

        What an association prepares is its members' business until it is in force.
        """
        of_cities = Q(organisation=None, municipality__in=municipalities_where(person, Role.PLANNER, Role.OFFICER))
        return self.filter(of_cities | Q(organisation__in=associations_of(person)))

    def of_cities(self) -> Self:
        """Borders of the city itself."""
        return self.filter(organisation=None)

    def open(self) -> Self:
        """Those under way: they keep others of the same municipality waiting."""
        return self.filter(state__in=self.model.OPEN)

    def with_names(self) -> Self:
        related = self.select_related("municipality", "organisation", "division", "edition", "by")
        return related.defer("municipality__outline")


def somebody_is_at_work(pk: int) -> bool:
    """Whether a living process holds the import. Looks and does not touch: a worker that begins is never in its way."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, [pk])
        return bool(cursor.fetchone()[0])
