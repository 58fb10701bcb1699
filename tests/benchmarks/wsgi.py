"""What the web server runs when it is measured: the service as it is, and one bare view behind the same middleware."""

from django.conf import settings

from mapfeedback.wsgi import application

settings.ROOT_URLCONF = "tests.benchmarks.urls"

__all__ = ["application"]
