"""The application that the web server runs (granian, WSGI)."""

import os

from django.core.exceptions import ImproperlyConfigured
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mapfeedback.settings")

if not os.environ.get("SECRET_KEY"):
    raise ImproperlyConfigured("SECRET_KEY is not set. bin/serve makes one; elsewhere set 50 random characters.")

application = get_wsgi_application()
