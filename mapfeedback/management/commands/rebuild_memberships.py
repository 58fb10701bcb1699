"""The remembered areas of all pins are worked out anew, and proven against geometry."""

import json
import time
from argparse import ArgumentParser
from typing import Any, Final

from django.core.management.base import BaseCommand, no_translations
from django.db import connection

from mapfeedback.pins import proving
from mapfeedback.pins.rollups import proving as rollups

EXAMPLES: Final = 10


class Command(BaseCommand):
    help = (
        "Work out anew which areas every pin belongs to, and how far lines and drawn areas lie in which,"
        " then compare with pure geometry."
        " Exit code 0 when they agree, 1 when something differs."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="only compare: nothing is changed")
        parser.add_argument("--json", action="store_true", help="one report as JSON on standard output")

    @no_translations
    def handle(self, **options: Any) -> None:
        began = time.monotonic()
        pins = memberships = differ = 0
        examples: list[proving.Difference] = []
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 0")  # nobody waits for a page here
        try:
            for batch in proving.batches():
                if not options["check"]:
                    memberships += proving.rebuild(batch)
                found = proving.differences(batch)
                pins += batch.count()
                differ += len(found)
                examples += found[: EXAMPLES - len(examples)]
                self.stderr.write(f"{pins} pins, {differ} differences, {time.monotonic() - began:.0f} s")
            orphans = sum(rows.count() for rows in proving.orphans())
            if orphans and not options["check"]:
                for rows in proving.orphans():
                    rows.delete()
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
        if not options["check"]:
            rollups.reconcile()  # where memberships were wrong, so were totals
        report: dict[str, Any] = {
            "outcome": "differs" if differ or (orphans and options["check"]) else "agrees",
            "checked_only": options["check"],
            "pins": pins,
            "memberships": None if options["check"] else memberships,
            "differences": differ,
            "orphans": orphans,
            "examples": [example.as_dict() for example in examples],
        }
        self._tell(report, as_json=options["json"])
        if report["outcome"] == "differs":
            raise SystemExit(1)

    def _tell(self, report: dict[str, Any], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
            return
        done = "" if report["checked_only"] else f"{report['memberships']} memberships worked out anew; "
        self.stdout.write(f"{report['outcome']}: {done}{report['pins']} pins, {report['differences']} differences")
        if report["orphans"]:
            self.stdout.write(f"  {report['orphans']} memberships of pins or areas that are gone")
        for example in report["examples"]:
            self.stdout.write("  pin {pin}, {edition}: remembered {remembered}, geometry {geometry}".format(**example))
