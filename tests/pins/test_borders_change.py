"""New borders: every pin finds its area anew, and what a person chose in words stays chosen."""

import datetime

from areas.actions import NewArea, adopt_edition
from areas.models import Division, Municipality
from mapfeedback.pins.actions import place_pin
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Category, Membership, Pin
from tests.conftest import WEST, Place, box


def test_places_and_chosen_districts_follow_the_new_borders(
    city: Municipality, district: Division, place: Place, streets: Category
) -> None:
    west = place(WEST)
    chosen = place_pin(
        kind="idea",
        category=streets,
        text="Koko kaupunginosaan valoja.",
        municipality=city,
        area=district.editions.get().areas.get(code="3"),
        now=west.placed_at,
    ).pin
    assert chosen.area is not None and chosen.area.code == "3"
    for first_day in (datetime.date(2024, 1, 1), datetime.date(2024, 1, 1)):  # the second replaces the first
        adopt_edition(
            division=district,
            areas=[
                NewArea("2", "Pohjoinen", box(25.60, 60.98, 25.80, 61.02)),
                NewArea("3", "Etelä", box(25.60, 60.94, 25.80, 60.98)),
            ],
            valid_from=first_day,
            source="test",
        )
        remember_areas()
        codes = {pin.pk: pin.area.code for pin in Pin.objects.select_related("area") if pin.area}
        assert codes == {west.pk: "2", chosen.pk: "3"}
    # Old editions keep their own answer: one membership for each edition.
    assert sorted(Membership.objects.filter(pin=west).values_list("area__name_fi", flat=True)) == [
        "Länsi",
        "Pohjoinen",
    ]
