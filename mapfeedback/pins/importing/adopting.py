"""The whole way of one file into the pins, in one transaction."""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import connection, transaction
from django.db.models import Q

from areas.importing import crs
from areas.importing.report import Refused
from areas.models import Area, Municipality
from mapfeedback import delimited
from mapfeedback.delimited import RefusedFile
from mapfeedback.geo import WGS84
from mapfeedback.journal.recording import record
from mapfeedback.pins.importing.default_places import mark_default_places
from mapfeedback.pins.importing.mapping import Columns, Vocabulary, parse_pairs
from mapfeedback.pins.importing.places import Judge, Written, check_system, municipality_of, written
from mapfeedback.pins.importing.report import ImportReport, Refusal, RefusedRow
from mapfeedback.pins.importing.understanding import LANGUAGE, Defaults, Reader, Said, precision_of
from mapfeedback.pins.memberships import remember_areas
from mapfeedback.pins.models import Pin, Visibility
from mapfeedback.pins.rollups.writing import count_new
from mapfeedback.pins.screening import suspicions

BATCH: Final = 1000
LONGEST_SOURCE: Final = 60

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Choices:
    """How to read a file: `map` holds `column=field`, `value` holds `field:word=code`."""

    map: Sequence[str]
    value: Sequence[str] = ()
    municipality: str = ""
    crs: str = ""
    kind: str = "feedback"
    category: str = "other"
    channel: str = "api"
    language: str = "fi"
    delimiter: str = "auto"
    encoding: str = "auto"


@dataclass(frozen=True, slots=True)
class _Sorted:
    """The rows that will become pins, each with its place; the others are in the report already."""

    said: list[Said]
    geoms: list[GEOSGeometry | None]


def import_pins(
    *,
    data: bytes,
    choices: Choices,
    source: str,
    now: datetime.datetime,
    keep: bool = True,
    progress: Progress = lambda sentence: None,
) -> ImportReport:
    """Bring the rows of a CSV file in as pins of `source`, once each, with one journal entry `pins.imported`.

    A row is known by (source, key): a second import finds it there and leaves it as it is. `keep=False` does
    everything and takes it back, so that its report is the true one. A file that cannot be used at all gives the
    outcome "refused"; the database is then as before.
    """
    report = ImportReport(source=source)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # One import at a time, so that a key is never taken twice; it may take longer than a page is given.
                cursor.execute("SET LOCAL statement_timeout = 0")
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('pins.importing'))")
            _import(data, choices, source, now, report, progress)
            if not keep:
                transaction.set_rollback(True)
    except (RefusedFile, Refused) as refusal:
        return ImportReport(source=source, why=str(refusal))
    report.outcome = "imported" if keep else "would import"
    return report


def _import(
    data: bytes, choices: Choices, source: str, now: datetime.datetime, report: ImportReport, progress: Progress
) -> None:
    if not source or len(source) > LONGEST_SOURCE:
        raise RefusedFile(f"--source is a name of 1 to {LONGEST_SOURCE} characters.")
    pairs = parse_pairs(choices.map)
    table = delimited.read(
        data,
        encoding=choices.encoding,
        delimiter=choices.delimiter,
        wanted=[column for column, _field in pairs],
    )
    report.rows, report.encoding, report.delimiter = len(table.rows), table.encoding, table.delimiter
    progress(f"{len(table.rows)} rows, {table.encoding}, delimiter {table.delimiter!r}")
    columns = Columns.of(pairs, table.columns)
    reader = Reader(columns, *_words(choices), ZoneInfo(settings.TIME_ZONE), now)
    understood = _understand(reader, table.rows, report)
    code = crs.parse(choices.crs) if choices.crs else WGS84
    by_number = {row.number: row for row in table.rows}
    places = [written(columns, by_number[said.row], code) for said in understood]
    check_system(places)
    municipality = municipality_of(choices.municipality, places)
    report.municipality = municipality.slug
    new = _not_there_yet(understood, places, source, Judge(municipality), report)
    ids = _store(new, municipality, source, now, report, progress)
    _count_places(ids, municipality, report)
    progress("looking for default places")
    report.suspected_default_places = mark_default_places(source=source, now=now)
    if ids:
        record(
            "pins.imported",
            uuid.uuid4(),
            at=now,
            source=source,
            municipality=municipality.slug,
            imported=report.imported,
            already_there=report.already_there,
            refused=len(report.refused),
            held=report.held,
        )


