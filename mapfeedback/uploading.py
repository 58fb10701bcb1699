"""Uploaded files on their way in: each goes to the disk, and a full disk loses a file but not the form around it."""

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.http import HttpRequest


class ToDisk(TemporaryFileUploadHandler):
    """As Django's own. A file that the disk did not take is missing in `request.FILES`; `uploads_lost` tells of it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        try:
            super().new_file(*args, **kwargs)
        except OSError:
            self._lose()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            super().receive_data_chunk(raw_data, start)
        except OSError:
            self._lose()

    def file_complete(self, file_size: int) -> "UploadedFile[Any] | None":
        try:
            return super().file_complete(file_size)
        except OSError:  # its last bytes waited in a buffer
            self.request.uploads_lost = True  # type: ignore[union-attr]
            return None

    def _lose(self) -> None:
        self.request.uploads_lost = True  # type: ignore[union-attr]
        raise SkipFile


def uploads_lost(request: HttpRequest) -> bool:
    """Whether the disk had no room for a file of this form; ask after the form was read."""
    return getattr(request, "uploads_lost", False)
