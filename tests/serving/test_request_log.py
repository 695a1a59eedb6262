"""Logs: a line a request, its identifier and times, the traceback of an error; no secrets, no values of a query."""

import io
import json
import logging
import logging.config
import sys

import pytest
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import OperationalError

from kb.api.response_cache import ResponseCache
from kb.request_log import RequestLog, escape_path, list_parameters
from kb.utils.log_format import current_request_id
from tests.helpers.wsgi import send_request

TOKEN = f"kb_{'0123456789abcdef' * 4}"
LIST_URL, PAGE_URL = "/api/v1/side-effects/", "/explore/side-effects/"
MESSAGE = f"postgres://kb:hush@db.internal/kb refused Authorization: Bearer {TOKEN}, password='hush'"


@pytest.fixture
def send():
    """Send a request to the application as it is served: the log around the response cache around Django."""
    application = RequestLog(ResponseCache(WSGIHandler(), 1_000_000))
    return lambda path, method="GET", **headers: send_request(application, path, method, **headers)


@pytest.fixture
def logs(monkeypatch, settings):
    """Everything that is logged in a format, as the settings say: a function of its name, which returns the text."""
    root, stream = logging.getLogger(), io.StringIO()
    handlers = []

    def start(log_format, level="INFO"):
        settings.LOG_FORMAT = log_format
        monkeypatch.setattr(sys, "stderr", stream)
        config = django_settings.LOGGING["formatters"][log_format]
        handler = logging.StreamHandler(stream)
        handler.setFormatter(logging.config.DictConfigurator({}).configure_formatter(dict(config)))
        handler.setLevel(level)
        root.addHandler(handler)
        handlers.append(handler)
        return stream

    yield start
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture(params=[(RuntimeError, 500), (OperationalError, 503)], ids=["program", "database"])
def failure(request, monkeypatch):
    """Let the list of side effects fail with a message that holds secrets; the status that is answered."""
    from symptoms.views import SideEffectViewSet

    error, status = request.param

    def fail(*args, **kwargs):
        raise error(MESSAGE)

    monkeypatch.setattr(SideEffectViewSet, "get_queryset", fail)
    return status


def read_lines(stream):
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_request_has_one_line_with_its_identifier(universe, send, logs):
    stream = logs("json")
    response = send(f"{LIST_URL}?treatment=drug", x_request_id="edge-12345678")
    line, *more = read_lines(stream)
    assert not more
    assert response.headers["X-Request-ID"] == line["request_id"] == "edge-12345678"
    assert (line["method"], line["path"], line["status"]) == ("GET", LIST_URL, 200)
    assert (line["logger"], line["level"], line["bytes"]) == ("kb.access", "INFO", len(response.body))
    assert line["ms"] >= line["database_ms"] > 0
    assert line["message"] == f"GET {LIST_URL}?treatment 200 {line['ms']} ms {line['bytes']} bytes"


def test_what_the_response_cache_sends_again_has_its_own_line_and_identifier(universe, send, logs):
    stream = logs("json")
    first, second = send(LIST_URL), send(LIST_URL)
    third = send(LIST_URL, if_none_match=first.headers["ETag"])
    lines = read_lines(stream)
    assert [line["request_id"] for line in lines] == [
        answer.headers["X-Request-ID"] for answer in (first, second, third)
    ]
    assert len({line["request_id"] for line in lines}) == 3
    assert [(line["status"], line["bytes"]) for line in lines] == [(200, len(first.body))] * 2 + [(304, 0)]
    assert first.body == second.body


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_the_values_of_a_query_are_not_logged(universe, send, logs, log_format):
    stream = logs(log_format, "DEBUG")
    for query in (
        "treatment=drug&search=my-own-complaint",
        "treatmnt=my-own-complaint",
        "my-own-complaint",
        "q&ü-my-own=1",
    ):
        send(f"{LIST_URL}?{query}")
    assert "my-own" not in stream.getvalue()
    assert "search&treatment" in stream.getvalue()


def test_only_names_of_parameters_are_logged_and_not_too_many():
    assert list_parameters("b=1&a=2&a=3&&c") == ["a", "b"]
    assert list_parameters("Where+does+it+hurt=1&x%20y=2") == ["…"]
    assert len(list_parameters("&".join(f"a{number}=1" for number in range(1_100)))) == 20


def test_a_path_is_logged_as_it_stands_in_a_url():
    """A server hands over each byte of a path as a character."""
    assert escape_path("/d\xc3\xa9j\xc3\xa0\nvu/\xff/a%b/") == "/d%C3%A9j%C3%A0%0Avu/%FF/a%25b/"


