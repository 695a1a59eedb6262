"""What probes and people are told of whether the knowledge base can serve."""

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse

from kb import health

LIVE_URL, READY_URL, PAGE_URL = "/health/live/", "/health/ready/", "/health/"


@pytest.fixture(autouse=True)
def fresh_migration_check(monkeypatch):
    """The tables are looked at again, as by a process that has just begun."""
    monkeypatch.setattr(health.MigrationCheck, "is_up_to_date", False)
    yield
    health.check_migrations.__dict__.clear()


@pytest.fixture
def failing_database(db):
    """A database that refuses, in words that name it."""

    def refuse(*args):
        raise OperationalError("connection to server at “db.internal”, user “kb”, password “hush” failed")

    with connection.execute_wrapper(refuse):
        yield


def get_check_results(answer):
    return {check["name"]: check["ok"] for check in answer.json()["checks"]}


def test_a_process_lives_whatever_its_database_does(api):
    answer = api.get(LIVE_URL)  # Without the fixture that allows it, any query fails the test.
    assert (answer.status_code, answer.json()["live"]) == (200, True)


def test_it_is_ready_when_the_database_its_tables_and_the_data_are_there(api, universe):
    answer = api.get(READY_URL)
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    assert get_check_results(answer) == {"database": True, "migrations": True, "data": True}


def test_it_is_not_ready_without_data(api, db):
    answer = api.get(READY_URL)
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert get_check_results(answer) == {"database": True, "migrations": True, "data": False}
    assert "manage.py prepare" in answer.json()["checks"][2]["says"]


def test_it_is_not_ready_while_a_migration_waits(api, universe):
    MigrationRecorder(connection).migration_qs.filter(app="kb").latest("pk").delete()
    answer = api.get(READY_URL)
    assert answer.status_code == 503
    assert get_check_results(answer) == {"database": True, "migrations": False, "data": False}
    assert answer.json()["checks"][1]["says"].endswith(": 1.")
    assert "migrations must be in order first" in answer.json()["checks"][2]["says"]


def test_it_is_not_ready_without_its_database_and_gives_nothing_of_it_away(api, failing_database, caplog):
    for path in (READY_URL, PAGE_URL, f"{PAGE_URL}?format=html"):
        answer = api.get(path)
        assert answer.status_code == 503
        for secret in ("db.internal", "hush", "OperationalError"):
            assert secret not in answer.content.decode()
    assert get_check_results(api.get(READY_URL)) == {"database": False, "migrations": False, "data": False}
    assert "db.internal" in caplog.text
    assert api.get(LIVE_URL).status_code == 200


def test_the_tables_are_looked_at_until_they_are_in_order_and_then_no_more(
    api, universe, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        assert api.get(READY_URL).status_code == 200
    with django_assert_max_num_queries(2):
        assert api.get(READY_URL).status_code == 200


@pytest.mark.parametrize("path", [LIVE_URL, READY_URL, PAGE_URL, f"{PAGE_URL}?format=html"])
def test_nothing_of_it_is_kept_on_the_way(api, universe, path):
    answer = api.get(path)
    assert "no-store" in answer["Cache-Control"]
    assert not answer.cookies
    assert "ETag" not in answer
    assert api.head(path).status_code == 200
    assert api.post(path).status_code == 405


@pytest.mark.parametrize("path", [LIVE_URL, READY_URL, LIVE_URL.rstrip("/"), READY_URL.rstrip("/")])
def test_a_probe_needs_neither_the_name_of_the_host_nor_https(api, universe, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert api.get(path, HTTP_HOST="10.1.2.3:8000").status_code == 200
    assert api.get(PAGE_URL).status_code == 301
    settings.SECURE_SSL_REDIRECT = False
    assert api.get(PAGE_URL, HTTP_HOST="10.1.2.3:8000").status_code == 400


def test_people_get_a_page_and_programs_json(api, universe):
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for asked, kind in [
        ({"HTTP_ACCEPT": browser}, "text/html; charset=utf-8"),
        ({"HTTP_ACCEPT": "*/*"}, "application/json"),
        ({"HTTP_ACCEPT": "application/json"}, "application/json"),
        ({"HTTP_ACCEPT": "image/png"}, "application/json"),
        ({"HTTP_ACCEPT": browser, "QUERY_STRING": "format=json"}, "application/json"),
        ({"QUERY_STRING": "format=html"}, "text/html; charset=utf-8"),
    ]:
        answer = api.get(PAGE_URL, **asked)
        assert (answer.status_code, answer["Content-Type"]) == (200, kind)
        assert "Accept" in answer["Vary"]
    assert api.get(PAGE_URL).json() == api.get(READY_URL).json()


def test_another_format_is_refused(api, universe):
    answer = api.get(f"{PAGE_URL}?format=jsn")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"][0]["nearest"] == "json"


def test_the_page_says_in_words_what_is_wrong(api, db):
    page = api.get(PAGE_URL, HTTP_ACCEPT="text/html").content.decode()
    assert "Nothing can be answered right now" in page
    assert "Every table is as this version needs it." in page
    assert "There are no records" in page


@pytest.mark.django_db
def test_the_front_page_leads_to_it(api):
    assert f'href="{reverse("health")}"' in api.get("/").content.decode()
