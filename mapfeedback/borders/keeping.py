"""Uploaded border files on disk: taken over without a copy where possible, thrown away when their work is done."""

import datetime
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile

from mapfeedback.borders.models import BorderImport

#: A file that no open or refused import needs after this long was left by a request that did not end.
ORPHANED: Final = datetime.timedelta(hours=6)
#: Reading needs its own copy of the file, unpacked.
ROOM: Final = 3


class NoRoom(Exception):
    """The disk is too full to take the file in."""


def keep(upload: "UploadedFile[Any]", target: Path) -> None:
    """Put an uploaded file where the import looks for it, whole or not at all. Raises NoRoom."""
    folder = target.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(folder).free < ROOM * (upload.size or 0):
        raise NoRoom
    partial = target.with_suffix(".part")
    if isinstance(upload, TemporaryUploadedFile):
        shutil.move(upload.temporary_file_path(), partial)
    else:
        with partial.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
    partial.chmod(0o600)
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    partial.replace(target)


def throw_away(file: Path) -> None:
    file.unlink(missing_ok=True)


def sweep() -> None:
    """Throw away files that no import needs any more: of requests and processes that were killed."""
    folder = Path(settings.BORDERS_FOLDER)
    if not folder.is_dir():
        return
    needed = BorderImport.objects.filter(state__in=(*BorderImport.READABLE, BorderImport.State.ADOPTING))
    known = {str(public_id) for public_id in needed.values_list("public_id", flat=True)}
    for file in folder.iterdir():
        with suppress(FileNotFoundError):  # another request sweeps too
            if file.stem not in known and time.time() - file.stat().st_mtime > ORPHANED.total_seconds():
                throw_away(file)
