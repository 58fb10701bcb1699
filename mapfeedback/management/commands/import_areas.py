"""Borders from a file become a division's new edition, or are refused with the reasons."""

import datetime
import json
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, no_translations
from django.utils import timezone

from areas.importing import formats
from areas.importing.adopting import import_areas
from areas.importing.report import Imported, ImportReport
from areas.importing.staged import Choices
from mapfeedback.pins.redrawing import put_in_force

EXIT_CODES: Final = {"imported": 0, "would import": 0, "needs confirmation": 1, "refused": 2}


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


class Command(BaseCommand):
    help = "Import the borders of a division from a file. Exit code 0 done, 1 needs confirmation, 2 refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="GeoPackage, zipped Shapefile, GeoJSON, TopoJSON or KML")
        parser.add_argument("--division", required=True, metavar="SLUG", help="founded when it is not known yet")
        parser.add_argument("--municipality", default="", metavar="NAME", help="founded when it is not known yet")
        parser.add_argument("--layer", default="", metavar="LAYER", help="when the file has several")
        parser.add_argument("--name-field", default="", metavar="FIELD")
        parser.add_argument("--name-sv-field", default="", metavar="FIELD")
        parser.add_argument("--code-field", default="", metavar="FIELD", help="without it codes are made from names")
        parser.add_argument("--population-field", default="", metavar="FIELD")
        parser.add_argument("--crs", default="", metavar="EPSG:N", help="when the file does not say it itself")
        parser.add_argument("--encoding", default="", metavar="NAME", help="of a shapefile's text, such as CP1252")
        parser.add_argument("--valid-from", type=day, metavar="DATE", help="such as 2026-01-01; today unless given")
        parser.add_argument("--accept-repairs", action="store_true", help="agree to what the report asks about")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then take it back")
        parser.add_argument("--json", action="store_true", help="one report as JSON on standard output")

    @no_translations
    def handle(self, **options: Any) -> None:
        started = time.monotonic()
        today = timezone.localdate()
        file: Path = options["file"]
        try:
            with file.open("rb") as opened:
                data = opened.read(formats.MAX_BYTES + 1)
        except OSError as problem:
            why = f"{file} cannot be read: {problem.strerror}."
            done = Imported(ImportReport(why=why, division=options["division"]))
        else:
            done = import_areas(
                data=data,
                division=options["division"],
                municipality=options["municipality"],
                choices=Choices(
                    layer=options["layer"],
                    encoding=options["encoding"],
                    name_field=options["name_field"],
                    name_sv_field=options["name_sv_field"],
                    code_field=options["code_field"],
                    population_field=options["population_field"],
                    crs=options["crs"],
                    accept_repairs=options["accept_repairs"],
                ),
                valid_from=options["valid_from"] or today,
                today=today,
                source=file.name,
                keep=not options["dry_run"],
            )
        if done.edition is not None:
            put_in_force(edition=done.edition, now=timezone.now(), progress=self._progress)
        report = done.report
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
