"""From an uploaded file to the two pictures that are kept of it, or a refusal that says what to do."""

import hashlib
import json
import subprocess
import sys
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Final

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from mapfeedback.pins.photos import picturing

MOST_BYTES: Final = 15 * 1024 * 1024
SCRIPT: Final = Path(picturing.__file__)
#: One picture at a time for each web worker: it bounds the memory, and pages go on meanwhile.
_PLACE: Final = threading.BoundedSemaphore(1)
WAIT_SECONDS: Final = 8
#: Longer than its processor time, for a machine with other work.
WALL_SECONDS: Final = 2 * picturing.CPU_SECONDS
#: What a HEIC or AVIF file says of itself at its fifth byte.
_PHONE_FORMATS: Final = (b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1", b"ftypavif")


class Refused(Exception):
    """This file becomes no photo; the message says what to do, in the reader's language."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A photo as it is kept: JPEGs without metadata, turned the right way; width and height are the large one's."""

    large: bytes
    small: bytes
    width: int
    height: int
    description: str = ""

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.large).hexdigest()

    def described(self, text: str) -> "Picture":
        return replace(self, description=text)


def read(file: IO[bytes], name: str, size: int) -> Picture:
    """The picture in a file, at its beginning. Raises Refused; never runs longer than half a minute."""
    named = {"name": name if len(name) <= 60 else f"{name[:40]}…{name[-12:]}"}
    if size == 0:
        raise Refused(_("“%(name)s” is empty. Choose the picture again.") % named)
    if size > MOST_BYTES:
        most = filesizeformat(MOST_BYTES)
        raise Refused(_("“%(name)s” is too large. At most %(size)s fit here.") % {**named, "size": most})
    beginning = file.read(16)
    _check_kind(beginning, named)
    if not _PLACE.acquire(timeout=WAIT_SECONDS):
        raise Refused(_("Many photos are arriving just now. Wait a moment and send again."))
    try:
        answer = _pictured(beginning + file.read())
    finally:
        _PLACE.release()
    if answer.returncode == picturing.TOO_MANY_PIXELS:
        raise Refused(_("“%(name)s” has over 40 million pixels. Save it smaller and choose it again.") % named)
    if answer.returncode == picturing.TOO_SMALL:
        raise Refused(_("“%(name)s” is too small to show anything. Choose a larger picture.") % named)
    if answer.returncode != 0:
        raise Refused(_("“%(name)s” is damaged. Open and save it again on your device, or choose another.") % named)
    head, _line, pictures = answer.stdout.partition(b"\n")
    told = json.loads(head)
    return Picture(pictures[: told["large"]], pictures[told["large"] :], told["width"], told["height"])


def _check_kind(beginning: bytes, named: dict[str, str]) -> None:
    """By its first bytes; what it is called does not count."""
    if beginning[4:12] in _PHONE_FORMATS:
        raise Refused(
            _("“%(name)s” is in a format of newer phones. Save it as JPEG, or choose “most compatible” in the camera.")
            % named
        )
    is_webp = beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP"
    if not (is_webp or beginning.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))):
        raise Refused(_("“%(name)s” is not a photo. Choose a JPEG, PNG or WebP picture.") % named)


def _pictured(picture: bytes) -> "subprocess.CompletedProcess[bytes]":
    """What the process of its own answered; one that had to be stopped counts as damaged."""
    command = [sys.executable, "-I", str(SCRIPT)]
    try:
        return subprocess.run(
            command, input=picture, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=WALL_SECONDS, env={}
        )
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(command, 1, b"")
