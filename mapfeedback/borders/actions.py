"""What people do with borders on their way in. Each action is one transaction; what the public sees changes in two."""

import datetime
import uuid
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from procrastinate.contrib.django import app

from areas import actions as ground
from areas.models import Division, Edition, Municipality
from mapfeedback.accounts.models import Organisation, User
from mapfeedback.borders import keeping
from mapfeedback.borders.models import BorderImport
from mapfeedback.journal.recording import record
from mapfeedback.pins import redrawing

State = BorderImport.State

#: An import that waits for a person's word is given up after this long without one.
FORGOTTEN: Final = datetime.timedelta(days=60)


class AnotherUnderWay(Exception):
    """Borders of this municipality or association are being brought in already; `args` holds that import."""


class NotNow(Exception):
    """This step does not follow from where the import stands: somebody else has moved it on."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the borders are for: a division that is there, or the words to found one with, or both to rename it.

    `organisation` is the association whose own borders these are.
    """

    municipality: Municipality
    division: Division | None
    new_division: dict[str, str]
    valid_from: datetime.date
    organisation: Organisation | None = None


def receive(
    *,
    upload: "UploadedFile[Any]",
    target: Target,
    language: str,
    now: datetime.datetime,
    actor: User,
    way: BorderImport.Way = BorderImport.Way.FILE,
    choices: dict[str, Any] | None = None,
) -> BorderImport:
    """Keep an uploaded file and have it read. A refused import of the same target gives way to it.

    `choices` says of a file that we wrote ourselves what is in it.

    Raises AnotherUnderWay and `keeping.NoRoom`; nothing is kept then.
    """
    keeping.sweep()
    public_id = uuid.uuid4()
    made = BorderImport(
        public_id=public_id,
        municipality=target.municipality,
        organisation=target.organisation,
        way=way,
        choices=choices or {},
        division=target.division,
        new_division=target.new_division,
        valid_from=target.valid_from,
        file_name=(upload.name or "")[-200:],
        file_size=upload.size or 0,
        language=language,
        by=actor,
        uploaded_at=now,
        changed_at=now,
    )
    refuse_a_second(target.municipality, target.organisation)
    keeping.keep(upload, made.file)
    try:
        with transaction.atomic():
            beside = BorderImport.objects.filter(municipality=target.municipality, organisation=target.organisation)
            for refused in beside.filter(state=State.REFUSED):
                give_up(border_import=refused, now=now)
            made.save()
            record("borders.uploaded", public_id, at=now, actor=actor, **_told(made))
            _have_read(made)
    except IntegrityError:
        keeping.throw_away(made.file)
        refuse_a_second(target.municipality, target.organisation)
        raise
    return made


def refuse_a_second(municipality: Municipality, organisation: Organisation | None = None) -> None:
    """Raises AnotherUnderWay while an import of this municipality, or of this association, is open."""
    beside = BorderImport.objects.open().filter(municipality=municipality, organisation=organisation)
    other = beside.with_names().first()
    if other is not None:
        raise AnotherUnderWay(other)


@transaction.atomic
def read_again(*, border_import: BorderImport, choices: dict[str, Any], now: datetime.datetime) -> None:
    """Have the file read anew with what the person said. Raises NotNow and AnotherUnderWay."""
    locked = _locked(border_import, *BorderImport.READABLE)
    if not locked.has_file:
        raise NotNow
    if locked.state == State.REFUSED:
        refuse_a_second(locked.municipality, locked.organisation)
    drop_draft(locked)
    locked.choices, locked.state, locked.why, locked.asks = choices, State.UPLOADED, "", ""
    locked.step, locked.percent = "", 0
    locked.attempt += 1
    locked.changed_at = now
    locked.save()
    _have_read(locked)


@transaction.atomic
def give_up(*, border_import: BorderImport, now: datetime.datetime) -> None:
    """Throw the file and its draft away. Borders in force are not touched. Raises NotNow."""
    locked = _locked(border_import, *BorderImport.READABLE)
    drop_draft(locked)
    _end(locked, State.GIVEN_UP, now)


def give_up_forgotten(*, now: datetime.datetime) -> int:
    """Give up every import that has waited for a person so long that nobody will come; returns how many."""
    waiting = BorderImport.objects.filter(state__in=(State.ASKS, State.REFUSED, State.READY))
    given_up = 0
    for border_import in waiting.filter(changed_at__lt=now - FORGOTTEN):
        with suppress(NotNow):  # somebody came after all
            give_up(border_import=border_import, now=now)
            given_up += 1
    return given_up


