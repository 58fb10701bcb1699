"""What the web server of these tests runs: the service's own application with the addresses of `endless`."""

from django.conf import settings

from mapfeedback.wsgi import application

settings.ROOT_URLCONF = "tests.opendata.endless"

__all__ = ["application"]
