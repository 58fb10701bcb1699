"""Loads the two example cities."""

import os
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from areas.models import Municipality
from mapfeedback.management import demo
from mapfeedback.pins.rollups import proving


class Command(BaseCommand):
    help = "Loads the example cities Lahti and Lappeenranta with invented contributions, plans, answers and logins."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--if-empty", action="store_true", help="do nothing when there is a municipality already")

    def handle(self, *args: Any, if_empty: bool, **options: Any) -> None:
        if Municipality.objects.exists():
            if if_empty:
                return
            raise CommandError("There is a municipality already. The demo goes into an empty database only.")
        call_command("load_categories", verbosity=0)
        logins = demo.tell(timezone.now())
        proving.reconcile()
        file = Path(settings.VAR) / "demo-logins.txt"
        write_private(file, "".join(f"{login}\n" for login in logins))
        if options["verbosity"]:
            self.stdout.write(f"  the logins of the example people are in {file}")


def write_private(file: Path, text: str) -> None:
    """Write secrets so that only their owner can read them, and never half of them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as handle:
        handle.write(text)
    new.replace(file)
