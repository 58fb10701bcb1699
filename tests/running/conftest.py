"""One served instance for the tests of this folder; its path is long and has a space on purpose."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running.instance import Instance


@pytest.fixture
def instance(installed: Instance) -> Instance:
    """Serving, whatever the test before left behind."""
    if installed.serving is None:
        installed.serve()
    return installed


@pytest.fixture
def stopped(installed: Instance) -> Instance:
    """It has served, and was stopped in good order."""
    if not (installed.var / "pg").exists():
        installed.serve()
    if installed.serving is not None:
        installed.stop()
    return installed


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    var = tmp_path_factory.mktemp("instance") / ("a folder with a rather long name " * 3).strip() / "var"
    var.mkdir(parents=True)
    # A database server that root hands to another account needs a way in.
    for folder in [var, *var.parents][:5]:
        if folder != Path("/tmp") and folder.owner() == var.owner():
            folder.chmod(0o755)
    served = Instance(var)
    yield served
    if served.serving is not None and served.serving.poll() is None:
        served.stop()
