"""Faults of processes: the service and commands are killed in the middle of what they do."""

import http.client
import itertools
import json
import os
import random
import re
import signal
import socket
import struct
import time
from contextlib import suppress
from urllib.parse import urlencode

from chaos_clients import CSRF_TOKEN, build_session_headers, send
from chaos_trial import kill_command

KILL_SECONDS = [2, 3, 4, 5, 7, 9]
NEW_RECORDS = 60
# What is in the database of an import, of releases and of migrations, as one line.
COUNT_IMPORTED = (
    "from symptoms.models import Symptom; print('COUNT', Symptom.objects.filter(slug__startswith='{}').count())"
)
RELEASES = """
from kb.models import Release
print("BROKEN", [r.name for r in Release.objects.all() if not r.files.filter(name="SHA256SUMS").exists()])
"""


def kill_workers(site):
    """Kill a worker, as the kernel does where memory ends."""
    while not (workers := site.find_workers()):
        time.sleep(0.1)
    os.kill(workers[0], signal.SIGKILL)


def kill_main_process(site):
    with suppress(ProcessLookupError):
        os.kill(site.processes["web1"].pid, signal.SIGKILL)
    time.sleep(0.5)


def write_import(site, name):
    """Write a table of new records, and return its path."""
    rows = [f"{name}-{number},{name} {number},Said of nothing." for number in range(NEW_RECORDS)]
    path = site.directory / f"{name}.csv"
    path.write_text("\n".join(["slug,name,summary", *rows, ""]))
    return path


def ask(site, script, word):
    """Run a script on the database, and return what follows a word in what it prints."""
    output = site.run_manage("shell", "--command", script)
    return next(line for line in output.splitlines() if line.startswith(word)).removeprefix(word).strip()


def make_import_fault():
    """Return a fault: an import of the command line is killed at some moment; all of it is there, or nothing."""
    numbers = itertools.count()

    def kill_import(site):
        number = next(numbers)
        name = f"chaos-import-{number}"
        arguments = ["import_knowledge", str(write_import(site, name)), "--kind", "symptom"]
        arguments += ["--by", "writer", "--why", "A trial."]
        kill_command(site, arguments, KILL_SECONDS[number % len(KILL_SECONDS)])
        count = int(ask(site, COUNT_IMPORTED.format(name), "COUNT"))
        return [] if count in (0, NEW_RECORDS) else [f"{count} of {NEW_RECORDS} records of an import"]

    return kill_import


def make_upload_fault(editor_session):
    """Return a fault: a worker is killed while it brings in an upload; all of it is there, or nothing."""
    numbers = itertools.count()

    def kill_upload(site):
        name, url = f"chaos-upload-{next(numbers)}", site.url("web1")
        content = write_import(site, name).read_text()
        location = upload(url, editor_session, name, content)
        if location is None:
            return ["the upload was not taken"]
        headers = build_session_headers(editor_session)
        seal = re.search(rb'name="seal" value="([^"]+)"', send(url, "GET", location, timeout=60, **headers)[2])
        if not seal:
            return ["the trial of the upload gave no seal"]
        form = urlencode({"seal": seal[1].decode(), "csrfmiddlewaretoken": CSRF_TOKEN})
        connection = http.client.HTTPConnection("127.0.0.1", site.ports["web1"], timeout=30)
        headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", location.partition("?")[0], form, headers)
        time.sleep(random.uniform(0.1, 1.5))
        for pid in site.find_workers():
            os.kill(pid, signal.SIGKILL)
        connection.close()
        count = int(ask(site, COUNT_IMPORTED.format(name), "COUNT"))
        return [] if count in (0, NEW_RECORDS) else [f"{count} of {NEW_RECORDS} records of an upload"]

    return kill_upload


def upload(url, session, name, content):
    """Upload a table of symptoms; return the address of its trial, or None."""
    fields = {"why": "A trial.", "csrfmiddlewaretoken": CSRF_TOKEN}
    parts = [f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n' for key, value in fields.items()]
    head = (
        f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}.csv"\r\nContent-Type: text/csv\r\n\r\n'
    )
    body = "".join([*parts, head, content, "\r\n--x--\r\n"])
    headers = build_session_headers(session) | {"Content-Type": "multipart/form-data; boundary=x"}
    status, answer, _ = send(url, "POST", "/admin/symptoms/symptom/import/", body, timeout=60, **headers)
    return answer["Location"] if status == 302 else None


def make_release_fault():
    """Return a fault: a release is killed at some moment; it is whole, or there is none."""
    numbers = itertools.count()

    def kill_release(site):
        number = next(numbers)
        kill_command(site, ["release", f"20{30 + number}.01"], KILL_SECONDS[number % len(KILL_SECONDS)])
        broken = ask(site, RELEASES, "BROKEN")
        return [] if broken == "[]" else [f"half of a release: {broken}"]

    return kill_release


def make_migration_fault():
    """Return a fault: migrations are killed at some moment; those that had not run, run the next time."""
    numbers = itertools.count()

    def kill_migration(site):
        number = next(numbers)
        for target in (["symptoms", "0008"], ["treatments", "0006"], ["kb", "0018"]):
            kill_command(site, ["migrate", *target], KILL_SECONDS[number % len(KILL_SECONDS)])
        kill_command(site, ["migrate"], KILL_SECONDS[number % len(KILL_SECONDS)])
        site.run_manage("migrate")
        site.run_manage("migrate", "--check")

    return kill_migration


def make_backup_fault():
    """Return a fault: a backup is killed at some moment; under its name is a whole one, or nothing."""
    numbers = itertools.count()

    def kill_backup(site):
        number = next(numbers)
        path = site.directory / f"killed-{number}.zip"
        kill_command(site, ["backup", str(path)], KILL_SECONDS[number % len(KILL_SECONDS)])
        if path.exists():
            site.run_manage("restore", "--check", str(path))

    return kill_backup


def make_restore_fault():
    """Return a fault: a restore is killed at some moment; the database is what it was, or what was backed up."""
    numbers = itertools.count()

    def kill_restore(site):
        number = next(numbers)
        path = site.directory / f"to-restore-{number}.zip"
        site.stop_web()  # So that the backup holds everything that was acknowledged.
        site.run_manage("backup", str(path))
        kill_command(site, ["restore", "--replace", str(path)], KILL_SECONDS[number % len(KILL_SECONDS)])
        for left in site.data.glob("kb.sqlite3.*"):  # What was put aside, or left half-made.
            left.unlink()
        path.unlink()
        site.start_web("web1")

    return kill_restore


def cut_connections(site):
    """Read the beginning of long answers, and cut the connection."""
    for _ in range(100):
        with socket.create_connection(("127.0.0.1", site.ports["web1"])) as connection:
            # Closed at once, with a reset: nothing waits for what is still under way.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.sendall(b"GET /api/v1/side-effects/?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n")
            connection.settimeout(10)
            with suppress(OSError):
                connection.recv(200)


def make_clock_fault(hours):
    """Return a fault: the clock is moved by so many hours, and back. The service has to run with `clock_environ`."""

    def move_clock(site):
        (site.directory / "clock").write_text(f"{hours:+d}h")
        time.sleep(4)
        (site.directory / "clock").write_text("+0h")

    return move_clock


def clock_environ(site, library):
    """Return the environment in which libfaketime gives the service the time that a file says."""
    (site.directory / "clock").write_text("+0h")
    return {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(site.directory / "clock"),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def read_clock(url):
    """Return the date of an answer: whether the clock is moved shows there."""
    return json.dumps(send(url, "GET", "/health/ready")[1].get("Date", ""))
