"""What one statement copies out, on its way to a reader: from the first byte at once, in flat memory.

The database hands over as fast as it can, into a nameless file in a folder of ours; the reader takes from there as
slowly as they like. So a slow reader holds a file and no statement, no snapshot and no lock. Who goes away ends the
statement.

What breaks off in the middle is never a file that looks whole. Our web server ends an answer properly whatever happens
to it, so what was sent has to say it: a GeoJSON without its end is no JSON, a CSV ends inside of quotation marks with
words that say so, and what travels packed becomes unreadable to whoever unpacks it.
"""

import os
import tempfile
import threading
import zlib
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.pq import TransactionStatus

from mapfeedback.opendata import patience

Session = psycopg.Connection[Any]

#: Files on their way at one time for each web worker, with fewer than half of its threads: pages go first.
PLACES: Final = 2
_places: Final = threading.BoundedSemaphore(PLACES)
#: A statement that takes longer is given up; nobody waits with a lock meanwhile.
LONGEST: Final = "5min"
#: Until then a failure is still a proper refusal; afterwards the answer has begun.
FIRST_SECONDS: Final = 0.5
#: What is complete by then and no larger goes out as a whole, with its length, and holds nothing while it is read.
SMALL_SECONDS: Final = 0.2
SMALL_BYTES: Final = 1024 * 1024
#: So often a waiting answer looks whether its reader is still there.
LOOK_SECONDS: Final = 1.0
BLOCK: Final = 64 * 1024
#: Of a packed answer: a block of a kind that does not exist.
UNREADABLE: Final = b"\x07\xff\xff\xff"


class TooManyFiles(Exception):
    """Others are fetching; ask again in a moment."""


class Place:
    """One of the few places for files on their way; given back once, whoever does it. Raises TooManyFiles.

    Whoever stops reading loses it: `patience` ends their connection, and with it the answer.
    """

    def __init__(self) -> None:
        if not _places.acquire(blocking=False):
            raise TooManyFiles
        self._held = threading.Lock()
        patience.limit()

    def give_back(self) -> None:
        if self._held.acquire(blocking=False):
            _places.release()

    def __del__(self) -> None:
        if hasattr(self, "_held"):
            self.give_back()


def folder() -> Path:
    """Where files lie until they are sent: on a disk with room, and nobody else's business."""
    place: Path = settings.EXPORTS_FOLDER
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


@dataclass(frozen=True, slots=True)
class Copying:
    """A SELECT with bound values, how COPY writes it, and what stands around it; `broken` ends what broke off."""

    select: str
    values: tuple[Any, ...]
    how: str
    before: bytes = b""
    after: bytes = b""
    broken: bytes = b""

    def rows(self, session: Session) -> Generator[bytes, None, None]:
        """What the database gives, in handy blocks, the first one as soon as it can. Closing it ends the statement."""
        with session.cursor() as cursor:
            # Along the key the tables are read as they lie on the disk, which the usual settings do not expect.
            cursor.execute(f"SET statement_timeout = '{LONGEST}'; SET work_mem = '64MB'; SET random_page_cost = 1.1")
            try:
                statement = psycopg.ClientCursor(session).mogrify(self.select, self.values)
                with cursor.copy(f"COPY ({statement}) TO STDOUT WITH ({self.how})") as copy:
                    held, size = list[bytes](), BLOCK
                    for row in copy:
                        held.append(bytes(row))
                        size += len(row)
                        if size >= BLOCK:
                            yield b"".join(held)
                            held, size = [], 0
                yield b"".join(held)
            finally:
                if session.info.transaction_status in (TransactionStatus.IDLE, TransactionStatus.INTRANS):
                    cursor.execute("RESET statement_timeout; RESET work_mem; RESET random_page_cost")


