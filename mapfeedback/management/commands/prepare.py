"""Brings the database and the static files up to date in one process; bin/serve calls it before it serves."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from mapfeedback.pins.tasks import reconcile_rollups


class Command(BaseCommand):
    help = "Runs the migrations, loads the categories, and on request the static files and the demo cities."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--demo", action="store_true", help="load the demo cities into a database without any")
        parser.add_argument("--static", action="store_true", help="gather the static files")

    def handle(self, *args: Any, demo: bool, static: bool, **options: Any) -> None:
        waiting = migrations_to_run()
        if waiting:
            with self.step(f"running {waiting} migrations"):
                call_command("migrate", interactive=False, verbosity=0)
        if static:
            with self.step("gathering static files"):
                # The packages' sources for debugging, never served, would take most of the time to compress.
                call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["*-src*"])
        with self.step("loading categories"):
            call_command("load_categories")
        if waiting:
            # New tables may need what an older version did not count; pages count the pins until it is done.
            reconcile_rollups.configure(queueing_lock=None).defer(timestamp=0)
        if demo:
            with self.step("loading the demo cities, unless something is there already"):
                call_command("load_demo", if_empty=True)

    @contextmanager
    def step(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        self.stdout.write(f"· {what}")
        self.stdout.flush()
        yield
        self.stdout.write(f"  done in {time.monotonic() - began:.1f} s")
        self.stdout.flush()


def migrations_to_run() -> int:
    """How many migrations the database lacks. Looking is ten times quicker than a migrate that finds nothing."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
