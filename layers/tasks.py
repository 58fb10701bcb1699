"""The jobs of the worker: answers that reach too many messages for a person to wait for the page.

Killed at any moment, nothing has changed and a later try does it; whoever was quicker has done it.
"""

from collections.abc import Callable
from contextlib import suppress

from django.db import connection, transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from layers import actions
from layers.models import Response
from mapfeedback.accounts.models import User

_AGAIN = RetryStrategy(max_attempts=5, exponential_wait=5)


@app.task(name="layers.publish", queue="long", retry=_AGAIN)
def publish(response: int, by: int) -> None:
    _without_limit(actions.publish_response, response, by)


@app.task(name="layers.withdraw", queue="long", retry=_AGAIN)
def withdraw(response: int, by: int) -> None:
    _without_limit(actions.withdraw_response, response, by)


def _without_limit(action: Callable[..., int], response: int, by: int) -> None:
    """Nothing to do when the answer was thrown away, changed or its plan hidden meanwhile."""
    actor = User.objects.filter(pk=by).first()
    for answer in Response.objects.filter(pk=response):
        with suppress(actions.NotAllowed, actions.PlanNotPublic), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = 0")
            action(response=answer, now=timezone.now(), actor=actor)
