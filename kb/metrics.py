"""Metrics for Prometheus: what this process counts, and the sum over all processes of the machine.

Each process writes its counts to files in `settings.METRICS_DIR`, and a scrape of any of them adds up all files, those
of processes that have ended included, so that no counter falls when a worker is replaced.
"""

import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

METHODS = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, float("inf"))  # Seconds.

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
    return generate_latest(registry)


def remove_files_of_ended_processes(directory: Path) -> None:
    """Remove the counts of processes that no longer run, before a service starts: counters begin at 0 again."""
    for file in directory.glob("*_*.db"):
        try:
            os.kill(int(file.stem.rpartition("_")[2]), 0)
        except (ProcessLookupError, ValueError):
            file.unlink(missing_ok=True)
        except PermissionError:
            pass  # It runs, as another user.
