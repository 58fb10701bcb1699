"""Writing to the journal, and waking those who read it."""

import datetime
import uuid
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from mapfeedback.accounts.models import User
from mapfeedback.journal import readers, tasks
from mapfeedback.journal.models import Entry

#: What is told long after it happened (an import, the demo's story) waits behind what happens now.
RECENT: Final = datetime.timedelta(hours=1)
LATER: Final = -10


def record(verb: str, thing: uuid.UUID, *, at: datetime.datetime, actor: User | None = None, **detail: Any) -> Entry:
    """Add one entry and, in the same transaction, one delivery job for each reader of this verb.

    Must be called inside the transaction of the change it tells of: either both last, or neither.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{verb}: a journal entry belongs in the transaction of its change")
    entry = Entry.objects.create(verb=verb, thing=thing, at=at, actor=actor, detail=detail)
    priority = 0 if at > timezone.now() - RECENT else LATER
    for reader in readers.of(verb):
        tasks.deliver.configure(priority=priority).defer(reader=reader, entry=entry.pk)
    return entry