def _words(choices: Choices) -> tuple[Vocabulary, Defaults]:
    vocabulary = Vocabulary(choices.value)
    if not LANGUAGE.fullmatch(choices.language) or len(choices.language) > 12:
        raise RefusedFile("--language: write fi, sv, en …")
    return vocabulary, Defaults(
        kind=vocabulary.must("kind", choices.kind, "--kind"),
        category=vocabulary.must("category", choices.category, "--category"),
        channel=vocabulary.must("channel", choices.channel, "--channel"),
        language=choices.language,
    )


def _understand(reader: Reader, rows: Sequence[delimited.Row], report: ImportReport) -> list[Said]:
    """Every row that says something, the first of each key; the others are counted."""
    first: dict[str, Said] = {}
    for row in rows:
        try:
            said = reader.understand(row)
        except RefusedRow as refusal:
            report.refused.append(Refusal(row.number, str(refusal)))
            continue
        earlier = first.setdefault(said.key, said)
        if earlier is said:
            continue
        if earlier.content == said.content:
            report.already_there += 1
        else:
            why = f"The key {said.key[:60]} is on row {earlier.row} already, with other content."
            report.refused.append(Refusal(row.number, why))
    return list(first.values())


def _not_there_yet(
    understood: list[Said], places: list[Written], source: str, judge: Judge, report: ImportReport
) -> _Sorted:
    there = {
        key: (title, text)
        for key, title, text in Pin.objects.filter(source=source)
        .exclude(source_key="")
        .values_list("source_key", "title", "text")
    }
    new = _Sorted([], [])
    for said, place in zip(understood, places, strict=True):
        if said.key in there:
            report.already_there += 1
            if there[said.key] != (said.title, said.text):
                report.warn(said.row, "The words differ from what is stored under this key; the stored ones stay.")
            continue
        geom, about_place = judge.point(place)
        report.warn(said.row, *said.warnings, *filter(None, [about_place]))
        new.said.append(said)
        new.geoms.append(geom)
    return new


def _store(
    new: _Sorted,
    municipality: Municipality,
    source: str,
    now: datetime.datetime,
    report: ImportReport,
    progress: Progress,
) -> list[int]:
    ids: list[int] = []
    for at in range(0, len(new.said), BATCH):
        batch = zip(new.said[at : at + BATCH], new.geoms[at : at + BATCH], strict=True)
        made = Pin.objects.bulk_create([_pin(said, geom, municipality, source, now) for said, geom in batch])
        ids += [pin.pk for pin in made]
        report.held += sum(pin.visibility == Visibility.HELD for pin in made)
        progress(f"stored {len(ids)} of {len(new.said)}")
    if ids:
        progress("finding their districts")
        remember_areas(ids)
        count_new(ids)
    report.imported = len(ids)
    return ids


def _pin(said: Said, geom: GEOSGeometry | None, municipality: Municipality, source: str, now: datetime.datetime) -> Pin:
    personal = suspicions(f"{said.title}\n{said.text}\n{said.place_text}")
    return Pin(
        municipality=municipality,
        kind=said.kind,
        category=said.category,
        title=said.title,
        text=said.text,
        language=said.language,
        geom=geom,
        place_text=said.place_text,
        precision=precision_of(said, located=geom is not None),
        channel=said.channel,
        source=source,
        source_key=said.key,
        status=said.status,
        visibility=Visibility.HELD if personal else Visibility.PUBLISHED,
        placed_at=said.placed_at,
        changed_at=now,
        answered_at=said.answered_at,
    )


def _count_places(ids: list[int], municipality: Municipality, report: ImportReport) -> None:
    main = Area.objects.current().of_main_divisions().filter(edition__division__municipality=municipality)
    stored = Pin.objects.filter(pk__in=ids).belonging()
    report.unlocated = stored.filter(geom=None).count()
    inside = Q(home__isnull=False) if main.exists() else Q(geom__intersects=municipality.outline)
    report.located = stored.filter(inside, geom__isnull=False).count()
    report.outside = report.imported - report.located - report.unlocated
    if report.outside and not report.located:
        report.warnings["Every place is outside the city: check --crs and --municipality."] = []
