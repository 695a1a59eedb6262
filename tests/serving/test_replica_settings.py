"""The settings of replicas, read from the environment; and that no module names the primary where it reads."""

import re

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from kb import environment

PRIMARY = {"ENGINE": "django.db.backends.postgresql"}


def test_the_replicas_are_read_from_the_environment(monkeypatch):
    assert environment.read_replicas("SETTING", {"ENGINE": "django.db.backends.sqlite3"}) == {}
    monkeypatch.setenv("SETTING", "postgres://kb:p%40ss@one:5433/kb, postgres://kb@two/kb?sslmode=require")
    databases = environment.read_replicas("SETTING", PRIMARY)
    assert [(alias, database["HOST"]) for alias, database in databases.items()] == [
        ("replica1", "one"),
        ("replica2", "two"),
    ]
    assert databases["replica1"]["PASSWORD"] == "p@ss"
    assert databases["replica2"]["OPTIONS"]["sslmode"] == "require"
    assert "default_transaction_read_only=on" in databases["replica2"]["OPTIONS"]["options"]


@pytest.mark.parametrize(
    ("value", "engine", "expected"),
    [
        ("postgres://kb@one/kb", "django.db.backends.sqlite3", "only that has replicas"),
        ("sqlite:///copy.sqlite3", PRIMARY["ENGINE"], "postgres://user:password@host:5432/name"),
        ("postgres://kb@one/kb,two", PRIMARY["ENGINE"], "separated by commas"),
        ("postgres://kb@one/", PRIMARY["ENGINE"], "names no database"),
    ],
)
def test_replicas_that_cannot_be_are_refused(monkeypatch, value, engine, expected):
    monkeypatch.setenv("SETTING", value)
    with pytest.raises(ImproperlyConfigured, match="SETTING") as caught:
        environment.read_replicas("SETTING", {"ENGINE": engine})
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    "module",
    [
        module
        for package in ("dataset", "filters", "models", "reasoning", "renderers", "search", "serializers", "views")
        for module in sorted((settings.BASE_DIR / "kb" / package).rglob("*.py"))
    ],
    ids=lambda module: module.stem,
)
def test_no_read_names_the_primary(module):
    """Reads go through the models, or to `connections[queryset.db]`: `connection` is always the primary."""
    imported = re.findall(r"^from django\.db import (.+)$", module.read_text(), re.M)
    assert "connection" not in re.findall(r"\w+", ", ".join(imported)), module
