"""Health checks: the liveness and readiness probes, and their page."""

import pytest
from django.db import OperationalError, connection
from django.urls import reverse

from kb import health_checks

OTHERS = {"writing": True, "replicas": True}  # What is not required.
LIVE_URL, READY_URL, PAGE_URL = "/health/live/", "/health/ready/", "/health/"


@pytest.fixture(autouse=True)
def fresh_migration_check(monkeypatch):
    """Check the migrations again, as in a process that has just started."""
    monkeypatch.setattr(health_checks.MigrationCheck, "is_up_to_date", False)
    yield
    health_checks.check_migrations.__dict__.clear()


@pytest.fixture
def failing_database(db):
    """A database whose every query fails, with an error message that holds secrets."""

    def refuse(*args):
        raise OperationalError("connection to server at “db.internal”, user “kb”, password “hush” failed")

    with connection.execute_wrapper(refuse):
        yield


def get_check_results(response):
    return {check["name"]: check["ok"] for check in response.json()["checks"]}


def test_the_liveness_probe_asks_no_database(api):
    response = api.get(LIVE_URL)  # Without the fixture that allows it, any query fails the test.
    assert (response.status_code, response.json()["live"]) == (200, True)


def test_it_is_ready_when_the_database_its_tables_and_the_data_are_there(api, universe):
    response = api.get(READY_URL)
    assert (response.status_code, response.json()["ready"]) == (200, True)
    assert get_check_results(response) == {"database": True, "migrations": True, "data": True} | OTHERS


def test_it_is_not_ready_without_data(api, db):
    response = api.get(READY_URL)
    assert (response.status_code, response.json()["ready"]) == (503, False)
    assert get_check_results(response) == {"database": True, "migrations": True, "data": False} | OTHERS
    assert "manage.py prepare" in response.json()["checks"][2]["says"]


def test_without_its_database_it_is_not_ready_and_reveals_no_details(api, failing_database, caplog):
    for path in (READY_URL, PAGE_URL, f"{PAGE_URL}?format=html"):
        response = api.get(path)
        assert response.status_code == 503
        for secret in ("db.internal", "hush", "OperationalError"):
            assert secret not in response.content.decode()
    results = get_check_results(api.get(READY_URL))
    assert {name: results[name] for name in ("database", "migrations", "data")} == {
        "database": False,
        "migrations": False,
        "data": False,
    }
    assert "db.internal" in caplog.text
    assert api.get(LIVE_URL).status_code == 200


def test_the_migrations_are_checked_until_they_are_applied_and_then_no_more(
    api, universe, django_assert_max_num_queries
):
    with django_assert_max_num_queries(6):
        assert api.get(READY_URL).status_code == 200
    with django_assert_max_num_queries(3):  # PostgreSQL is asked whether it takes writes.
        assert api.get(READY_URL).status_code == 200


@pytest.mark.parametrize("path", [LIVE_URL, READY_URL, PAGE_URL, f"{PAGE_URL}?format=html"])
def test_health_responses_are_not_cached_and_set_no_cookie(api, universe, path):
    response = api.get(path)
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    assert "ETag" not in response
    assert api.head(path).status_code == 200
    assert api.post(path).status_code == 405


@pytest.mark.parametrize("path", [LIVE_URL, READY_URL, LIVE_URL.rstrip("/"), READY_URL.rstrip("/")])
def test_a_probe_needs_neither_a_known_host_nor_https(api, universe, settings, path):
    settings.SECURE_SSL_REDIRECT = True
    assert api.get(path, HTTP_HOST="10.1.2.3:8000").status_code == 200
    assert api.get(PAGE_URL).status_code == 301
    settings.SECURE_SSL_REDIRECT = False
    assert api.get(PAGE_URL, HTTP_HOST="10.1.2.3:8000").status_code == 400


def test_browsers_get_a_page_and_programs_json(api, universe):
    browser_accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for environ, content_type in [
        ({"HTTP_ACCEPT": browser_accept}, "text/html; charset=utf-8"),
        ({"HTTP_ACCEPT": "*/*"}, "application/json"),
        ({"HTTP_ACCEPT": "application/json"}, "application/json"),
        ({"HTTP_ACCEPT": "image/png"}, "application/json"),
        ({"HTTP_ACCEPT": browser_accept, "QUERY_STRING": "format=json"}, "application/json"),
        ({"QUERY_STRING": "format=html"}, "text/html; charset=utf-8"),
    ]:
        response = api.get(PAGE_URL, **environ)
        assert (response.status_code, response["Content-Type"]) == (200, content_type)
        assert "Accept" in response["Vary"]
    assert api.get(PAGE_URL).json() == api.get(READY_URL).json()


def test_another_format_is_refused(api, universe):
    response = api.get(f"{PAGE_URL}?format=jsn")
    assert (response.status_code, response["Content-Type"]) == (400, "application/problem+json")
    assert response.json()["errors"][0]["nearest"] == "json"


def test_the_page_explains_what_is_wrong(api, db):
    page = api.get(PAGE_URL, HTTP_ACCEPT="text/html").content.decode()
    assert "Nothing can be answered right now" in page
    assert "Every table is as this version needs it." in page
    assert "There are no records" in page


@pytest.mark.django_db
def test_the_front_page_links_to_it(api):
    assert f'href="{reverse("health")}"' in api.get("/").content.decode()
