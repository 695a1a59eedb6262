"""Processes and what they have started, as /proc tells it."""

from contextlib import suppress
from pathlib import Path


def find_children(pid):
    """Return the processes that a process has started."""
    children = []
    for path in Path("/proc").glob(f"{pid}/task/*/children"):
        with suppress(OSError):
            children += map(int, path.read_text().split())
    return children


def find_descendants(pid):
    """Return a process, and all that it and these have started."""
    pids = [pid]
    for parent in pids:
        pids += find_children(parent)
    return pids


def is_running(pid):
    """Return whether a process has not ended; what waits for its parent to look has."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "XZ"
    except OSError:
        return False
