"""`bin/serve`: brings the instance up, watches over its processes, and takes down what it started."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psycopg

from mapfeedback.running import leash
from mapfeedback.running.environment import EVERYWHERE
from mapfeedback.running.places import CHECKOUT
from mapfeedback.running.terminal import Refusal, say

GRACE = 15  # seconds a process gets to finish what it is doing
REQUEST_GRACE = 5  # and a request; a web process that is only starting up uses all of it
LONGEST_WAIT = 30.0
LOOK = 0.5
UNTIL_HEALTHY = 90.0
TRIES_BEFORE_HEALTHY = 3


class Child:
    """One process of the instance, started again when it ends, each time after a longer wait."""

    def __init__(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self.command = command
        self.environment = environment
        self.process: subprocess.Popen[bytes] | None = None
        self.ends = 0
        self.started_at = 0.0
        self.start_again_at = 0.0
        self.held = -1  # our end of the pipe: when we are gone, the leash notices

    def start(self) -> None:
        ours, theirs = os.pipe()[::-1]
        try:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-S", leash.__file__, str(theirs), str(GRACE), *self.command],
                env=self.environment,
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs],
                start_new_session=True,
            )
        finally:
            os.close(theirs)
            self.held = ours
        self.started_at = time.monotonic()

    def look(self) -> None:
        """Start it again when it has ended and has waited long enough."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                if now - self.started_at > 60:
                    self.ends = 0
                return
            self.let_go()
            wait = min(LONGEST_WAIT, 0.5 * 2**self.ends)
            self.ends += 1
            self.start_again_at = now + wait
            say(f"! the {self.name} ended unexpectedly (code {code}); starting it again in {wait:.1f} s")
        elif now >= self.start_again_at:
            self.start()

    def renew(self) -> None:
        """Stop it and start it afresh at once."""
        self.stop()
        self.start()

    def stop(self) -> None:
        if self.process is None:
            return
        say(f"· stopping the {self.name}")
        self.process.terminate()
        try:
            self.process.wait(GRACE + 5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.let_go()

    def let_go(self) -> None:
        os.close(self.held)
        self.process = None


class DatabaseWatch:
    """Keeps one session open: it breaks the moment the server goes, and asking it costs nothing."""

    def __init__(self, connect: Callable[[], psycopg.Connection], restart: Callable[[], None]) -> None:
        self.connect = connect
        self.restart = restart
        self.session = connect()
        self.next_try = 0.0
        self.failures = 0

    def look(self) -> bool:
        """Whether the server had to be started again just now."""
        if time.monotonic() < self.next_try:
            return False
        try:
            self.session.execute("SELECT 1")
            return False
        except psycopg.Error:
            self.session.close()
        say("! the database server is gone; starting it again")
        try:
            self.restart()
            self.session = self.connect()
        except (Refusal, psycopg.Error) as problem:
            say(str(problem))
            self.failures += 1
            self.next_try = time.monotonic() + min(LONGEST_WAIT, 2.0**self.failures)
            return False
        self.failures = 0
        return True


def children(host: str, port: int, environment: Mapping[str, str]) -> list[Child]:
    """The processes of an instance, in the order in which they stop."""
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    web += ["--workers", "2", "--blocking-threads", "4", "--backlog", "1024", "--log-level", "warning"]
    web += ["--respawn-failed-workers", "--workers-kill-timeout", str(REQUEST_GRACE), "mapfeedback.wsgi:application"]
    worker = [sys.executable, str(CHECKOUT / "manage.py"), "procrastinate", "worker"]
    worker += ["--delete-jobs", "successful"]  # what happened is in the journal; the queue holds what is to be done
    return [
        Child("web server", web, environment),
        Child("job worker", [*worker, "--queues", "default"], environment),
        # Reading a city's borders takes minutes; an answer must not wait for that to reach a new message.
        Child("worker for long jobs", [*worker, "--queues", "long"], environment),
    ]


def supervise(host: str, port: int, processes: list[Child], database: DatabaseWatch | None, ready: Path) -> None:
    """Run until somebody asks to stop, which arrives as an exception. Everything started here is gone afterwards."""
    began = time.monotonic()
    announced = False
    try:
        for process in processes:
            process.start()
        while True:
            if database is not None and database.look():
                # A worker does not listen again after losing its connection, and would only look now and then.
                for worker in processes[1:]:
                    worker.renew()
            for process in processes:
                process.look()
            if not announced:
                announced = healthy(host, port)
                if announced:
                    announce(host, port, ready, time.monotonic() - began)
                elif processes[0].ends >= TRIES_BEFORE_HEALTHY or time.monotonic() - began > UNTIL_HEALTHY:
                    raise Refusal("The web server does not answer; the reason is in the lines above.")
            time.sleep(LOOK if announced else 0.1)
    finally:
        for process in processes:
            process.stop()


def healthy(host: str, port: int) -> bool:
    """Whether the instance answers from its database."""
    at = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    connection = http.client.HTTPConnection(at, port, timeout=5)
    try:
        connection.request("GET", "/health", headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def address(host: str, port: int) -> str:
    name = "127.0.0.1" if host == "0.0.0.0" else "::1" if host == "::" else host
    return f"http://[{name}]:{port}/" if ":" in name else f"http://{name}:{port}/"


def announce(host: str, port: int, logins: Path, took: float) -> None:
    say(f"· the web server answers after {took:.1f} s")
    print(f"\nmapfeedback serves at {address(host, port)}")
    if host in EVERYWHERE:
        print(f"(on every address of this machine, {socket.gethostname()})")
    if logins.exists():
        print(f"\n{logins.read_text().strip()}")
    if not os.environ.get("EMAIL_HOST"):
        print(f"\nNo mail server is set (EMAIL_HOST): mails, such as sign-in codes, lie in {logins.parent / 'mail'}")
    print("\nStop it with Ctrl-C.", flush=True)


def refuse_taken_port(host: str, port: int, patience: float = 3.0) -> None:
    """Before anything is started. A server that was just killed gets a moment to let its port go."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + patience
    while True:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((host, port))
                return
            except PermissionError as problem:
                raise Refusal(
                    f"Port {port} is only for administrators. Choose one from 1024 up, such as bin/serve --port 8000."
                ) from problem
            except socket.gaierror as problem:
                raise Refusal(f"{host} is not an address: {problem.strerror}.") from problem
            except OSError as problem:
                if "in use" not in str(problem):
                    raise Refusal(f"Cannot listen on {host} port {port}: {problem.strerror}.") from problem
                if time.monotonic() > deadline:
                    raise Refusal(
                        f"Port {port} on {host} is taken by another program. "
                        f"Choose another one, for example: bin/serve --port {free_port(host, family)}"
                    ) from problem
        time.sleep(0.2)


def free_port(host: str, family: socket.AddressFamily) -> int:
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.bind((host, 0))
        return int(trial.getsockname()[1])
