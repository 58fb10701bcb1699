"""What can happen to a pin. Each action is one transaction and leaves one journal entry."""

import datetime
import hashlib
import hmac
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.contrib.gis.geos import GEOSGeometry
from django.db import transaction

from areas.models import Area, Municipality
from mapfeedback.accounts.models import User
from mapfeedback.consultations.models import Consultation
from mapfeedback.geo import Precision
from mapfeedback.journal.recording import record
from mapfeedback.pins import workflow
from mapfeedback.pins.memberships import keep_batches_away, remember_areas
from mapfeedback.pins.models import Category, Channel, Pin, Status, Visibility
from mapfeedback.pins.photos.actions import add_photos, remove_all
from mapfeedback.pins.photos.keeping import NoRoom
from mapfeedback.pins.photos.reading import Picture
from mapfeedback.pins.placing import store
from mapfeedback.pins.rollups.writing import recounted, restate
from mapfeedback.pins.screening import suspicions


class OtherWords(Exception):
    """The same idempotency key came with another contribution: it is not a repeat but a mistake (422)."""


class NotAllowed(Exception):
    """This change does not follow from the pin's present state."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The answer to `place_pin`: the pin, its secret token, and whether an earlier send had made it already.

    `photos_lost`: the disk had no room for its photos, and the words were stored without them.
    """

    pin: Pin
    token: str
    repeated: bool = False
    photos_lost: bool = False


def place_pin(
    *,
    kind: str,
    category: Category,
    text: str,
    municipality: Municipality,
    now: datetime.datetime,
    title: str = "",
    language: str = "fi",
    geom: GEOSGeometry | None = None,
    area: Area | None = None,
    place_text: str = "",
    precision: str = "",
    marker_moved: bool = False,
    channel: str = Channel.WEB,
    on_behalf: bool = False,
    author: User | None = None,
    consultation: Consultation | None = None,
    key: uuid.UUID | None = None,
    photos: Sequence[Picture] = (),
) -> Placed:
    """Store one contribution with its areas and its journal entry, all or nothing.

    `geom` is a valid WGS84 geometry or None; `area` is a district the person chose instead of a place.
    With `key`, a repeat of the same contribution answers the first pin and its same secret token; the same key with
    other words or photos raises OtherWords. A text that looks like it holds personal data is held for a check.
    """
    key = key or uuid.uuid4()
    token = secret_token(key)
    sent = [photo.fingerprint for photo in photos]
    digest = _digest(kind, category.slug, title, text, geom.ewkb.hex() if geom else "", area, place_text, *sent)
    district_chosen = f"{area.division.slug}/{area.code}" if area is not None and geom is None else ""
    pin = Pin(
        municipality=municipality,
        consultation=consultation,
        kind=kind,
        category=category,
        title=title,
        text=text,
        language=language,
        geom=geom,
        district_chosen=district_chosen,
        place_text=place_text,
        precision=precision or _precision(geom, area),
        marker_moved=marker_moved,
        channel=channel,
        on_behalf=on_behalf,
        author=author,
        token_hash=token_hash(token),
        idempotency_key=key,
        idempotency_digest=digest,
        visibility=Visibility.HELD if suspicions(f"{title}\n{text}\n{place_text}") else Visibility.PUBLISHED,
        placed_at=now,
        changed_at=now,
    )
    if not photos:
        if store(pin, actor=author):
            return Placed(pin, token)
    else:
        with transaction.atomic():
            if store(pin, actor=author):
                return Placed(pin, token, photos_lost=not _illustrated(pin, photos, now, author))
    stored = Pin.objects.get(idempotency_key=key)
    if stored.idempotency_digest != digest:
        raise OtherWords
    return Placed(stored, token, repeated=True)


def _illustrated(pin: Pin, photos: Sequence[Picture], now: datetime.datetime, author: User | None) -> bool:
    """Whether a new pin got its photos: words are not refused because a disk is full."""
    try:
        add_photos(pin=pin, pictures=photos, now=now, actor=author)
    except NoRoom:
        return False
    return True


def correct_text(*, pin: Pin, title: str, text: str, now: datetime.datetime, actor: User | None = None) -> Pin:
    """The author's own correction. A text that now looks personal goes back to waiting."""
    with transaction.atomic():
        pin = Pin.objects.select_for_update().get(pk=pin.pk)
        if pin.visibility == Visibility.WITHDRAWN:
            raise NotAllowed
        pin.title, pin.text, pin.changed_at = title, text, now
        if pin.visibility == Visibility.PUBLISHED and suspicions(f"{title}\n{text}"):
            pin.visibility = Visibility.HELD
        with recounted([pin.pk]):
            pin.save(update_fields=["title", "text", "changed_at", "visibility"])
        record("pin.corrected", pin.public_id, at=now, actor=actor, held=pin.visibility == Visibility.HELD)
    return pin


