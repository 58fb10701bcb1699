"""One tile of the base map: from our own disk while fresh, else from the service the city chose, else stale.

The address is the installation's setting, never the reader's. A key that stands in it never reaches a log line, an
error or an answer.
"""

import hashlib
import logging
import os
import re
import stat
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3

from mapfeedback.geo import Tile

log = logging.getLogger(__name__)
# It writes whole addresses, keys included.
logging.getLogger("urllib3.connectionpool").setLevel(logging.CRITICAL)

#: OpenStreetMap's tile policy asks for at least seven days.
FRESH_SECONDS: Final = 8 * 24 * 3600
#: After a failure nobody waits for the upstream again for this long.
REST_SECONDS: Final = 30
#: No reader waits longer for a place in the queue to the upstream.
QUEUE_SECONDS: Final = 1
MAX_BYTES: Final = 1024 * 1024
#: After so many tiles written by this process the disk is measured, so that nobody can fill it by asking for the world.
SWEEP_EVERY = 200
SIZE: Final = 256
TIMEOUT: Final = urllib3.Timeout(connect=2, read=2)
HEADERS: Final = {"User-Agent": "mapfeedback/0.1 (municipal participation map; caching tile proxy)"}

#: What a file must begin with, whatever the upstream says it is.
SIGNATURES: Final = {
    "image/png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "image/jpeg": re.compile(rb"\xff\xd8\xff"),
    "image/webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
}


@dataclass(frozen=True, slots=True)
class Picture:
    content: bytes
    content_type: str


def address_of(template: str, tile: Tile) -> str:
    """The upstream address of a tile; XYZ, WMTS (REST) and WMS placeholders in any order.

    XYZ: {z} {x} {y}. WMTS: {TileMatrix} {TileCol} {TileRow} mean the same. WMS: {bbox} in EPSG:3857 metres, and
    {width} {height} in pixels.
    """
    values = {
        "z": str(tile.z),
        "x": str(tile.x),
        "y": str(tile.y),
        "tilematrix": str(tile.z),
        "tilecol": str(tile.x),
        "tilerow": str(tile.y),
        "bbox": ",".join(f"{edge:.6f}" for edge in tile.bounds),
        "width": str(SIZE),
        "height": str(SIZE),
    }
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1].lower(), found[0]), template)


class Upstream:
    """The base map behind one address, with its disk cache and its rest after a failure. Safe for threads.

    `folder` holds `most_bytes` of all base maps together, and a little more between two sweeps.
    """

    def __init__(self, template: str, folder: Path, most_bytes: int) -> None:
        self.template = template
        self._cache, self._most_bytes = folder, most_bytes
        self._written = 0
        # Another base map gets another folder: tiles of two services never mix.
        self.folder = folder / hashlib.sha256(template.encode()).hexdigest()[:12]
        self._pool = urllib3.PoolManager(maxsize=4, retries=urllib3.Retry(0, redirect=2), timeout=TIMEOUT)
        self._places = threading.BoundedSemaphore(4)
        self._rests_until = 0.0

    def picture(self, tile: Tile) -> Picture | None:
        """The tile, fresh or stale; None when there is none and the upstream does not answer. Never raises."""
        path = self.folder / str(tile.z) / str(tile.x) / str(tile.y)
        kept, age = _read(path)
        if kept is not None and age < FRESH_SECONDS:
            return kept
        fetched = self._fetch(tile)
        if fetched is None:
            return kept
        _write(path, fetched.content)
        if self._written % SWEEP_EVERY == 0:
            _sweep(self._cache, self._most_bytes)
        self._written += 1
        return fetched

    def _fetch(self, tile: Tile) -> Picture | None:
        if time.monotonic() < self._rests_until or not self._places.acquire(timeout=QUEUE_SECONDS):
            return None
        try:
            # Somebody before us in the queue may have found the upstream down.
            return None if time.monotonic() < self._rests_until else self._ask(tile)
        finally:
            self._places.release()

    def _ask(self, tile: Tile) -> Picture | None:
        try:
            answer = self._pool.request("GET", address_of(self.template, tile), headers=HEADERS, preload_content=False)
            try:
                content = answer.read(MAX_BYTES + 1) if answer.status == 200 else b""
                answer.drain_conn()
            finally:
                answer.release_conn()
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as failure:
            # The failure's own text holds the address, and the address may hold a key.
            self._rest(type(failure).__name__)
            return None
        if answer.status == 404:  # no such tile: an answer, not a failure
            return None
        picture = _as_picture(content)
        if picture is None:
            self._rest(f"HTTP {answer.status}, no picture of at most {MAX_BYTES} bytes")
        return picture

    def _rest(self, why: str) -> None:
        self._rests_until = time.monotonic() + REST_SECONDS
        log.warning("The base map did not answer (%s); it is asked again in %s s.", why, REST_SECONDS)


def _as_picture(content: bytes) -> Picture | None:
    if len(content) <= MAX_BYTES:
        for content_type, signature in SIGNATURES.items():
            if signature.match(content):
                return Picture(content, content_type)
    return None


def _read(path: Path) -> tuple[Picture | None, float]:
    """What is kept, and its age in seconds."""
    try:
        age = time.time() - path.stat().st_mtime
        return _as_picture(path.read_bytes()), max(0.0, age)
    except OSError:
        return None, 0.0


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all; a full or read-only disk costs the cache, not the reader."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except OSError as failure:
        log.warning("A base map tile could not be kept on disk: %s.", failure.strerror)


def _sweep(folder: Path, most_bytes: int) -> None:
    """Over the limit, the tiles fetched longest ago go, until a fifth of the room is free. Any number may sweep."""
    kept = []
    for path in folder.rglob("*"):
        try:
            told = path.stat()
        except OSError:  # another process swept it away
            continue
        if stat.S_ISREG(told.st_mode):
            # What it takes on the disk: a picture of the open sea has a hundred bytes and takes four thousand.
            kept.append((told.st_mtime, told.st_blocks * 512, path))
    left = sum(size for _at, size, _path in kept)
    if left <= most_bytes:
        return
    for _at, size, path in sorted(kept):
        if left <= most_bytes * 0.8:
            return
        try:
            path.unlink(missing_ok=True)
        except OSError as failure:
            log.warning("A base map tile could not be taken off the disk: %s.", failure.strerror)
            return
        with suppress(OSError):  # others are left in the column; an empty one takes room too
            path.parent.rmdir()
        left -= size
