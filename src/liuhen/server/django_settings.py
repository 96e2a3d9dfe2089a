"""Django's settings, made from ours. Nothing below `server` reads them."""

import os
import urllib.parse
from typing import Any

from liuhen.server.settings import Settings, read_settings

SETTINGS = read_settings()


def _secret(settings: Settings) -> str:
    """Empty where the home is not set up yet: Django then refuses to sign anything."""
    try:
        return (settings.keys / "session.key").read_text().strip()
    except FileNotFoundError:
        return ""


def _database(settings: Settings) -> dict[str, Any]:
    if not settings.database:
        return {
            "ENGINE": "liuhen.server.sqlite",
            "NAME": settings.home / "liuhen.sqlite3",
            "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": 30},
            "CONN_MAX_AGE": None,
            "TEST": {"NAME": settings.home / "test.sqlite3"},
        }
    address = urllib.parse.urlsplit(settings.database)
    options = dict(urllib.parse.parse_qsl(address.query))
    return {
        "ENGINE": "liuhen.server.postgres",
        "NAME": address.path.lstrip("/"),
        "USER": urllib.parse.unquote(address.username or ""),
        "PASSWORD": urllib.parse.unquote(address.password or ""),
        "HOST": options.pop("host", address.hostname or ""),
        "PORT": str(options.pop("port", address.port or "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }


SECRET_KEY = _secret(SETTINGS)
DEBUG = False
ALLOWED_HOSTS = [name.strip() for name in SETTINGS.names.split(",") if name.strip()]
DATABASES = {"default": _database(SETTINGS)}
# The account is what gets locked: a shared office address must not lock out everybody behind it.
SILENCED_SYSTEM_CHECKS = ["axes.W006"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "axes",
    "liuhen.apps.journal",
    "liuhen.apps.search",
    "liuhen.apps.registry",
    "liuhen.apps.approval",
    "liuhen.apps.devices",
    "liuhen.apps.evidence",
    "liuhen.apps.documents",
    "liuhen.apps.casework",
    "liuhen.apps.access",
    "liuhen.apps.retention",
    "liuhen.apps.archive",
    "liuhen.apps.oversight",
]
MIDDLEWARE = [
    "liuhen.server.middleware.Office",
    "django.middleware.security.SecurityMiddleware",
    "liuhen.server.middleware.Headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "liuhen.server.middleware.SessionLimits",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "liuhen.server.urls"
AUTH_USER_MODEL = "registry.Account"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "liuhen.interfaces.backend.House"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
USE_I18N = True

# Sessions (security.md 20 to 24). The `__Host-` names need TLS; plain http is served on loopback alone.
_TLS = SETTINGS.is_secure
SESSION_COOKIE_NAME = "__Host-session" if _TLS else "session"
CSRF_COOKIE_NAME = "__Host-csrftoken" if _TLS else "csrftoken"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _TLS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_HEADER_NAME = "HTTP_X_CSRFTOKEN"
CSRF_FAILURE_VIEW = "liuhen.server.urls.csrf_failure"
CSRF_TRUSTED_ORIGINS = [f"https://{name}:{SETTINGS.port}" for name in ALLOWED_HOSTS] if _TLS else []
CSRF_TRUSTED_ORIGINS += [SETTINGS.public_address] if SETTINGS.public_address else []
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 31_536_000 if _TLS else 0

# Lock-out: five failures lock the account for fifteen minutes, with back-off for the address.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username"]]
AXES_RESET_ON_SUCCESS = True
# Under this name the log-in hands the person over; with another the failures of everybody would count as one.
AXES_USERNAME_FORM_FIELD = "username"
AXES_LOCKOUT_CALLABLE = "liuhen.server.urls.locked_out"
AXES_VERBOSE = False
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("DJANGO_LOG_LEVEL", "WARNING")},
}
