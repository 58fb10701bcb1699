"""The job that carries an entry to a reader (procrastinate: in PostgreSQL, queued in the change's transaction)."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from mapfeedback.journal import readers
from mapfeedback.journal.models import Entry


@app.task(name="journal.deliver", retry=RetryStrategy(max_attempts=12, exponential_wait=2))
def deliver(reader: str, entry: int) -> None:
    readers.call(reader, Entry.objects.get(pk=entry))
