"""A real browser, one for each worker, and pages over the shipped data."""

import os
import shutil

import pytest
from django.contrib.auth.models import User
from pytest_django.live_server_helper import LiveServer

from tests.helpers.browser import open_page
from tests.helpers.database import restore_shipped_data

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
BROWSER_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="session")
def browser():
    """A real browser, where there is one."""
    if not CHROMIUM:
        pytest.skip("There is no Chromium here: the pages are not looked at in a browser.")
    from playwright.sync_api import sync_playwright

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop running beside Django.
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=BROWSER_FLAGS)
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def page(browser, live_server, snapshots):
    """A page over the shipped data that fails the test on any error in its console or request to another host."""
    restore_shipped_data(snapshots)
    User.objects.create_superuser("ed", password="a long enough password")
    with open_page(browser, live_server.url) as page:
        yield page
    assert page.errors == []


@pytest.fixture(scope="module")
def shipped_site(module_shipped_data, django_db_blocker):
    """The address of a server over the shipped data, for a module of tests that only read."""
    server = LiveServer("localhost")
    with django_db_blocker.unblock():
        yield server.url
    server.stop()
