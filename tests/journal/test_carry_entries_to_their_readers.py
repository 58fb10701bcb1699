"""What happened reaches those who act on it: in the same transaction, and what is new before what is old."""

import datetime
import uuid

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from mapfeedback.journal.models import Entry
from mapfeedback.journal.recording import record
from mapfeedback.pins.models import Pin
from tests.conftest import Place


def test_a_placed_pin_waits_for_its_reader_in_the_queue(place: Place) -> None:
    pin = place()
    entry = Entry.objects.get(verb="pin.placed", thing=pin.public_id)
    job = ProcrastinateJob.objects.get(args__entry=entry.pk)
    assert (job.task_name, job.status, job.args["reader"]) == ("journal.deliver", "todo", "layers.inherit")


def test_what_happens_now_goes_before_what_is_told_afterwards(place: Place) -> None:
    told = place(now=timezone.now() - datetime.timedelta(days=30))
    fresh = place()

    def priority(pin: Pin) -> int:
        entry = Entry.objects.get(verb="pin.placed", thing=pin.public_id)
        return int(ProcrastinateJob.objects.get(args__entry=entry.pk).priority)

    assert priority(fresh) > priority(told)


@pytest.mark.django_db(transaction=True)
def test_an_entry_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError, match="belongs in the transaction"):
        record("pin.placed", uuid.uuid4(), at=timezone.now())
