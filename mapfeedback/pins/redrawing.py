"""New borders: first every pin is given its area of them, then they are put in force at one stroke.

Until that stroke everybody reads the old borders; after it everybody reads the new ones. Stopped anywhere in between,
the old ones stay in force and a second call goes on.
"""

import datetime
import uuid

from django.db import transaction

from areas import actions as ground
from areas.models import Edition
from mapfeedback.accounts.actions import follow_borders, leave_borders
from mapfeedback.accounts.models import User
from mapfeedback.journal.recording import record
from mapfeedback.pins.memberships import Progress, forget_edition, remember_edition
from mapfeedback.pins.rollups import folding


def put_in_force(
    *,
    edition: Edition,
    now: datetime.datetime,
    progress: Progress = lambda done, total: None,
    actor: User | None = None,
) -> None:
    """Adopt a draft with the memberships of all pins. A second call changes nothing. Not for use in a transaction.

    `progress` is told after every batch: steps done, steps in all. Raises `areas.actions.OlderBorders`.
    """
    remember_edition(edition, progress=progress)
    folding.rebuild(edition)
    with transaction.atomic():
        before = Edition.objects.in_force().filter(division=edition.division_id).first()
        if ground.adopt(edition=edition, now=now):
            if before is not None:
                follow_borders(old=before)
            record("edition.adopted", uuid.uuid4(), at=now, actor=actor, **_told(edition))


def take_back(*, edition: Edition, now: datetime.datetime, actor: User | None = None) -> None:
    """Undo `put_in_force`: the borders before are in force again exactly as they were, these are a draft again.

    Raises `areas.actions.NotInForce`.
    """
    with transaction.atomic():
        ground.take_back(edition=edition)
        leave_borders(edition=edition)
        record("edition.taken_back", uuid.uuid4(), at=now, actor=actor, **_told(edition))


def throw_away(*, edition: Edition) -> None:
    """Delete a draft, its areas, and what pins remember of it. Raises `areas.actions.NotADraft`."""
    with transaction.atomic():
        folding.forget(edition)
        forget_edition(edition)
        ground.drop_draft(edition=edition)


def _told(edition: Edition) -> dict[str, str | int]:
    return {
        "edition": edition.pk,
        "division": edition.division.slug,
        "municipality": edition.division.municipality.slug,
        "valid_from": edition.valid_from.isoformat(),
    }
