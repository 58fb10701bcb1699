"""A private PostgreSQL server with PostGIS in one folder, reached only through a Unix socket.

Several commands of one checkout share it: the first starts it, the last one out stops it.
"""

import os
import secrets
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg

from mapfeedback.running import places
from mapfeedback.running.account import account_for
from mapfeedback.running.locks import Lock, alone
from mapfeedback.running.programs import programs_for
from mapfeedback.running.terminal import Refusal, say, step

NAME = "mapfeedback"  # of the database and of the role that owns this private server
SOCKET_FILE = ".s.PGSQL.5432"

SETTINGS = """\
# Written by mapfeedback at every start; changes belong into postgresql.conf, below the line that includes this.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0700
max_connections = 100
jit = off
random_page_cost = 1.1
# What is read again and again stays in the server; a big city's search otherwise copies each page from the system.
shared_buffers = {buffers}MB
effective_cache_size = {cache}MB
work_mem = 16MB
# A failing statement and its details can hold what a resident wrote: they stay out of the log.
log_min_error_statement = panic
log_error_verbosity = terse
log_line_prefix = '%m [%p] '
lc_messages = 'C'
"""

# For data that may be lost: a test database is made anew anyhow.
CARELESS = """\
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
"""

MEGABYTE = 1024 * 1024
#: The private server is a guest on its machine: a sixteenth of its memory, within these megabytes.
BUFFERS = (128, 512)
PATIENCE = 300.0  # replaying the log after a crash may take a while
FAREWELL = 30.0


