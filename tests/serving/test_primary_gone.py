"""Without the primary: replicas are read, as long as they were as new as it not long ago; and what is told of it."""

import time

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections
from django.test import Client

from kb import health_checks, replicas
from kb.replicas import choose_database
from tests.serving.test_replicas import LIST_URL

LAGS = [(True, 0.0), (True, 1800.0), (True, 3700.0), (True, None), (False, 0.0)]


@pytest.fixture(autouse=True)
def primary(monkeypatch):
    """The primary as a process knows it that has just started."""
    primary = replicas.Primary()
    monkeypatch.setattr(replicas, "primary", primary)
    return primary


@pytest.fixture
def primary_is_gone(two_replicas):
    """Let every connection to the primary be refused."""

    def refuse(*arguments):
        raise OperationalError("connection refused")

    with pytest.MonkeyPatch.context() as patch:  # Undone before the tables are emptied.
        patch.setattr(connections[DEFAULT_DB_ALIAS], "ensure_connection", refuse)
        patch.setattr(connections[DEFAULT_DB_ALIAS], "_cursor", refuse)
        yield


def set_lag(monkeypatch, measured):
    monkeypatch.setattr(replicas.Replica, "measure", lambda replica: measured)
    monkeypatch.setattr(replicas, "LEAVE_OUT_SECONDS", 0)


@pytest.mark.parametrize("measured", LAGS)
def test_without_the_primary_a_replica_is_read_that_was_current_not_long_ago(primary_is_gone, monkeypatch, measured):
    set_lag(monkeypatch, measured)
    assert (choose_database() != DEFAULT_DB_ALIAS) is (measured in LAGS[:2])


@pytest.mark.parametrize("measured", LAGS[1:])
def test_with_the_primary_none_is_read_that_lags(two_replicas, monkeypatch, measured):
    set_lag(monkeypatch, measured)
    assert choose_database() == DEFAULT_DB_ALIAS


def test_a_replica_that_this_process_saw_current_is_read_whenever_it_last_applied_something(
    primary_is_gone, settings, monkeypatch
):
    """It applied its last transaction two days ago, since nothing was written for so long."""
    choose_database()
    set_lag(monkeypatch, (True, 172_800.0))
    assert choose_database() != DEFAULT_DB_ALIAS
    settings.REPLICA_ALONE_SECONDS = 0
    time.sleep(0.01)
    assert choose_database() == DEFAULT_DB_ALIAS


def test_what_is_public_is_answered_and_all_else_is_503(primary_is_gone, monkeypatch):
    set_lag(monkeypatch, (True, 60.0))
    client = Client(raise_request_exception=False)
    assert client.get(LIST_URL).status_code == client.get("/explore/side-effects/").status_code == 200
    response = client.get(LIST_URL, headers={"authorization": f"Bearer kb_{64 * '0'}"})
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_the_probes_tell_that_the_primary_is_gone_and_that_reads_go_on(primary_is_gone, monkeypatch):
    set_lag(monkeypatch, (True, 60.0))
    results = {check.name: check for check in health_checks.run_checks()}
    assert not results["database"].ok
    assert not any(check.required for check in results.values())
    assert "replica1 (it is too far behind)" in results["replicas"].says
    assert Client().get("/health/ready/").status_code == 200
    set_lag(monkeypatch, (False, 0.0))
    for replica in replicas.get_replicas().values():
        replica.current_at = float("-inf")
    assert Client().get("/health/ready/").status_code == 503
