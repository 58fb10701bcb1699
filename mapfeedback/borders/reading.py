"""The worker's side of an import: the file becomes a draft with a report, or a question, or a refusal."""

import json
import time
from dataclasses import asdict
from typing import Any, Final

import shapely
from django.db import transaction
from django.utils import timezone, translation
from django.utils.text import slugify
from django.utils.translation import gettext as _

from areas.actions import OlderBorders, draft_edition
from areas.deriving import left_open
from areas.importing.preparing import agree, as_new_area, prepared, same_areas
from areas.importing.report import Asks, ImportReport, NeedsConfirmation, Refused
from areas.importing.seen import Seen
from areas.importing.staged import Choices, Finding, Staged
from areas.models import Division, Edition
from mapfeedback.borders import actions, owning
from mapfeedback.borders.comparing import what_changes
from mapfeedback.borders.models import BorderImport
from mapfeedback.pins.memberships import remember_edition

State = BorderImport.State

#: Findings kept with their shape; beyond them the counts tell.
MOST_FINDINGS: Final = 300
#: Seconds between two notes of progress.
PAUSE: Final = 0.5


class Overtaken(Exception):
    """A later reading, or a person who gave up, has made this one pointless."""


def read(pk: int, attempt: int) -> None:
    """Read the file of an import with the choices made so far; what comes of it is written on the import.

    Killed in between, the import says `reading` although nobody is at work; nothing else has changed.
    """
    reader = _Reader(pk, attempt)
    try:
        border_import = reader.begin()
        with translation.override(border_import.language):
            _read(border_import, reader)
    except Overtaken:
        return


def put_in_force(pk: int) -> None:
    """Adopt the draft of an import, with progress; refused when later borders are in force meanwhile."""
    border_import = BorderImport.objects.with_names().filter(pk=pk).first()
    if border_import is None:
        return
    reader = _Reader(pk, border_import.attempt)

    def progress(done: int, total: int) -> None:
        reader.tell("count", done, total)

    with translation.override(border_import.language):
        try:
            actions.put_in_force(border_import=border_import, now=timezone.now(), progress=progress)
        except OlderBorders as refused:
            actions.refuse(border_import=border_import, why=_older(refused.args[0]), now=timezone.now())


class _Reader:
    """One reading of one import. Writes only while it is the latest."""

    def __init__(self, pk: int, attempt: int) -> None:
        self._rows = BorderImport.objects.filter(pk=pk, attempt=attempt)
        self._told_at = 0.0
        self._step = ""

    def begin(self) -> BorderImport:
        # A job may run twice: `reading` is what a killed one left.
        self.write(State.UPLOADED, State.READING, state=State.READING, step="read", percent=0)
        return self._rows.select_related("municipality", "organisation", "division", "by").get()

    def write(self, *states: State, **values: Any) -> None:
        """Raises Overtaken."""
        if not self._rows.filter(state__in=states).update(changed_at=timezone.now(), **values):
            raise Overtaken

    def reached(self, step: str) -> None:
        self.tell(step, 0, 1)

    def tell(self, step: str, done: int, total: int) -> None:
        if step == self._step and time.monotonic() - self._told_at < PAUSE:
            return
        self._told_at, self._step = time.monotonic(), step
        self.write(State.READING, State.ADOPTING, step=step, percent=100 * done // max(1, total))

    def end(self, **values: Any) -> None:
        self.write(State.READING, **values)


def _read(border_import: BorderImport, reader: _Reader) -> None:
    report, seen = ImportReport(), Seen()
    choices = choices_of(border_import)
    try:
        if border_import.organisation is None:
            staged = prepared(border_import.file, choices, report, seen, border_import.municipality, reader.reached)
        else:
            staged = owning.prepared_own(border_import, choices, report, seen, reader.reached)
        agree(staged, choices)
        reader.reached("store")
        edition = _store(border_import, staged, reader)
    except NeedsConfirmation as question:
        reader.end(state=State.ASKS, why=str(question), asks=question.asks, seen=asdict(seen))
    except Refused as refusal:
        reader.end(state=State.REFUSED, why=str(refusal), asks=refusal.asks, seen=asdict(seen))
    except FileNotFoundError:
        reader.end(state=State.REFUSED, why=_("The file is no longer here. Upload it again."))
    except (shapely.errors.GEOSException, MemoryError):
        text = _("The borders are too complicated to be checked. Export them simplified.")
        reader.end(state=State.REFUSED, why=text, seen=asdict(seen))
    else:
        remember_edition(edition, progress=lambda done, total: reader.tell("count", done, total))
        changes = what_changes(edition)
        report.warnings = staged.remarks + left_open(edition)
        found = reported(report, staged)
        reader.end(state=State.READY, why="", asks="", seen=asdict(seen), report=found, changes=changes)


def choices_of(border_import: BorderImport) -> Choices:
    """What the person said. Repairs are only asked about when everything can be seen."""
    said = border_import.choices
    agreed: frozenset[Asks] = frozenset({"repairs", *said.get("agreed", ())})
    return Choices(**{key: value for key, value in said.items() if key != "agreed"}, agreed=agreed)


@transaction.atomic
def _store(border_import: BorderImport, staged: Staged, reader: _Reader) -> Edition:
    """Lay the areas down as a draft. Raises Refused."""
    actions.drop_draft(border_import)
    division = border_import.division or _founded(border_import)
    current = division.editions.in_force().first()
    if current is not None and current.valid_from > border_import.valid_from:
        raise Refused(_older(current.valid_from))
    areas = [as_new_area(area) for area in staged.areas]
    if current is not None and same_areas(current, areas):
        raise Refused(_("The same borders are in force already. There is nothing to change."))
    edition = draft_edition(
        division=division, areas=areas, valid_from=border_import.valid_from, source=_source(border_import)
    )
    reader.write(State.READING, edition=edition, division=division)
    return edition


def _source(border_import: BorderImport) -> str:
    if border_import.organisation is None:
        return border_import.file_name
    return f"{border_import.organisation.name_fi}: {border_import.file_name}"[:200]


def _older(day: object) -> str:
    return _("Borders from %(day)s are in force already. Give a later day.") % {"day": day}


def _founded(border_import: BorderImport) -> Division:
    stem = slugify(f"{border_import.municipality.slug}-{border_import.new_division['name_fi']}")[:44].strip("-")
    slug, n = stem, 1
    while Division.objects.filter(slug=slug).exists():
        n += 1
        slug = f"{stem}-{n}"
    return Division.objects.create(municipality=border_import.municipality, slug=slug, **border_import.new_division)


def reported(report: ImportReport, staged: Staged) -> dict[str, Any]:
    """What was found, as JSON: counts of everything, the worst with their shapes, numbered as on the map."""
    counts: dict[str, int] = {}
    square_metres: dict[str, float] = {}
    for finding in staged.findings:
        counts[finding.kind] = counts.get(finding.kind, 0) + 1
        square_metres[finding.kind] = square_metres.get(finding.kind, 0.0) + finding.square_metres
    return {
        "features": report.features,
        "areas": report.areas,
        "remarks": report.warnings,
        "to_agree": [doubt.text for doubt in staged.doubts if doubt.about == "repairs"],
        "counts": counts,
        "square_metres": square_metres,
        "findings": [_as_json(number, one) for number, one in enumerate(staged.findings[:MOST_FINDINGS], start=1)],
    }


def _as_json(number: int, finding: Finding) -> dict[str, Any]:
    shape = None if finding.shape is None else json.loads(shapely.to_geojson(finding.shape))
    return {**asdict(finding), "number": number, "shape": shape}
