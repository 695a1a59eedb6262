"""Migrations suit the code of the version before, which still serves while they run: expand, then contract."""

import re

import pytest
from django.apps import apps
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from tests.helpers.migration_rules import find_unsafe_operations

OWN_APPS = ["kb", "treatments", "symptoms"]
# The last migrations of the last released version, or of the first one while none is released (docs/releasing.md).
BASELINE = {
    "kb": "0025_account_events_by_what",
    "treatments": "0008_covering_page_indexes",
    "symptoms": "0010_covering_page_indexes",
}


@pytest.fixture
def loader(settings):
    """All migrations, though the tables of tests are made without them."""
    settings.MIGRATION_MODULES = {"knox": None}
    return MigrationLoader(None)


def list_new_migrations(graph):
    """Return the migrations of our apps that the baseline does not hold, in order."""
    released = {key for baseline in BASELINE.items() for key in graph.forwards_plan(baseline)}
    plan = dict.fromkeys(key for app in OWN_APPS for leaf in graph.leaf_nodes(app) for key in graph.forwards_plan(leaf))
    return [key for key in plan if key[0] in OWN_APPS and key not in released]


def list_released_versions():
    """Return the versions of CHANGELOG.md that are released."""
    headings = re.findall(r"^## (\S+)(.*)$", (settings.BASE_DIR / "CHANGELOG.md").read_text(), re.M)
    return {version for version, rest in headings if "unreleased" not in rest}


def test_no_new_migration_breaks_the_version_that_still_serves(loader):
    released, unsafe = list_released_versions(), {}
    for key in list_new_migrations(loader.graph):
        migration = loader.graph.nodes[key]
        state = loader.project_state(migration.dependencies, at_end=True)
        if getattr(migration, "contracts", None) in released:
            continue
        if problems := find_unsafe_operations(migration, state):
            unsafe[".".join(key)] = problems
    assert unsafe == {}


def test_the_baseline_is_there_for_every_app_with_migrations(loader):
    assert set(BASELINE) == set(OWN_APPS) & {app.label for app in apps.get_app_configs()}
    assert all(key in loader.graph.nodes for key in BASELINE.items())


def make_state():
    columns = [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=50))]
    state = ProjectState()
    state.add_model(ModelState("kb", "Thing", [*columns, ("note", models.TextField(null=True))]))
    return state


def make_migration(operation):
    migration = migrations.Migration("0099_trial", "kb")
    migration.operations = [operation]
    return migration


UNSAFE = [
    migrations.RemoveField("thing", "name"),
    migrations.RenameField("thing", "name", "title"),
    migrations.DeleteModel("Thing"),
    migrations.RenameModel("Thing", "Item"),
    migrations.AlterModelTable("Thing", "things"),
    migrations.AddField("thing", "kind", models.CharField(max_length=5)),
    migrations.AddField("thing", "kind", models.CharField(max_length=5, default="a")),
    migrations.AlterField("thing", "note", models.TextField()),
    migrations.AlterField("thing", "name", models.CharField(max_length=40)),
    migrations.AlterField("thing", "name", models.IntegerField()),
    migrations.AlterField("thing", "name", models.CharField(max_length=50, unique=True)),
    migrations.AddConstraint("thing", models.UniqueConstraint("name", name="one_name")),
    migrations.RunSQL("ALTER TABLE kb_thing DROP COLUMN name"),
    migrations.RunSQL("alter table kb_thing rename column name to title"),
    migrations.RunSQL("ALTER TABLE kb_thing ALTER COLUMN note SET NOT NULL"),
    migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("thing", "name")]),
]
SAFE = [
    migrations.AddField("thing", "kind", models.CharField(max_length=5, db_default="a")),
    migrations.AddField("thing", "kind", models.CharField(max_length=5, null=True)),
    migrations.AddField("thing", "things", models.ManyToManyField("kb.Thing")),
    migrations.AlterField("thing", "name", models.CharField(max_length=60, help_text="Longer.")),
    migrations.AlterField("thing", "name", models.CharField(max_length=50, null=True)),
    migrations.AddIndex("thing", models.Index("name", name="by_name")),
    migrations.CreateModel("Other", [("id", models.BigAutoField(primary_key=True))]),
    migrations.RunSQL("CREATE INDEX by_name ON kb_thing (name)"),
]


@pytest.mark.parametrize("operation", UNSAFE, ids=repr)
def test_what_old_code_would_fail_on_is_recognised(operation):
    assert len(find_unsafe_operations(make_migration(operation), make_state())) == 1


@pytest.mark.parametrize("operation", SAFE, ids=repr)
def test_what_only_adds_is_let_through(operation):
    assert find_unsafe_operations(make_migration(operation), make_state()) == []
