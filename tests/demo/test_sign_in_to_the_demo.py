"""Nobody knows the passwords of a fresh installation's example people but its owner."""

import stat
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from mapfeedback.accounts.models import User
from mapfeedback.pins.models import Pin

pytestmark = pytest.mark.django_db


def test_logins_work_and_are_kept_private(settings: Any, tmp_path: Path) -> None:
    settings.VAR = tmp_path
    call_command("load_demo", verbosity=0)
    file = tmp_path / "demo-logins.txt"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    role, _colon, rest = file.read_text().splitlines()[0].partition(": ")
    email, _slash, password = rest.partition(" / ")
    assert role == "planner" and User.objects.get(email=email).check_password(password)

    before = file.read_text()
    call_command("load_demo", if_empty=True, verbosity=0)
    assert file.read_text() == before and Pin.objects.count() == 420
    with pytest.raises(CommandError):
        call_command("load_demo", verbosity=0)
