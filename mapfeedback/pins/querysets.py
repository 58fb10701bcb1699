"""Which pins: adjectives that chain. Every read that leaves the house starts at `visible_to`."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from mapfeedback.accounts.rules import Person, Role, municipalities_where

if TYPE_CHECKING:
    from mapfeedback.pins.models import Pin  # noqa: F401 - named in the class headers


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

    def for_lists(self) -> Self:
        """With all that a list item shows, in one query: topic, district, and `.has_place` instead of the geometry."""
        return (
            self.select_related("category__parent", "area__edition__division")
            .defer("area__boundary", "geom", "spot", "words")
            .annotate(has_place=models.Case(models.When(geom__isnull=False, then=True), default=False))
        )

    def for_pages(self) -> Self:
        """With all that a pin's own page shows, in one query."""
        return (
            self.annotate(has_place=models.Case(models.When(geom__isnull=False, then=True), default=False))
            .select_related("category__parent", "area__edition__division__municipality", "municipality", "consultation")
            .defer("words", "area__boundary", "municipality__outline", "area__edition__division__municipality__outline")
        )
