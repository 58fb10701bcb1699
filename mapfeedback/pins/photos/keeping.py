"""The files of photos on disk: there before the row that names them, swept away when no row does."""

import os
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.conf import settings

from mapfeedback.pins.photos.models import Photo, Size
from mapfeedback.pins.photos.reading import Picture

#: A file that no row names after this long was left by a request or a process that did not end.
ORPHANED_SECONDS: Final = 3600


class NoRoom(Exception):
    """The disk did not take the files; none of them is left there."""


def path(photo: uuid.UUID, size: Size) -> Path:
    """Where a file lies: in one of 256 folders, so that none of them grows too long to list."""
    return Path(settings.PHOTOS_FOLDER) / photo.hex[:2] / f"{photo.hex}.{size.value}.jpg"


def keep(photo: uuid.UUID, picture: Picture) -> None:
    """Both files, whole and on the disk for good when this returns. Raises NoRoom."""
    try:
        _write(path(photo, Size.LARGE), picture.large)
        _write(path(photo, Size.SMALL), picture.small)
    except OSError as problem:
        throw_away([photo])
        raise NoRoom from problem


def throw_away(photos: Iterable[uuid.UUID]) -> None:
    for photo in photos:
        for size in Size:
            path(photo, size).unlink(missing_ok=True)
            _partial(path(photo, size)).unlink(missing_ok=True)


def sweep() -> tuple[int, int]:
    """Throw away what no row names any more; how many files that were, and how many photos miss a file of theirs.

    A photo without its files is told and not deleted: a backup may still hold them.
    """
    folder, thrown, lost = Path(settings.PHOTOS_FOLDER), 0, 0
    for first in (f"{nth:02x}" for nth in range(256)):
        found = list((folder / first).glob("*"))
        rows = Photo.objects.filter(public_id__gte=_least(first), public_id__lte=_most(first))
        named = {photo.hex for photo in rows.values_list("public_id", flat=True)}
        for file in found:
            if file.name.partition(".")[0] not in named or file.suffix == ".part":
                thrown += _thrown_if_old(file)
        there = {file.name for file in found}
        lost += sum(any(f"{one}.{size.value}.jpg" not in there for size in Size) for one in named)
    return thrown, lost


def _write(target: Path, content: bytes) -> None:
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = _partial(target)
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _partial(target: Path) -> Path:
    return target.with_suffix(".part")


def _thrown_if_old(file: Path) -> bool:
    try:
        old = time.time() - file.stat().st_mtime > ORPHANED_SECONDS
    except FileNotFoundError:  # another sweep was here
        return False
    if old:
        file.unlink(missing_ok=True)
    return old


def _least(first: str) -> uuid.UUID:
    return uuid.UUID(first + "0" * 30)


def _most(first: str) -> uuid.UUID:
    return uuid.UUID(first + "f" * 30)
