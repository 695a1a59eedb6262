"""Two replicas of the test database."""

import pytest
from django.db import connections

from kb import replicas


def allow_connection(monkeypatch, connection):
    """Let a database be opened that Django's test case does not know, since it was added later."""
    monkeypatch.setattr(connection, "ensure_connection", lambda: connection.connection or connection.connect())


@pytest.fixture
def two_replicas(transactional_db, universe, settings, monkeypatch):
    """Two replicas of the test database: connections of their own to it, up to date unless a test says else."""
    settings.REPLICAS = ["replica1", "replica2"]
    settings.DATABASE_ROUTERS = ["kb.replicas.ReplicaRouter"]
    monkeypatch.setattr(replicas, "CHECK_SECONDS", 0)
    monkeypatch.setattr(replicas.Replica, "measure", lambda replica: (True, 0.0))
    replicas.get_replicas.cache_clear()
    for alias in settings.REPLICAS:
        connections.settings[alias] = connections["default"].settings_dict
        allow_connection(monkeypatch, connections[alias])
    yield replicas.get_replicas()
    for alias in settings.REPLICAS:
        connections[alias].close()
        del connections[alias]
        del connections.settings[alias]
    replicas.get_replicas.cache_clear()
