"""SQLite whose disk is full or read-only, whose file is damaged or locked: reads go on, or are told to come again."""

import json
import os
import shutil
import sqlite3
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection

import pytest
from django.db import connection

from tests.helpers.scratch import get_shared_url, run_python
from tests.helpers.servers import get, run_server

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
API, PAGE = "/api/v1/side-effects/", "/explore/side-effects/"
READ = """
import json, sys
import django
django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
from django.test import Client
client = Client(raise_request_exception=False)
answers = {path: client.get(path) for path in sys.argv[1:]}
print(json.dumps({path: [answer.status_code, answer.get("Retry-After")] for path, answer in answers.items()}))
print(json.dumps(client.get("/health/ready/").json()["checks"]))
"""
SIZE = 24_000_000
SCHEMA_PAGE = 4096  # Bytes of the first page, which holds the schema. Where free pages lie depends on earlier tests.


@pytest.fixture(autouse=True)
def only_on_sqlite():
    if connection.vendor != "sqlite":
        pytest.skip("The suite runs on PostgreSQL.")


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    directory = tmp_path / "disk"
    directory.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(directory)]
    if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:  # noqa: S603
        pytest.skip("A disk can be mounted by root alone.")
    try:
        yield directory
    finally:
        subprocess.run(["umount", "--lazy", str(directory)], check=True)  # noqa: S603, S607


def fill(directory):
    """Fill a disk to its last byte, in a file that can be removed."""
    with (directory / "fill").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return


def sign_in(port):
    """Try to sign in, which writes; return the status and the header Retry-After."""
    _, headers, body = get(port, "/admin/login/")
    cookie = headers["Set-Cookie"].partition(";")[0]
    token = body.decode().partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    with closing(connection):
        form = f"username=nobody&password=nothing&csrfmiddlewaretoken={token}"
        headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/admin/login/", form, headers)
        response = connection.getresponse()
        response.read()
        return response.status, response.headers["Retry-After"]


def get_checks(port):
    return {check["name"]: check["ok"] for check in json.loads(get(port, "/health/ready/")[2])["checks"]}


def test_reads_go_on_where_the_disk_is_full_and_writes_when_it_has_room_again(universe, disk):
    url = get_shared_url(disk)
    paths = [API, PAGE, "/api/v1/treatments/", "/api/v1/explain/?symptom=pain&taking=drug", "/explore/", "/metrics"]
    with run_server(url, METRICS_DIR=str(disk / "metrics"), RESPONSE_CACHE_MB="0") as port:
        assert get_checks(port)["writing"]
        fill(disk)
        assert [get(port, path)[0] for path in paths for _ in range(3)] == [200] * 18
        assert not get_checks(port)["writing"]
        assert get_checks(port)["database"]
        (disk / "fill").unlink()
        assert sign_in(port) == (200, None)
        assert get_checks(port)["writing"]


def leave_log(directory, disk):
    """Put a database on a disk as a process leaves it that is killed: what was last written stands in its log."""
    with closing(sqlite3.connect(directory / "copy.sqlite3")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE left_behind (number integer)")
        database.commit()
        for file in directory.glob("copy.sqlite3*"):
            shutil.copy(file, disk)


@pytest.mark.parametrize("is_left_whole", [True, False])
def test_reads_go_on_on_a_disk_that_is_read_only(universe, disk, tmp_path, is_left_whole):
    url = get_shared_url(disk)
    if is_left_whole:
        with closing(sqlite3.connect(disk / "copy.sqlite3")) as database:
            database.execute("PRAGMA journal_mode=WAL")
    else:
        get_shared_url(tmp_path)
        leave_log(tmp_path, disk)
    assert len(os.listdir(disk)) == (1 if is_left_whole else 3)
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)  # noqa: S603, S607
    answers, checks = map(json.loads, run_python(url, "-c", READ, API, PAGE).splitlines())
    assert {status for status, _ in answers.values()} == {200}
    assert {check["name"]: check["ok"] for check in checks}["writing"] is False
    with run_server(url, RESPONSE_CACHE_MB="0") as port, ThreadPoolExecutor(4) as readers:
        assert sign_in(port) == (503, "5")
        stop = time.monotonic() + 8
        reading = [readers.submit(read_until, port, stop) for _ in range(4)]  # No moment is without a request.
        time.sleep(1)
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)  # noqa: S603, S607
        assert sign_in(port) == (200, None)
        assert {status for statuses in reading for status in statuses.result()} == {200}
        assert sign_in(port) == (200, None)


def read_until(port, stop):
    """Read without a pause; return the statuses."""
    statuses = set()
    while time.monotonic() < stop:
        statuses.add(get(port, API)[0])
    return statuses


def test_a_damaged_file_is_told(universe, tmp_path):
    url = get_shared_url(tmp_path)
    file = tmp_path / "copy.sqlite3"
    with file.open("r+b") as damaged:
        damaged.seek(SCHEMA_PAGE)
        damaged.write(os.urandom(file.stat().st_size - SCHEMA_PAGE))
    answers, checks = map(json.loads, run_python(url, "-c", READ, API, PAGE, "/api/v1/treatments/").splitlines())
    assert set(map(tuple, answers.values())) <= {(503, "5"), (200, None)}
    assert [503, "5"] in answers.values()
    assert checks[0] == {
        "name": "database",
        "ok": False,
        "required": True,
        "says": "The file of the database is damaged: restore a backup.",
    }


@contextmanager
def locked(path):
    """Hold the lock of a writer."""
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        yield
        writer.execute("ROLLBACK")


def test_reads_go_on_while_many_wait_for_a_writer(universe, tmp_path):
    url = get_shared_url(tmp_path)
    with run_server(url, DATABASE_LOCK_SECONDS="2") as port, ThreadPoolExecutor(6) as writers:
        get(port, API)
        with locked(tmp_path / "copy.sqlite3"):
            waiting = [writers.submit(sign_in, port) for _ in range(6)]  # It has three threads.
            time.sleep(0.2)
            started = time.monotonic()
            assert [get(port, f"{API}?page_size={number}")[0] for number in range(1, 11)] == [200] * 10
            assert time.monotonic() - started < 10
            assert [get(port, "/health/live/")[0] for _ in range(3)] == [200] * 3
            assert {answer.result() for answer in waiting} == {(503, "5")}
        assert sign_in(port) == (200, None)
