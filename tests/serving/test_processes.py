"""The processes of a service: one service on a port, workers that come back, and an end at any time."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings

from tests.helpers.scratch import get_shared_url
from tests.helpers.servers import build_environment, find_free_port, get, run_process

pytestmark = pytest.mark.slow
COMMAND = [sys.executable, "manage.py", "serve"]
PATH = "/api/v1/side-effects/class-bone/"
END_SECONDS = 15


def list_workers(main):
    """Return the processes that a main process has started."""
    children = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    return {int(child) for child in children}


def wait_for(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        assert time.monotonic() < deadline, "It has not come to this."
        time.sleep(0.1)
    return result


def start(environment):
    return subprocess.Popen(  # noqa: S603
        COMMAND, cwd=settings.BASE_DIR, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


@pytest.fixture
def environment(transactional_db, universe, tmp_path):
    return build_environment(get_shared_url(tmp_path), find_free_port(), WORKERS="2")


def test_a_killed_worker_comes_back_and_what_is_left_of_a_killed_service_is_told(environment):
    port = int(environment["PORT"])
    with run_process(COMMAND, port, cwd=settings.BASE_DIR, env=environment) as process:
        workers = wait_for(lambda: len(list_workers(process.pid)) == 2 and list_workers(process.pid))
        second = start(environment)
        output, _ = second.communicate(timeout=60)
        assert second.returncode == 1
        assert f"Port {port} is served by process {process.pid} already. End it (kill {process.pid})" in output

        killed = min(workers)
        os.kill(killed, signal.SIGKILL)
        replaced = wait_for(
            lambda: len(now := list_workers(process.pid)) == 2 and killed not in now and now, seconds=60
        )
        assert process.poll() is None
        assert get(port, PATH)[0] == 200

        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        try:
            output, _ = start(environment).communicate(timeout=60)
            left = " ".join(map(str, sorted(replaced)))
            assert f"whose main process ({process.pid}) was killed: {left}. End that (kill {left})" in output
        finally:
            for worker in replaced:
                os.kill(worker, signal.SIGTERM)
        wait_for(lambda: not any(Path(f"/proc/{worker}").exists() for worker in replaced))


def test_of_two_that_start_at_once_one_serves(environment):
    with ThreadPoolExecutor(2) as starters:
        processes = list(starters.map(start, [environment, environment]))
    loser = wait_for(lambda: next((process for process in processes if process.poll() is not None), None))
    (winner,) = set(processes) - {loser}
    try:
        assert loser.returncode == 1
        assert "is served by process" in loser.communicate()[0]
        wait_for(lambda: len(list_workers(winner.pid)) == 2)
    finally:
        winner.terminate()  # While its workers load.
        started = time.monotonic()
        winner.wait(timeout=60)
    assert time.monotonic() - started < END_SECONDS


@pytest.mark.parametrize("seconds", [0.5, 1.5, 3])
def test_it_ends_when_it_is_told_so_soon_after_the_start(environment, seconds):
    process = start(environment)
    time.sleep(seconds)
    process.terminate()
    started = time.monotonic()
    process.wait(timeout=60)
    assert time.monotonic() - started < END_SECONDS


def test_a_port_on_which_something_else_listens_is_told(environment):
    import socket

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        process = start(environment | {"PORT": str(port)})
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert f"Port {port} is taken; choose another" in output
