"""Totals beside the pins: whatever happens to pins, they say what counting the pins says, at once and after folding."""

import datetime
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from areas.actions import NewArea, draft_edition
from areas.models import Area, Division, Edition, Municipality
from mapfeedback.accounts.models import User
from mapfeedback.geo import Precision, point
from mapfeedback.pins import actions, figures
from mapfeedback.pins.figures import DefaultPlaces
from mapfeedback.pins.filtering import PinFilter
from mapfeedback.pins.models import Category, Channel, Kind, Pin, Status
from mapfeedback.pins.redrawing import put_in_force, throw_away
from mapfeedback.pins.rollups import folding, proving, reading
from mapfeedback.pins.rollups.models import Delta, RolledEdition, Rollup
from mapfeedback.pins.rollups.months import months_and_days
from mapfeedback.pins.rollups.writing import recounted
from tests.conftest import EAST, OUTSIDE, SOUTH, WEST, Place, box

NOW = datetime.datetime(2026, 5, 20, 12, tzinfo=datetime.UTC)
PLACES = [WEST, EAST, SOUTH, OUTSIDE, None]


@pytest.fixture
def edition(district: Division) -> Edition:
    """Its totals are kept from the beginning."""
    edition = Edition.objects.in_force().select_related("division").get(division=district)
    folding.rebuild(edition)
    return edition


def counted(edition: Edition, pin_filter: PinFilter, defaults: DefaultPlaces) -> figures.EditionFigures:
    return figures.by_area(edition, pin_filter.apply(Pin.objects.visible_to(AnonymousUser())), defaults=defaults)


def breakdown(area: Area, pin_filter: PinFilter, defaults: DefaultPlaces) -> figures.Breakdown:
    public = pin_filter.apply(Pin.objects.visible_to(AnonymousUser()))
    return figures.breakdown(figures.in_area(public, area, defaults=defaults))


def without_medians(counted: figures.EditionFigures) -> figures.EditionFigures:
    def bare(figure: figures.Figure) -> figures.Figure:
        return replace(figure, median_days=None)

    return replace(
        counted,
        areas=tuple(replace(one, figure=bare(one.figure)) for one in counted.areas),
        unlocated=bare(counted.unlocated),
        outside=bare(counted.outside),
        suspected_default=None if counted.suspected_default is None else bare(counted.suspected_default),
        total=bare(counted.total),
    )


@st.composite
def filters(draw: st.DrawFn) -> PinFilter:
    months = [datetime.date(2026, month, 1) for month in (3, 4, 5, 6)]
    day = datetime.timedelta(days=1)
    return PinFilter(
        kind=draw(st.sampled_from([(), ("idea",), ("feedback", "idea")])),
        category=draw(st.sampled_from([(), (), ("streets",), ("nature",)])),
        status=draw(st.sampled_from([(), (), ("received",), ("answered", "done")])),
        answered=draw(st.sampled_from([None, None, True, False])),
        since=draw(st.sampled_from([None, None, months[0], months[1], months[1] + 3 * day])),
        until=draw(st.sampled_from([None, None, months[2] - day, months[3] - day])),
    )


#: What may happen: to which of the pins so far, and what.
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["place", "place", "place", "move", "close", "hide", "answer", "reopen", "fold", "suspect"]),
        st.integers(0, 30),
        st.integers(0, 80),
    ),
    min_size=5,
    max_size=20,
)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EVENTS, st.lists(filters(), min_size=3, max_size=3), st.sampled_from(list(DefaultPlaces)))
def test_whatever_happens_totals_say_what_counting_says(
    edition: Edition,
    city: Municipality,
    streets: Category,
    nature: Category,
    events: list[tuple[str, int, int]],
    asked: list[PinFilter],
    defaults: DefaultPlaces,
) -> None:
    with transaction.atomic():
        pins: list[Pin] = []
        for what, which, days in events:
            now = NOW - datetime.timedelta(days=days, hours=which)
            if what == "fold":
                folding.fold()
            elif what == "place" or not pins:
                where = PLACES[which % 5]
                pins.append(
                    actions.place_pin(
                        kind=Kind.values[which % 3],
                        channel=Channel.values[which % 4],
                        category=(streets, nature)[days % 2],
                        text="Penkki olisi tässä hyvä." if which % 7 else "Soita 040 123 4567",
                        municipality=city,
                        geom=point(*where) if where else None,
                        now=now,
                    ).pin
                )
            else:
                _happens(what, pins[which % len(pins)], which, days)
        for pin_filter in [PinFilter(), *asked]:
            by_hand = counted(edition, pin_filter, defaults)
            assert reading.by_area(edition, pin_filter, defaults=defaults) == by_hand
            assert reading.numbers(edition, pin_filter, defaults=defaults) == without_medians(by_hand)
            assert reading.total(edition, pin_filter) == by_hand.total.n
            left_out = by_hand.suspected_default
            assert reading.elsewhere(edition, pin_filter, defaults=defaults) == figures.Elsewhere(
                by_hand.unlocated.n, by_hand.outside.n, None if left_out is None else left_out.n
            )
            for one in by_hand.areas:
                in_parts = breakdown(one.area, pin_filter, defaults)
                assert in_parts.total == one.figure
                assert reading.breakdown(one.area, pin_filter, defaults=defaults) == in_parts
        assert proving.differences(edition) == []
        folding.fold()
        assert not Delta.objects.exists()
        assert reading.by_area(edition, PinFilter(), defaults=defaults) == counted(edition, PinFilter(), defaults)
        transaction.set_rollback(True)


