"""A big city of invented contributions, for measuring and for looking at."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from mapfeedback.management.seeding import sowing


class Command(BaseCommand):
    help = (
        "Adds N invented contributions to a made-up city with 8, 34 and 150 nested areas, which it lays out first."
        " Goes only into a database that holds no other city's contributions."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pins", type=int, required=True, metavar="N", help="how many, up to 20 million")
        parser.add_argument("--seed", type=int, default=1, metavar="S", help="another number gives another city")

    @no_translations
    def handle(self, *, pins: int, seed: int, **options: Any) -> None:
        if not 1 <= pins <= 20_000_000 or seed < 0:
            raise CommandError("--pins is a number from 1 to 20000000, --seed one from 0 up.")
        try:
            sowing.sow(pins=pins, seed=seed, now=timezone.now(), progress=self.stderr.write)
        except sowing.NotOurCity as other:
            raise CommandError(
                f"This database holds contributions of {other}. Invented ones are never mixed with them:"
                " name an empty database in DATABASE_URL, or start one with bin/serve --empty."
            ) from None
        except sowing.Disturbed:
            raise CommandError(
                "Somebody placed or changed a contribution meanwhile. Nothing was stored: try again."
            ) from None
        self.stdout.write(f"seeded: {pins} contributions")
