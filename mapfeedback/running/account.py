"""PostgreSQL refuses to run as root. This finds an account it may run as, and starts its programs there."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mapfeedback.running.terminal import Refusal


@dataclass(frozen=True)
class Account:
    """Who runs the database server. `owner` owns its files as seen from outside."""

    owner: int
    prefix: tuple[str, ...] = ()  # what stands before a program
    switch: bool = False  # whether to become `owner` before the program starts

    def start(self, arguments: Sequence[str | Path], output: int) -> subprocess.Popen[str]:
        """Start a program away from the terminal's Ctrl-C, with everything it says going to `output`."""
        return subprocess.Popen(
            [*self.prefix, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            cwd="/",
            user=self.owner if self.switch else None,
            group=pwd.getpwuid(self.owner).pw_gid if self.switch else None,
            extra_groups=[] if self.switch else None,
        )

    def run(self, *arguments: str | Path) -> tuple[int, str]:
        """Run a program to its end: its exit code and everything it said."""
        process = self.start(arguments, subprocess.PIPE)
        said, _ = process.communicate()
        return process.returncode, said


def account_for(data: Path) -> Account:
    """The account that runs the server of this data folder.

    An ordinary user runs it as themselves. For root the server gets a user namespace of its own (files stay root's),
    or where the machine refuses that, as inside a chroot, an unprivileged account that then owns the files.
    """
    there = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if there not in {None, os.geteuid()}:
            raise Refusal(f"{data} belongs to another user. Use the service as that user, or set MAPFEEDBACK_VAR.")
        return Account(os.geteuid())
    if there is None or there == 0:
        mapped = namespace()
        if mapped:
            return Account(0, mapped)
    account = Account(there or unprivileged(), switch=True)
    if there == 0:
        give_away(data, account.owner)
    if account.run("test", "-x", data.parent)[0]:
        name = pwd.getpwuid(account.owner).pw_name
        raise Refusal(
            f"The database server cannot run as root, and the account {name} may not enter {data.parent}: "
            "a folder above it is closed to others, as root's home is. Move the checkout somewhere open such as /srv, "
            "set MAPFEEDBACK_VAR to an open folder, or use an ordinary user."
        )
    return account


def namespace() -> tuple[str, ...]:
    """The words that start a program in a user namespace where root appears as `nobody`; none when refused."""
    program = shutil.which("unshare")
    if program is None:
        return ()
    prefix = (program, "--user", f"--map-user={pwd.getpwnam('nobody').pw_uid}")
    refused = subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode
    return () if refused else prefix


def unprivileged() -> int:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_uid
        except KeyError:
            continue
    raise Refusal("There is no account named postgres or nobody for the database server. Use an ordinary user.")


def give_away(folder: Path, owner: int) -> None:
    for place, _, files in os.walk(folder):
        os.chown(place, owner, -1)
        for file in files:
            os.chown(Path(place) / file, owner, -1, follow_symlinks=False)
