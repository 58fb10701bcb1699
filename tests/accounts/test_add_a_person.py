"""A city's IT gives the first planner a way in."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from areas.models import Municipality
from mapfeedback.accounts.models import Membership, User


def add(email: str, **more: object) -> str:
    out = io.StringIO()
    call_command("add_person", email, **({"role": "planner", "organisation": "Kaavoitus"} | more), stdout=out)
    return out.getvalue()


def test_a_planner_gets_in_and_stays_one_when_added_twice(
    client: Client, city: Municipality, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("kelpo-salasana-77\n"))
    assert "planner of Kaavoitus in Testilä" in add("Uusi@testila.example", password=True)
    add("uusi@testila.example")
    assert Membership.objects.filter(user__email="uusi@testila.example", role="planner").count() == 1
    client.post("/accounts/login/", {"login": "uusi@testila.example", "password": "kelpo-salasana-77"})
    assert client.get("/planning/").status_code == 200


@pytest.mark.django_db
def test_without_borders_the_way_on_is_told() -> None:
    with pytest.raises(CommandError, match="import_areas"):
        add("uusi@testila.example")


def test_nonsense_is_refused_and_nothing_is_stored(city: Municipality, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(CommandError, match="not an e-mail address"):
        add("uusi@")
    with pytest.raises(CommandError, match="testila"):
        add("uusi@testila.example", municipality="muuala")
    monkeypatch.setattr("sys.stdin", io.StringIO("1234\n"))
    with pytest.raises(CommandError):
        add("uusi@testila.example", password=True)
    assert not User.objects.exists()
