"""Settings from environment variables: readers, defaults, error messages, and the command `prepare`."""

import io
import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.contrib.staticfiles import finders
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command

from kb import environment
from kb.checks import check_proxies
from tests.helpers.scratch import run_python


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (lambda n: environment.read_port(n, 8000), "eighty", "a whole number from 1 to 65535"),
        (lambda n: environment.read_choice(n, "text", ["text", "json"]), "xml", "one of text, json"),
        (
            lambda n: environment.read_directory(n, None),
            "/dev/null/metrics",
            "a directory that the service can write to",
        ),
        (environment.read_token, "short", "20 or more letters"),
        (environment.read_token, "a token with spaces in it", "20 or more letters"),
        (lambda n: environment.read_port(n, 8000), "65536", "a whole number from 1 to 65535"),
        (lambda n: environment.read_whole_number(n, 8, 1, 720), "0", "a whole number from 1 to 720"),
        (lambda n: environment.read_whole_number(n, 8, 1, 720), "8.5", "a whole number from 1 to 720"),
        (lambda n: environment.read_whole_number(n, 8, 1, 720), "٨", "a whole number from 1 to 720"),
        (lambda n: environment.read_whole_number(n, 100, 0, 500), "-1", "a whole number from 0 to 500"),
        (lambda n: environment.read_whole_number(n, 100, 0, 500), "many", "a whole number from 0 to 500"),
        (environment.read_boolean, "perhaps", "must be on or off"),
        (lambda n: environment.read_host(n, "127.0.0.1"), "http://localhost", "an address of this machine"),
        (lambda n: environment.read_hosts(n, []), "https://kb.example.org/", "no scheme, no path"),
        (lambda n: environment.read_hosts(n, []), " , ", "holds nothing"),
        (lambda n: environment.read_database(n, ""), "mysql://x/y", "sqlite:///path"),
        (lambda n: environment.read_database(n, ""), "kb.sqlite3", "sqlite:///path"),
        (lambda n: environment.read_database(n, ""), "postgres://user@host:port/name", "cannot be read"),
        (lambda n: environment.read_database(n, ""), "postgres://user@host/", "names no database"),
        (environment.read_counter_cache, "http://host", "redis://host:6379/0"),
        (environment.read_counter_cache, "redis://", "names no server"),
        (environment.read_counter_cache, "redis://host:port/0", "cannot be read"),
        (lambda n: environment.read_secret_key(n, None), "secret", "50 random characters"),
        (environment.read_mail_server, "mail.example.org", "smtp://user:password@host:25"),
        (environment.read_mail_server, "http://mail.example.org", "smtp+tls://"),
        (environment.read_mail_server, "smtp://", "names no server"),
        (environment.read_mail_server, "smtp://mail.example.org:port", "cannot be read"),
        (lambda n: environment.read_mail_sender(n, required=True), "nobody", "the address that messages come from"),
        (lambda n: environment.read_mail_sender(n, required=True), "", "kb@example.org"),
        (lambda n: environment.read_mail_sender(n, required=False), "a@b@c", "kb@example.org"),
        (lambda n: environment.read_site_url(n, ""), "kb.example.org", "https://kb.example.org"),
        (lambda n: environment.read_site_url(n, ""), "https://kb.example.org/path", "https://kb.example.org"),
    ],
)
def test_an_invalid_setting_is_refused_with_what_is_valid(monkeypatch, reader, value, expected):
    monkeypatch.setenv("SETTING", value)
    with pytest.raises(ImproperlyConfigured, match="SETTING") as caught:
        reader("SETTING")
    assert expected in str(caught.value)


def test_a_boolean_keeps_its_default_unless_it_is_set(monkeypatch):
    assert environment.read_boolean("SETTING", default=True)
    assert not environment.read_boolean("SETTING")
    monkeypatch.setenv("SETTING", "off")
    assert not environment.read_boolean("SETTING", default=True)


def test_https_changes_the_defaults_of_two_factor_and_proxies():
    script = "from kb.settings import *; print(TWO_FACTOR, PROXIES, SESSION_COOKIE_SECURE, SESSION_COOKIE_AGE)"
    environ = {name: value for name, value in os.environ.items() if name not in {"TWO_FACTOR", "PROXIES"}}
    for settings_environ, expected in [
        ({}, "False 0 False 28800"),
        ({"HTTPS": "on"}, "True 1 True 28800"),
        ({"HTTPS": "on", "TWO_FACTOR": "off", "PROXIES": "2", "SESSION_HOURS": "1"}, "False 2 True 3600"),
    ]:
        process = subprocess.run(  # noqa: S603
            [sys.executable, "-c", script],
            cwd=settings.BASE_DIR,
            env=environ | settings_environ,
            capture_output=True,
            text=True,
            check=True,
        )
        assert process.stdout.strip() == expected


def test_no_mail_is_sent_unless_there_is_a_server(monkeypatch):
    assert "dummy" in environment.read_mail_server("SETTING")["EMAIL_BACKEND"]
    assert environment.read_mail_sender("SETTING", required=False) == ""
    monkeypatch.setenv("SETTING", "smtp+tls://anna:p%40ss@mail.example.org:587")
    server = environment.read_mail_server("SETTING")
    names = ["EMAIL_HOST", "EMAIL_PORT", "EMAIL_HOST_USER", "EMAIL_HOST_PASSWORD", "EMAIL_USE_TLS"]
    assert [server[name] for name in names] == ["mail.example.org", 587, "anna", "p@ss", True]
    monkeypatch.setenv("SETTING", "https://kb.example.org/")
    assert environment.read_site_url("SETTING", "") == "https://kb.example.org"


