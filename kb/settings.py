"""Django settings. Only the first block reads the environment."""

import os
import sys
from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from kb import environment
from kb.openapi import metadata as openapi_metadata
from kb.utils.log_format import build_logging

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

DEBUG = environment.read_boolean("DEBUG")
HTTPS = environment.read_boolean("HTTPS")
HOST = environment.read_host("HOST", "127.0.0.1")
PORT = environment.read_port("PORT", 8000)
WORKERS = environment.read_whole_number("WORKERS", 2, 1, 100)
THREADS = environment.read_whole_number("THREADS", 3, 2, 100)
WORKER_MAX_MB = environment.read_whole_number("WORKER_MAX_MB", 1000, 300, 1_000_000)
ALLOWED_HOSTS = environment.read_hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
TWO_FACTOR = environment.read_boolean("TWO_FACTOR", default=HTTPS)
SESSION_HOURS = environment.read_whole_number("SESSION_HOURS", 8, 1, 720)
SIGN_IN_FAILURES = environment.read_whole_number("SIGN_IN_FAILURES", 5, 1, 100)
LOCKOUT_MINUTES = environment.read_whole_number("LOCKOUT_MINUTES", 15, 1, 1440)
PROXIES = environment.read_whole_number("PROXIES", 1 if HTTPS else 0, 0, 9)
SECRET_KEY = environment.read_secret_key("SECRET_KEY", path=VAR_DIR / "secret-key")
SECRET_KEY_FALLBACKS = environment.read_secret_key_fallbacks("SECRET_KEY_FALLBACKS")
SUGGESTIONS_PER_DAY = environment.read_whole_number("SUGGESTIONS_PER_DAY", 100, minimum=0, maximum=100_000)
DATABASES = {"default": environment.read_database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'kb.sqlite3'}")}
DATABASE_CONNECT_SECONDS = environment.read_whole_number("DATABASE_CONNECT_SECONDS", 3, 1, 600)
DATABASE_STATEMENT_SECONDS = environment.read_whole_number("DATABASE_STATEMENT_SECONDS", 15, 1, 3600)
DATABASE_LOCK_SECONDS = environment.read_whole_number("DATABASE_LOCK_SECONDS", 10, 1, 3600)
REPLICAS = environment.read_replicas("REPLICA_URLS", DATABASES["default"])
REPLICA_MAX_LAG_SECONDS = environment.read_whole_number("REPLICA_MAX_LAG_SECONDS", 5, 1, 86_400)
REPLICA_ALONE_SECONDS = environment.read_whole_number("REPLICA_ALONE_SECONDS", 3600, 0, 31_536_000)
READS_PER_MINUTE = environment.read_whole_number("READS_PER_MINUTE", 600, minimum=0, maximum=1_000_000)
TOKEN_READS_PER_MINUTE = environment.read_whole_number("TOKEN_READS_PER_MINUTE", 10 * READS_PER_MINUTE, 0, 10_000_000)
MCP = environment.read_boolean("MCP", default=True)
RESPONSE_CACHE_MB = environment.read_whole_number("RESPONSE_CACHE_MB", 0 if DEBUG else 64, 0, 10_000)
CACHE_SECONDS = environment.read_whole_number("CACHE_SECONDS", 60, 0, 86_400)
REVIEW_AFTER_DAYS = environment.read_whole_number("REVIEW_AFTER_DAYS", 365, 1, 3650)
MAIL_SERVER = environment.read_mail_server("EMAIL_URL")
SENDS_MAIL = "EMAIL_HOST" in MAIL_SERVER
DEFAULT_FROM_EMAIL = environment.read_mail_sender("EMAIL_FROM", required=SENDS_MAIL)
EMAIL_REVIEW_MINUTES = environment.read_whole_number("EMAIL_REVIEW_MINUTES", 60, 1, 10_080)
SITE_URL = environment.read_site_url(
    "SITE_URL", f"https://{ALLOWED_HOSTS[0]}" if HTTPS else f"http://{ALLOWED_HOSTS[0]}:{PORT}"
)

LOG_FORMAT = environment.read_choice("LOG_FORMAT", "text" if DEBUG or sys.stderr.isatty() else "json", ["text", "json"])
LOG_LEVEL = environment.read_choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"])
METRICS_DIR = environment.read_directory("METRICS_DIR", VAR_DIR / "metrics")
METRICS_TOKEN = environment.read_token("METRICS_TOKEN")

VERSION = "0.1.0"
FIRST_PASSWORD_FILE = VAR_DIR / "first-password"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

for database in (DATABASES["default"], *REPLICAS.values()):
    limits = environment.DatabaseLimits(DATABASE_CONNECT_SECONDS, DATABASE_STATEMENT_SECONDS, DATABASE_LOCK_SECONDS)
    database["OPTIONS"] = limits.build_options(database) | database.get("OPTIONS", {})
VAR_DIR.mkdir(exist_ok=True, mode=0o700)
# To open a connection anew for each request costs more than most requests.
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
DATABASES |= REPLICAS
DATABASE_ROUTERS = ["kb.replicas.ReplicaRouter"] if REPLICAS else []

