"""The whole way of one file of statistics into the ground: all of it, or nothing and the reason."""

import datetime
from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from areas.importing.report import listed
from areas.models import Division, Edition, PopulationFigure
from areas.residents.carrying import without_population
from areas.residents.headings import Band
from areas.residents.matching import Areas
from areas.residents.report import NeedsConfirmation, PopulationReport, Refused
from areas.residents.understanding import Numbers, understand
from mapfeedback import delimited

#: A file that names fewer of the division's areas than this share is probably about another division.
ENOUGH: Final = 0.5


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person said about the file. Empty fields: find out."""

    code_field: str = ""
    year: int | None = None
    encoding: str = "auto"
    delimiter: str = "auto"
    accept_gaps: bool = False


def import_population(
    *, data: bytes, division: str, choices: Choices, today: datetime.date, source: str = "", keep: bool = True
) -> PopulationReport:
    """Keep the population that a CSV file tells of the areas in force, in one transaction.

    Each number replaces the stored one of its area, year and age; one that the file says is not known removes it.
    What the file does not name stays. `keep=False` does everything and takes it back ("would import"). Refusals are
    outcomes, not exceptions; after one the database is as before.
    """
    report = PopulationReport(division=division)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
            _take(data, division, choices, today, source, report)
            if not keep:
                transaction.set_rollback(True)
    except (Refused, delimited.RefusedFile) as refusal:
        report.outcome, report.why = "refused", str(refusal)
    except NeedsConfirmation as question:
        report.outcome, report.why = "needs confirmation", str(question)
    else:
        report.outcome = "imported" if keep else "would import"
    return report


def _take(
    data: bytes, slug: str, choices: Choices, today: datetime.date, source: str, report: PopulationReport
) -> None:
    edition = _in_force(slug)
    report.borders_from = edition.valid_from.isoformat()
    table = delimited.read(data, encoding=choices.encoding, delimiter=choices.delimiter)
    report.encoding = table.encoding
    areas = Areas.of(edition)
    numbers = understand(
        table, areas, code_field=choices.code_field, year=choices.year, this_year=today.year, report=report
    )
    if areas.zeros:
        pairs = [f"{short} → {code}" for short, code in areas.zeros.items()]
        report.warnings.append(f"Codes had lost the zeros they begin with: {listed(pairs)}.")
    known = {key for key, value in numbers.items() if value is not None}
    report.areas, everywhere = len({key.area for key in known}), edition.areas.count()
    report.figures, report.missing = len(known), len(numbers) - len(known)
    report.years = sorted({key.year for key in numbers})
    report.ages = [str(band) for band in sorted({key.band for key in numbers}, key=_by_age)]
    named = len({key.area for key in numbers})
    if named < ENOUGH * everywhere and not choices.accept_gaps:
        raise NeedsConfirmation(f"The file names only {named} of {everywhere} areas. Confirm with --accept-gaps.")
    _store(edition, numbers, source)
    report.without = [f"{area.code} {area.name}" for area in without_population(edition)]


def _in_force(slug: str) -> Edition:
    edition = Edition.objects.in_force().filter(division__slug=slug).first()
    if edition is None:
        known = ", ".join(Division.objects.order_by("slug").values_list("slug", flat=True)) or "-"
        raise Refused(f"There is no division {slug[:60]} with borders in force. Known: {known}.")
    return edition


def _by_age(band: Band) -> tuple[int, float]:
    return band.age_from, float("inf") if band.age_to is None else band.age_to


def _store(edition: Edition, numbers: Numbers, source: str) -> None:
    told: dict[tuple[int, Band], list[int]] = defaultdict(list)
    for key in numbers:
        told[key.year, key.band].append(key.area)
    for (year, band), areas in told.items():
        PopulationFigure.objects.filter(area__in=areas, year=year, age_from=band.age_from, age_to=band.age_to).delete()
    PopulationFigure.objects.bulk_create(
        [
            PopulationFigure(
                area_id=key.area,
                year=key.year,
                age_from=key.band.age_from,
                age_to=key.band.age_to,
                persons=value,
                source=source[:200],
            )
            for key, value in numbers.items()
            if value is not None
        ],
        batch_size=2000,
    )
