"""A planner answers a place once; every pin in it shows the answer, and so does the one that comes tomorrow."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.gis.geos import LineString
from django.core.management import call_command
from django.utils import timezone

from areas.models import Municipality
from layers import linking
from layers.actions import (
    NotAllowed,
    Scope,
    draft_response,
    exclude_pin,
    include_pin,
    publish_response,
    withdraw_response,
)
from layers.models import Plan, Response, ResponseLink, ResponseScope, Shape
from mapfeedback.accounts.models import User
from mapfeedback.geo import point
from mapfeedback.journal.models import Entry
from mapfeedback.pins.actions import decide_visibility, move_pin, withdraw_pin
from mapfeedback.pins.models import Category, Pin, Status
from tests.conftest import EAST, SOUTH, WEST, Place, box
from tests.layers.conftest import WORDS, Answer

Deliver = Callable[[], None]


def shown_on(pin: Pin) -> list[tuple[str, str | None]]:
    """How each showing answer reached a pin, and through which shape."""
    links = ResponseLink.objects.showing().filter(pin=pin).select_related("shape").order_by("pk")
    return [(link.how, link.shape.label if link.shape else None) for link in links]


def fresh(pin: Pin) -> Pin:
    return Pin.objects.get(pk=pin.pk)


def test_pins_inside_get_the_answer_with_the_shape_as_reason_and_others_do_not(
    place: Place, west_block: Shape, answer: Answer
) -> None:
    inside, outside = place(WEST), place(EAST)
    answer(shape=west_block)
    assert shown_on(inside) == [("inherited", "Kortteli 5")]
    assert shown_on(outside) == []
    assert fresh(inside).status == Status.ANSWERED and fresh(inside).answered_at
    assert fresh(outside).status == Status.RECEIVED and not fresh(outside).answered_at


def test_a_pin_placed_later_inherits_and_is_answered(
    place: Place, west_block: Shape, answer: Answer, deliver_journal: Deliver
) -> None:
    answer(shape=west_block)
    inside, outside = place(WEST), place(EAST)
    deliver_journal()
    deliver_journal()
    assert shown_on(inside) == [("inherited", "Kortteli 5")]
    assert shown_on(outside) == []
    assert fresh(inside).status == Status.ANSWERED
    assert Entry.objects.filter(verb="link.inherited", thing=inside.public_id).count() == 1


def test_a_pin_that_moves_out_loses_the_answer_and_gains_the_one_where_it_is_now(
    place: Place, west_block: Shape, east_block: Shape, answer: Answer, deliver_journal: Deliver
) -> None:
    pin = place(WEST)
    answer(shape=west_block)
    answer(shape=east_block)
    move_pin(pin=pin, geom=point(*SOUTH), precision="exact", now=timezone.now())
    deliver_journal()
    assert shown_on(pin) == []
    assert fresh(pin).status == Status.IN_PROGRESS and fresh(pin).answered_at is None
    assert Entry.objects.filter(verb="link.lost", thing=pin.public_id).count() == 1
    move_pin(pin=pin, geom=point(*EAST), precision="exact", now=timezone.now())
    deliver_journal()
    assert shown_on(pin) == [("inherited", "Kortteli 6")]
    assert fresh(pin).answered_at


def test_a_pin_may_have_several_answers(place: Place, west_block: Shape, answer: Answer) -> None:
    pin = place(WEST)
    answer(shape=west_block)
    answer(shape=west_block)
    assert shown_on(pin) == [("inherited", "Kortteli 5")] * 2


def test_an_excluded_pin_stays_excluded_wherever_it_moves(
    place: Place, west_block: Shape, answer: Answer, deliver_journal: Deliver
) -> None:
    pin, other = place(WEST), place(WEST)
    response = answer(shape=west_block)
    exclude_pin(response=response, pin=pin, now=timezone.now())
    assert fresh(pin).answered_at is None
    move_pin(pin=pin, geom=point(25.651, 61.001), precision="exact", now=timezone.now())
    deliver_journal()
    assert shown_on(pin) == []
    assert shown_on(other) == [("inherited", "Kortteli 5")]


def test_a_pin_excluded_from_a_draft_is_left_out_when_it_is_published(
    place: Place, west_block: Shape, draft: Answer
) -> None:
    pin, other = place(WEST), place(WEST)
    response = draft(shape=west_block)
    exclude_pin(response=response, pin=pin, now=timezone.now())
    assert list(linking.covered_by_response(response)) == [other]
    assert publish_response(response=response, now=timezone.now()) == 1
    assert shown_on(pin) == [] and shown_on(other)


def test_an_answer_given_by_hand_stays_when_the_pin_moves(
    place: Place, west_block: Shape, answer: Answer, deliver_journal: Deliver
) -> None:
    pin = place(SOUTH)
    response = answer(shape=west_block)
    include_pin(response=response, pin=pin, now=timezone.now())
    move_pin(pin=pin, geom=point(*EAST), precision="exact", now=timezone.now())
    deliver_journal()
    assert shown_on(pin) == [("chosen", None)]
    assert fresh(pin).status == Status.ANSWERED


def test_withdrawing_takes_the_answer_from_every_pin_but_not_from_those_with_another(
    place: Place, west_block: Shape, answer: Answer, deliver_journal: Deliver
) -> None:
    one, two = place(WEST), place((25.655, 61.0))
    first = answer(shape=west_block)
    answer(geometry=box(25.654, 60.999, 25.656, 61.001))
    assert withdraw_response(response=first, now=timezone.now()) == 2
    assert shown_on(one) == [] and fresh(one).answered_at is None
    assert shown_on(two) == [("inherited", None)] and fresh(two).answered_at
    assert first.links.count() == 2, "the trace stays"
    newcomer = place(WEST)
    deliver_journal()
    assert shown_on(newcomer) == []
    with pytest.raises(NotAllowed):
        publish_response(response=first, now=timezone.now())


def test_a_filter_narrows_the_place_for_old_and_new_pins(
    place: Place, west_block: Shape, nature: Category, answer: Answer, deliver_journal: Deliver
) -> None:
    streets, trees = place(WEST), place(WEST, category=nature)
    answer(shape=west_block, filter_query="category=nature&answered=no")
    later_streets, later_trees = place(WEST), place(WEST, category=nature)
    deliver_journal()
    deliver_journal()
    assert [bool(shown_on(pin)) for pin in (streets, trees, later_streets, later_trees)] == [False, True, False, True]


def test_moving_inside_the_place_keeps_an_answer_whose_filter_said_unanswered(
    place: Place, west_block: Shape, answer: Answer, deliver_journal: Deliver
) -> None:
    pin = place(WEST)
    answer(shape=west_block, filter_query="answered=no&status=received")
    move_pin(pin=pin, geom=point(25.651, 61.0), precision="exact", now=timezone.now())
    deliver_journal()
    assert shown_on(pin) == [("inherited", "Kortteli 5")]


def test_a_filter_alone_answers_pins_without_a_place(place: Place, answer: Answer, deliver_journal: Deliver) -> None:
    placeless, located = place(None), place(WEST)
    answer(filter_query="area=testila-districts%2Funlocated")
    later = place(None)
    deliver_journal()
    assert [bool(shown_on(pin)) for pin in (placeless, located, later)] == [True, False, True]


def test_a_scope_whose_filter_names_a_lost_category_reaches_nobody_and_breaks_nothing(
    place: Place, west_block: Shape, nature: Category, answer: Answer, deliver_journal: Deliver
) -> None:
    response = answer(shape=west_block, filter_query="category=nature")
    ResponseScope.objects.filter(response=response).update(filter_query="category=gone")
    pin = place(WEST)
    deliver_journal()
    assert shown_on(pin) == []


@pytest.mark.parametrize(
    ("where", "reached"), [((25.65, 60.97), True), ((25.65, 60.9702), True), ((25.65, 60.9704), False)]
)
def test_a_street_reaches_thirty_metres_to_each_side(
    place: Place, street: Shape, answer: Answer, deliver_journal: Deliver, where: tuple[float, float], reached: bool
) -> None:
    before = place(where)
    answer(shape=street)
    after = place(where)
    deliver_journal()
    assert bool(shown_on(before)) is reached
    assert bool(shown_on(after)) is reached
    assert Shape.objects.with_pin_counts(Pin.objects.all()).get(pk=street.pk).pins == 2 * reached


def test_a_pin_drawn_as_a_line_is_reached_by_every_block_it_touches(
    place: Place, west_block: Shape, east_block: Shape, answer: Answer, deliver_journal: Deliver
) -> None:
    answer(shape=west_block)
    answer(shape=east_block)
    walk = place(geom=LineString((25.65, 61.0), (25.75, 61.0), srid=4326))
    deliver_journal()
    assert shown_on(walk) == [("inherited", "Kortteli 5"), ("inherited", "Kortteli 6")]


def test_pins_the_public_may_not_see_inherit_nothing_until_they_are_published(
    place: Place, west_block: Shape, answer: Answer, moderator: User, deliver_journal: Deliver
) -> None:
    held_before = place(WEST, text="Soita 040 123 4567")
    response = answer(shape=west_block)
    withdrawn = place(WEST)
    withdraw_pin(pin=withdrawn, now=timezone.now())
    held = place(WEST, text="Soita 040 123 4567")
    deliver_journal()
    assert not response.links.exists()
    for pin in (held_before, held):
        decide_visibility(pin=pin, visibility="published", reason="ok", now=timezone.now(), actor=moderator)
    deliver_journal()
    assert shown_on(held) == shown_on(held_before) == [("inherited", "Kortteli 5")]


def test_another_municipality_is_never_reached(
    place: Place, city: Municipality, plan: Plan, outsider: User, west_block: Shape, answer: Answer, draft: Answer
) -> None:
    elsewhere = Municipality.objects.get(slug="muuala")
    pin = place(WEST, municipality=elsewhere)
    response = answer(shape=west_block)
    assert shown_on(pin) == []
    with pytest.raises(NotAllowed):
        include_pin(response=response, pin=pin, now=timezone.now())
    with pytest.raises(NotAllowed):
        draft_response(municipality=elsewhere, words=WORDS, scopes=[Scope(shape=west_block)], now=timezone.now())


def test_publishing_leaves_one_journal_entry_that_says_how_many(place: Place, west_block: Shape, draft: Answer) -> None:
    for _ in range(37):
        place(WEST)
    response = draft(shape=west_block)
    assert linking.covered_by_response(response).count() == 37
    assert publish_response(response=response, now=timezone.now()) == 37
    entry = Entry.objects.get(verb="response.published")
    assert entry.thing == response.public_id and entry.detail == {"pins": 37}
    assert ResponseLink.objects.filter(response=response).count() == 37


def test_publishing_takes_the_same_few_queries_for_any_number_of_pins(
    place: Place, west_block: Shape, draft: Answer, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _ in range(12):
        place(WEST)
    response = Response.objects.get(pk=draft(shape=west_block).pk)
    with django_assert_max_num_queries(15):  # type: ignore[attr-defined]
        publish_response(response=response, now=timezone.now())


def test_the_three_ways_of_asking_who_is_inside_agree(
    place: Place, west_block: Shape, east_block: Shape, street: Shape, draft: Answer
) -> None:
    """The count beside a shape, the preview of an answer, and what a single pin is told: one rule."""
    for step in range(40):
        place((25.62 + step * 0.004, 60.9696 + (step % 9) * 0.0001))
        place((25.637 + step * 0.0007, 60.994 + (step % 5) * 0.003))
        place((25.737 + step * 0.0007, 60.994 + (step % 5) * 0.003))
    pins = Pin.objects.all()
    shapes = list(Shape.objects.with_pin_counts(pins))
    assert all(0 < shape.pins < pins.count() for shape in shapes)
    for shape in shapes:
        previewed = set(linking.covered_by_response(draft(shape=shape)))
        told = {pin for pin in pins if pin.geom and Shape.objects.holding(pin.geom).filter(pk=shape.pk).exists()}
        assert previewed == told
        assert len(told) == shape.pins


def test_pins_brought_from_elsewhere_inherit_the_answer(
    answer: Answer, west_block: Shape, streets: Category, tmp_path: Path, deliver_journal: Deliver
) -> None:
    response = answer(shape=west_block)
    file = tmp_path / "old.csv"
    file.write_text("id,text,lat,lon\n1,Penkki rikki,61.0,25.65\n2,Toinen asia,60.96,25.7\n3,Ei paikkaa,,\n")
    call_command(
        "import_pins",
        str(file),
        map=["id=key", "text=text", "lat=lat", "lon=lon"],
        source="old",
        category="streets",
        stdout=StringIO(),
    )
    deliver_journal()
    deliver_journal()
    links = ResponseLink.objects.filter(response=response)
    assert [(link.pin.source_key, link.how, link.shape) for link in links] == [("1", "inherited", west_block)]
    assert set(Pin.objects.exclude(answered_at=None).values_list("source_key", flat=True)) == {"1"}
