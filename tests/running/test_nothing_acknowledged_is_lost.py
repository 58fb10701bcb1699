"""200 residents send while the database, the web server and the job worker are killed in turn.

Each sends like a phone in a tunnel: the same idempotency key again until an answer came. Afterwards every
acknowledged contribution is there exactly once, with its district, its journal entry and the answer it inherits.
"""

import json
import os
import signal
import threading
import time
import urllib.error
import urllib.request
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path

import pytest

from tests.running.instance import Instance

pytestmark = pytest.mark.slow

SENDERS = 200
CITY = """
import datetime
from django.utils import timezone
from areas.actions import NewArea, adopt_edition, found_municipality
from areas.models import Division
from layers.actions import Scope, Words, draft_response, publish_response
from mapfeedback.accounts.actions import open_account
from tests.conftest import box
city = found_municipality(slug="testila", name_fi="Testilä", outline=box(25.58, 60.92, 25.82, 61.04))
division = Division.objects.create(municipality=city, slug="testila-districts", name_fi="Alueet", is_main=True)
adopt_edition(division=division, areas=[NewArea("1", "Länsi", box(25.60, 60.98, 25.70, 61.02))],
              valid_from=datetime.date(2020, 1, 1), source="test")
planner = open_account(email="kaavoittaja@testila.example")
words = Words(summary="Penkkejä toivotaan", effect="changed", text="Penkit tulevat.", language="fi",
              signed_as="Kaavoitus")
answer = draft_response(municipality=city, words=words, scopes=[Scope(geometry=box(25.60, 60.98, 25.70, 61.02))],
                        now=timezone.now(), actor=planner)
publish_response(response=answer, now=timezone.now(), actor=planner)
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Instance]:
    # A database server that root hands to another account needs a way in.
    for folder in [tmp_path, *tmp_path.parents][:4]:
        if folder != Path("/tmp") and folder.owner() == tmp_path.owner():
            folder.chmod(0o755)
    one = Instance(tmp_path / "var")
    one.var.mkdir()
    one.serve()
    yield one
    if one.serving is not None and one.serving.poll() is None:
        one.stop()


def send(port: int, number: int, tries: Counter[str]) -> str:
    """The id the service acknowledged; keeps trying for two minutes, always with the same key."""
    body = {
        "kind": "idea",
        "text": f"Penkki numero {number}",
        "geometry": {"type": "Point", "coordinates": [25.61 + number * 0.0004, 61.0]},
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/v1/pins",
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Idempotency-Key": str(uuid.UUID(int=number + 1))},
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                tries[str(answer.status)] += 1
                return str(json.load(answer)["id"])
        except urllib.error.HTTPError as refused:
            tries[str(refused.code)] += 1
            assert refused.code in {500, 502, 503}, refused.read()
        except (OSError, ValueError, HTTPException):  # none, or one that broke off
            tries["no answer"] += 1
        time.sleep(0.3)
    raise AssertionError(f"no acknowledgement for {number}")


def test_nothing_acknowledged_is_lost_and_nothing_is_doubled(served: Instance) -> None:
    assert served.run("manage", "shell", "--no-imports", "-c", CITY).returncode == 0
    tries: Counter[str] = Counter()
    acknowledged: list[str] = []
    kills: list[str] = []
    sending = threading.Event()

    def kill_in_turn() -> None:
        """One part after another, twice round, each once the service answers again."""
        parts = (
            ("database", served.postmaster),
            ("web", lambda: served.one("granian", str(served.port))),
            ("worker", lambda: served.one("procrastinate", "--queues default")),
        )
        for name, victim in parts * 2:
            if not sending.is_set():
                return
            time.sleep(1.5)
            served.wait_until_healthy()
            try:
                os.kill(victim(), signal.SIGKILL)
                kills.append(name)
            except (ProcessLookupError, AssertionError):
                continue  # it is just being started again

    sending.set()
    killer = threading.Thread(target=kill_in_turn)
    killer.start()
    try:
        with ThreadPoolExecutor(8) as senders:

            def one(number: int) -> str:
                time.sleep(number % 8 * 0.02)
                answer = send(served.port, number, tries)
                time.sleep(0.6)  # so that the sending lasts through every kind of kill
                return answer

            acknowledged = list(senders.map(one, range(SENDERS)))
    finally:
        sending.clear()
        killer.join()

    assert set(kills) == {"database", "web", "worker"}, (kills, tries)
    assert tries["500"] == 0, tries
    served.wait_until_healthy()
    assert len(set(acknowledged)) == SENDERS
    assert served.sql(
        "SELECT count(*), count(DISTINCT idempotency_key), count(area_id) FROM pins_pin"
        " LEFT JOIN pins_membership ON pin_id = pins_pin.id"
    ) == (f"{SENDERS} {SENDERS} {SENDERS}")
    listed = ",".join(f"'{one}'" for one in acknowledged)
    assert served.sql(f"SELECT count(*) FROM pins_pin WHERE public_id IN ({listed})") == str(SENDERS)
    assert served.sql("SELECT count(*), count(DISTINCT thing) FROM journal_entry WHERE verb = 'pin.placed'") == (
        f"{SENDERS} {SENDERS}"
    )
    deadline = time.monotonic() + 120  # a killed worker's job is taken up half a minute later
    while (linked := served.sql("SELECT count(*) FROM layers_responselink")) != str(SENDERS):
        assert time.monotonic() < deadline, (linked, kills, served.said[-3000:])
        time.sleep(2)