class Cluster:
    """The server whose data lies in `data`. With `disposable`, it is quick and may lose everything in a power cut."""

    def __init__(self, data: Path, *, disposable: bool = False) -> None:
        self.data = data
        self.disposable = disposable
        self.log = data.parent / "log" / f"{data.name}.log"
        self.said_by_server = ""

    # -- for commands ----------------------------------------------------------------------------------

    @contextmanager
    def use(self) -> Iterator[Lock]:
        """The server is up inside. Afterwards it stops, unless another command still uses it.

        The lock says that it is used; a child that gets its descriptor keeps the server up by living.
        """
        users = Lock(self._beside("users.lock"))
        try:
            with alone(self._beside("start.lock")):
                self._start_unless_up()
                users.share()
            yield users
        finally:
            with alone(self._beside("start.lock")):
                if users.take_at_once():
                    self._stop()
            users.close()

    def restart_if_down(self) -> None:
        """For who watches over the server: bring it back after a crash; the log is replayed, nothing is lost."""
        with alone(self._beside("start.lock")):
            self._start_unless_up()

    def url(self) -> str:
        """The address of the database, as DATABASE_URL has it."""
        return f"postgresql://{NAME}:{self._password()}@/{NAME}?host={quote(str(self._socket()), safe='')}"

    def connect(self, database: str = NAME) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self._socket()),
            port=5432,
            user=NAME,
            password=self._password(),
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def is_up(self) -> bool:
        """Decided by asking the server itself; pid files outlive what they speak of."""
        try:
            with self.connect("postgres") as connection:
                row = connection.execute("SHOW data_directory").fetchone()
        except psycopg.OperationalError as problem:
            self.said_by_server = str(problem).strip()
            if "authentication failed" in self.said_by_server:
                raise Refusal(
                    f"The database in {self.data} does not accept the password in {self._password_file()}. "
                    "Put the file back that belongs to it."
                ) from problem
            return False
        if row is None or Path(row[0]).resolve() != self.data.resolve():
            raise Refusal(f"Another database server listens in {self._socket()}: {row and row[0]}.")
        return True

    # -- starting and stopping; whoever calls these holds the start lock ----------------------------------

    def _start_unless_up(self) -> None:
        if self.data.exists() and self.is_up():
            return
        if not self.data.exists():
            with step(f"making a database server in {self.data}"):
                self._initialise()
        try:
            self._start()
        except Refusal:
            if not self.disposable:
                raise
            say(f"· the test database server in {self.data} did not start; making it anew")
            shutil.rmtree(self.data)
            self._initialise()
            self._start()
        self._make_database()

    def _initialise(self) -> None:
        programs = programs_for(self.data)
        account = account_for(self.data)
        password = self._password()
        # Made under another name first: what stands under its own name is always whole.
        making = self.data.with_name(f"{self.data.name}.making")
        shutil.rmtree(making, ignore_errors=True)
        places.make_private(making, account.owner)
        passing = self._beside("password.once")
        places.write_private(passing, password)
        if os.geteuid() == 0:
            os.chown(passing, account.owner, -1)
        try:
            code, said = account.run(
                programs / "initdb",
                f"--pgdata={making}",
                f"--username={NAME}",
                f"--pwfile={passing}",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--auth=scram-sha-256",
                *(["--no-sync"] if self.disposable else []),
            )
        finally:
            passing.unlink(missing_ok=True)
        if code:
            raise Refusal(f"The database server could not be made:\n{said}")
        with (making / "postgresql.conf").open("a") as settings:
            settings.write("\ninclude = 'mapfeedback.conf'\n")
        making.rename(self.data)

    def _start(self) -> None:
        programs = programs_for(self.data)
        account = account_for(self.data)
        self._wait_for_the_dead()
        if self.is_up():
            return
        socket = places.socket_folder(self.data)
        # Left by a server that was killed. PostgreSQL would believe them if their process number is in use again.
        for trace in (self.data / "postmaster.pid", socket / SOCKET_FILE, socket / f"{SOCKET_FILE}.lock"):
            trace.unlink(missing_ok=True)
        places.make_private(socket, account.owner)
        settings = self.data / "mapfeedback.conf"
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MEGABYTE
        buffers = min(max(memory // 16, BUFFERS[0]), BUFFERS[1])
        said = SETTINGS.format(socket=socket, buffers=buffers, cache=max(memory // 2, buffers))
        settings.write_text(said + (CARELESS if self.disposable else ""))
        if os.geteuid() == 0:
            os.chown(settings, account.owner, -1)
        self.log.parent.mkdir(exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > 20_000_000:
            self.log.replace(self.log.with_suffix(".log.old"))
        with step("starting the database server"), self.log.open("a", encoding="utf-8", errors="replace") as log:
            began_at = log.tell()
            server = account.start((programs / "postgres", "-D", self.data), log.fileno())
            deadline = time.monotonic() + PATIENCE
            while not self.is_up():
                if server.poll() is not None or time.monotonic() > deadline:
                    raise Refusal(self._why_not(began_at))
                time.sleep(0.05)

    def _why_not(self, began_at: int) -> str:
        with self.log.open(encoding="utf-8", errors="replace") as log:
            log.seek(began_at)
            lines = log.read().splitlines()[-20:]
        return "\n".join(
            ["The database server did not start. The end of its log:", *lines, f"(from {self.log})"]
            if lines
            else [f"The database server did not start, and wrote nothing to {self.log}. {self.said_by_server}"]
        )

    def _wait_for_the_dead(self) -> None:
        """Return when no process works on this data, or when the server answers after all."""
        deadline = time.monotonic() + FAREWELL
        while processes := self._processes():
            if self.is_up():
                return
            if time.monotonic() > deadline:
                raise Refusal(
                    f"A database server works on {self.data} (process {processes[0]}) but does not answer: "
                    f"{self.said_by_server}"
                )
            time.sleep(0.1)

    def _stop(self) -> None:
        postmaster = self._postmaster()
        if postmaster is None:
            return
        socket = self._socket()
        with step("stopping the database server"):
            os.kill(postmaster, signal.SIGINT)  # "fast": ends the sessions, writes everything down
            deadline = time.monotonic() + FAREWELL
            while self._processes():
                if time.monotonic() > deadline:
                    say("  it takes too long; stopping it hard. The next start replays its log.")
                    os.kill(postmaster, signal.SIGQUIT)
                    return
                time.sleep(0.05)
        with suppress(OSError):  # nothing of ours stays in the machine's temporary folder
            socket.rmdir()

    def _processes(self) -> list[int]:
        """The processes of a server on this data, also those that outlive their postmaster for a moment."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if (process / "comm").read_text().strip() != "postgres":
                    continue
                if (process / "cwd").readlink() == self.data:
                    found.append(int(process.name))
            except OSError:  # gone meanwhile, or not ours to look at
                continue
        return found

    def _postmaster(self) -> int | None:
        try:
            written = int((self.data / "postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return written if written in self._processes() else None

    def _make_database(self) -> None:
        ready = self.data / "mapfeedback.ready"
        if ready.exists():
            return
        with step("making the database, with PostGIS"):
            # In template1, so that test databases have them from the start too.
            with self.connect("template1") as template:
                template.execute("CREATE EXTENSION IF NOT EXISTS postgis")
                template.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
            with self.connect("postgres") as connection:
                if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
                    connection.execute(f"CREATE DATABASE {NAME}")
        ready.touch()

    # -- places ----------------------------------------------------------------------------------------

    def _beside(self, ending: str) -> Path:
        return self.data.with_name(f"{self.data.name}-{ending}")

    def _socket(self) -> Path:
        """Where the server listens: a running one wrote it down, and may have been started with other variables."""
        try:
            written = (self.data / "postmaster.pid").read_text().splitlines()[4].strip()
        except (OSError, IndexError):
            written = ""
        return Path(written) if written else places.socket_folder(self.data)

    def _password_file(self) -> Path:
        return self.data.with_name("pw")

    def _password(self) -> str:
        file = self._password_file()
        if not file.exists():
            with alone(self.data.with_name("secrets.lock")):
                if not file.exists():
                    places.write_private(file, secrets.token_urlsafe(32))
        return file.read_text().strip()
