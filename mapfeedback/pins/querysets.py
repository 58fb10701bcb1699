"""Which pins: adjectives that chain. Every read that leaves the house starts at `visible_to`."""

from typing import TYPE_CHECKING, Any, Final, Self

from django.contrib.gis.db.models import PointField
from django.contrib.gis.db.models.functions import Transform
from django.core.exceptions import FullResultSet
from django.db import models
from django.db.models import FilteredRelation, FloatField, Func, Q

from mapfeedback.accounts.rules import Person, Role, municipalities_where
from mapfeedback.geo import WGS84

if TYPE_CHECKING:
    from mapfeedback.pins.models import Pin, Reach  # noqa: F401 - named in the class headers

#: Of a line or a drawn area, a smaller part is the width of a pen: less than this share and less than a block.
SLIVER: Final = 0.01
SLIVER_METRES: Final = 100
SLIVER_SQUARE_METRES: Final = 10_000


class PinQuerySet(models.QuerySet["Pin"]):
    def visible_to(self, person: Person) -> Self:
        """The one door: what this person may see in lists, maps, counts and exports.

        Today that is what is published, for everybody alike, so that all figures agree whoever looks. What waits
        for a check has its own door (`awaiting_check_by`), and a person's own pins open by their secret link.
        """
        del person
        return self.filter(visibility="published")

    def readable_by(self, person: Person) -> Self:
        """Pins whose own page this person may open: published, their own, or theirs to check."""
        readable = Q(visibility="published")
        if person.is_authenticated:
            readable |= Q(author_id=person.pk)
            readable |= Q(
                visibility__in=("held", "hidden"),
                municipality_id__in=municipalities_where(person, Role.MODERATOR, Role.OFFICER),
            )
        return self.filter(readable)

    def awaiting_check_by(self, person: Person) -> Self:
        """Held pins this person may decide on."""
        return self.filter(
            visibility="held", municipality_id__in=municipalities_where(person, Role.MODERATOR, Role.OFFICER)
        )

    def located(self) -> Self:
        return self.filter(geom__isnull=False)

    def with_degrees(self) -> Self:
        """With `.lon` and `.lat` of the spot in WGS84; None without a place."""
        return self.annotate(lon=_degrees("ST_X"), lat=_degrees("ST_Y"))

    def belonging(self) -> Self:
        """With `home`: the membership in the borders in force of the main division, to name areas with in a query."""
        return self.annotate(home=FilteredRelation("memberships", condition=Q(memberships__edition__is_home=True)))

    def with_area(self) -> Self:
        """With `.area` at hand, its edition and division too, without its heavy boundary."""
        sought = self.belonging().annotate(home_sought=models.Value(True))
        return sought.select_related("home__area__edition__division").defer("home__area__boundary")

    def selecting(self, columns: str) -> tuple[str, tuple[Any, ...]]:
        """SQL of these columns of `pins_pin`, in no order, and its values. Raises EmptyResultSet.

        For what is asked all the time: the ORM says which pins, and takes longer to write out ten columns than the
        database to count them. Not of a slice.
        """
        query = self.query
        assert not query.is_sliced and not query.distinct and query.group_by is None
        if len(query.alias_map) > 1:
            sql, values = self.order_by().values_list("pk").query.sql_with_params()
            key, _from, which = sql.partition(" FROM ")
            assert key == 'SELECT "pins_pin"."id" AS "pk"', key
            return f"SELECT {columns} FROM {which}", values  # noqa: S608 - the ORM's own text and names from code
        try:
            # Where nothing is joined, the condition is all there is.
            condition, bound = query.get_compiler(self.db).compile(query.where)
        except FullResultSet:
            return f"SELECT {columns} FROM pins_pin", ()  # noqa: S608 - names from code
        return f"SELECT {columns} FROM pins_pin WHERE {condition}", tuple(bound)  # noqa: S608 - as above

    def for_pages(self) -> Self:
        """With all that a pin's own page shows, in one query."""
        return (
            self.with_area()
            .annotate(has_place=models.Case(models.When(geom__isnull=False, then=True), default=False))
            .select_related(
                "category__parent", "home__area__edition__division__municipality", "municipality", "consultation"
            )
            .defer("words", "municipality__outline", "home__area__edition__division__municipality__outline")
        )


class ReachQuerySet(models.QuerySet["Reach"]):
    def worth_telling(self) -> Self:
        """Without slivers. A part of a large plan may be small in it and yet be a whole park: that is told."""
        return self.filter(
            Q(share__gte=SLIVER) | Q(metres__gte=SLIVER_METRES) | Q(square_metres__gte=SLIVER_SQUARE_METRES)
        )

    def counted_elsewhere(self) -> Self:
        """Parts in areas other than the one in which their pin counts."""
        return self.filter(is_home=False)


def _degrees(axis: str) -> Func:
    return Func(Transform("spot", WGS84, output_field=PointField(srid=WGS84)), function=axis, output_field=FloatField())
