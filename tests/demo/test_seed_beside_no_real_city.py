"""Invented contributions never stand among real ones."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from mapfeedback.pins.models import Pin
from tests.conftest import Place


def test_it_goes_into_no_database_with_real_contributions(place: Place) -> None:
    place()
    with pytest.raises(CommandError, match="contributions of Testilä"):
        call_command("seed", pins=10, stderr=StringIO())
    assert Pin.objects.count() == 1
