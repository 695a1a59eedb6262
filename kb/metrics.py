"""Metrics for Prometheus: what this process counts, and the sum over all processes of the machine.

Each process writes its counts to files in `settings.METRICS_DIR`, and a scrape of any of them adds up all files, those
of processes that have ended included, so that no counter falls when a worker is replaced.
"""

import logging
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, values
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, float("inf"))  # Seconds.
RESERVED_BYTES = 512_000  # Room for the counts of all routes; a file holds how many bytes of it are used, at its start.
MAX_ATTEMPTS = 3  # Of reading the files of all processes.
logger = logging.getLogger(__name__)

requests_total = Counter("kb_requests", "Requests that reached Django.", ["route", "method", "status"])
request_seconds = Histogram(
    "kb_request_seconds", "Seconds until the response of a request was ready.", ["route", "method"], buckets=BUCKETS
)
cache_lookups_total = Counter(
    "kb_response_cache_lookups", "Requests by what the response cache in front of Django had for them.", ["result"]
)
reads_total = Counter("kb_reads", "Anonymous reads by the database that answered them.", ["database"])
replica_failures_total = Counter("kb_replica_failures", "Times that a replica was left out.", ["database", "reason"])


def observe_request(route: str, method: str, status: int, seconds: float) -> None:
    """Count a request of Django's. A route is the pattern of a URL, so that there are not more of them than views."""
    method = method if method in METHODS else "other"
    requests_total.labels(route, method, str(status)).inc()
    request_seconds.labels(route, method).observe(seconds)


def count_cache_lookup(result: str) -> None:
    """Count what the response cache in front of Django had for a request: `hit`, `not-modified`, `miss`, `bypass`."""
    _get_cache_counter(result).inc()


@lru_cache
def _get_cache_counter(result: str) -> Counter:
    """Return the counter of a result; a look-up by label on each request would take longer than the count."""
    return cache_lookups_total.labels(result)


class ExtraMetrics(Collector):
    """Metrics that are made when they are asked for."""

    def __init__(self, metrics: Iterable[Metric]) -> None:
        self.metrics = metrics

    def collect(self) -> Iterable[Metric]:
        return self.metrics


def render_metrics(directory: Path, extra: Iterable[Metric]) -> bytes:
    """Return the counts of all processes that write to a directory, and more metrics, in Prometheus' text format."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(directory))
    registry.register(ExtraMetrics(extra))
    for _ in range(MAX_ATTEMPTS - 1):
        with suppress(FileNotFoundError):  # The files of a process that has ended went while they were read.
            return generate_latest(registry)
    return generate_latest(registry)


def reserve_files(directory: Path) -> None:
    """Take room on the disk for the counts of this process, which writes them through memory.

    Where such a file has no room on a full disk, the kernel ends the process. Without room, the process counts for
    itself alone, and its counts are missing from what is scraped.
    """
    shrink_files_of_ended_processes(directory)
    files = [directory / f"{kind}_{os.getpid()}.db" for kind in ("counter", "histogram")]
    try:
        for file in files:
            if not file.exists():
                file.write_bytes(bytes(RESERVED_BYTES))
    except OSError as error:
        for file in files:
            file.unlink(missing_ok=True)
        logger.warning("The counts of this process are not kept in METRICS_DIR: %s", error)
        values.ValueClass = values.MutexValue


def find_files_of_ended_processes(directory: Path) -> Iterable[Path]:
    """Return the files of counts whose processes no longer run."""
    for file in directory.glob("*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except (ProcessLookupError, ValueError):
            yield file
        except PermissionError:
            pass  # It runs, as another user.


def remove_files_of_ended_processes(directory: Path) -> None:
    """Remove the counts of processes that no longer run, before a service starts: counters begin at 0 again."""
    for file in find_files_of_ended_processes(directory):
        file.unlink(missing_ok=True)


def shrink_files_of_ended_processes(directory: Path) -> None:
    """Give back the room that processes had reserved and no longer need; their counts stay."""
    for file in find_files_of_ended_processes(directory):
        header = file.read_bytes()[:4]
        if len(header) == 4 and 0 < (used := struct.unpack("i", header)[0]) < file.stat().st_size:
            os.truncate(file, used)
