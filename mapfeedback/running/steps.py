"""What has to be done before Django can serve or run a command, and how to see that it is done already."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from mapfeedback.running.locks import alone
from mapfeedback.running.places import CHECKOUT
from mapfeedback.running.terminal import Refusal, Stopped, say, step

MANAGE = (sys.executable, str(CHECKOUT / "manage.py"))
RUN_LOCK = CHECKOUT / "requirements" / "run.txt"
NOT_OURS = {"var", ".git", "node_modules", "__pycache__"}


def translate() -> None:
    """Make the .mo file beside every .po file that is newer; nothing happens when all are up to date."""
    waiting = [
        po
        for po in found("*.po")
        if not (mo := po.with_suffix(".mo")).exists() or mo.stat().st_mtime < po.stat().st_mtime
    ]
    if not waiting:
        return
    with step(f"preparing {len(waiting)} files of translations"):
        program = shutil.which("msgfmt")
        if program is None:
            raise Refusal("msgfmt is missing; install the package gettext.")
        for po in waiting:
            new = po.with_suffix(f".mo.{os.getpid()}")
            done = subprocess.run(
                [program, "--check-format", "-o", new, po], capture_output=True, text=True, check=False
            )
            if done.returncode:
                new.unlink(missing_ok=True)
                raise Refusal(f"A translation cannot be used:\n{done.stderr.strip()}")
            new.replace(po.with_suffix(".mo"))


def prepare(environment: Mapping[str, str], var: Path, *, demo: bool = False, always: bool = True) -> None:
    """Bring the database and the static files of this instance up to date: `manage.py prepare`.

    Without `always`, only when migrations came in since the last time, or never before.
    """
    database = hashlib.sha256(environment.get("DATABASE_URL", "").encode()).hexdigest()[:12]
    database_stamp, static_stamp = var / f"prepared-{database}.stamp", var / "static.stamp"
    with alone(var / "prepare.lock"):
        migrations = [file for file in found("*.py") if file.parent.name == "migrations"]
        tables = signature([*migrations, RUN_LOCK])
        if not always and read(database_stamp) == tables:
            return
        static = signature([*found("*", inside="static"), RUN_LOCK], dates=True)
        gather = read(static_stamp) != static or not (var / "static").is_dir()
        run_to_end([*MANAGE, "prepare", *["--static"] * gather, *["--demo"] * demo], environment)
        static_stamp.write_text(static)
        database_stamp.write_text(tables)


def found(pattern: str, inside: str = "") -> list[Path]:
    """The checkout's own files of this pattern; with `inside`, only those under a folder of that name."""
    files = []
    for folder, folders, _ in os.walk(CHECKOUT):
        folders[:] = sorted(set(folders) - NOT_OURS)
        here = Path(folder)
        if not inside or inside in here.relative_to(CHECKOUT).parts:
            files += sorted(file for file in here.glob(pattern) if file.is_file())
    return files


def signature(files: Iterable[Path], *, dates: bool = False) -> str:
    """A checksum over the files' names and sizes, and with `dates` over the times of their last change."""
    lines = []
    for file in files:
        about = file.stat()
        lines.append(f"{file.relative_to(CHECKOUT)} {about.st_size} {about.st_mtime_ns if dates else ''}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def read(file: Path) -> str:
    return file.read_text() if file.exists() else ""


def run_to_end(command: list[str], environment: Mapping[str, str]) -> None:
    """Run a step of ours away from the terminal's Ctrl-C; when we are stopped, it is stopped and waited for."""
    process = subprocess.Popen(
        command, env=environment, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=sys.stderr, start_new_session=True
    )
    try:
        code = process.wait()
    except Stopped:
        say("· stopping")
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    if code:
        raise Refusal(f"{Path(command[1]).name} {command[2]} failed; the reason is in the lines above.")
