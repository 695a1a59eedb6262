"""Formats of log records: JSON or text, with the identifier of the request and without secrets; the setting LOGGING."""

import copy
import logging
import re
import sys
import time
from contextvars import ContextVar
from functools import lru_cache
from threading import Lock
from typing import Any

import orjson
from django.conf import settings
from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

SECRET_NAMES = "authorization|cookie|sessionid|csrftoken|password|secret_key"  # noqa: S105
SECRET_PATTERNS = [
    (re.compile(r"(?<=://)[^\s/@]+(?=@)"), "…"),  # User and password in the URL of a server.
    (re.compile(r"\bkb_[0-9a-f]{20,}"), "kb_…"),  # A token of the API.
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]+", re.I), r"\1 …"),
    (re.compile(rf"({SECRET_NAMES})(['\"]*\s*[:=]\s*)[^\s,}}]+", re.I), r"\1\2…"),
]
current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)


def redact_secrets(text: str) -> str:
    """Return a text without what looks like a token, a password or a cookie."""
    for pattern, replacement in SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class SafeFormatter(logging.Formatter):
    """Formats a record as text, with the identifier of the request and without secrets."""

    def format(self, record: logging.LogRecord) -> str:
        record = copy.copy(record)  # Other handlers have the same record.
        record.msg, record.args, record.exc_text = redact_secrets(record.getMessage()), (), None
        record.request_id = current_request_id.get() or "-"
        return super().format(record)

    def formatException(self, ei: Any) -> str:
        return redact_secrets(super().formatException(ei))


class SafeJsonFormatter(SafeFormatter, JsonFormatter):
    """Formats a record as a JSON object on one line, without the request, whose address has its values in it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, reserved_attrs=[*RESERVED_ATTRS, "request", "status_code"], **kwargs)


class RepeatFilter(logging.Filter):
    """Lets a warning pass once in a minute, wherever it came from, and says how often it was held back before."""

    def __init__(self, seconds: float = 60) -> None:
        super().__init__()
        self.seconds, self.lock = seconds, Lock()
        self.passed: dict[str, tuple[float, int]] = {}  # By message: when it passed, and how many were held back since.

    def filter(self, record: logging.LogRecord) -> bool:
        now, key = time.monotonic(), str(record.msg)
        with self.lock:
            passed_at, held_back = self.passed.get(key, (None, 0))
            if passed_at is not None and now - passed_at < self.seconds:
                self.passed[key] = passed_at, held_back + 1
                return False
            self.passed[key] = now, 0
        if held_back:
            record.msg = f"{record.msg} (and {held_back} times more since it was last told)"
        return True


def write_access_line(level: int, message: str, details: dict[str, Any]) -> None:
    """Write the line of a request to the standard error, in the format of the other lines.

    It is written with every request: Python's logging would take three times as long as this.
    """
    now = time.time()
    line = {
        "time": f"{format_second(int(now))},{int(now % 1 * 1000):03}",
        "level": "INFO" if level == logging.INFO else logging.getLevelName(level),
        "logger": "kb.access",
        "request_id": current_request_id.get() or "-",
        "message": message,
        **details,
    }
    if settings.LOG_FORMAT == "text":
        text = "{time} {level} {logger} [{request_id}] {message}\n".format(**line)
    else:
        text = orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE).decode()
    try:
        sys.stderr.write(text)
    except OSError:  # Where the disk is full to which the log goes, requests are still answered.
        return


@lru_cache(maxsize=1)
def format_second(second: int) -> str:
    """Return a moment as logging writes it, in UTC."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(second))


def build_logging(log_format: str, level: str) -> dict[str, Any]:
    """Return the setting LOGGING: everything goes to the standard error of the process, as `json` or `text`."""
    text = {"()": SafeFormatter, "fmt": "{asctime} {levelname} {name} [{request_id}] {message}"}
    json = {"()": SafeJsonFormatter, "fmt": "{asctime}{levelname}{name}{request_id}{message}"}
    json |= {"rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"}, "json_ensure_ascii": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"text": text | {"style": "{"}, "json": json | {"style": "{"}},
        "filters": {"repeats": {"()": RepeatFilter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": log_format}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO"},  # Its own handlers print with DEBUG only, and mail to nobody.
            "django.request": {"level": "ERROR"},  # An error of a client has its line of access.
            "kb.api.throttling": {"filters": ["repeats"]},
            "django.security": {"level": "CRITICAL"},  # As well.
            "django.security.DisallowedHost": {"level": "ERROR"},  # Most likely ALLOWED_HOSTS lacks one.
            "django.server": {"handlers": [], "level": "CRITICAL"},  # The lines of access of runserver.
        },
    }