def test_requests_are_counted_in_each_process_unless_there_is_a_redis(monkeypatch):
    assert "locmem" in environment.read_counter_cache("SETTING")["BACKEND"]
    monkeypatch.setenv("SETTING", "redis://127.0.0.1:6379/0")
    assert environment.read_counter_cache("SETTING")["LOCATION"] == "redis://127.0.0.1:6379/0"


def test_a_secret_key_is_created_once_and_readable_by_its_owner_only(tmp_path):
    path = tmp_path / "var" / "secret-key"
    first = environment.read_secret_key("NOT_SET", path)
    assert environment.read_secret_key("NOT_SET", path) == first
    assert len(first) >= 50
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def run_command(*arguments, **variables):
    """Run a command of manage.py with these environment variables; without the one that tests in a browser set."""
    inherited = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    return subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=inherited | variables,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_deployment_check_passes_before_there_is_a_database(tmp_path):
    process = run_command(
        *("check", "--deploy", "--fail-level", "WARNING"),
        DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}",
        HTTPS="1",
    )
    assert process.returncode == 0, process.stderr


def test_an_invalid_setting_ends_a_command_with_one_line():
    process = run_command("check", PORT="http")
    assert process.returncode != 0
    assert process.stderr.strip() == "Settings: PORT is 'http'; it must be a whole number from 1 to 65535."


@pytest.fixture
def prepared(settings, tmp_path, monkeypatch):
    """Let `prepare` load no data and write into a folder of the test."""
    settings.VAR_DIR, settings.STATIC_ROOT, settings.PORT = tmp_path, tmp_path / "static", 1
    settings.FIRST_PASSWORD_FILE = tmp_path / "first-password"
    monkeypatch.setattr("kb.import_export.fixtures.load_fixtures", lambda: None)


class Terminal(io.StringIO):
    """An output that a person sees."""

    def isatty(self):
        return True


def test_the_administrator_is_created_once_and_a_terminal_shows_the_password(db, settings, prepared):
    output = Terminal()
    call_command("prepare", stdout=output)
    password = output.getvalue().split("admin, password ")[1].split()[0]
    validate_password(password, User(username="admin"))
    assert User.objects.get(username="admin").check_password(password)
    assert not settings.FIRST_PASSWORD_FILE.exists()
    output = Terminal()
    call_command("prepare", stdout=output)
    assert "as before" in output.getvalue()


def test_the_first_password_is_in_no_redirected_log_but_in_a_file_of_its_own(db, settings, prepared):
    for _ in range(2):  # Also where the first run was ended before it had printed anything.
        output = io.StringIO()
        call_command("prepare", stdout=output)
        password = settings.FIRST_PASSWORD_FILE.read_text().strip()
        assert User.objects.get(username="admin").check_password(password)
        assert password not in output.getvalue()
        assert str(settings.FIRST_PASSWORD_FILE) in output.getvalue()
        assert stat.S_IMODE(settings.FIRST_PASSWORD_FILE.stat().st_mode) == 0o600


def test_what_lies_in_var_is_nobody_elses(db, settings, prepared, tmp_path):
    (tmp_path / "static").mkdir(mode=0o755)
    old = tmp_path / "kb.sqlite3"
    old.touch(mode=0o644)
    (tmp_path / "link").symlink_to("/etc/passwd")
    call_command("prepare", stdout=io.StringIO())
    entries = [tmp_path, *tmp_path.rglob("*")]
    assert len(entries) > 100
    assert [path for path in entries if not path.is_symlink() and path.stat().st_mode & 0o077] == []
    assert stat.S_IMODE(os.stat("/etc/passwd").st_mode) == 0o644


def test_a_command_and_the_server_write_files_that_are_nobody_elses(tmp_path):
    script = "import os; os.umask(0o022); import kb.wsgi; print(oct(os.umask(0)))"
    url = f"sqlite:///{tmp_path / 'new.sqlite3'}"
    assert run_python(url, "-c", script).split() == ["0o77"]
    run_command("migrate", "contenttypes", "--verbosity", "0", DATABASE_URL=url)
    assert stat.S_IMODE((tmp_path / "new.sqlite3").stat().st_mode) == 0o600


def test_proxies_that_nothing_speaks_of_are_warned_about(settings):
    settings.PROXIES, settings.HTTPS = 1, False
    assert [message.id for message in check_proxies(None)] == ["kb.W001"]
    settings.HTTPS = True
    assert check_proxies(None) == []


def test_keys_of_before_are_read_and_must_be_as_strong(monkeypatch):
    monkeypatch.setenv("SETTING", f"{'one-key-' * 8}, {'another-' * 8}")
    assert environment.read_secret_key_fallbacks("SETTING") == ["one-key-" * 8, "another-" * 8]
    monkeypatch.setenv("SETTING", "short")
    with pytest.raises(ImproperlyConfigured, match="too short or too simple"):
        environment.read_secret_key_fallbacks("SETTING")


def test_static_files_are_collected_again_only_where_they_changed(db, settings, tmp_path, prepared):
    """Compressing them takes longer than all else that is done before a start."""
    static, collected = tmp_path / "static", tmp_path / "collected"
    static.mkdir()
    (static / "page.css").write_text("a {}")
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [static], collected
    finders.get_finder.cache_clear()
    try:
        call_command("prepare")
        assert (collected / "page.css").read_text() == "a {}"
        (collected / "page.css").unlink()
        call_command("prepare")
        assert not (collected / "page.css").exists()
        (static / "page.css").write_text("a {color: red}")
        call_command("prepare")
        assert (collected / "page.css").read_text() == "a {color: red}"
    finally:
        finders.get_finder.cache_clear()
