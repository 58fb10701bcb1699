"""A zip file as what it may hold: a few plain files, unpacked under names of our own and never beyond a limit."""

import errno
import mmap
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from django.utils.translation import gettext as _

from areas.importing.report import Refused

MAX_ENTRIES: Final = 200
MAX_REAL_BYTES: Final = 500 * 1024 * 1024
#: Bytes that come out for each that lies in the file.
MAX_RATIO: Final = 200
_DAMAGES: Final = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError)
_STEP: Final = 1024 * 1024
_PACKED: Final = (".zip", ".kmz", ".7z", ".rar", ".gz", ".tar")
#: What a directory's entry begins with; counted before the directory is read, which would take memory for each.
_ENTRY: Final = b"PK\x01\x02"


def entries(file: Path) -> dict[str, zipfile.ZipInfo]:
    """The files of a zip by their names, without what macOS adds; raises Refused for one that means harm."""
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if sum(1 for _entry in islice(re.finditer(re.escape(_ENTRY), data), 2 * MAX_ENTRIES + 1)) > 2 * MAX_ENTRIES:
            raise _too_many()
    try:
        with zipfile.ZipFile(file) as archive:
            found = [entry for entry in archive.infolist() if not entry.is_dir()]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
        raise _damaged() from None
    if len(found) > MAX_ENTRIES:
        raise _too_many()
    for entry in found:
        _check(entry)
    _check_size(sum(entry.file_size for entry in found), file.stat().st_size)
    return {
        entry.filename: entry
        for entry in found
        if "__MACOSX" not in entry.filename and not PurePosixPath(entry.filename).name.startswith(".")
    }


def beginning(file: Path, entry: zipfile.ZipInfo, length: int) -> bytes:
    """The first bytes of an entry, fewer when it is shorter; raises Refused for a damaged one."""
    try:
        with zipfile.ZipFile(file) as archive, archive.open(entry) as source:
            return source.read(length)
    except _DAMAGES:
        raise _damaged() from None
    except OSError as problem:
        # A directory that points outside the file; a full disk is no fault of the file.
        if problem.errno != errno.EINVAL:
            raise
        raise _damaged() from None


def unpack(file: Path, wanted: Mapping[Path, zipfile.ZipInfo]) -> None:
    """Writes each entry to its path. The real bytes are counted as they come; what the file says is not believed."""
    written = 0
    packed = file.stat().st_size
    try:
        with zipfile.ZipFile(file) as archive:
            for target, entry in wanted.items():
                with archive.open(entry) as source, target.open("wb") as unpacked:
                    while step := source.read(_STEP):
                        written += len(step)
                        _check_size(written, packed)
                        unpacked.write(step)
    except _DAMAGES:
        raise _damaged() from None
    except OSError as problem:
        # A directory that points outside the file; a full disk is no fault of the file.
        if problem.errno != errno.EINVAL:
            raise
        raise _damaged() from None


def _check(entry: zipfile.ZipInfo) -> None:
    name = entry.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name or ".." in PurePosixPath(name).parts:
        raise Refused(_("The zip file has a name that leads out of it: %(name)s.") % {"name": name[:100]})
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refused(_("The zip file has a link in it: %(name)s. Pack the files themselves.") % {"name": name[:100]})
    if name.lower().endswith(_PACKED):
        raise Refused(_("The zip file has a packed file in it: %(name)s. Pack it only once.") % {"name": name[:100]})
    if entry.flag_bits & 1:
        raise Refused(_("The zip file asks for a password. Pack it without."))
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Refused(_("The zip file is packed in an unusual way. Pack it again as a plain zip file."))


def _check_size(real: int, packed: int) -> None:
    if real > MAX_REAL_BYTES or real > MAX_RATIO * packed:
        raise Refused(_("The zip file unpacks to far more than it holds. It is refused as a danger."))


def _too_many() -> Refused:
    return Refused(
        _("The zip file has more than %(most)s files. Pack only one shapefile's files.") % {"most": MAX_ENTRIES}
    )


def _damaged() -> Refused:
    return Refused(_("The zip file is damaged or cut off. Pack or copy it again."))
