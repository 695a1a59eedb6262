"""The lock of a service: one service at a time on a port of this machine, until the last of its processes has ended.

The kernel lets several processes of one user listen on the same port, and shares the requests out among them. The lock
is one of a file, which the process that starts a service hands down to all of its workers.
"""

import fcntl
import os
import tempfile
from pathlib import Path


class ServiceIsRunning(Exception):
    """Something holds the lock: the message tells which processes, and what to do."""


def take_service_lock(port: int) -> None:
    """Take the lock of a port for this process and all that follow from it, or raise ServiceIsRunning."""
    path = Path(tempfile.gettempdir()) / f"kb-{os.getuid()}-{port}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        started_by = os.pread(descriptor, 20, 0).decode()
        os.close(descriptor)
        raise ServiceIsRunning(describe_holders(port, started_by, find_holders(path))) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    os.set_inheritable(descriptor, True)


def find_holders(path: Path) -> list[int]:
    """Return the processes that have a file open, as far as the system shows them (Linux does)."""
    file, holders = path.stat(), set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            opened = link.stat()
        except OSError:
            continue  # It has ended meanwhile, or is of another user.
        if (opened.st_dev, opened.st_ino) == (file.st_dev, file.st_ino):
            holders.add(int(link.parts[2]))
    return sorted(holders - {os.getpid()})


def describe_holders(port: int, started_by: str, holders: list[int]) -> str:
    """Return who serves on a port, and what to do about it."""
    elsewhere = f"or choose another port, such as PORT={port + 1}"
    if not holders or started_by in map(str, holders):
        return f"Port {port} is served by process {started_by} already. End it (kill {started_by}), {elsewhere}."
    left = " ".join(map(str, holders))
    return (
        f"Port {port} is still served by what is left of a service whose main process ({started_by}) was killed: "
        f"{left}. End that (kill {left}), {elsewhere}."
    )
