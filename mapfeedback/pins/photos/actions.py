"""What can happen to the photos of a pin. Each action is one transaction and leaves a journal entry for each photo.

A row comes after its files and goes before them: what a crash leaves behind is files that `keeping.sweep` finds.
An entry says `held` when nobody but its author and those who check could have seen a difference.
"""

import datetime
import uuid
from collections.abc import Sequence
from typing import Final

from django.db import transaction
from django.db.models import Count, Q

from mapfeedback.accounts.models import User
from mapfeedback.accounts.rules import may_moderate
from mapfeedback.journal.recording import record
from mapfeedback.pins.models import Photo, Pin, Visibility
from mapfeedback.pins.photos.keeping import keep, throw_away
from mapfeedback.pins.photos.querysets import PhotoQuerySet
from mapfeedback.pins.photos.reading import Picture

MOST_ON_A_PIN: Final = 3


class TooManyPhotos(Exception):
    """A pin holds MOST_ON_A_PIN photos."""


class NotThere(Exception):
    """The pin was withdrawn, or the photo removed, in the meantime."""


def add_photos(
    *, pin: Pin, pictures: Sequence[Picture], now: datetime.datetime, actor: User | None = None
) -> list[Photo]:
    """Put pictures on a pin; the ones it has already are passed over, so that a repeat adds nothing.

    They wait for a check, unless whoever adds them is one of those who check. Raises TooManyPhotos,
    NotThere, NoRoom; then nothing is kept of any.
    """
    added: list[Photo] = []
    try:
        with transaction.atomic():
            pin = _locked(pin.pk)
            there = set(pin.photos.values_list("fingerprint", flat=True))
            new = {picture.fingerprint: picture for picture in pictures if picture.fingerprint not in there}
            if len(there) + len(new) > MOST_ON_A_PIN:
                raise TooManyPhotos
            checked = actor is not None and may_moderate(actor, pin.municipality_id)
            for fingerprint, picture in new.items():
                photo = Photo(
                    public_id=uuid.uuid4(),
                    pin=pin,
                    description=picture.description,
                    width=picture.width,
                    height=picture.height,
                    fingerprint=fingerprint,
                    visibility=Photo.Visibility.PUBLISHED if checked else Photo.Visibility.WAITING,
                    added_at=now,
                    decided_at=now if checked else None,
                )
                added.append(photo)
                keep(photo.public_id, picture)
                photo.save(force_insert=True)
                _told("photo.added", photo, pin, now=now, actor=actor, seen=checked)
            _count(pin, now)
    except BaseException:
        throw_away(photo.public_id for photo in added)
        raise
    return added


def decide_photo(*, photo: Photo, visibility: str, reason: str, now: datetime.datetime, actor: User) -> None:
    """Publish or hide a photo, with a reason that its author reads. Raises NotThere; the same again changes nothing."""
    with transaction.atomic():
        pin = _locked(photo.pin_id)
        found = pin.photos.filter(public_id=photo.public_id).first()
        if found is None:
            raise NotThere
        before, found.visibility, found.decided_at = found.visibility, visibility, now
        found.reason = reason if visibility == Photo.Visibility.HIDDEN else ""
        if before == visibility:
            return
        found.save(update_fields=["visibility", "reason", "decided_at"])
        _count(pin, now)
        verb = "photo.published" if visibility == Photo.Visibility.PUBLISHED else "photo.hidden"
        seen = Photo.Visibility.PUBLISHED in {before, visibility}
        _told(verb, found, pin, now=now, actor=actor, seen=seen, reason=found.reason)


def remove_photo(*, photo: Photo, now: datetime.datetime, actor: User | None = None) -> None:
    """Its author takes it away, row and files. A second time changes nothing."""
    with transaction.atomic():
        pin = _locked(photo.pin_id)
        _remove(pin, pin.photos.filter(public_id=photo.public_id), now, actor)


def remove_all(*, pin: Pin, now: datetime.datetime, actor: User | None = None) -> None:
    """Part of withdrawing a pin, in its transaction."""
    _remove(pin, pin.photos.all(), now, actor)


def _remove(pin: Pin, photos: PhotoQuerySet, now: datetime.datetime, actor: User | None) -> None:
    gone = list(photos)
    for photo in gone:
        _told("photo.removed", photo, pin, now=now, actor=actor, seen=photo.visibility == Photo.Visibility.PUBLISHED)
    if gone:
        Photo.objects.filter(pk__in=[photo.pk for photo in gone]).delete()
        _count(pin, now)
        transaction.on_commit(lambda: throw_away(photo.public_id for photo in gone))


def _locked(pin_id: int) -> Pin:
    """The pin's row comes first, whatever happens to its photos: two changes at once wait for each other."""
    pin = Pin.objects.select_for_update().filter(pk=pin_id).exclude(visibility=Visibility.WITHDRAWN).first()
    if pin is None:
        raise NotThere
    return pin


def _count(pin: Pin, now: datetime.datetime) -> None:
    counted = pin.photos.aggregate(n=Count("pk", filter=Q(visibility=Photo.Visibility.PUBLISHED)))["n"]
    Pin.objects.filter(pk=pin.pk).exclude(photo_count=counted).update(photo_count=counted, changed_at=now)


def _told(
    verb: str, photo: Photo, pin: Pin, *, now: datetime.datetime, actor: User | None, seen: bool, reason: str = ""
) -> None:
    held = not seen or pin.visibility != Visibility.PUBLISHED
    more = {"reason": reason} if reason else {}
    record(verb, photo.public_id, at=now, actor=actor, pin=str(pin.public_id), held=held, **more)
