"""Servers in processes of their own, on the loopback address, as `make run` starts them."""

import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection

from django.conf import settings

START_SECONDS = 60


def find_free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def build_environment(database_url, port, **environment):
    """Return the environment in which `manage.py serve` serves a database on a port, with one worker."""
    own = {"DATABASE_URL": database_url, "PORT": str(port), "WORKERS": "1", "READS_PER_MINUTE": "0"}
    return os.environ | own | environment


@contextmanager
def run_server(database_url, **environment):
    """Run one process of the production server on a database; give its port once it answers, and stop it at the end."""
    port = find_free_port()
    command = [sys.executable, "manage.py", "serve"]
    with run_process(command, port, cwd=settings.BASE_DIR, env=build_environment(database_url, port, **environment)):
        yield port


@contextmanager
def run_process(command, port, **options):
    """Run a command that serves HTTP on a port; give its process once it answers, and stop it at the end."""
    options = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | options
    process = subprocess.Popen(command, **options)  # noqa: S603
    try:
        wait_until_ready(process, port)
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


@contextmanager
def run_servers(count, database_url, **environment):
    """Run several processes of the production server on one database; give their ports."""
    with ExitStack() as stack:
        yield [stack.enter_context(run_server(database_url, **environment)) for _ in range(count)]


def wait_until_ready(process, port):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, "The server has stopped."
        try:
            if get(port, "/health/live")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"The server does not answer after {START_SECONDS} s.")


def get(port, path, **headers):
    """Send a GET request to a server; return the status, the headers and the body."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()