@pytest.mark.parametrize(
    "sent", ["", "short", "a" * 65, "has space in it", "line\nbreak-line", "ünicode-id", '{"a":"bbbbb"}']
)
def test_an_identifier_that_could_do_harm_is_replaced(db, send, sent):
    identifier = send("/health/live/", x_request_id=sent).headers["X-Request-ID"]
    assert identifier != sent
    assert len(identifier) == 32


def test_a_request_without_an_identifier_gets_its_own(db, send):
    assert len({send("/health/live/").headers["X-Request-ID"] for _ in range(3)}) == 3
    assert current_request_id.get() is None


@pytest.mark.parametrize("log_format", ["json", "text"])
def test_the_traceback_of_an_error_is_logged_without_secrets(universe, send, logs, failure, log_format):
    stream = logs(log_format)
    response = send(f"{LIST_URL}?treatment=my-own-complaint")
    text = stream.getvalue()
    assert response.status == failure
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers.get("Retry-After") == ("5" if failure == 503 else None)
    assert json.loads(response.body)["request_id"] == response.headers["X-Request-ID"]
    assert text.count(response.headers["X-Request-ID"]) == 2
    assert "Traceback" in text
    assert "Error: postgres://…@db.internal/kb refused" in text
    for secret in ("hush", TOKEN, "my-own-complaint"):
        assert secret not in text


def test_the_page_of_an_error_names_the_identifier(universe, send, logs, failure):
    logs("json")
    response = send(PAGE_URL)
    page = response.body.decode()
    assert response.status == failure
    assert f"<code>{response.headers['X-Request-ID']}</code>" in page
    assert "default-src 'self'" in response.headers["Content-Security-Policy"]
    assert response.headers.get("Retry-After") == ("5" if failure == 503 else None)


@pytest.mark.parametrize("path", ["/explore/no-such-page/", "/no-such-page/", "/admin/no-such-page/"])
def test_the_page_of_what_is_not_there_names_the_identifier(db, send, path):
    response = send(path)
    if response.status == 302:
        return  # To the sign-in.
    assert response.status == 404
    assert f"<code>{response.headers['X-Request-ID']}</code>" in response.body.decode()


def test_what_goes_wrong_outside_of_django_is_answered_and_logged(send, logs):
    stream = logs("json")

    def fail(environ, start_response):
        raise RuntimeError(MESSAGE)

    response = send_request(RequestLog(fail), LIST_URL)
    error, line = read_lines(stream)
    assert response.status == line["status"] == 500
    assert response.headers["X-Request-ID"] in response.body.decode()
    assert "Traceback" in error["exc_info"]
    assert error["request_id"] == line["request_id"] == response.headers["X-Request-ID"]


def test_an_error_of_the_client_has_no_identifier_in_its_problem_and_no_second_line(db, send, logs):
    stream = logs("json")
    response = send("/api/v1/no-such-thing/")
    assert response.status == 404
    assert "request_id" not in json.loads(response.body)
    assert len(read_lines(stream)) == 1


def test_a_probe_that_fails_has_its_identifier_in_every_line(db, send, logs):
    """Django logs an answer 503 once all middlewares are through: the identifier has to be known even then."""
    stream = logs("json")
    response = send("/health/ready/")  # There are no data.
    assert response.status == 503
    assert {line["request_id"] for line in read_lines(stream)} == {response.headers["X-Request-ID"]}


def test_probes_are_logged_for_debugging_only(db, send, logs, caplog):
    stream = logs("json")
    send("/health/live/")
    assert stream.getvalue() == ""
    caplog.set_level("DEBUG", "kb.access")
    send("/health/live/")
    (line,) = read_lines(stream)
    assert (line["path"], line["level"]) == ("/health/live/", "DEBUG")


def test_a_log_that_takes_nothing_any_more_costs_no_answer(universe, send, monkeypatch):
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(sys, "stderr", Full())
    assert send(LIST_URL).status == 200


@pytest.mark.parametrize("path", [LIST_URL, PAGE_URL, "/admin/login/", "/", "/health/"])
def test_a_request_with_too_many_parameters_is_refused_and_logged(db, send, logs, path):
    stream, query = logs("json"), "&".join(f"a{number}=1" for number in range(1_100))
    response = send(f"{path}?{query}")
    (line,) = read_lines(stream)
    assert response.status == line["status"] == 400
    assert response.headers["X-Request-ID"] == line["request_id"]
    assert len(line["parameters"]) == 20
    if path == LIST_URL:
        assert response.headers["Content-Type"] == "application/problem+json"
    else:
        assert line["request_id"] in response.body.decode()
