"""Server processes: started on a port of their own, watched through /proc, ended with the run."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import time
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

STARTUP_TIMEOUT = 90  # Seconds.
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class BenchmarkError(Exception):
    """The run cannot go on: what was wrong, in a sentence."""


@dataclass(frozen=True)
class Answer:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(url: str, headers: dict[str, str] | None = None, timeout: float = 120) -> Answer:
    """Return the answer to a GET with the headers that wrk sends, which are none but these."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
    try:
        connection.putrequest("GET", f"{parts.path}?{parts.query}".rstrip("?"), skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        connection.endheaders()
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


def pin(command: list[str], *, driver: bool) -> list[str]:
    """Return a command that runs on the last processor, if it drives the load, or on all others, if it serves."""
    last = (os.cpu_count() or 1) - 1
    if not last or not shutil.which("taskset"):
        return command
    return ["taskset", "-c", str(last) if driver else f"0-{last - 1}", *command]


def find_free_port() -> int:
    """Return a port of the loopback interface on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def list_process_tree(root: int) -> list[int]:
    """Return the id of a process and those of all its descendants."""
    children = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            children[int(read_stat_fields(stat)[1])].append(int(stat.parent.name))
    tree = [root]
    for pid in tree:
        tree += children[pid]
    return tree


def read_stat_fields(stat: Path) -> list[str]:
    """Return the fields of /proc/PID/stat after the name of the program, which may hold spaces: state, parent, …"""
    return stat.read_text().rpartition(")")[2].split()


def read_processor_times(pids: list[int]) -> dict[int, float]:
    """Return the processor time, in ms, that each of these processes has used; those that ended are left out."""
    times = {}
    for pid in pids:
        with suppress(OSError):
            ticks = sum(map(int, read_stat_fields(Path(f"/proc/{pid}/stat"))[11:13]))
            times[pid] = 1000 * ticks / TICKS_PER_SECOND
    return times


def sum_used(before: dict[int, float], after: dict[int, float]) -> float:
    """Return the processor time, in ms, used between two readings; what ended in between is not known, and left out."""
    return sum(time - before.get(pid, 0) for pid, time in after.items())


def read_peak_memory(pids: list[int]) -> float:
    """Return the largest resident size, in MB, that one of these processes has had."""
    peaks = [0.0]
    for pid in pids:
        with suppress(OSError):
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
            peaks += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
    return max(peaks)


class RunningServer:
    """A server process in a session of its own, with a log."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], folder: Path, cwd: Path) -> None:
        self.name, self.port = name, int(environment["PORT"])
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / f"{name}.log"
        self.output: IO[str] = self.log.open("w")
        self.process = subprocess.Popen(  # noqa: S603
            pin(command, driver=False),
            cwd=cwd,
            env=os.environ | environment,
            stdout=self.output,
            stderr=self.output,
            start_new_session=True,
        )

    def wait_until_ready(self) -> None:
        """Return when the port accepts connections; raise BenchmarkError with the log if it does not."""
        deadline = time.monotonic() + STARTUP_TIMEOUT
        while self.process.poll() is None and time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise BenchmarkError(f"The server “{self.name}” does not start:\n{self.log.read_text()[-3000:]}")

    def list_pids(self) -> list[int]:
        return list_process_tree(self.process.pid)

    def stop(self) -> None:
        """End the process and what it started; return when it is gone."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.output.close()
