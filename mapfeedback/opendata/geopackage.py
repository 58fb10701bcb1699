"""Any number of contributions as a GeoPackage: PostgreSQL writes the rows, a process of its own makes the file."""

import io
import json
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import IO, Final

from django.db import connection

from mapfeedback.opendata.copying import table_rows
from mapfeedback.opendata.streaming import SMALL_BYTES, Copying, Place, folder
from mapfeedback.pins.querysets import PinQuerySet

SCRIPT: Final = Path(__file__).with_name("packing.py")
#: What PostgreSQL calls boolean, whole numbers, fractions and days, in the words of a GeoPackage; the rest is TEXT.
KINDS: Final = {16: "BOOLEAN", 20: "INTEGER", 21: "INTEGER", 23: "INTEGER", 701: "DOUBLE", 1082: "DATE"}
#: The most that Linux lets a process without rights have.
PIPE_BYTES: Final = 1024 * 1024
#: After the last row: the index of places, and what is left to be written.
FINISH_SECONDS: Final = 120
#: A folder that old was left behind by a process that died.
LEFT_BEHIND_SECONDS: Final = 6 * 3600


def geopackage(pins: PinQuerySet, *, site: str, about: Mapping[str, str]) -> IO[bytes]:
    """A complete GeoPackage of these pins, at its beginning; whoever closes it gives its place back.

    EPSG:4326, layers `points`, `lines`, `areas` (each with an index of places) and the table `without_place`. `about`
    is written into its metadata. Raises TooManyFiles.
    """
    place = Place()
    try:
        _tidy()
        with tempfile.TemporaryDirectory(dir=folder()) as near:
            path = Path(near) / "pins.gpkg"
            _pack(pins, path, site=site, about=about)
            if path.stat().st_size <= SMALL_BYTES:
                place.give_back()
                return io.BytesIO(path.read_bytes())
            # Its name goes with the folder; the open file stays until it is closed.
            return _Held(path, place)
    except BaseException:
        place.give_back()
        raise


class _Held(io.FileIO):
    def __init__(self, path: Path, place: Place) -> None:
        super().__init__(path)
        self._place = place

    def close(self) -> None:
        super().close()
        self._place.give_back()


def _kinds(rows: Copying) -> list[tuple[str, str]]:
    """The name and the kind of every column, as the database has them; the last is the geometry."""
    with connection.cursor() as cursor:
        cursor.execute(f"{rows.select} LIMIT 0", rows.values)
        return [(column.name, KINDS.get(column.type_code, "TEXT")) for column in cursor.description[:-1]]


def _pack(pins: PinQuerySet, path: Path, *, site: str, about: Mapping[str, str]) -> None:
    connection.ensure_connection()
    # First of all, so that it loads while the database is asked. A wide pipe: the database writes on while the packer
    # works on what it has.
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(path)]
    packer = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, pipesize=PIPE_BYTES, env={}
    )
    assert packer.stdin is not None and packer.stdout is not None
    try:
        rows = table_rows(pins, site=site)
        told = {"columns": _kinds(rows), "about": dict(about)}
        with connection.wrap_database_errors, closing(rows.rows(connection.connection)) as blocks:
            for block in chain([json.dumps(told).encode() + b"\n"], blocks):
                packer.stdin.write(block)
        packer.stdin.close()
        _wait_for_end(packer.stdout)
    finally:
        packer.kill()
        packer.stdin.close()
        packer.stdout.close()
        packer.wait()
    if packer.returncode:
        raise RuntimeError("the GeoPackage could not be made")


def _wait_for_end(said: IO[bytes]) -> None:
    """Until the packer, which says nothing, closes what it could speak by: when it ends. At most FINISH_SECONDS.

    To wait for a process with a limit is to look twenty times a second, which takes a small file a tenth of its time.
    """
    poll = select.poll()
    poll.register(said, select.POLLIN)
    poll.poll(FINISH_SECONDS * 1000)


def _tidy() -> None:
    for left in folder().iterdir():
        if left.stat().st_mtime < time.time() - LEFT_BEHIND_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
