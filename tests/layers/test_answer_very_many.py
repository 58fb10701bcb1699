"""An answer that reaches very many messages is given by the worker; until it is, nobody sees any of it."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client, TestCase
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from areas.models import Municipality
from layers import linking, underway
from layers.actions import Scope, draft_response, exclude_pin, include_pin, publish_response, withdraw_response
from layers.models import Plan, Response, ResponseLink, Shape
from mapfeedback.accounts.models import User
from mapfeedback.journal.models import Entry
from mapfeedback.pins.models import Category, Pin, Status
from mapfeedback.pins.rollups.models import Delta
from tests.conftest import EAST, SOUTH, WEST, Place, box
from tests.layers.conftest import WORDS, Answer
from tests.layers.test_planning_desk import ANSWER, text_of

Work = Callable[[], int]


@pytest.fixture
def desk(client: Client, planner: User) -> Client:
    client.force_login(planner)
    return client


@pytest.fixture
def three_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(underway, "AT_ONCE", 2)


@pytest.fixture
def work(db: None) -> Work:
    """Do the worker's jobs that wait; returns how many."""
    done = set[int]()

    def _work() -> int:
        jobs = list(ProcrastinateJob.objects.filter(task_name__startswith="layers.").exclude(pk__in=done))
        for job in jobs:
            done.add(job.pk)
            with TestCase.captureOnCommitCallbacks(execute=True):
                app.tasks[job.task_name](**job.args)
            _end(job.pk, "succeeded")
        return len(jobs)

    return _work


def _end(job: int, status: str) -> None:
    """The worker's last word on a job; the model is for reading only."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job])


def is_done(desk: Client, response: Response) -> bool:
    return bool(desk.get(f"/planning/responses/{response.public_id}/progress.json").json()["ended"])


@pytest.mark.usefixtures("three_are_many")
def test_many_messages_get_the_answer_from_the_worker(
    desk: Client, planner: User, place: Place, west_block: Shape, draft: Answer, work: Work
) -> None:
    pins = [place(WEST) for _ in range(3)]
    response = draft(shape=west_block)
    base = f"/planning/responses/{response.public_id}/"
    page = text_of(desk.post(f"{base}publish/", follow=True))
    assert "The answer is being published" in page and "You can leave this page" in page
    assert not is_done(desk, response)
    assert not ResponseLink.objects.exists()
    assert not Pin.objects.exclude(answered_at=None).exists()
    assert response.summary not in text_of(Client().get(pins[0].get_absolute_url()))
    for late in ("publish", "discard", f"exclude/{pins[0].public_id}", "edit"):
        assert "not possible any more" in text_of(desk.post(f"{base}{late}/", ANSWER, follow=True))
    assert work() == 1, "pressing twice makes one job"
    assert is_done(desk, response)
    assert ResponseLink.objects.showing().count() == 3
    assert Pin.objects.filter(status=Status.ANSWERED).exclude(answered_at=None).count() == 3
    assert "3 messages have this answer" in text_of(desk.get(base))
    entry = Entry.objects.get(verb="response.published")
    assert entry.actor == planner and entry.detail == {"pins": 3}


@pytest.mark.usefixtures("three_are_many")
def test_many_messages_lose_the_answer_by_the_worker_and_all_have_it_until_then(
    desk: Client, place: Place, west_block: Shape, answer: Answer, work: Work
) -> None:
    pins = [place(WEST) for _ in range(3)]
    response = answer(shape=west_block)
    base = f"/planning/responses/{response.public_id}/"
    assert "The answer is being taken back" in text_of(desk.post(f"{base}withdraw/", follow=True))
    assert response.summary in text_of(Client().get(pins[0].get_absolute_url()))
    assert Pin.objects.exclude(answered_at=None).count() == 3
    assert work() == 1
    assert response.summary not in text_of(Client().get(pins[0].get_absolute_url()))
    assert not Pin.objects.exclude(answered_at=None).exists()
    assert "3 messages had this answer" in text_of(desk.get(base))


@pytest.mark.usefixtures("three_are_many")
def test_a_few_messages_get_the_answer_while_the_planner_waits(
    desk: Client, place: Place, west_block: Shape, draft: Answer, work: Work
) -> None:
    place(WEST), place(WEST), place(EAST), place(EAST)
    page = desk.post(f"/planning/responses/{draft(shape=west_block).public_id}/publish/", follow=True)
    assert "Published. 2 messages show this answer now." in text_of(page)
    assert work() == 0


@pytest.mark.usefixtures("three_are_many")
def test_what_did_not_succeed_is_told_and_can_be_tried_again(
    desk: Client, place: Place, west_block: Shape, draft: Answer, work: Work
) -> None:
    for _ in range(3):
        place(WEST)
    response = draft(shape=west_block)
    base = f"/planning/responses/{response.public_id}/"
    desk.post(f"{base}publish/")
    _end(ProcrastinateJob.objects.get(task_name=underway.PUBLISH).pk, "failed")
    assert is_done(desk, response)
    page = text_of(desk.get(base))
    assert "Publishing did not succeed." in page and "Publish the answer" in page
    desk.post(f"{base}publish/")
    work()
    page = text_of(desk.get(base))
    assert "Published answer" in page and "did not succeed" not in page


@pytest.mark.usefixtures("three_are_many")
def test_an_answer_to_many_also_waits_until_its_plan_is_public(
    desk: Client, plan: Plan, place: Place, west_block: Shape, draft: Answer, work: Work
) -> None:
    for _ in range(3):
        place(WEST)
    response = draft(shape=west_block)
    base = f"/planning/responses/{response.public_id}/"
    Plan.objects.filter(pk=plan.pk).update(is_published=False)
    assert "Publish the plan first." in text_of(desk.post(f"{base}publish/", follow=True))
    assert work() == 0
    Plan.objects.filter(pk=plan.pk).update(is_published=True)
    desk.post(f"{base}publish/")
    Plan.objects.filter(pk=plan.pk).update(is_published=False)
    assert work() == 1
    assert Response.objects.get().state == "draft" and not ResponseLink.objects.exists()


@pytest.mark.usefixtures("three_are_many")
def test_a_job_whose_answer_is_gone_has_nothing_to_do(
    desk: Client, place: Place, west_block: Shape, draft: Answer, work: Work
) -> None:
    for _ in range(3):
        place(WEST)
    response = draft(shape=west_block)
    desk.post(f"/planning/responses/{response.public_id}/publish/")
    Response.objects.get(pk=response.pk).delete()
    assert work() == 1


@pytest.mark.parametrize("path", ["publish", "withdraw"])
@pytest.mark.django_db(transaction=True)
def test_who_comes_while_another_answer_is_given_is_asked_to_try_again(
    desk: Client,
    city: Municipality,
    place: Place,
    west_block: Shape,
    draft: Answer,
    answer: Answer,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(linking, "PATIENCE", "50ms")
    place(WEST)
    response = draft(shape=west_block) if path == "publish" else answer(shape=west_block)
    before = Response.objects.get(pk=response.pk).state
    held, done = threading.Event(), threading.Event()

    def give_another() -> None:
        with transaction.atomic():
            linking.take_turns(city.pk)
            held.set()
            done.wait(10)
        connection.close()

    other = threading.Thread(target=give_another)
    other.start()
    held.wait(10)
    try:
        page = desk.post(f"/planning/responses/{response.public_id}/{path}/", follow=True)
    finally:
        done.set()
        other.join()
    assert page.status_code == 200 and "Try again in a minute." in text_of(page)
    assert Response.objects.get(pk=response.pk).state == before


def test_only_messages_that_change_are_written(place: Place, west_block: Shape, answer: Answer) -> None:
    waiting, answered = place(WEST), place(WEST)
    Pin.objects.filter(pk=answered.pk).update(status=Status.DONE, answered_at=timezone.now())
    Delta.objects.all().delete()
    before = _versions()
    response = answer(shape=west_block)
    after = _versions()
    assert after[answered.pk] == before[answered.pk] and after[waiting.pk] != before[waiting.pk]
    assert list(Delta.objects.order_by("pk").values_list("sign", "status", "days")) == [
        (-1, "received", None),
        (1, "answered", 0),
    ]
    assert ResponseLink.objects.filter(response=response).count() == 2


def _versions() -> dict[int, Any]:
    """Where each message's row lies: elsewhere once it was written."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, ctid::text FROM pins_pin")
        return dict(cursor.fetchall())


