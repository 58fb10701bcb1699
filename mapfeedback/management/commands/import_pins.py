"""The years a city already has: rows of another system's CSV export become pins."""

import json
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, no_translations
from django.utils import timezone

from mapfeedback import delimited
from mapfeedback.pins.importing.adopting import LONGEST_SOURCE, Choices, import_pins
from mapfeedback.pins.importing.mapping import FIELDS
from mapfeedback.pins.importing.report import ImportReport


class Command(BaseCommand):
    help = (
        "Import contributions from a CSV file. Running it again adds only what is new."
        " Exit code 0 when the file was taken (rows may still be refused, see the report), 2 when it was not."
    )

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> Any:
        fields = "\n".join(f"  {field:12} {holds}" for field, holds in FIELDS.items())
        return super().create_parser(
            prog_name,
            subcommand,
            epilog=f"fields:\n{fields}",
            formatter_class=RawDescriptionHelpFormatter,
            **kwargs,
        )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--map", nargs="+", action="extend", required=True, metavar="COLUMN=FIELD")
        parser.add_argument("--value", nargs="+", action="extend", default=[], metavar="FIELD:WORD=CODE")
        parser.add_argument("--source", metavar="NAME", help="the system it comes from; the file's name unless given")
        parser.add_argument("--municipality", default="", metavar="SLUG")
        parser.add_argument("--crs", default="", metavar="EPSG:N", help="of the coordinates; degrees unless given")
        parser.add_argument("--kind", default="feedback", help="for rows that do not say it")
        parser.add_argument("--category", default="other", metavar="SLUG", help="for rows that do not say it")
        parser.add_argument("--channel", default="api", help="for rows that do not say it")
        parser.add_argument("--language", default="fi", help="for rows that do not say it")
        parser.add_argument("--delimiter", default="auto", metavar="SIGN", help="auto , ; | or tab")
        parser.add_argument("--encoding", default="auto", help="auto utf-8 cp1252 latin-1 …")
        parser.add_argument("--dry-run", action="store_true", help="do everything, then take it back")
        parser.add_argument("--json", action="store_true", help="one report as JSON on standard output")

    @no_translations
    def handle(self, **options: Any) -> None:
        file: Path = options["file"]
        try:
            with file.open("rb") as opened:
                data = opened.read(delimited.MAX_BYTES + 1)
        except OSError as problem:
            report = ImportReport(why=f"{file} cannot be read: {problem.strerror}.")
        else:
            report = import_pins(
                data=data,
                choices=Choices(**{name: options[name] for name in Choices.__slots__}),
                source=options["source"] if options["source"] is not None else file.stem[:LONGEST_SOURCE],
                now=timezone.now(),
                keep=not options["dry_run"],
                progress=self.stderr.write,
            )
        if options["json"]:
            self.stdout.write(json.dumps(report.as_dict(), ensure_ascii=False, indent=2))
        self._tell(report, with_numbers=not options["json"])
        if report.outcome == "refused":
            raise SystemExit(2)

    def _tell(self, report: ImportReport, *, with_numbers: bool) -> None:
        if report.outcome == "refused":
            self.stderr.write(f"refused: {report.why}")
            return
        for why, rows in report.warnings.items():
            self.stderr.write(f"note: {why} {_rows(rows)}")
        for refusal in report.refused:
            self.stderr.write(f"row {refusal.row} refused: {refusal.why}")
        for place in report.suspected_default_places:
            self.stderr.write(f"probably a default, not a place: {place.lat}, {place.lon} ({place.pins} pins)")
        if with_numbers:
            self.stdout.write(
                f"{report.outcome}: {report.imported} of {report.rows} rows into {report.municipality}"
                f" from {report.source}; {report.already_there} already there, {len(report.refused)} refused."
                f" {report.located} located, {report.outside} outside, {report.unlocated} without a place;"
                f" {report.held} wait for a check."
            )


def _rows(rows: list[int]) -> str:
    shown = ", ".join(str(row) for row in rows[:10])
    return f"({len(rows)} rows: {shown}{' …' if len(rows) > 10 else ''})"
