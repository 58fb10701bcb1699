"""Which photos. What everybody may see starts at the pins that they may see."""

from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q

from mapfeedback.accounts.rules import Person, Role, may_moderate, municipalities_where

if TYPE_CHECKING:
    from mapfeedback.pins.models import Pin
    from mapfeedback.pins.photos.models import Photo  # noqa: F401 - named in the class header


class PhotoQuerySet(models.QuerySet["Photo"]):
    def public_among(self, pins: "models.QuerySet[Pin]") -> Self:
        """Checked and published ones of these pins, which came through the one door."""
        return self.filter(visibility="published", pin__in=pins.order_by().values("pk"))

    def on_page_of(self, pin: "Pin", person: Person) -> Self:
        """What its page shows to somebody who may open it; asks nothing where there is nothing to find."""
        if person.is_authenticated and (pin.author_id == person.pk or may_moderate(person, pin.municipality_id)):
            return self.filter(pin=pin)
        return self.filter(pin=pin, visibility="published") if pin.photo_count else self.none()

    def readable_by(self, person: Person) -> Self:
        """Beside the public ones: one's own, and those of cities where the person checks them."""
        if not person.is_authenticated:
            return self.none()
        cities = municipalities_where(person, Role.MODERATOR, Role.OFFICER)
        return self.exclude(pin__visibility="withdrawn").filter(
            Q(pin__author_id=person.pk) | Q(pin__municipality__in=cities)
        )

    def to_decide_by(self, person: Person) -> Self:
        """Whose visibility this person may change, whatever it is now."""
        cities = municipalities_where(person, Role.MODERATOR, Role.OFFICER)
        return self.filter(pin__municipality__in=cities).exclude(pin__visibility="withdrawn")

    def with_pins(self) -> Self:
        """With what a page says of the pin that each belongs to."""
        return self.select_related("pin__category").defer("pin__geom", "pin__spot", "pin__words")

    def waiting(self) -> Self:
        return self.filter(visibility="waiting")
