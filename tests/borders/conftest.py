"""Bringing borders to the test city, step by step as a browser does, with the worker's jobs done on request."""

import datetime
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from areas.models import Municipality
from mapfeedback.accounts.models import User
from mapfeedback.borders.models import BorderImport


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> Path:
    """Files land in a folder of this test; pages are read in English."""
    settings.LANGUAGE_CODE = "en"
    settings.BORDERS_FOLDER = tmp_path / "borders"
    folder: Path = settings.BORDERS_FOLDER
    return folder


class Browser(Client):
    """A client whose requests are committed: files are thrown away after the transaction."""

    def request(self, **request: Any) -> Any:
        with TestCase.captureOnCommitCallbacks(execute=True):
            return super().request(**request)


@pytest.fixture
def desk(planner: User) -> Client:
    """The planner's browser."""
    browser = Browser()
    browser.force_login(planner)
    return browser


Work = Callable[[], int]


@pytest.fixture
def work(db: None) -> Work:
    """Do the worker's jobs that wait, and those they make; returns how many."""
    done = set[int]()

    def _work() -> int:
        waiting = ProcrastinateJob.objects.filter(task_name__startswith="borders.").exclude(pk__in=done)
        jobs = list(waiting.order_by("pk"))
        for job in jobs:
            done.add(job.pk)
            with TestCase.captureOnCommitCallbacks(execute=True):
                app.tasks[job.task_name](**job.args)
        return len(jobs) + (_work() if jobs else 0)

    return _work


Bring = Callable[..., BorderImport]


@pytest.fixture
def bring(desk: Client, city: Municipality, work: Work) -> Bring:
    """`bring(data, division="new", …)` uploads through the page and reads: the import as it then stands."""

    def _bring(data: bytes, read: bool = True, **more: Any) -> BorderImport:
        given: dict[str, Any] = {
            "file": SimpleUploadedFile("rajat.gpkg", data),
            "division": "testila-districts",
            "valid_from": datetime.date(2025, 1, 1).isoformat(),
        }
        answer = desk.post("/borders/new/", given | more)
        assert answer.status_code == 302, answer.content.decode()
        if read:
            work()
        return BorderImport.objects.latest("pk")

    return _bring
