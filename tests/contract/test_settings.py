"""Settings come from the environment; a wrong one is told what would be right."""

import os
import stat
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError

from kb import environment


@pytest.mark.parametrize(
    ("reader", "value", "right"),
    [
        (lambda n: environment.read_port(n, 8000), "eighty", "a whole number from 1 to 65535"),
        (lambda n: environment.read_port(n, 8000), "65536", "a whole number from 1 to 65535"),
        (lambda n: environment.read_whole_number(n, 8, 1, 720), "0", "a whole number from 1 to 720"),
        (lambda n: environment.read_whole_number(n, 8, 1, 720), "8.5", "a whole number from 1 to 720"),
        (lambda n: environment.read_whole_number(n, 8, 1, 720), "٨", "a whole number from 1 to 720"),
        (lambda n: environment.read_whole_number(n, 100, 0, 500), "-1", "a whole number from 0 to 500"),
        (lambda n: environment.read_whole_number(n, 100, 0, 500), "many", "a whole number from 0 to 500"),
        (environment.read_boolean, "perhaps", "must be on or off"),
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
    ],
)
def test_a_wrong_setting_says_what_would_be_right(monkeypatch, reader, value, right):
    monkeypatch.setenv("SETTING", value)
    with pytest.raises(ImproperlyConfigured, match="SETTING") as refused:
        reader("SETTING")
    assert right in str(refused.value)


def test_a_switch_is_what_it_was_unless_it_is_set(monkeypatch):
    assert environment.read_boolean("SETTING", default=True)
    assert not environment.read_boolean("SETTING")
    monkeypatch.setenv("SETTING", "off")
    assert not environment.read_boolean("SETTING", default=True)


def test_https_brings_two_factors_and_a_proxy_unless_told_otherwise():
    read = "from kb.settings import *; print(TWO_FACTOR, PROXIES, SESSION_COOKIE_SECURE, SESSION_COOKIE_AGE)"
    bare = {name: value for name, value in os.environ.items() if name not in {"TWO_FACTOR", "PROXIES"}}
    for more, told in [
        ({}, "False 0 False 28800"),
        ({"HTTPS": "on"}, "True 1 True 28800"),
        ({"HTTPS": "on", "TWO_FACTOR": "off", "PROXIES": "2", "SESSION_HOURS": "1"}, "False 2 True 3600"),
    ]:
        ended = subprocess.run(  # noqa: S603
            [sys.executable, "-c", read],
            cwd=settings.BASE_DIR,
            env=bare | more,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ended.stdout.strip() == told


def test_requests_are_counted_in_each_process_unless_there_is_a_redis(monkeypatch):
    assert "locmem" in environment.read_counter_cache("SETTING")["BACKEND"]
    monkeypatch.setenv("SETTING", "redis://127.0.0.1:6379/0")
    assert environment.read_counter_cache("SETTING")["LOCATION"] == "redis://127.0.0.1:6379/0"


def test_a_secret_key_is_made_once_and_kept_for_the_owner_alone(tmp_path):
    kept = tmp_path / "var" / "secret-key"
    first = environment.read_secret_key("NOT_SET", kept)
    assert environment.read_secret_key("NOT_SET", kept) == first
    assert len(first) >= 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_wrong_setting_ends_a_command_with_one_line():
    ended = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"PORT": "http"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode != 0
    assert ended.stderr.strip() == "Settings: PORT is 'http'; it must be a whole number from 1 to 65535."


def test_the_administrator_is_made_once(db, settings, tmp_path, capsys, monkeypatch):
    settings.STATIC_ROOT = tmp_path
    settings.PORT = 1
    monkeypatch.setattr("kb.import_export.fixtures.load_fixtures", lambda: None)
    call_command("prepare")
    said = capsys.readouterr().out
    assert "admin, password " in said
    validate_password(said.split("admin, password ")[1].split()[0], User(username="admin"))
    call_command("prepare")
    assert "as before" in capsys.readouterr().out


def test_a_taken_port_is_told(db, settings):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings.PORT = taken.getsockname()[1]
        with pytest.raises(CommandError, match="is taken; choose another"):
            call_command("prepare", to_serve=True)