class Stream:
    """An answer's content: an iterator of blocks, to be closed. Packed for who unpacks gzip.

    Raises TooManyFiles, and what the database says against the statement unless that comes after FIRST_SECONDS. It
    uses the database session of the request, which nobody else may use until this is closed.
    """

    def __init__(self, copying: Copying, *, packed: bool) -> None:
        self._place = Place()
        connection.ensure_connection()
        self._sent = 0
        self._spool = _Spool(copying, connection.connection, packed=packed)
        self._thread = threading.Thread(target=self._spool.fill, daemon=True)
        self._thread.start()
        self._spool.wait_for_rows(FIRST_SECONDS)
        if self._spool.problem is not None:
            self.close()
            with connection.wrap_database_errors:
                raise self._spool.problem

    def whole(self) -> bytes | None:
        """Everything, and the stream is closed, if it is small and soon there; else None."""
        self._spool.wait_for_end(SMALL_SECONDS)
        content = self._spool.read_all(SMALL_BYTES)
        if content is not None:
            self.close()
        return content

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """The next block; an empty one while there is nothing yet, so that the server notices who has gone."""
        block = self._spool.read(self._sent, LOOK_SECONDS)
        if block is None:
            raise StopIteration
        self._sent += len(block)
        return block

    def close(self) -> None:
        """End the statement if it still runs, and give everything back."""
        self._spool.stop()
        self._thread.join()
        self._spool.file.close()
        self._place.give_back()

    def __del__(self) -> None:
        if hasattr(self, "_thread"):
            self.close()


class _Spool:
    """What lies between the database and the reader; `fill` runs in a thread of its own."""

    def __init__(self, copying: Copying, session: Session, *, packed: bool) -> None:
        self.file = tempfile.TemporaryFile(dir=folder(), buffering=0)  # noqa: SIM115 - the stream closes it
        self.problem: BaseException | None = None
        self._copying = copying
        self._session = session
        self._packer = zlib.compressobj(level=1, wbits=zlib.MAX_WBITS | 16) if packed else None
        self._written = 0
        self._begun = self._ended = self._stopped = False
        self._news = threading.Condition()

    def fill(self) -> None:
        try:
            self._write(self._copying.before, zlib.Z_SYNC_FLUSH)
            with closing(self._copying.rows(self._session)) as rows:
                for block in rows:
                    self._write(block, zlib.Z_NO_FLUSH if self._begun else zlib.Z_SYNC_FLUSH)
                    self._begun = True
                    if self._stopped:
                        return
            self._write(self._copying.after, zlib.Z_FINISH)
        except Exception as problem:  # noqa: BLE001 - whatever it was, the reader's thread raises it
            self.problem = problem
            self._write(self._copying.broken, zlib.Z_FULL_FLUSH)
            if self._packer is not None:
                self._append(UNREADABLE)
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def stop(self) -> None:
        """End the statement; the thread then comes to its end."""
        self._stopped = True
        if not self._ended:
            self._session.cancel_safe(timeout=5)

    def wait_for_rows(self, seconds: float) -> None:
        with self._news:
            self._news.wait_for(lambda: self._begun or self._ended, seconds)

    def wait_for_end(self, seconds: float) -> None:
        with self._news:
            self._news.wait_for(lambda: self._ended, seconds)

    def read_all(self, most: int) -> bytes | None:
        if not self._ended or self.problem is not None or self._written > most:
            return None
        return os.pread(self.file.fileno(), self._written, 0)

    def read(self, start: int, seconds: float) -> bytes | None:
        """A block from there; empty when there is none yet; None at the end. Raises what broke it off."""
        with self._news:
            self._news.wait_for(lambda: self._written > start or self._ended, seconds)
            there, ended = self._written, self._ended
        if there > start:
            return os.pread(self.file.fileno(), BLOCK, start)
        if ended and self.problem is not None:
            raise self.problem
        return None if ended else b""

    def _write(self, block: bytes, flush: int) -> None:
        if self._packer is not None:
            block = self._packer.compress(block) + (self._packer.flush(flush) if flush != zlib.Z_NO_FLUSH else b"")
        self._append(block)

    def _append(self, block: bytes) -> None:
        written = 0
        while written < len(block):
            written += os.pwrite(self.file.fileno(), block[written:], self._written + written)
        with self._news:
            self._written += written
            self._news.notify_all()
