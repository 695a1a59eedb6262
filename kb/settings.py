"""Settings: one file, read top to bottom; only the first block looks at the environment."""

from pathlib import Path

from csp.constants import NONE, SELF

from kb import environment

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

DEBUG = environment.switch("DEBUG")
HTTPS = environment.switch("HTTPS")
PORT = environment.port("PORT", 8000)
ALLOWED_HOSTS = environment.hosts("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
SECRET_KEY = environment.secret_key("SECRET_KEY", kept_in=VAR_DIR / "secret-key")
DATABASES = {"default": environment.database("DATABASE_URL", f"sqlite:///{VAR_DIR / 'kb.sqlite3'}")}
REVIEW_AFTER_DAYS = environment.number("REVIEW_AFTER_DAYS", 365, 1, 3650)

VERSION = "0.1.0"
FIXTURE_DIRS = [BASE_DIR / "fixtures"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            "transaction_mode": "IMMEDIATE",
            "timeout": 60,  # Seconds: who writes waits while a long import is tried or brought in.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
        }
    )
    VAR_DIR.mkdir(exist_ok=True)
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

INSTALLED_APPS = [
    "kb",
    "treatments",
    "symptoms",
    "rest_framework",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "kb.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "kb.history.Guard",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_MANIFEST_STRICT = False

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in [
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    ]
]

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
# Behind HTTPS, everything insists on it; a first run on one's own machine has no certificate.
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None

REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "kb.schema.ModelSchema",
    "DEFAULT_FILTER_BACKENDS": ["kb.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "kb.pagination.Pages",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "EXCEPTION_HANDLER": "kb.errors.problem",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

ENUMERATIONS = {
    "kb.choices": ["Population", "Scope", "Certainty", "Frequency", "Site"],
    "kb.inheritance": ["Basis"],
    "kb.disagreements": ["Verdict", "Explainer"],
    "treatments.choices": ["TreatmentKind", "Modality", "Route", "Goal"],
    "symptoms.choices": [
        "SymptomKind",
        "SideEffectEffect",
        "Benefit",
        "Constancy",
        "Movement",
        "Severity",
        "Evidence",
        "Urgency",
        "Outcome",
        "Step",
        "Direction",
        "Question",
        "Aspect",
        "Explanation",
        "GuidanceKind",
        "Fit",
    ],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Bone and joint pain in cancer",
    "VERSION": VERSION,
    "OAS_VERSION": "3.1.1",
    "DESCRIPTION": (
        "What patient-information documents state about cancer, its treatment, bones and joints, as structured "
        "statements that each cite the lines that say so. **Reference information, not medical advice.** What the "
        "documents do not say is `unstated`. A parameter given twice means *either*; a parameter or slug that does "
        "not exist is refused, naming the nearest."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": r"/api/v[0-9]+",
    "ENUM_NAME_OVERRIDES": {name: f"{module}.{name}" for module, names in ENUMERATIONS.items() for name in names},
    "ENUM_ADD_EXPLICIT_BLANK_NULL_CHOICE": True,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "kb.schema.describe_enumerations",
        "kb.schema.say_null",
    ],
    "TAGS": [
        {"name": "Start here", "description": "What there is, and on what terms."},
        {"name": "Questions", "description": "What people come to ask; every answer is made of cited statements."},
        {"name": "Sources and cancers", "description": "The documents, the cancers, and where cancers spread."},
        {"name": "Treatments", "description": "What is done or taken, what for, and with what care."},
        {
            "name": "Symptoms and care",
            "description": "What people feel, what brings it on, how its cause is found, and what helps.",
        },
    ],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "list", "validatorUrl": None, "filter": True},
}
