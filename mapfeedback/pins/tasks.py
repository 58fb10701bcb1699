"""The job that puts new borders in force (procrastinate: killed at any moment, a later try finishes it)."""

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from areas.models import Edition
from mapfeedback.pins import redrawing


@app.task(name="pins.put_in_force", queue="long", retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def put_in_force(edition: int) -> None:
    """Nothing to do when the draft was thrown away meanwhile."""
    for draft in Edition.objects.drafts().select_related("division__municipality").filter(pk=edition):
        redrawing.put_in_force(edition=draft, now=timezone.now())