def move_pin(*, pin: Pin, geom: GEOSGeometry, precision: str, now: datetime.datetime, actor: User | None = None) -> Pin:
    """Give a pin another place; its areas follow in the same transaction."""
    with transaction.atomic():
        keep_batches_away()
        pin = Pin.objects.select_for_update().get(pk=pin.pk)
        pin.geom, pin.precision, pin.changed_at, pin.marker_moved = geom, precision, now, True
        pin.suspected_default_place = False
        with recounted([pin.pk]):
            pin.save(update_fields=["geom", "precision", "changed_at", "marker_moved", "suspected_default_place"])
            remember_areas([pin.pk])
        record("pin.moved", pin.public_id, at=now, actor=actor)
    pin.refresh_from_db()
    return pin


def withdraw_pin(*, pin: Pin, now: datetime.datetime, actor: User | None = None) -> None:
    """Its author takes it back: gone from every page, count and export, its photos from the disk; once is enough."""
    with transaction.atomic():
        with recounted([pin.pk]):
            changed = (
                Pin.objects.filter(pk=pin.pk)
                .exclude(visibility=Visibility.WITHDRAWN)
                .update(visibility=Visibility.WITHDRAWN, changed_at=now)
            )
        if changed:
            remove_all(pin=pin, now=now, actor=actor)
            record("pin.withdrawn", pin.public_id, at=now, actor=actor)


def decide_visibility(*, pin: Pin, visibility: str, reason: str, now: datetime.datetime, actor: User) -> None:
    """A moderator publishes or hides a pin, with a reason code its author can read."""
    if visibility not in {Visibility.PUBLISHED, Visibility.HIDDEN}:
        raise NotAllowed
    with transaction.atomic():
        with recounted([pin.pk]):
            changed = (
                Pin.objects.filter(pk=pin.pk)
                .exclude(visibility__in=[Visibility.WITHDRAWN, visibility])
                .update(visibility=visibility, changed_at=now)
            )
        if changed:
            verb = "pin.published" if visibility == Visibility.PUBLISHED else "pin.hidden"
            record(verb, pin.public_id, at=now, actor=actor, reason=reason)


def change_status(*, pin: Pin, status: str, now: datetime.datetime, actor: User | None) -> Pin:
    """Move a pin along the workflow; raises NotAllowed for a step the table does not hold."""
    with transaction.atomic():
        pin = Pin.objects.select_for_update().get(pk=pin.pk)
        before = pin.status
        if not workflow.may_become(before, status):
            raise NotAllowed
        pin.status, pin.changed_at = status, now
        with recounted([pin.pk]):
            pin.save(update_fields=["status", "changed_at"])
        record("pin.status_changed", pin.public_id, at=now, actor=actor, before=before, after=status)
    return pin


def mark_answered(pin_ids: Collection[int], *, now: datetime.datetime) -> None:
    """An answer was published for these pins: open ones become answered, the first answer's time stays.

    Part of the answering action's transaction, which writes the journal entry. Only rows that change are written.
    """
    restate(
        pin_ids,
        only="pin.answered_at IS NULL OR pin.status = ANY(%(open)s)",
        assigned="""
            answered_at = COALESCE(pin.answered_at, %(now)s),
            status = CASE WHEN pin.status = ANY(%(open)s) THEN %(answered)s ELSE pin.status END,
            changed_at = CASE WHEN pin.status = ANY(%(open)s) THEN %(now)s ELSE pin.changed_at END""",
        values={"now": now, "open": [one.value for one in workflow.OPEN], "answered": Status.ANSWERED.value},
    )


def mark_unanswered(pin_ids: Collection[int], *, now: datetime.datetime) -> None:
    """Their last answer was taken back."""
    restate(
        pin_ids,
        only="pin.answered_at IS NOT NULL OR pin.status = %(answered)s",
        assigned="""
            answered_at = NULL,
            status = CASE WHEN pin.status = %(answered)s THEN %(open)s ELSE pin.status END,
            changed_at = CASE WHEN pin.status = %(answered)s THEN %(now)s ELSE pin.changed_at END""",
        values={"now": now, "open": Status.IN_PROGRESS.value, "answered": Status.ANSWERED.value},
    )


def secret_token(key: uuid.UUID) -> str:
    """The token of the secret link that belongs to this idempotency key: the same for a repeated send."""
    return hmac.new(settings.SECRET_KEY.encode(), b"pin-token:" + key.bytes, hashlib.sha256).hexdigest()[:32]


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _digest(*parts: object) -> str:
    return hashlib.sha256("\x1f".join(str(getattr(p, "pk", p)) for p in parts).encode()).hexdigest()


def _precision(geom: GEOSGeometry | None, area: Area | None) -> Precision:
    if geom is not None:
        return Precision.EXACT
    return Precision.AREA if area is not None else Precision.UNKNOWN
