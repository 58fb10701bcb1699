"""The totals kept beside the pins are counted anew, and proven against the pins."""

import json
import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, no_translations

from areas.models import Edition
from mapfeedback.pins.rollups import cells, folding, proving
from mapfeedback.pins.rollups.models import RolledEdition
from mapfeedback.pins.support import proving as proving_supports

EXAMPLES: Final = 10


class Command(BaseCommand):
    help = (
        "Count the totals of every edition of borders and the cells of the map anew from the pins, then compare them"
        " with a second count; count anew how many agree with each pin where that is wrong."
        " Pages go on meanwhile. Exit code 0 when they agree, 1 when something differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare: nothing is changed")
        parser.add_argument("--json", action="store_true", help="one report as JSON on standard output")

    @no_translations
    def handle(self, **options: Any) -> None:
        began = time.monotonic()
        found: dict[str, list[proving.Difference]] = {}
        uncounted = []
        rolled = set(RolledEdition.objects.values_list("edition_id", flat=True))
        for edition in Edition.objects.select_related("division").order_by("division__slug", "pk"):
            name = f"{edition.division.slug} {edition.valid_from}"
            if not options["check"]:
                folding.rebuild(edition)
            elif edition.pk not in rolled:
                uncounted.append(name)
                continue
            found[name] = proving.differences(edition)
            self.stderr.write(f"{name}: {len(found[name])} differences, {time.monotonic() - began:.0f} s")
        if not options["check"]:
            folding.rebuild_cells()
            proving_supports.put_right()
        cells_kept = cells.are_kept()
        wrong_cells = proving.cells_that_differ() if cells_kept else 0
        self.stderr.write(f"cells of the map: {wrong_cells} differences, {time.monotonic() - began:.0f} s")
        supports = proving_supports.differences()
        differ = sum(map(len, found.values())) + wrong_cells + len(supports)
        examples = [{"edition": name} | one.as_dict() for name, several in found.items() for one in several[:EXAMPLES]]
        report: dict[str, Any] = {
            "outcome": "differs" if differ else "agrees",
            "checked_only": options["check"],
            "editions": len(found),
            "without_totals": uncounted,
            "cells_kept": cells_kept,
            "wrong_cells": wrong_cells,
            "differences": differ,
            "supports": [one.as_dict() for one in supports[:EXAMPLES]],
            "examples": examples[:EXAMPLES],
        }
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            self.stdout.write(f"{report['outcome']}: {len(found)} editions, {differ} differences")
            for name in uncounted:
                self.stdout.write(f"  {name}: no totals are kept, it is counted from its pins")
            if not cells_kept:
                self.stdout.write("  cells of the map: none are kept, far tiles are counted from the pins")
            elif wrong_cells:
                self.stdout.write(f"  cells of the map: {wrong_cells} are wrong")
            for example in report["examples"]:
                self.stdout.write(
                    "  {edition}, {side} {value}, place {place}: kept {kept}, counted {counted}".format(**example)
                )
            for one in supports[:EXAMPLES]:
                self.stdout.write(f"  pin {one.pin}: {one.kept} agree by its counter, {one.counted} by the rows")
        if differ:
            raise SystemExit(1)
