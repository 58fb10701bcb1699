"""Writing to the journal, and waking those who read it."""

import datetime
import json
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


#: For a statement that stores one thing, or nothing, in a CTE `stored`: its entry and the jobs of its readers, as two
#: more CTEs, of which the statement must select from `told`. The values are those of `entry_values`.
ENTRY_AND_JOBS: Final = """
    entry AS (
        INSERT INTO journal_entry (at, verb, thing, actor_id, detail)
        SELECT %(entry_at)s, %(entry_verb)s, %(entry_thing)s, %(entry_actor)s::bigint, %(entry_detail)s::jsonb
        FROM stored RETURNING id
    ),
    told AS (
        SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
            %(job_queue)s, %(job_task)s, %(job_priority)s, NULL, NULL,
            jsonb_build_object('reader', reader, 'entry', entry.id), NULL)::procrastinate_job_to_defer_v1))
        FROM entry CROSS JOIN unnest(%(job_readers)s::text[]) AS reader HAVING count(*) > 0
    )"""


def entry_values(
    verb: str, thing: uuid.UUID, *, at: datetime.datetime, actor: User | None = None, **detail: Any
) -> dict[str, Any]:
    """What ENTRY_AND_JOBS binds, so that it writes what `record` would."""
    return {
        "entry_at": at,
        "entry_verb": verb,
        "entry_thing": thing,
        "entry_actor": actor and actor.pk,
        "entry_detail": json.dumps(detail),
        "job_queue": tasks.deliver.queue,
        "job_task": tasks.deliver.name,
        "job_priority": _priority(at),
        "job_readers": readers.of(verb),
    }


def _priority(at: datetime.datetime) -> int:
    return 0 if at > timezone.now() - RECENT else LATER


def record(verb: str, thing: uuid.UUID, *, at: datetime.datetime, actor: User | None = None, **detail: Any) -> Entry:
    """Add one entry and, in the same transaction, one delivery job for each reader of this verb.

    Must be called inside the transaction of the change it tells of: either both last, or neither.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError(f"{verb}: a journal entry belongs in the transaction of its change")
    entry = Entry.objects.create(verb=verb, thing=thing, at=at, actor=actor, detail=detail)
    for reader in readers.of(verb):
        tasks.deliver.configure(priority=_priority(at)).defer(reader=reader, entry=entry.pk)
    return entry
