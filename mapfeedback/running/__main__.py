"""The commands behind `bin/`: python -m mapfeedback.running serve|test|manage|bench"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from mapfeedback.running import environment, places, steps, supervise
from mapfeedback.running.cluster import Cluster
from mapfeedback.running.locks import Lock
from mapfeedback.running.terminal import Refusal, Stopped, say

# These work on the code, or on the migrations themselves: nothing is prepared before them.
AS_IT_IS = {
    *("check", "collectstatic", "compilemessages", "dbshell", "diffsettings", "help", "inspectdb", "makemessages"),
    *("makemigrations", "migrate", "optimizemigration", "prepare", "showmigrations", "sqlflush", "sqlmigrate"),
    *("squashmigrations", "startapp", "test", "version", "--help", "--version", "-h"),
}


@contextmanager
def database(folder: str, *, disposable: bool = False) -> Iterator[tuple[Cluster | None, Lock | None]]:
    """The database is up inside, and DATABASE_URL says where: the person's own, or the private one in `folder`."""
    given = os.environ.get("DATABASE_URL", "").strip()
    if given:
        environment.wait_for_database(given)
        yield None, None
        return
    os.environ.pop("DATABASE_URL", None)
    # PGPORT, PGOPTIONS and their like speak of some other server.
    for name in [name for name in os.environ if name.startswith("PG")]:
        del os.environ[name]
    cluster = Cluster(places.var() / folder, disposable=disposable)
    with cluster.use() as users:
        os.environ["DATABASE_URL"] = cluster.url()
        yield cluster, users


def serve(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="bin/serve")
    parser.add_argument("--port", type=port_number, default=8000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--empty", action="store_true")
    chosen = parser.parse_args(arguments)
    supervise.refuse_taken_port(chosen.host, chosen.port)
    var = places.var()
    with database("pg") as (cluster, _):
        demo = {} if chosen.empty else {"MAPFEEDBACK_DEMO": "1"}
        variables = environment.variables(var, host=chosen.host, more=demo)
        steps.translate()
        steps.prepare(variables, var, demo=not chosen.empty)
        watch = None
        if cluster is not None:
            watch = supervise.DatabaseWatch(lambda: cluster.connect("postgres"), cluster.restart_if_down)
        processes = supervise.children(chosen.host, chosen.port, variables)
        supervise.supervise(chosen.host, chosen.port, processes, watch, var / "demo-logins.txt")
    return 0


def test(arguments: list[str]) -> int:
    var = places.var()
    steps.translate()
    with database("pg-test", disposable=True) as (_, users):
        return in_foreground(
            [sys.executable, "-m", "pytest", *arguments], environment.variables(var), users, places.CHECKOUT
        )


def manage(arguments: list[str]) -> int:
    var = places.var()
    with database("pg") as (_, users):
        variables = environment.variables(var)
        if arguments and arguments[0] not in AS_IT_IS:
            steps.translate()
            steps.prepare(variables, var, always=False)
        return in_foreground([*steps.MANAGE, *arguments], variables, users)


def bench(arguments: list[str]) -> int:
    var = places.var()
    with database("pg-bench") as (_, users):
        variables = environment.variables(var)
        steps.prepare(variables, var, always=False)
        benchmarks = [sys.executable, "-m", "tests.benchmarks", *arguments]
        return in_foreground(benchmarks, variables, users, places.CHECKOUT)


def in_foreground(
    command: list[str], variables: Mapping[str, str], users: Lock | None, folder: Path | None = None
) -> int:
    """Run a person's command at their terminal. It decides about Ctrl-C; a polite kill is passed on to it."""
    process = subprocess.Popen(command, env=variables, cwd=folder, pass_fds=[users.descriptor] if users else [])
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda got, _: process.send_signal(got))
    code = process.wait()
    return code if code >= 0 else 128 - code


def port_number(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: choose a number from 1024 to 65535")
    return int(text)


def stop_once(number: int, _: FrameType | None) -> None:
    """The first request to stop ends what is going on; those that follow must not disturb the tidying up."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Stopped(signal.Signals(number).name)


def main() -> int:
    commands = {"serve": serve, "test": test, "manage": manage, "bench": bench}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        say(f"usage: python -m mapfeedback.running {'|'.join(commands)} [arguments]")
        return 2
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop_once)
    try:
        return commands[sys.argv[1]](sys.argv[2:])
    except Stopped:
        say("stopped")
        return 0 if sys.argv[1] == "serve" else 130
    except Refusal as refusal:
        say(f"\n{refusal}")
        return 1


if __name__ == "__main__":
    sys.exit(main())
