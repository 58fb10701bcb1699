"""Where an instance keeps its things."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from mapfeedback.running.terminal import Refusal

CHECKOUT = Path(__file__).resolve().parents[2]

# A socket's path may have 107 bytes at most, and the file's own name takes some twenty of them.
LONGEST_SOCKET_FOLDER = 80


def var() -> Path:
    """The folder of this instance, made when missing: `var/` in the checkout, or what MAPFEEDBACK_VAR names."""
    folder = Path(os.environ.get("MAPFEEDBACK_VAR") or CHECKOUT / "var").absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise Refusal(f"The folder {folder} cannot be made: {problem.strerror}.") from problem
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Refusal(f"You may not write to {folder}. Use the service as its owner, or set MAPFEEDBACK_VAR.")
    return folder.resolve()


def socket_folder(data: Path) -> Path:
    """Where the server of this data folder listens: beside it, or in a short private folder of the machine.

    The short one is for long paths, and for characters that a database address would trip over.
    """
    beside = data.with_name(f"{data.name}-socket")
    if plain(beside) and len(os.fsencode(beside)) <= LONGEST_SOCKET_FOLDER:
        return beside
    mark = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    if not plain(base) or len(os.fsencode(base)) > LONGEST_SOCKET_FOLDER // 2 or not os.access(base, os.W_OK):
        base = Path("/tmp")
    return base / f"mapfeedback-{mark}"


def plain(folder: Path) -> bool:
    return all(character.isalnum() or character in "/._-" for character in str(folder))


def make_private(folder: Path, owner: int) -> None:
    """Make sure that only `owner` can enter this folder. Refuses one that somebody else put there first."""
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {owner, os.geteuid()}:
            raise Refusal(f"{folder} is not a folder of ours; somebody else made it. Remove it first.") from None
    if os.geteuid() == 0:
        os.chown(folder, owner, -1)
    folder.chmod(0o700)


def write_private(file: Path, text: str) -> None:
    """Write a secret so that only its owner can read it, and never half of it."""
    new = file.with_name(f"{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    new.replace(file)
