"""The report's contributions as CSV: the columns of /pins.csv, comma, UTF-8 (docs/decisions says why)."""

import csv
import io
from dataclasses import astuple, fields

from layers.public_rows import LISTS, WRITTEN
from mapfeedback.reports.district import DistrictReport, ReportItem
from mapfeedback.spreadsheets import harmless

COLUMNS = [field.name for field in fields(ReportItem) if field.name != "geometry"]


def as_csv(report: DistrictReport) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for item in report.items:
        writer.writerow(_cell(name, value) for name, value in zip(COLUMNS, astuple(item), strict=False))
    return file.getvalue().encode()


def _cell(name: str, value: object) -> str:
    """As PostgreSQL writes it into /pins.csv, so that one reader reads both."""
    if isinstance(value, list):
        value = " | ".join(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    text = "" if value is None else str(value)
    return harmless(text) if name in WRITTEN | LISTS else text
