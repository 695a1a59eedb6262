"""The knowledge base as it ships, a small universe to try behaviour on, and the client that asks."""

import os
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.test import override_settings
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from pytest_django.plugin import blocking_manager_key
from rest_framework.test import APIClient

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.snapshot import serialize_record
from kb.permissions import ROLES
from symptoms.models import SideEffect
from tests.factories import Universe, create_extended_universe, create_universe
from tests.helpers.accounts import make_user
from tests.helpers.database import (
    EMPTY,
    DatabaseSnapshots,
    create_roles,
    create_two_releases,
    drop_snapshot_databases,
    load_rows,
    restore_shipped_data,
)
from tests.helpers.scratch import ScratchDatabases, collect_static_files, run_commands

SOURCES_DIR = Path(os.environ.get("SOURCES", django_settings.BASE_DIR.parent / "shared" / "sources"))


def pytest_sessionstart(session):
    """Collect static files for the processes that tests start, before there are workers."""
    collect_static_files(session.config)


@pytest.fixture(scope="session", autouse=True)
def quick_settings():
    """Static files by their own names (no collectstatic), a quick password hasher, and no limit on requests."""
    storages = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    hashers = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with override_settings(STORAGES=storages, PASSWORD_HASHERS=hashers, READS_PER_MINUTE=0, TOKEN_READS_PER_MINUTE=0):
        yield


hypothesis_settings.register_profile(
    "fast", max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
hypothesis_settings.register_profile("deep", hypothesis_settings.get_profile("fast"), max_examples=200)
hypothesis_settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fast"))


def pytest_collection_modifyitems(items):
    """Mark the tests that open a browser or need the shipped data, and start with the slow ones."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker("browser")
        if not {"module_shipped_data", "page"}.isdisjoint(item.fixturenames):
            item.add_marker("shipped")


def pytest_sessionfinish(session):
    """Remove what snapshots leave on a PostgreSQL server, once all workers are done."""
    if not hasattr(session.config, "workerinput"):
        with session.config.stash[blocking_manager_key].unblock():
            drop_snapshot_databases()


@pytest.fixture(scope="session")
def snapshots(tmp_path_factory):
    """Snapshots of the test database, in a directory that all workers of this run share."""
    worker, base = os.environ.get("PYTEST_XDIST_WORKER", ""), tmp_path_factory.getbasetemp()
    directory = (base.parent if worker else base) / "snapshots"
    directory.mkdir(exist_ok=True)
    return DatabaseSnapshots(directory, worker)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker, snapshots):
    """The empty database of this worker: tables and roles."""
    with django_db_blocker.unblock():
        create_roles()
        with snapshots.lock():
            if not snapshots.exists(EMPTY):
                snapshots.take(EMPTY)


@pytest.fixture(scope="module")
def module_shipped_data(django_db_setup, django_db_blocker, snapshots):
    """The shipped data in the database for one module of tests; each test rolls back what it writes."""
    with django_db_blocker.unblock():
        restore_shipped_data(snapshots)
    yield
    with django_db_blocker.unblock():
        snapshots.restore(EMPTY)


@pytest.fixture
def shipped_data(module_shipped_data, db):
    """The knowledge base as it ships."""


@pytest.fixture(scope="module")
def scratch_databases(tmp_path_factory, django_db_blocker):
    databases = ScratchDatabases(tmp_path_factory.mktemp("databases"))
    with django_db_blocker.unblock():
        yield databases
        databases.drop_all()


@pytest.fixture(scope="module")
def migrated_url(scratch_databases):
    """The URL of an empty database in which all migrations have run; tests that write copy it."""
    url = scratch_databases.create()
    run_commands(url, "migrate --verbosity=0")
    return url


@pytest.fixture(scope="module")
def shipped_url(scratch_databases, migrated_url):
    """The URL of a migrated database with the shipped data; tests that write copy it."""
    url = scratch_databases.create(template=migrated_url)
    run_commands(url, "createcachetable", "load_knowledge")
    return url


@pytest.fixture
def api():
    return APIClient()


@pytest.fixture
def get_release_file(api):
    """The bytes of a file of a release, as they are served."""

    def get_release_file(release, name):
        response = api.get(f"/api/v1/releases/{release}/{name}")
        content = response.getvalue()
        assert response.status_code == 200, content
        return content

    return get_release_file


@pytest.fixture
def two_releases(db):
    """Two small releases, 2026.11 and 2026.12."""
    create_two_releases()


@pytest.fixture
def get_page(api):
    """Get a page for people, as text; what is not asked for is an error."""

    def get_page(path, status=200):
        response = api.get(f"/explore/{path}", headers={"accept": "text/html"})
        assert response.status_code == status, response.content.decode()
        assert response["Content-Type"].startswith("text/html")
        assert "unsafe" not in response["Content-Security-Policy"]
        return response.content.decode()

    return get_page


@pytest.fixture
def get_json(api):
    """Ask the API for something and get its JSON; parameters as keywords, a list where one is given twice."""

    def get_json(path, status=200, **params):
        response = api.get(f"/api/v1/{path}", params)
        assert response.status_code == status, response.content.decode()
        return response.json()

    return get_json


@pytest.fixture
def sources_dir():
    """The folder of the source texts, which not everybody has."""
    if not SOURCES_DIR.is_dir():
        pytest.skip(f"The texts of the sources are not here ({SOURCES_DIR}): citations cannot be checked.")
    return SOURCES_DIR


@pytest.fixture
def users(db):
    """One person of each role, a second reviewer, and somebody with none."""
    return {
        name: make_user(name, role)
        for name, role in [*((role, role) for role in ROLES), ("second reviewer", "reviewer"), ("nobody", None)]
    }


@pytest.fixture
def universe(db, request):
    """Two classes of drugs, two kinds of pain:

    medicine                      pain
    ├── class ── drug, other      ├── bone-ache
    └── loner                     └── joint-ache

    class causes bone-ache (scope unstated); medicine causes joint-ache (some); drug protects from joint-ache;
    loner relieves bone-ache and causes it.
    """
    load_rows(create_extended_universe if "extended_universe" in request.fixturenames else create_universe)
    return Universe(is_created=True)


@pytest.fixture
def extended_universe(universe):
    """The universe, with more to ask about.

    balm relieves joint-ache (general), needle relieves it only from class, rest only from loner, walk from treatment in
    general; care is needed with balm for drug and, whatever is taken, with needle; a red flag stands on bone-ache;
    worse-at-night and both-sides tell metastasis from treatment.
    """
    return universe


@pytest.fixture
def statement(universe):
    """A published statement about a class."""
    return SideEffect.objects.get(slug="class-bone")


@pytest.fixture
def submitted_change(statement, users):
    """What the editor has sent for review: another frequency."""
    return save_or_propose(
        statement,
        serialize_record(statement) | {"frequency": "rare"},
        EditRequest(users["editor"], "Line 2 says so.", submit=True),
    )


@pytest.fixture
def login_as(users, client):
    """Sign a user in, by the name under which `users` has it."""

    def login_as(name):
        client.logout()
        client.force_login(users[name])
        return client

    return login_as
