"""What is installed is pinned by name, version and checksum, and says nothing about where it came from."""

import re
from pathlib import Path

import pytest

from tests.running.instance import CHECKOUT

LOCKS = sorted((CHECKOUT / "requirements").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert not re.findall(r"\S*(?:https?://|file://|--index-url|--extra-index-url|--find-links|@ )\S*", text)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_has_a_checksum(lock: Path) -> None:
    requirements = [entry for entry in re.split(r"\n(?=\S)", lock.read_text()) if re.match(r"[A-Za-z0-9]", entry)]
    assert requirements
    for requirement in requirements:
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z0-9,-]+\])?==\S+", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_there_are_locks_for_running_and_for_testing() -> None:
    assert {lock.name for lock in LOCKS} == {"run.txt", "test.txt"}
