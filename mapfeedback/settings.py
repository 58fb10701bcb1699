"""All settings in one place, read from environment variables; nonsense is refused by name at boot.

docs/operations.md lists every variable with its meaning.
"""

import importlib.util
import os
import re
import secrets
import sys
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

BASE_DIR = Path(__file__).resolve().parent.parent


# -- readers: each refuses a bad value and says what is allowed ---------------------------------------


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool = False) -> bool:
    value = text(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is neither yes nor no: use 1 or 0.")


def number(name: str, default: int, low: int, high: int) -> int:
    value = text(name, str(default))
    if not value.isdigit() or not low <= int(value) <= high:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number from {low} to {high}.")
    return int(value)


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def database(address: str) -> dict[str, Any]:
    """Django's settings for a ``postgresql://user:password@host:port/name?host=/socket/folder`` address."""
    parts = urlsplit(address)
    if parts.scheme not in {"postgres", "postgresql", "postgis"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL must look like postgresql://user:password@host:5432/name (PostgreSQL with PostGIS)."
        )
    query = parse_qs(parts.query)
    limit = number("STATEMENT_TIMEOUT_MS", 15000, 100, 3_600_000)
    return {
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", [unquote(parts.hostname or "")])[0],
        "PORT": str(parts.port or ""),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # Opening a connection costs some 60 ms: keep them. A lost database is noticed before use.
            "pool": {"min_size": 1, "max_size": number("DATABASE_POOL", 8, 1, 200), "timeout": 5},
            # Django forbids preparing statements. Who asks for it may; nothing is by being frequent, for a plan that is
            # made for every word is a bad one for a rare word.
            "prepare_threshold": 1_000_000_000,
            # Compiling, and starting workers, cost more than what a request asks for. A short list of words that are
            # not sorted in yet, in kB: every search reads it through.
            "options": f"-c jit=off -c max_parallel_workers_per_gather=0 -c statement_timeout={limit}"
            " -c gin_pending_list_limit=256",
        },
    }


