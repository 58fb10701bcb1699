"""Publishing and taking back at once where few messages are reached, else by the worker, and how that stands.

Every reached message that was open is written into all its indexes, half a millisecond each: a hundred thousand take
longer than a page may. Whether the worker is at it is what its queue says; nothing else remembers it, so nothing can
be left behind.
"""

import datetime
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from layers import actions, linking
from layers.models import Response
from mapfeedback.accounts.models import User

#: So many messages are answered, or open again, while a person waits for the page.
AT_ONCE: Final = 5_000
PUBLISH: Final = "layers.publish"
WITHDRAW: Final = "layers.withdraw"


@dataclass(frozen=True, slots=True)
class Job:
    """What the worker was last asked to do with an answer: it waits or is being done, or was given up."""

    task: str
    failed: bool

    @property
    def is_publishing(self) -> bool:
        return self.task == PUBLISH


def of(response: Response) -> Job | None:
    """The job that is under way, or the last one when it failed; None otherwise."""
    jobs = ProcrastinateJob.objects.filter(task_name__in=[PUBLISH, WITHDRAW], args__response=response.pk)
    task, status = jobs.order_by("-pk").values_list("task_name", "status").first() or ("", "")
    return Job(task, status == "failed") if status in ("todo", "doing", "failed") else None


def refuse_meanwhile(response: Response) -> None:
    """Raises `actions.NotAllowed` while the worker is at it."""
    job = of(response)
    if job is not None and not job.failed:
        raise actions.NotAllowed


def publish(*, response: Response, now: datetime.datetime, actor: User) -> int | None:
    """As `actions.publish_response`, or None: it reaches many and was handed to the worker."""
    refuse_meanwhile(response)
    if linking.recipients(response).order_by()[: AT_ONCE + 1].count() <= AT_ONCE:
        return actions.publish_response(response=response, now=now, actor=actor)
    actions.refuse_unless_publishable(response)
    _hand_over(response, PUBLISH, actor)
    return None


def withdraw(*, response: Response, now: datetime.datetime, actor: User) -> int | None:
    """As `actions.withdraw_response`, or None: many have it and it was handed to the worker."""
    refuse_meanwhile(response)
    if response.links.order_by()[: AT_ONCE + 1].count() <= AT_ONCE:
        return actions.withdraw_response(response=response, now=now, actor=actor)
    actions.refuse_unless_published(response)
    _hand_over(response, WITHDRAW, actor)
    return None


@transaction.atomic
def _hand_over(response: Response, task: str, actor: User) -> None:
    """One job, whoever presses twice."""
    Response.objects.select_for_update().get(pk=response.pk)
    refuse_meanwhile(response)
    app.configure_task(name=task).defer(response=response.pk, by=actor.pk)
