"""The WSGI application, which the production server calls."""

import os
import signal
import threading

if threading.current_thread() is threading.main_thread():
    # A worker has the handler of the main process until it serves, which ignores that it is to end.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
os.umask(0o077)  # What the service writes is nobody else's.

from django.core.wsgi import get_wsgi_application  # noqa: E402 - First, what holds while it loads.

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402 - The settings are known only now, and the apps loaded.

from kb.api.response_cache import ResponseCache  # noqa: E402
from kb.db_backends.sqlite3.base import hold_open  # noqa: E402
from kb.metrics import reserve_files  # noqa: E402
from kb.request_log import RequestLog  # noqa: E402

reserve_files(settings.METRICS_DIR)
if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    hold_open(str(settings.DATABASES["default"]["NAME"]))
application = RequestLog(ResponseCache(django_application, settings.RESPONSE_CACHE_MB * 1_000_000))