def wheel_library(package: str, pattern: str) -> str | None:
    """The path of a C library that lies inside an installed wheel, found without importing the package.

    Debian's GDAL is too old for GeoDjango's safety checks (gis.W001); the wheels carry a current one, and
    sharing it keeps a single GDAL and GEOS in the process.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(spec.submodule_search_locations[0]).parent / f"{package}.libs"
    return next((str(path) for path in sorted(folder.glob(pattern))), None)


# -- the instance -------------------------------------------------------------------------------------

VAR = Path(text("MAPFEEDBACK_VAR", str(BASE_DIR / "var")))
DEBUG = flag("DEBUG")
TESTING = "pytest" in sys.modules
DEMO = flag("MAPFEEDBACK_DEMO")

# Without one, every process makes its own: fine for a command, refused by the web server (wsgi.py).
SECRET_KEY = text("SECRET_KEY") or secrets.token_urlsafe(50)

ALLOWED_HOSTS = words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = words("CSRF_TRUSTED_ORIGINS")
HTTPS = flag("HTTPS")
#: As the city calls it; without a name of its own, one in the reader's language.
SITE_NAME = text("SITE_NAME") or pgettext_lazy("name of the service", "Map feedback")
CITY_NAME = text("CITY_NAME")
CREST_URL = text("CREST_URL")
SOURCE_URL = text("SOURCE_URL")

# What the information pages say (mapfeedback/pages); an empty one is said to be unset.
SERVICE_OWNER = text("SERVICE_OWNER", CITY_NAME)
CONTACT_EMAIL = text("CONTACT_EMAIL")
ACCESSIBILITY_SUPERVISOR = text("ACCESSIBILITY_SUPERVISOR")
DATA_LICENCE = text("DATA_LICENCE", "CC BY 4.0")
DATA_LICENCE_URL = text(
    "DATA_LICENCE_URL", "https://creativecommons.org/licenses/by/4.0/" if DATA_LICENCE == "CC BY 4.0" else ""
)

GDAL_LIBRARY_PATH = wheel_library("pyogrio", "libgdal-*.so*")
GEOS_LIBRARY_PATH = wheel_library("shapely", "libgeos_c-*.so*")

INSTALLED_APPS = [
    "mapfeedback.accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.gis",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "leaflet",
    "procrastinate.contrib.django",
    "csp",
    "mapfeedback",
    "areas",
    "mapfeedback.journal",
    "mapfeedback.consultations",
    "mapfeedback.pins",
    "layers",
    "mapfeedback.borders",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "mapfeedback.web.careful_headers",
    "mapfeedback.web.errors_in_the_asked_format",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "mapfeedback.urls"
WSGI_APPLICATION = "mapfeedback.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mapfeedback.web.site",
                "mapfeedback.accounts.context.doors",
            ],
            # Parts that rooms without tables lend to pages of others (docs/decisions/0013).
            "libraries": {"squares": "mapfeedback.maptiles.tags", "painting": "mapfeedback.reports.tags"},
        },
    }
]

DATABASES = {"default": database(text("DATABASE_URL", "postgresql:///mapfeedback"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# -- people -------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "mapfeedback.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]  # a password is optional: the code is enough
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True

# -- languages ----------------------------------------------------------------------------------------

# Plain Finnish is a variant of Finnish: it falls back to Finnish text by text (LANGUAGE_CODE).
# "simple" is a registered BCP 47 variant subtag, so <html lang="fi-simple"> is valid.
LANG_INFO["fi-simple"] = {
    "bidi": False,
    "code": "fi-simple",
    "name": "Plain Finnish",
    "name_local": "selkosuomi",
    "fallback": ["fi"],
}
LANGUAGE_CODE = "fi"
LANGUAGES = [("fi", _("Finnish")), ("sv", _("Swedish")), ("en", _("English")), ("fi-simple", _("Plain Finnish"))]
LOCALE_PATHS = [BASE_DIR / "mapfeedback" / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
FORMAT_MODULE_PATH = "mapfeedback.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = text("TIME_ZONE", "Europe/Helsinki")

# -- files --------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "mapfeedback.staticfiles.VersionedStatic"
    },
}
WHITENOISE_USE_FINDERS = TESTING or DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["mapfeedback.uploading.ToDisk"]
#: Uploaded border files, until they are adopted or given up; never served.
BORDERS_FOLDER = VAR / "borders"
BORDERS_UPLOAD_MAX_BYTES = number("BORDERS_UPLOAD_MAX_MB", 500, 1, 500) * 1024 * 1024
#: Files of messages on their way to readers; each goes when it has been sent.
EXPORTS_FOLDER = VAR / "exports"
#: Photos of pins; served by a view that asks who may see them, never as files.
PHOTOS_FOLDER = VAR / "photos"
LAYER_UPLOAD_MAX_BYTES = number("LAYER_UPLOAD_MAX_MB", 50, 1, 500) * 1024 * 1024

# -- the map ------------------------------------------------------------------------------------------

# An XYZ, WMTS (REST) or WMS address. {z} {x} {y} are filled in; a WMS address holds {bbox} in EPSG:3857.
# Empty: no base map is asked from anybody, the map draws the city's own ground.
BASEMAP_URL = text("BASEMAP_URL", "https://tile.openstreetmap.org/{z}/{x}/{y}.png" if DEMO else "")
BASEMAP_CREDIT = text("BASEMAP_CREDIT", "© OpenStreetMap" if "openstreetmap" in BASEMAP_URL else "")
BASEMAP_CREDIT_URL = text(
    "BASEMAP_CREDIT_URL",
    "https://www.openstreetmap.org/copyright" if "openstreetmap" in BASEMAP_URL else "",
)
BASEMAP_MAX_ZOOM = number("BASEMAP_MAX_ZOOM", 19, 1, 24)
BASEMAP_CACHE_MB = number("BASEMAP_CACHE_MB", 1000, 1, 1_000_000)
LEAFLET_CONFIG = {"TILES": [], "RESET_VIEW": False}

# -- mail ---------------------------------------------------------------------------------------------

EMAIL_HOST = text("EMAIL_HOST")
EMAIL_PORT = number("EMAIL_PORT", 587, 1, 65535)
EMAIL_HOST_USER = text("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = text("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = flag("EMAIL_USE_TLS", default=bool(EMAIL_HOST))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = text("DEFAULT_FROM_EMAIL", "Karttapalaute <noreply@localhost>")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if EMAIL_HOST
    else "django.core.mail.backends.filebased.EmailBackend"  # with no server set, mails lie in var/mail
)
EMAIL_FILE_PATH = VAR / "mail"

# -- safety -------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Who may show /embed/ inside their own page: sites such as https://www.example.fi, * for all, none for nobody.
EMBED_SITES = words("EMBED_SITES", "*")
for _site in EMBED_SITES:
    if not re.fullmatch(r"\*|none|https?://(\*\.)?[\w.-]+(:\d{1,5})?", _site):
        raise ImproperlyConfigured(f"EMBED_SITES={_site!r} is not a site: write https://www.example.fi, * or none.")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "mapfeedback.web.csrf_failure"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = number("HSTS_SECONDS", 31_536_000, 0, 63_072_000) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health$"]
if flag("BEHIND_PROXY"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    # Sign-in attempts are counted by address: the last one, which the proxy itself wrote.
    ALLAUTH_TRUSTED_PROXY_COUNT = 1

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"()": "mapfeedback.discretion.Discreet", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": text("LOG_LEVEL", "WARNING")},
}
