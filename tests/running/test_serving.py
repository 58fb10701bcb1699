"""A city's IT starts the service, things break, and it is there again with everything that was acknowledged."""

import os
import signal
import stat
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.running.instance import Instance

pytestmark = pytest.mark.slow


def test_it_answers_and_says_where(instance: Instance) -> None:
    assert instance.healthy()
    deadline = time.monotonic() + 20  # it says so a moment after it answers
    while f"http://127.0.0.1:{instance.port}/" not in instance.said:
        assert time.monotonic() < deadline, instance.said
        time.sleep(0.1)


def test_its_secrets_are_for_its_owner_only(instance: Instance) -> None:
    for name in ("pw", "secret-key"):
        assert stat.S_IMODE((instance.var / name).stat().st_mode) == 0o600
        assert len((instance.var / name).read_text().strip()) >= 40


def test_its_database_listens_on_no_network_address(instance: Instance) -> None:
    assert instance.sql("SHOW listen_addresses") == ""


def test_a_command_uses_the_server_that_runs_and_leaves_it_running(instance: Instance) -> None:
    before = instance.postmaster()
    assert instance.sql("SELECT current_database()") == "mapfeedback"
    assert instance.postmaster() == before
    assert instance.healthy()


def test_a_command_writes_only_its_own_output(instance: Instance) -> None:
    done = instance.run("manage", "shell", "--no-imports", "-c", "print('{}')")
    assert done.stdout == "{}\n"


def test_a_command_passes_its_exit_code_on(instance: Instance) -> None:
    assert instance.run("manage", "shell", "--no-imports", "-c", "raise SystemExit(7)").returncode == 7


def test_a_taken_port_is_named_with_a_way_out(instance: Instance) -> None:
    other = instance.run("serve", "--empty", "--port", str(instance.port))
    assert other.returncode != 0
    assert f"Port {instance.port}" in other.stderr
    assert "bin/serve --port" in other.stderr
    assert "database" not in other.stderr  # nothing was started before it was noticed


def test_the_database_is_killed_and_nothing_acknowledged_is_lost(instance: Instance) -> None:
    instance.sql("CREATE TABLE kept AS SELECT generate_series(1, 20000) AS n")
    killed = instance.postmaster()
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.5)
    instance.wait_until_healthy()
    assert instance.postmaster() != killed
    assert instance.sql("SELECT count(*) FROM kept") == "20000"


def test_the_web_server_is_killed_and_comes_back(instance: Instance) -> None:
    killed = instance.one("granian", str(instance.port))
    os.kill(killed, signal.SIGKILL)
    time.sleep(0.5)
    instance.wait_until_healthy()
    assert killed not in instance.processes()


def test_the_job_worker_is_killed_and_comes_back(instance: Instance) -> None:
    killed = instance.one("procrastinate", "--queues default")
    os.kill(killed, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while killed in instance.processes() or not any(
        "--queues default" in line for line in instance.processes().values()
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_job_that_a_killed_worker_had_begun_is_taken_up_by_the_next(instance: Instance) -> None:
    begun = "'default', 'journal.take_up_again', '{\"timestamp\": 0}', 'doing'"
    instance.sql(f"INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ({begun})")
    deadline = time.monotonic() + 60
    while instance.sql("SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing' AND worker_id IS NULL") != "0":
        assert time.monotonic() < deadline, instance.said[-2000:]
        time.sleep(1)


def test_the_supervisor_is_killed_and_leaves_no_process_on_the_port(instance: Instance) -> None:
    assert instance.serving is not None
    instance.serving.kill()
    instance.serving.wait()
    deadline = time.monotonic() + 20
    while any("granian" in line or "worker" in line for line in instance.processes().values()):
        assert time.monotonic() < deadline, instance.processes()
        time.sleep(0.2)
    assert instance.serve() < 60
    with urllib.request.urlopen(f"http://127.0.0.1:{instance.port}/health") as answer:
        assert answer.status == 200


def test_a_polite_stop_takes_everything_down_and_the_next_start_is_quick(instance: Instance) -> None:
    assert instance.stop(signal.SIGINT) == 0
    assert instance.processes() == {}
    assert instance.serve() < 60  # some five seconds on a quiet machine; what makes it quick is asserted below
    assert "migrations" not in instance.said
    assert "static" not in instance.said


def test_a_stale_note_of_another_process_does_not_keep_it_from_starting(stopped: Instance) -> None:
    # After a container restarts, the number in the file belongs to some process that has nothing to do with it.
    pid_file = stopped.var / "pg" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{stopped.var / 'pg'}\n1\n5432\n\n\n  0 0\nready\n")
    stopped.serve()
    assert stopped.postmaster() != os.getpid()


def test_a_database_of_another_version_is_refused_and_left_alone(stopped: Instance) -> None:
    version = stopped.var / "pg" / "PG_VERSION"
    kept = version.read_text()
    version.write_text("9\n")

    def files() -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in (stopped.var / "pg").rglob("*")}

    before = files()
    try:
        refused = stopped.run("serve", "--empty", "--port", str(stopped.port))
        assert files() == before
    finally:
        version.write_text(kept)
    assert refused.returncode != 0
    assert "made by PostgreSQL 9" in refused.stderr


def test_parallel_commands_share_one_server_and_the_last_one_stops_it(stopped: Instance) -> None:
    with ThreadPoolExecutor() as pool:
        commands = [pool.submit(stopped.sql, f"SELECT {number}, pg_sleep(1)") for number in range(3)]
        assert [command.result().split()[0] for command in commands] == ["0", "1", "2"]
    assert stopped.processes() == {}
