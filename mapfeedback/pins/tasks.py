"""What is done about pins when nobody waits (procrastinate: killed at any moment, a later try finishes it)."""

import logging

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from areas.models import Edition
from mapfeedback.pins import redrawing
from mapfeedback.pins.photos import keeping
from mapfeedback.pins.rollups import folding, proving
from mapfeedback.pins.support import limits
from mapfeedback.pins.support import proving as proving_supports


@app.task(name="pins.put_in_force", queue="long", retry=RetryStrategy(max_attempts=5, exponential_wait=5))
def put_in_force(edition: int) -> None:
    """Nothing to do when the draft was thrown away meanwhile."""
    for draft in Edition.objects.drafts().select_related("division__municipality").filter(pk=edition):
        redrawing.put_in_force(edition=draft, now=timezone.now())


@app.periodic(cron="* * * * * */10")
@app.task(name="pins.fold_rollups", queueing_lock="pins.fold_rollups")
def fold_rollups(timestamp: int) -> None:
    """Reads are exact without it; it only keeps them quick."""
    folding.fold()


@app.periodic(cron="17 3 * * *")
@app.task(name="pins.reconcile_rollups", queueing_lock="pins.reconcile_rollups", queue="long")
def reconcile_rollups(timestamp: int) -> None:
    """Every night every total is proven."""
    proving.reconcile()
    proving_supports.put_right()


@app.periodic(cron="*/10 * * * *")
@app.task(name="pins.forget_tallies", queueing_lock="pins.forget_tallies")
def forget_tallies(timestamp: int) -> None:
    """How many agreed from where is nobody's business once the hour is over."""
    limits.forget(timezone.now())


@app.periodic(cron="43 * * * *")
@app.task(name="pins.sweep_photos", queueing_lock="pins.sweep_photos", queue="long")
def sweep_photos(timestamp: int) -> None:
    """Files that no photo names are thrown away; photos whose files are gone are told of and stay."""
    _thrown, lost = keeping.sweep()
    if lost:
        logging.getLogger(__name__).error("%s photos have no file: restore var/photos from the backup", lost)