INSTALLED_APPS = [
    "kb",
    "treatments",
    "symptoms",
    "rest_framework",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "corsheaders",
    "csp",
    "kb.apps.KnowledgeAdminConfig",
    "kb.apps.AccountsConfig",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
KNOX_TOKEN_MODEL = "kb.ApiToken"  # noqa: S105
REST_KNOX = {"AUTH_HEADER_PREFIX": "Bearer", "TOKEN_PREFIX": "kb_"}
MIGRATION_MODULES = {"knox": None}  # ApiToken replaces its only model.
# The default cache is in the database, so that all processes on all machines share its counts.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "kb_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    },
    "counts": environment.read_counter_cache("REDIS_URL"),  # Of requests: too many to write each into the database.
}
MIDDLEWARE = [
    "kb.request_log.metrics_middleware",  # First: it measures all that follows.
    "csp.middleware.CSPMiddleware",  # Around all that answers, errors included.
    "kb.health.probe_middleware",  # Before all checks: a probe uses an IP address, neither a name nor HTTPS.
    "kb.editorial.versioning.direct_write_guard_middleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "kb.api.write_slots.write_slot_middleware",  # Before anything that could wait for a lock.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kb.api.addresses.slash_middleware",  # Before all that looks at the path.
    "kb.replicas.replica_middleware",  # Around all that reads records.
    "kb.api.deprecation.deprecation_middleware",
    "kb.api.etags.etag_middleware",
    "kb.api.throttling.rate_limit_headers_middleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "kb.api.addresses.address_limits_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "kb.accounts.audit_log.current_request_middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # Last: it replaces the response by the lockout page.
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
ROOT_URLCONF = "kb.urls"
WSGI_APPLICATION = "kb.wsgi.application"

EMAIL_BACKEND = MAIL_SERVER["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = MAIL_SERVER.get("EMAIL_HOST"), MAIL_SERVER.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = MAIL_SERVER.get("EMAIL_HOST_USER"), MAIL_SERVER.get("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS, EMAIL_USE_SSL = MAIL_SERVER.get("EMAIL_USE_TLS", False), MAIL_SERVER.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 5  # Seconds: whoever saves waits for it.

LOGGING = build_logging(LOG_FORMAT, LOG_LEVEL)
# prometheus_client reads this when it is imported: each process writes its counts there, and a scrape adds them up.
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(METRICS_DIR)

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "kb.static_storage.GzipManifestStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = False

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in {
        "UserAttributeSimilarityValidator": {},
        "MinimumLengthValidator": {"min_length": 12},
        "CommonPasswordValidator": {},
        "NumericPasswordValidator": {},
    }.items()
]
LOGIN_URL, LOGIN_REDIRECT_URL = "admin:login", "admin:index"
# A lockout is of one user name from one address: others behind the same address can still sign in.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = SIGN_IN_FAILURES
AXES_COOLOFF_TIME = timedelta(minutes=LOCKOUT_MINUTES)
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # The time that the page tells stays true.
AXES_RESET_ON_SUCCESS = True
AXES_CLIENT_IP_CALLABLE = "kb.utils.client_ip.client_ip"
AXES_LOCKOUT_CALLABLE = "kb.accounts.lockouts.render_lockout_page"
AXES_ENABLE_ADMIN = AXES_VERBOSE = False
AXES_DISABLE_ACCESS_LOG = True  # Account events record sign-ins.
OTP_TOTP_ISSUER = "Bone and joint pain in cancer"
# Counted from the password or the code, so that a stolen session cannot be kept alive. Other pages do not save the
# session, so that public responses carry no cookie.
SESSION_COOKIE_AGE = SESSION_HOURS * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# With HTTPS, everything requires it; a first run on a developer's machine has no certificate.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
USE_X_FORWARDED_HOST = PROXIES > 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

# Pages of other origins may read the API, without cookies, and nothing else.
CORS_ALLOW_ALL_ORIGINS = True
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ["GET", "HEAD", "OPTIONS"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "if-none-match"]
CORS_EXPOSE_HEADERS = ["ETag", "X-KB-Version", "Link", "Content-Disposition", "Retry-After", "WWW-Authenticate"]
CORS_EXPOSE_HEADERS += ["X-KB-Absence", "X-Request-ID", "RateLimit", "RateLimit-Policy", "Deprecation", "Sunset"]

REST_FRAMEWORK = {
    "DEFAULT_METADATA_CLASS": "kb.api.metadata.ResourceMetadata",
    "DEFAULT_SCHEMA_CLASS": "kb.openapi.auto_schema.ModelSchema",
    "DEFAULT_FILTER_BACKENDS": ["kb.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "kb.api.pagination.NumberedPagination",
    "DEFAULT_RENDERER_CLASSES": ["kb.renderers.json.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "kb.api.negotiation.ContentNegotiation",
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["kb.api.authentication.TokenAuthentication"],
    "DEFAULT_THROTTLE_CLASSES": ["kb.api.throttling.ReadThrottle"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "EXCEPTION_HANDLER": "kb.api.exceptions.problem_exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": "format",
}

SPECTACULAR_SETTINGS = openapi_metadata.SPECTACULAR_SETTINGS | {"VERSION": VERSION}
ENUMERATIONS = openapi_metadata.ENUMERATIONS
