"""Formats of log records: JSON or text, with the identifier of the request and without secrets; the setting LOGGING."""

import copy
import logging
import re
from contextvars import ContextVar
from typing import Any

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


def build_logging(log_format: str, level: str) -> dict[str, Any]:
    """Return the setting LOGGING: everything goes to the standard error of the process, as `json` or `text`."""
    text = {"()": SafeFormatter, "fmt": "{asctime} {levelname} {name} [{request_id}] {message}"}
    json = {"()": SafeJsonFormatter, "fmt": "{asctime}{levelname}{name}{request_id}{message}"}
    json |= {"rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"}, "json_ensure_ascii": False}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"text": text | {"style": "{"}, "json": json | {"style": "{"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": log_format}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": "INFO"},  # Its own handlers print with DEBUG only, and mail to nobody.
            "django.request": {"level": "ERROR"},  # An error of a client has its line of access.
            "django.server": {"handlers": [], "level": "CRITICAL"},  # The lines of access of runserver.
        },
    }