def _happens(what: str, pin: Pin, which: int, days: int) -> None:
    later = pin.placed_at + datetime.timedelta(hours=days)
    if what == "move":
        where = point(*(PLACES[which % 4] or WEST))
        actions.move_pin(pin=pin, geom=where, precision=Precision.EXACT, now=later)
    elif what == "close":
        pin.refresh_from_db()
        if pin.status == Status.RECEIVED:
            actions.change_status(pin=pin, status=Status.DONE, now=later, actor=None)
    elif what == "hide":
        actions.withdraw_pin(pin=pin, now=later)
    elif what == "answer":
        actions.mark_answered([pin.pk], now=later)
    elif what == "reopen":
        actions.mark_unanswered([pin.pk], now=later)
    else:
        with recounted([pin.pk]):
            Pin.objects.filter(pk=pin.pk).update(suspected_default_place=True)


def test_totals_answer_without_looking_at_a_pin(
    edition: Edition, place: Place, django_assert_max_num_queries: Any
) -> None:
    place(WEST)
    folding.fold()
    ran: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        ran.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        assert reading.by_area(edition, PinFilter(answered=False)).total.n == 1
    assert len(ran) == 3
    assert not any("pins_pin" in sql for sql in ran)


@pytest.mark.parametrize(
    ("query", "known"),
    [
        (PinFilter(), True),
        (PinFilter(category=("streets",), status=("done",)), True),
        (PinFilter(since=datetime.date(2026, 3, 1), until=datetime.date(2026, 3, 31)), True),
        (PinFilter(since=datetime.date(2026, 3, 2)), False),
        (PinFilter(kind=("idea",), category=("streets",)), False),
        (PinFilter(q="penkki"), False),
        (PinFilter(channel=("web",)), False),
    ],
)
def test_what_totals_cannot_say_is_counted(streets: Category, query: PinFilter, known: bool) -> None:
    assert (reading.Asked.of(query) is not None) == known


def test_a_moderators_decision_is_in_the_totals(edition: Edition, place: Place, moderator: User) -> None:
    held = place(EAST, text="Soita minulle 040 123 4567")
    assert reading.by_area(edition, PinFilter()).total.n == 0
    actions.decide_visibility(pin=held, visibility="published", reason="nothing_wrong", now=NOW, actor=moderator)
    assert reading.by_area(edition, PinFilter()).total.n == 1
    actions.correct_text(pin=held, title="", text="Tai soita 050 123 4567", now=NOW)
    assert reading.by_area(edition, PinFilter()).total.n == 0


def test_a_change_of_totals_outside_a_transaction_is_refused(transactional_db: None) -> None:
    with pytest.raises(RuntimeError), recounted([1]):
        pass


def test_a_command_proves_totals_and_puts_right_what_is_wrong(edition: Edition, place: Place) -> None:
    place(WEST)
    folding.fold()
    assert call("--check") == "agrees: 1 editions, 0 differences"
    Rollup.objects.filter(side="kind").update(n=[7] * len(Status))
    with pytest.raises(SystemExit):
        call("--check")
    assert call() == "agrees: 1 editions, 0 differences"
    assert reading.by_area(edition, PinFilter()).total.n == 1


