"""A planner brings borders and never comes back: one day the city's place for them is free again."""

import datetime
from pathlib import Path

from django.test import Client, TestCase
from django.utils import timezone

from areas.models import Edition
from mapfeedback.borders import actions, tasks
from mapfeedback.borders.models import BorderImport
from tests.borders.conftest import Bring, Work
from tests.borders.test_bring_borders import redrawn, settled

State = BorderImport.State


def test_what_waits_too_long_is_given_up_with_its_file_and_its_draft(
    desk: Client, bring: Bring, work: Work, own_folder: Path
) -> None:
    brought = settled(desk, bring(redrawn()), work)
    drafts = Edition.objects.drafts().count()
    waited = timezone.now() - actions.FORGOTTEN

    BorderImport.objects.update(changed_at=waited + datetime.timedelta(hours=1))
    with TestCase.captureOnCommitCallbacks(execute=True):
        tasks.tidy(timestamp=0)
    brought.refresh_from_db()
    assert brought.state != State.GIVEN_UP and brought.has_file

    BorderImport.objects.update(changed_at=waited - datetime.timedelta(hours=1))
    with TestCase.captureOnCommitCallbacks(execute=True):
        tasks.tidy(timestamp=0)
    brought.refresh_from_db()
    assert brought.state == State.GIVEN_UP
    assert drafts == 1 and not Edition.objects.drafts().exists()
    assert not list(own_folder.iterdir())