@transaction.atomic
def adopt(*, border_import: BorderImport, now: datetime.datetime, actor: User) -> None:
    """Have the draft put in force, in the background. A second call while that happens changes nothing.

    Also goes on with an adoption that was interrupted. Raises NotNow.
    """
    locked = _locked(border_import, State.READY, State.ADOPTING)
    if locked.edition is None:
        raise NotNow
    locked.state, locked.step, locked.percent, locked.changed_at, locked.by = State.ADOPTING, "", 0, now, actor
    locked.save()
    app.configure_task(name="borders.adopt").defer(pk=locked.pk)


def put_in_force(*, border_import: BorderImport, now: datetime.datetime, progress: Any) -> None:
    """The worker's part of `adopt`. Not for use in a transaction; a second call changes nothing.

    Raises `areas.actions.OlderBorders` when somebody has put later borders in force meanwhile.
    """
    edition = border_import.edition
    if border_import.state != State.ADOPTING or edition is None:
        return
    redrawing.put_in_force(edition=edition, now=now, progress=progress, actor=border_import.by)
    with transaction.atomic():
        locked = _locked(border_import, State.ADOPTING)
        if locked.organisation is None:
            make_main_if_first(edition.division)
        else:
            _make_own(locked.organisation, edition.division, locked.new_division)
        locked.adopted_at = now
        _end(locked, State.IN_FORCE, now)


def make_main_if_first(division: Division) -> None:
    """The first division of a municipality is the one that lists and reports use."""
    if not Division.objects.filter(municipality=division.municipality_id, is_main=True).exists():
        Division.objects.filter(pk=division.pk).update(is_main=True)


def _make_own(organisation: Organisation, division: Division, words: dict[str, str]) -> None:
    """The division is the association's from now on, and is called as it says."""
    Organisation.objects.filter(pk=organisation.pk).update(own_division=division)
    Division.objects.filter(pk=division.pk).update(name_fi=words["name_fi"], name_sv=words["name_sv"])


@transaction.atomic
def end_own(*, organisation: Organisation, now: datetime.datetime, actor: User) -> None:
    """The association's own borders stop being in force; their pages stay and say so.

    Raises `areas.actions.NotInForce`.
    """
    edition = Edition.objects.in_force().filter(division__drawn_by=organisation).first()
    if edition is None:
        raise ground.NotInForce
    ground.end(edition=edition, on=timezone.localdate(now))
    told = {"edition": edition.pk, "division": edition.division.slug, "organisation": organisation.slug}
    record("edition.ended", uuid.uuid4(), at=now, actor=actor, **told)


@transaction.atomic
def refuse(*, border_import: BorderImport, why: str, now: datetime.datetime) -> None:
    """Note that an import cannot go on, and why (in the person's language)."""
    locked = _locked(border_import, State.READING, State.ADOPTING)
    drop_draft(locked)
    locked.state, locked.why, locked.changed_at = State.REFUSED, why, now
    locked.save()


@transaction.atomic
def take_back(*, edition: Edition, now: datetime.datetime, actor: User) -> None:
    """Put the borders before this edition back in force; the edition becomes a draft that nobody sees.

    Raises `areas.actions.NotInForce`.
    """
    redrawing.take_back(edition=edition, now=now, actor=actor)
    BorderImport.objects.filter(edition=edition, state=State.IN_FORCE).update(state=State.TAKEN_BACK, changed_at=now)


def _have_read(border_import: BorderImport) -> None:
    app.configure_task(name="borders.read").defer(pk=border_import.pk, attempt=border_import.attempt)


def _locked(border_import: BorderImport, *states: str) -> BorderImport:
    """The import as it is now, and nobody else's until the transaction ends. Raises NotNow in any other state."""
    locked = BorderImport.objects.select_for_update(of=("self",)).with_names().get(pk=border_import.pk)
    if locked.state not in states:
        raise NotNow
    return locked


def drop_draft(border_import: BorderImport) -> None:
    """Throw away what reading laid down, and the division if it was founded for it."""
    edition, division = border_import.edition, border_import.division
    there = set(Edition.objects.filter(division=division).values_list("pk", flat=True)) if division else set()
    founded = bool(border_import.new_division) and not there - {border_import.edition_id}
    border_import.edition = None
    if founded:
        border_import.division = None
    border_import.save(update_fields=["edition", "division"])
    if edition is not None:
        redrawing.throw_away(edition=edition)
    if founded and division is not None:
        division.delete()


def _told(border_import: BorderImport) -> dict[str, str]:
    told = {"municipality": border_import.municipality.slug}
    return told if border_import.organisation is None else told | {"organisation": border_import.organisation.slug}


def _end(border_import: BorderImport, state: State, now: datetime.datetime) -> None:
    border_import.state, border_import.changed_at = state, now
    border_import.seen = {}  # samples of the file's fields, which may be owners' names: they go with the file
    border_import.save()
    file = border_import.file
    transaction.on_commit(lambda: keeping.throw_away(file))
