"""Brings in the default category tree."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import transaction

from mapfeedback.pins.models import Category

TREE = Path(settings.BASE_DIR) / "fixtures" / "categories.json"
NAMES = ("name_fi", "name_sv", "name_en", "service_code")


class Command(BaseCommand):
    help = "Adds the default categories that are missing. What the city renamed, moved, hid or added stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset", action="store_true", help="give the default categories their default names back")

    def handle(self, *args: Any, reset: bool, **options: Any) -> None:
        added, changed = load(json.loads(TREE.read_text(encoding="utf-8")), reset=reset)
        if options["verbosity"] and (added or changed):
            self.stdout.write(f"  {added} categories added, {changed} changed")


@transaction.atomic
def load(rows: list[dict[str, Any]], *, reset: bool) -> tuple[int, int]:
    """How many categories were added and changed. Parents stand before their children in `rows`."""
    known = {category.slug: category for category in Category.objects.select_for_update()}
    added = changed = 0
    for row in rows:
        parent = known[row["parent"]] if row["parent"] else None
        default = {name: row[name] for name in NAMES} | {"order": row["order"], "parent": parent}
        category = known.get(row["slug"])
        if category is None:
            known[row["slug"]] = Category.objects.create(slug=row["slug"], **default)
            added += 1
            continue
        # An empty name is a missing translation, not a choice.
        wanted = default if reset else {name: row[name] for name in NAMES if not getattr(category, name)}
        different = [name for name, value in wanted.items() if getattr(category, name) != value]
        if different:
            for name in different:
                setattr(category, name, wanted[name])
            category.save(update_fields=different)
            changed += 1
    return added, changed
