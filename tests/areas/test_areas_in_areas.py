"""Districts lie in major districts: found from the ground, or told by the file, whichever was laid down first."""

import datetime

import pytest
from django.utils.translation import override

from areas import hierarchy
from areas.actions import NewArea, adopt_edition
from areas.deriving import left_open
from areas.models import Area, Containment, Division, Edition, Municipality
from tests.conftest import box

DAY = datetime.date(2024, 1, 1)


def divide(city: Municipality, kind: str, *areas: NewArea, slug: str = "", day: datetime.date = DAY) -> Edition:
    division, _made = Division.objects.get_or_create(
        slug=slug or f"testila-{kind}", defaults={"municipality": city, "name_fi": kind.title(), "kind": kind}
    )
    return adopt_edition(division=division, areas=areas, valid_from=day, source="test")


def north_and_south() -> tuple[NewArea, NewArea]:
    return (
        NewArea("P", "Pohjoinen", box(25.60, 60.98, 25.80, 61.02)),
        NewArea("E", "Eteläinen", box(25.60, 60.94, 25.80, 60.98)),
    )


def parents(code: str) -> list[str]:
    return [area.name for area in hierarchy.parents_of(Area.objects.current().get(code=code))]


def test_districts_find_the_major_district_that_holds_them(city: Municipality, district: Division) -> None:
    divide(city, "major", *north_and_south())
    assert {code: parents(code) for code in "123"} == {"1": ["Pohjoinen"], "2": ["Pohjoinen"], "3": ["Eteläinen"]}
    north = Area.objects.current().get(code="P")
    assert [area.code for area in hierarchy.parts_of(north)] == ["1", "2"]
    assert parents("P") == []


def test_the_order_in_which_borders_came_does_not_matter(city: Municipality) -> None:
    divide(city, "statistical", NewArea("S", "Pikku", box(25.61, 60.99, 25.62, 61.0)))
    divide(city, "major", *north_and_south())
    assert parents("S") == ["Pohjoinen", "Länsi"]


def test_a_border_drawn_a_little_differently_does_not_orphan_an_area(city: Municipality) -> None:
    divide(city, "major", NewArea("P", "Pohjoinen", box(25.601, 60.981, 25.80, 61.02)))
    assert parents("1") == ["Pohjoinen"]
    share = Containment.objects.get(inner__code="1").share
    assert 0.95 <= share < 0.99


def test_an_area_that_two_share_has_no_parent_there(city: Municipality) -> None:
    divide(
        city,
        "major",
        NewArea("V", "Vasen", box(25.60, 60.94, 25.72, 61.02)),
        NewArea("O", "Oikea", box(25.72, 60.94, 25.80, 61.02)),
    )
    assert (parents("1"), parents("2"), parents("3")) == (["Vasen"], [], [])


def test_a_postcode_area_smaller_than_districts_lies_in_them_and_not_they_in_it(city: Municipality) -> None:
    divide(city, "postcode", NewArea("15100", "Keskus", box(25.60, 60.98, 25.65, 61.02)))
    assert parents("15100") == ["Länsi"]
    assert parents("1") == []


def test_new_borders_of_either_division_are_related_anew(city: Municipality, district: Division) -> None:
    divide(city, "major", *north_and_south())
    adopt_edition(
        division=district,
        areas=[
            NewArea("7", "Uusi", box(25.60, 60.98, 25.80, 61.02)),
            NewArea("8", "Toinen", box(25.6, 60.94, 25.8, 60.98)),
        ],
        valid_from=datetime.date(2025, 1, 1),
        source="test",
    )
    assert (parents("7"), parents("8")) == (["Pohjoinen"], ["Eteläinen"])
    divide(city, "major", NewArea("K", "Koko", box(25.60, 60.94, 25.80, 61.02)), day=datetime.date(2025, 6, 1))
    assert (parents("7"), parents("8")) == (["Koko"], ["Koko"])
    ended = Area.objects.get(code="1")
    assert [one.outer.name for one in ended.containers.select_related("outer")] == ["Pohjoinen"]


@pytest.mark.parametrize("told", ["E", "Eteläinen", "eteläinen"])
def test_what_the_file_tells_goes_before_what_the_ground_says(city: Municipality, told: str) -> None:
    divide(city, "major", *north_and_south())
    edition = divide(city, "statistical", NewArea("S", "Pikku", box(25.61, 60.99, 25.62, 61.0), parent=told))
    assert set(parents("S")) == {"Eteläinen", "Länsi"}
    row = Containment.objects.get(inner__code="S", is_told=True)
    assert (row.outer.code, row.share) == ("E", 0)
    assert not hierarchy.without_their_parent(edition).exists()


def test_a_told_parent_that_is_nowhere_can_be_told_and_the_ground_serves(city: Municipality) -> None:
    divide(city, "major", *north_and_south())
    edition = divide(city, "statistical", NewArea("S", "Pikku", box(25.61, 60.99, 25.62, 61.0), parent="Läntinen"))
    assert [area.code for area in hierarchy.without_their_parent(edition)] == ["S"]
    with override("en"):
        told = left_open(edition)
    assert told == ["1 area names a parent that no coarser division has: Pikku (Läntinen)."]
    assert "Pohjoinen" in parents("S")
    divide(city, "major", NewArea("L", "Läntinen", box(25.60, 60.94, 25.80, 61.02)), day=datetime.date(2025, 1, 1))
    assert not hierarchy.without_their_parent(edition).exists()
    assert "Läntinen" in parents("S")


def test_areas_of_other_cities_are_strangers(city: Municipality, outsider: object) -> None:
    other = Municipality.objects.get(slug="muuala")
    divide(other, "major", NewArea("X", "Vieras", box(25.0, 60.0, 26.0, 62.0)), slug="muuala-major")
    assert parents("1") == []
