"""What the web server of these tests runs: the service's own application with the addresses of `endless`."""

from django.conf import settings

from mapfeedback.opendata import patience
from mapfeedback.wsgi import application
from tests.opendata.endless import PATIENCE

settings.ROOT_URLCONF = "tests.opendata.endless"
patience.SECONDS = PATIENCE  # type: ignore[misc]

__all__ = ["application"]
