"""How many people live in each area, from a CSV file such as Statistics Finland's."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, no_translations
from django.utils import timezone

from areas.residents.importing import Choices, import_population
from areas.residents.report import PopulationReport
from mapfeedback import delimited

EXIT_CODES: Final = {"imported": 0, "would import": 0, "needs confirmation": 1, "refused": 2}


class Command(BaseCommand):
    help = (
        "Import the population of a division's areas by year and age from a CSV file."
        " Exit code 0 done, 1 needs confirmation, 2 refused."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV, long or with years or ages as columns")
        parser.add_argument("--division", required=True, metavar="SLUG")
        parser.add_argument("--code-field", default="", metavar="COLUMN", help="that names the areas; found otherwise")
        parser.add_argument("--year", type=int, metavar="YEAR", help="of numbers whose year the file does not tell")
        parser.add_argument("--source", default="", metavar="TEXT", help="who says so; the file's name unless given")
        parser.add_argument("--delimiter", default="auto", metavar="SIGN", help="auto , ; | or tab")
        parser.add_argument("--encoding", default="auto", help="auto utf-8 cp1252 latin-1 …")
        parser.add_argument("--accept-gaps", action="store_true", help="agree to figures of only a few areas")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then take it back")
        parser.add_argument("--json", action="store_true", help="one report as JSON on standard output")

    @no_translations
    def handle(self, **options: Any) -> None:
        file: Path = options["file"]
        try:
            with file.open("rb") as opened:
                data = opened.read(delimited.MAX_BYTES + 1)
        except OSError as problem:
            report = PopulationReport(why=f"{file} cannot be read: {problem.strerror}.", division=options["division"])
        else:
            report = import_population(
                data=data,
                division=options["division"],
                choices=Choices(**{name: options[name] for name in Choices.__slots__}),
                today=timezone.localdate(),
                source=options["source"] or file.name,
                keep=not options["dry_run"],
            )
        self._tell(report, as_json=options["json"])
        if EXIT_CODES[report.outcome]:
            raise SystemExit(EXIT_CODES[report.outcome])

    def _tell(self, report: PopulationReport, *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        for warning in report.warnings:
            self.stderr.write(f"note: {warning}")
        for said, names in (("not areas of the division", report.not_areas), ("without population", report.without)):
            if names:
                more = f" … (+{len(names) - 20})" if len(names) > 20 else ""
                self.stderr.write(f"{said}: {'; '.join(names[:20])}{more}")
        if report.why:
            self.stderr.write(f"{report.outcome}: {report.why}")
        elif not as_json:
            self.stdout.write(
                f"{report.outcome}: {report.figures} figures of {report.areas} areas from {report.rows} rows,"
                f" {report.missing} not known, years {', '.join(map(str, report.years))},"
                f" ages {', '.join(report.ages)}"
            )