def test_the_preview_and_the_publication_agree_for_any_mix_of_scopes(
    city: Municipality, plan: Plan, place: Place, nature: Category, west_block: Shape, street: Shape
) -> None:
    """Whole shapes, a narrowed one, a drawing, a filter; one left out and one given by hand."""
    pins = [place((25.62 + step * 0.004, 60.9697 + (step % 7) * 0.005)) for step in range(40)]
    trees = [place(EAST, category=nature), place(SOUTH, category=nature), place(None, category=nature)]
    scopes = [
        Scope(shape=west_block),
        Scope(shape=street),
        Scope(shape=west_block, filter_query="category=nature"),
        Scope(geometry=box(25.70, 60.96, 25.73, 61.0)),
        Scope(filter_query="category=nature&answered=no"),
    ]
    response = draft_response(municipality=city, words=WORDS, scopes=scopes, now=timezone.now(), plan=plan)
    covered = set(linking.covered_by_response(response))
    assert set(trees) < covered and 0 < len(covered) < len(pins) + len(trees)
    left_out, by_hand = next(iter(covered - set(trees))), next(iter(set(pins) - covered))
    exclude_pin(response=response, pin=left_out, now=timezone.now())
    include_pin(response=response, pin=by_hand, now=timezone.now())
    previewed = set(linking.recipients(response))
    assert previewed == covered - {left_out} | {by_hand}
    assert set(linking.considered(response)) == previewed | {left_out}
    assert publish_response(response=response, now=timezone.now()) == len(previewed)
    assert {link.pin for link in ResponseLink.objects.showing().select_related("pin")} == previewed
    assert set(Pin.objects.exclude(answered_at=None)) == previewed
    response.refresh_from_db()
    assert withdraw_response(response=response, now=timezone.now()) == len(previewed)
    assert not Pin.objects.exclude(answered_at=None).exists()
