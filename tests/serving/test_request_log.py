"""Logs: one line a request, its identifier, the traceback of an error, and no secrets or values of a query."""

import io
import json
import logging
import logging.config

import pytest
from django.conf import settings as django_settings
from django.test import Client

from kb.utils.log_format import current_request_id, redact_secrets

TOKEN = f"kb_{'0123456789abcdef' * 4}"
LIST_URL = "/api/v1/side-effects/"


@pytest.fixture
def logs():
    """Everything that is logged in a format, as the settings say: a function of its name, which returns the text."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers = []

    def start(log_format, level="INFO"):
        config = django_settings.LOGGING["formatters"][log_format]
        handler = logging.StreamHandler(stream)
        formatter = logging.config.DictConfigurator({}).configure_formatter(dict(config))
        handler.setFormatter(formatter)
        handler.setLevel(level)
        root.addHandler(handler)
        handlers.append(handler)
        return stream

    yield start
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture
def failing_view(monkeypatch):
    """Let the list of side effects fail with a message that holds secrets."""
    from symptoms.views import SideEffectViewSet

    def fail(*args, **kwargs):
        raise RuntimeError(f"postgres://kb:hush@db.internal/kb refused Authorization: Bearer {TOKEN}, password='hush'")

    monkeypatch.setattr(SideEffectViewSet, "get_queryset", fail)


def read_lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_has_one_line_with_its_identifier(api, universe, logs):
    stream = logs("json")
    response = api.get(LIST_URL, {"treatment": "drug"}, headers={"x-request-id": "edge-12345678"})
    line, *more = read_lines(stream)
    assert not more
    assert response["X-Request-ID"] == line["request_id"] == "edge-12345678"
    assert (line["method"], line["path"], line["status"]) == ("GET", LIST_URL, 200)
    assert (line["logger"], line["level"], line["bytes"]) == ("kb.access", "INFO", len(response.content))
    assert line["ms"] > 0


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_the_values_of_a_query_are_not_logged(api, universe, logs, log_format):
    stream = logs(log_format, "DEBUG")
    api.get(LIST_URL, {"treatment": "drug", "search": "my-own-complaint"})
    api.get(LIST_URL, {"treatmnt": "my-own-complaint"})
    assert "my-own-complaint" not in stream.getvalue()
    assert "search" in stream.getvalue()


@pytest.mark.parametrize(
    "sent", ["", "short", "a" * 65, "has space in it", "line\nbreak-line", "ünicode-id", '{"a":"bbbbb"}']
)
def test_an_identifier_that_could_do_harm_is_replaced(db, sent):
    response = Client().get("/health/live/", headers={"x-request-id": sent})
    assert response["X-Request-ID"] != sent
    assert len(response["X-Request-ID"]) == 32


def test_a_request_without_an_identifier_gets_its_own(db):
    assert len({Client().get("/health/live/")["X-Request-ID"] for _ in range(3)}) == 3
    assert current_request_id.get() is None


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_the_traceback_of_an_error_is_logged_without_secrets(universe, logs, failing_view, log_format):
    stream = logs(log_format)
    client = Client(raise_request_exception=False)
    response = client.get(LIST_URL, {"treatment": "my-own-complaint"}, headers={"authorization": f"Bearer {TOKEN}"})
    response = client.get(LIST_URL, {"treatment": "my-own-complaint"})
    text = stream.getvalue()
    assert response.status_code == 500
    assert response.json()["request_id"] == response["X-Request-ID"]
    assert response["X-Request-ID"] in text
    assert "Traceback" in text
    assert "RuntimeError: postgres://…@db.internal/kb refused" in text
    for secret in ("hush", TOKEN, "my-own-complaint"):
        assert secret not in text


def test_an_error_of_the_client_has_no_identifier_in_its_problem_and_no_second_line(api, db, logs):
    stream = logs("json")
    response = api.get("/api/v1/no-such-thing/")
    assert response.status_code == 404
    assert "request_id" not in response.json()
    assert len(read_lines(stream)) == 1


def test_probes_are_logged_for_debugging_only(api, db, logs, caplog):
    stream = logs("json")
    api.get("/health/live/")
    assert stream.getvalue() == ""
    caplog.set_level("DEBUG", "kb.access")
    api.get("/health/live/")
    assert len(read_lines(stream)) == 0  # The handler takes INFO.
    assert "/health/live/" in caplog.text


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


def test_a_request_with_too_many_parameters_is_logged_without_them(client, db, logs):
    stream, query = logs("json"), "&".join(f"a{number}=1" for number in range(1_100))
    assert client.get(f"/health/live/?{query}").status_code == 200
    response = client.get(f"{LIST_URL}?{query}")
    assert response.status_code == 400
    assert response["Content-Type"] == "application/problem+json"
    assert response["X-Request-ID"] == read_lines(stream)[-1]["request_id"]
    assert read_lines(stream)[-1]["parameters"] == []
