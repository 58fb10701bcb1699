"""An instance beside the developer's own: `bin/serve` in a folder of its own, on a port of its own."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
OURS = {"DATABASE_URL", "SECRET_KEY", "ALLOWED_HOSTS", "DJANGO_SETTINGS_MODULE", "MAPFEEDBACK_DEMO"}


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


class Instance:
    """`bin/` commands whose instance lies in `var`. `said` is what the last serve has written so far."""

    def __init__(self, var: Path) -> None:
        self.var = var
        self.port = free_port()
        # As a person's shell has it, without what bin/test sets for these tests themselves.
        self.environment = {key: value for key, value in os.environ.items() if key not in OURS}
        self.environment["MAPFEEDBACK_VAR"] = str(var)
        self.serving: subprocess.Popen[bytes] | None = None
        self.output = var.parent / "serve.out"

    @property
    def said(self) -> str:
        return self.output.read_text()

    def run(self, command: str, *arguments: str, seconds: float = 120) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [CHECKOUT / "bin" / command, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def serve(self) -> float:
        """Start serving; how many seconds until the first healthy answer."""
        began = time.monotonic()
        with self.output.open("wb") as output:
            self.serving = subprocess.Popen(
                [CHECKOUT / "bin" / "serve", "--empty", "--port", str(self.port)],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        self.wait_until_healthy()
        return time.monotonic() - began

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health", timeout=5) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def wait_until_healthy(self, seconds: float = 90) -> None:
        deadline = time.monotonic() + seconds
        while not self.healthy():
            assert self.serving is not None
            assert self.serving.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self.serving is not None
        self.serving.send_signal(number)
        code = self.serving.wait(60)
        self.serving = None
        return code

    def processes(self) -> dict[int, str]:
        """Every process of this instance, by the folder that stands in its environment or its command line."""
        mark = os.fsencode(self.var)
        found = {}
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes()
                if mark in command or mark in (process / "environ").read_bytes():
                    found[int(process.name)] = command.replace(b"\0", b" ").decode()
            except OSError:
                continue
        found.pop(os.getpid(), None)
        return found

    def one(self, *words: str) -> int:
        """The oldest process whose command line holds all these words, and is not the leash that watches it."""
        fitting = [
            process
            for process, command in self.processes().items()
            if all(word in command for word in words) and "leash" not in command
        ]
        assert fitting, (words, self.processes())
        return min(fitting)

    def postmaster(self) -> int:
        return int((self.var / "pg" / "postmaster.pid").read_text().split()[0])

    def sql(self, statement: str) -> str:
        """What a statement answers, asked through Django as an operator would."""
        program = (
            "from django.db import connection\n"
            "with connection.cursor() as cursor:\n"
            f"    cursor.execute({statement!r})\n"
            "    print(*(cursor.fetchone() if cursor.description else ()))\n"
        )
        done = self.run("manage", "shell", "--no-imports", "-c", program)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
