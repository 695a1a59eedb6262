"""The WSGI application, which the production server calls."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - The settings are known only now, and the apps loaded.

from kb.api.response_cache import ResponseCache  # noqa: E402

application = ResponseCache(django_application, settings.RESPONSE_CACHE_MB * 1_000_000)