def test_the_nightly_look_counts_wrong_and_missing_totals_anew(
    edition: Edition, place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place(WEST)
    Rollup.objects.create(
        edition=edition, side="topic", place=0, value="1", suspected=False, n=[0, 0, 0, 3, 0, 0], answered=[0] * 6
    )
    assert proving.reconcile() == 1
    assert "were wrong" in caplog.text
    assert proving.reconcile() == 0
    RolledEdition.objects.all().delete()
    assert proving.reconcile() == 0
    assert RolledEdition.objects.filter(edition=edition).exists()


def call(*arguments: str) -> str:
    out = StringIO()
    call_command("rebuild_rollups", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue().splitlines()[0]


@pytest.mark.django_db(transaction=True)
def test_new_borders_come_with_their_totals(district: Division, place: Place) -> None:
    place(WEST)
    place(SOUTH)
    whole = [NewArea("A", "Kaikki", box(25.60, 60.98, 25.80, 61.02))]
    new = draft_edition(division=district, areas=whole, valid_from=datetime.date(2026, 1, 1), source="test")
    put_in_force(edition=new, now=NOW)
    assert RolledEdition.objects.filter(edition=new).exists()
    now = reading.by_area(new, PinFilter())
    assert ([one.figure.n for one in now.areas], now.outside.n) == ([1], 1)
    draft = draft_edition(division=district, areas=whole, valid_from=datetime.date(2026, 2, 1), source="test")
    folding.rebuild(draft)
    throw_away(edition=draft)
    assert not Rollup.objects.filter(edition_id=draft.pk).exists()


@pytest.mark.django_db(transaction=True)
def test_many_writers_at_once_leave_no_total_wrong(
    city: Municipality, district: Division, streets: Category, place: Place
) -> None:
    edition = Edition.objects.in_force().select_related("division").get(division=district)
    folding.rebuild(edition)
    shared = [place(where).pk for where in (WEST, EAST, SOUTH)]
    failures: list[Exception] = []

    def write(nth: int) -> None:
        try:
            for turn in range(6):
                where = PLACES[(nth + turn) % 4] or WEST
                mine = actions.place_pin(
                    kind="idea",
                    category=streets,
                    text="Penkki olisi tässä hyvä.",
                    municipality=city,
                    geom=point(*where),
                    key=uuid.uuid4(),
                    now=NOW,
                ).pin
                common = Pin.objects.get(pk=shared[turn % 3])
                actions.move_pin(pin=common, geom=point(*where), precision=Precision.EXACT, now=NOW)
                with transaction.atomic():
                    actions.mark_answered([mine.pk, common.pk], now=NOW)
                if turn % 2:
                    actions.withdraw_pin(pin=mine, now=NOW)
                folding.fold()
        except Exception as failure:  # noqa: BLE001 - told by the one who started this thread
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(nth,)) for nth in range(6)]
    for thread in threads:
        thread.start()
    folding.rebuild(edition)
    for thread in threads:
        thread.join()
    assert failures == []
    assert proving.differences(edition) == []
    assert reading.by_area(edition, PinFilter()).total.n == 3 + 6 * 3


def test_a_fold_may_take_longer_than_a_page(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it cannot finish it would try again for ever, and more deltas would come every time."""
    monkeypatch.setattr(folding, "_FOLD", "SELECT 3 FROM (SELECT pg_sleep(0.3)) AS nap")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '100ms'")
    assert folding.fold() == 3


def test_an_upgrade_counts_by_channel_what_is_there_and_nothing_twice(edition: Edition, place: Place) -> None:
    begin = import_module("mapfeedback.pins.migrations.0077_totals_by_channel").Migration.operations[-1]
    for where, channel in ((WEST, "web"), (WEST, "paper"), (OUTSIDE, "phone"), (None, "web")):
        place(where, channel=channel)
    folding.fold()
    for channel in ("paper", "event"):
        place(WEST, channel=channel)
    # As it was before: nothing by channel, and changes not folded yet that do not say theirs.
    Rollup.objects.filter(side="channel").delete()
    Delta.objects.update(channel=None)
    with connection.cursor() as cursor:
        cursor.execute(begin.sql)
    assert proving.differences(edition) == []
    place(WEST, channel="paper")
    folding.fold()
    assert proving.differences(edition) == []


@given(st.dates(datetime.date(2024, 1, 1), datetime.date(2026, 12, 31)), st.integers(-3, 500))
def test_a_period_is_its_whole_months_and_the_days_left(since: datetime.date, length: int) -> None:
    asked = PinFilter(kind=("idea",), since=since, until=since + datetime.timedelta(days=length))
    months, left = months_and_days(asked)
    days = sorted(day for part in (months, *left) for day in days_of(part))
    assert days == days_of(asked)
    assert {part.kind for part in (months, *left)} == {asked.kind}
    assert all(len(days_of(part)) < 31 for part in left)
    assert not left or (months.since and months.since.day == 1)


@pytest.mark.parametrize("since", [None, datetime.date(2026, 3, 1), datetime.date(2026, 3, 2)])
def test_a_period_without_an_end_or_a_beginning_stays_without(since: datetime.date | None) -> None:
    months, left = months_and_days(PinFilter(since=since))
    assert months.until is None
    assert left == ([PinFilter(since=since, until=datetime.date(2026, 3, 31))] if since and since.day > 1 else [])


def days_of(asked: PinFilter) -> list[datetime.date]:
    assert asked.since and asked.until
    return [asked.since + datetime.timedelta(days=n) for n in range((asked.until - asked.since).days + 1)]
