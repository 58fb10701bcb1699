"""Borders from a file become a division's new edition, or are refused with the reasons."""

import datetime
import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, no_translations
from django.utils import timezone

from areas.actions import OlderBorders
from areas.importing.adopting import import_areas
from areas.importing.report import Imported, ImportReport
from areas.importing.staged import EVERYTHING, Choices
from mapfeedback.pins.astray import told
from mapfeedback.pins.redrawing import put_in_force, throw_away

EXIT_CODES: Final = {"imported": 0, "would import": 0, "needs confirmation": 1, "refused": 2}


#: A file larger than this takes a while, and the command says what it is at.
LONG: Final = 5 * 1024 * 1024
STEPS: Final = {"read": "reading the file", "check": "checking the borders", "store": "storing the areas"}


class Command(BaseCommand):
    help = "Import the borders of a division from a file. Exit code 0 done, 1 needs confirmation, 2 refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="GeoPackage, zipped Shapefile, GeoJSON, TopoJSON or KML")
        parser.add_argument("--division", required=True, metavar="SLUG", help="founded when it is not known yet")
        parser.add_argument("--municipality", default="", metavar="NAME", help="founded when it is not known yet")
        parser.add_argument("--layer", default="", metavar="LAYER", help="when the file has several")
        fields = parser.add_argument_group("fields", "guessed where names and values leave no doubt; - for none")
        fields.add_argument("--name-field", default="", metavar="FIELD", help="names, in Finnish where there are two")
        fields.add_argument("--name-sv-field", default="", metavar="FIELD", help="names in Swedish")
        fields.add_argument("--code-field", default="", metavar="FIELD", help="without it codes are made from names")
        fields.add_argument("--population-field", default="", metavar="FIELD", help="how many live there")
        fields.add_argument("--parent-field", default="", metavar="FIELD", help="code or name of the area above")
        parser.add_argument("--crs", default="", metavar="EPSG:N", help="when the file does not say it itself")
        parser.add_argument("--encoding", default="", metavar="NAME", help="of a shapefile's text, such as CP1252")
        parser.add_argument("--valid-from", default="", metavar="DATE", help="such as 2026-01-01; today unless given")
        parser.add_argument("--accept-repairs", action="store_true", help="agree to what the report asks about")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then take it back")
        parser.add_argument("--json", action="store_true", help="one report as JSON on standard output")

    @no_translations
    def handle(self, **options: Any) -> None:
        started = time.monotonic()
        today = timezone.localdate()
        file: Path = options["file"]

        def reached(step: str) -> None:
            if is_long:
                self.stderr.write(f"{time.monotonic() - started:.0f} s: {STEPS[step]}")

        try:
            valid_from = datetime.date.fromisoformat(options["valid_from"]) if options["valid_from"] else today
            file.open("rb").close()
            is_long = file.stat().st_size > LONG
        except OSError as problem:
            why = f"{file} cannot be read: {problem.strerror}."
            done = Imported(ImportReport(why=why, division=options["division"]))
        except ValueError:
            why = f"--valid-from: write the day as 2026-01-31, not {options['valid_from'][:40]}."
            done = Imported(ImportReport(why=why, division=options["division"]))
        else:
            done = import_areas(
                source=file,
                division=options["division"],
                municipality=options["municipality"],
                choices=Choices(
                    layer=options["layer"],
                    encoding=options["encoding"],
                    name_field=options["name_field"],
                    name_sv_field=options["name_sv_field"],
                    code_field=options["code_field"],
                    population_field=options["population_field"],
                    parent_field=options["parent_field"],
                    crs=options["crs"],
                    agreed=EVERYTHING if options["accept_repairs"] else frozenset(),
                ),
                valid_from=valid_from,
                today=today,
                keep=not options["dry_run"],
                reached=reached,
                weighed=told,
            )
        report = done.report
        if done.edition is not None:
            try:
                put_in_force(edition=done.edition, now=timezone.now(), progress=self._progress)
            except OlderBorders as later:
                # Another import was quicker.
                throw_away(edition=done.edition)
                report.outcome = "refused"
                report.why = f"Borders from {later} are in force already. Give a later day with --valid-from."
        self._tell(report, as_json=options["json"], seconds=time.monotonic() - started)
        if EXIT_CODES[report.outcome]:
            raise SystemExit(EXIT_CODES[report.outcome])

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"finding the areas of all messages: {done} of {total}")

    def _tell(self, report: ImportReport, *, as_json: bool, seconds: float) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        for warning in report.warnings:
            self.stderr.write(f"note: {warning}")
        for repair in report.repairs:
            self.stderr.write(
                f"repaired: feature {repair.feature} ({repair.name}): {repair.what};"
                f" area changed by {repair.area_change:.4%}"
            )
        if report.why:
            self.stderr.write(f"{report.outcome}: {report.why}")
        elif not as_json:
            self.stdout.write(
                f"{report.outcome}: {report.areas} areas of {report.features} features as {report.division}"
                f" in {report.municipality}, {report.crs}, valid from {report.valid_from} ({seconds:.1f} s)"
            )
