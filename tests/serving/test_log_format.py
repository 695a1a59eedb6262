"""What is left out of logs: secrets, and what repeats."""

import logging

import pytest
from django.conf import settings as django_settings

from kb.utils.log_format import RepeatFilter, redact_secrets

TOKEN = f"kb_{'0123456789abcdef' * 4}"


def test_a_warning_that_repeats_is_told_once_in_a_minute_with_how_often_it_came(caplog):
    logger, repeats = logging.getLogger("kb.test_repeats"), RepeatFilter(seconds=60)
    logger.addFilter(repeats)
    try:
        for number in range(40):
            logger.warning("Requests are not counted: %s", number)
        logger.warning("Something else")
        assert [record.getMessage() for record in caplog.records] == ["Requests are not counted: 0", "Something else"]
        repeats.seconds = 0
        logger.warning("Requests are not counted: %s", 99)
    finally:
        logger.removeFilter(repeats)
    assert caplog.records[-1].getMessage() == "Requests are not counted: 99 (and 39 times more since it was last told)"
    assert "repeats" in django_settings.LOGGING["loggers"]["kb.api.throttling"]["filters"]


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (f"token {TOKEN}", "token kb_…"),
        ("relation kb_revision does not exist", "relation kb_revision does not exist"),
        ("Authorization: Bearer abc.def", "Authorization: … …"),
        ("got Basic dXNlcjpwYXNz", "got Basic …"),
        ("redis://:pa:ss@host:6379/0", "redis://…@host:6379/0"),
        ("{'password': 'hush', 'x': 1}", "{'password': …, 'x': 1}"),
        ("Cookie: sessionid=abc123", "Cookie: …"),
        ("https://kb.example.org/path@x", "https://kb.example.org/path@x"),
    ],
)
def test_what_looks_like_a_secret_is_left_out(text, safe):
    assert redact_secrets(text) == safe
