"""The knowledge base as it ships, a small universe to try behaviour on, and the client that asks."""

import os
import shutil
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import Group, Permission, User
from rest_framework.test import APIClient

from kb.editorial.editing import Wish, save
from kb.editorial.snapshot import content_of
from kb.permissions import ROLES
from symptoms.models import DistinguishingFeature, ManagementOption, RedFlag, SideEffect, Symptom
from tests.factories import Universe, make_universe
from tests.helpers.database import put_in, release
from treatments.models import Caution, Treatment

SOURCES = Path(os.environ.get("SOURCES", django_settings.BASE_DIR.parent / "shared" / "sources"))

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(autouse=True)
def plain_static_files(settings):
    """Static files by their own names, so that tests need no collectstatic."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(autouse=True)
def quick_passwords(settings):
    """Passwords hashed at once: their strength is not what is tested here."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def unlimited(settings):
    """As many requests as a test likes: how often one may ask is tested by itself."""
    settings.READS_PER_MINUTE = settings.TOKEN_READS_PER_MINUTE = 0


@pytest.fixture(scope="module")
def shipped_once(django_db_setup, django_db_blocker):
    """The shipped data, loaded once for a file of tests and taken out again at its end."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        put_in()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def shipped(shipped_once, db):
    """The knowledge base as it ships."""


@pytest.fixture
def api():
    return APIClient()


@pytest.fixture
def file(api):
    """The bytes of a file of a release, as they are served."""

    def file(release, name):
        answer = api.get(f"/api/v1/releases/{release}/{name}")
        assert answer.status_code == 200, answer.content
        return answer.content

    return file


@pytest.fixture
def released(db):
    """Two small releases, 2026.11 and 2026.12."""
    release()


@pytest.fixture
def look(api):
    """Get a page for people, as text; what is not asked for is an error."""

    def look(path, status=200):
        answer = api.get(f"/explore/{path}", headers={"accept": "text/html"})
        assert answer.status_code == status, answer.content.decode()
        assert answer["Content-Type"].startswith("text/html")
        assert "unsafe" not in answer["Content-Security-Policy"]
        return answer.content.decode()

    return look


@pytest.fixture
def ask(api):
    """Ask the API for something and get its JSON; parameters as keywords, a list where one is given twice."""

    def ask(path, status=200, **params):
        response = api.get(f"/api/v1/{path}", params)
        assert response.status_code == status, response.content.decode()
        return response.json()

    return ask


@pytest.fixture
def sources():
    """The folder of the source texts, which not everybody has."""
    if not SOURCES.is_dir():
        pytest.skip(f"The texts of the sources are not here ({SOURCES}): citations cannot be checked.")
    return SOURCES


@pytest.fixture(scope="module")
def browser():
    """A real browser, where there is one."""
    if not CHROMIUM:
        pytest.skip("There is no Chromium here: the pages are not looked at in a browser.")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop running beside Django.
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def is_fault(said):
    """Whether a page itself has said this: axe, which only looks at it, has no address."""
    return said.type == "error" and bool(said.location["url"])


@pytest.fixture
def page(browser, live_server):
    """A page that fails the test on any error in its console, and on any request to another host."""
    put_in()
    User.objects.create_superuser("ed", password="a long enough password")
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    page, page.faults = context.new_page(), []
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    page.on("console", lambda said: page.faults.append(said.text) if is_fault(said) else None)
    page.on("request", lambda asked: asked.url.startswith((live_server.url, "data:")) or page.faults.append(asked.url))
    yield page
    context.close()
    assert page.faults == []


@pytest.fixture
def people(db):
    """One person of each role, a second reviewer, and somebody with none."""
    return {
        name: person(name, role)
        for name, role in [*((role, role) for role in ROLES), ("second reviewer", "reviewer"), ("nobody", None)]
    }


def person(name, role=None):
    """Somebody with a role, and a password."""
    user = User.objects.create_user(name.replace(" ", "-"), password="a long enough password", is_staff=bool(role))
    if role:
        user.groups.add(group_of(role))
    return User.objects.get(pk=user.pk)


def group_of(role):
    """The group of a role; where a test has emptied the tables, it is made again, as by its migration."""
    group, made = Group.objects.get_or_create(name=role)
    if made:
        codenames = [permission.partition(".")[2] for permission in ROLES[role]]
        group.permissions.set(Permission.objects.filter(codename__in=codenames, content_type__app_label="kb"))
    return group


@pytest.fixture
def universe(db):
    """Two classes of drugs, two kinds of pain:

    medicine                      pain
    ├── class ── drug, other      ├── bone-ache
    └── loner                     └── joint-ache

    class causes bone-ache (scope unstated); medicine causes joint-ache (some); drug protects from joint-ache;
    loner relieves bone-ache and causes it.
    """
    put_in(make_universe)
    return Universe(begun=True)


@pytest.fixture
def asked(universe):
    """The universe, with more to ask about.

    balm relieves joint-ache (general), needle relieves it only from class, rest only from loner, walk from treatment in
    general; care is needed with balm for drug and, whatever is taken, with needle; a red flag stands on bone-ache;
    worse-at-night and both-sides tell metastasis from treatment.
    """
    u = universe
    joint, bone = Symptom.objects.get(slug="joint-ache"), Symptom.objects.get(slug="bone-ache")
    drug, group, loner = (Treatment.objects.get(slug=slug) for slug in ("drug", "class", "loner"))
    helps = {slug: u.make(Treatment, slug) for slug in ("balm", "needle", "rest", "walk")}
    general = u.make(Treatment, "any-treatment", kind="general")
    causes = {"balm": None, "needle": group, "rest": loner, "walk": general}
    for slug, cause in causes.items():
        u.say(ManagementOption, f"{slug}-helps", treatment=helps[slug], symptom=joint, cause_treatment=cause)
    u.say(Caution, "balm-with-drug", treatment=helps["balm"], with_treatment=drug, effect="x")
    u.say(Caution, "needle-care", treatment=helps["needle"], effect="y")
    u.say(RedFlag, "flag", action="act").signs.add(bone)
    for slug, points_to in [("worse-at-night", "metastasis"), ("both-sides", "treatment")]:
        feature = {"question": "treatment-or-metastasis", "aspect": "timing", "feature": slug, "points_to": points_to}
        u.say(DistinguishingFeature, slug, **feature).symptoms.add(bone)
    return u


@pytest.fixture
def said(universe):
    """A published statement about a class."""
    return SideEffect.objects.get(slug="class-bone")


@pytest.fixture
def change(said, people):
    """What the editor has sent for review: another frequency."""
    return save(said, content_of(said) | {"frequency": "rare"}, Wish(people["editor"], "Line 2 says so.", send=True))


@pytest.fixture
def sit(people, client):
    """Somebody sits down at the desk."""

    def sit(name):
        client.logout()
        client.force_login(people[name])
        return client

    return sit
