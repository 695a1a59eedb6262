"""Loads the cluster with readers while something is published, reloaded and killed: make cluster-test.

Ends with 1 if a read failed, or if an edit was seen later than is promised (docs/operations.md).
"""

import http.client
import itertools
import os
import random
import signal
import sys
import time
import uuid
from collections import Counter
from urllib.parse import urlsplit

from cluster import Cluster
from threads import ThreadGroup

CACHE_SECONDS, MAX_LAG_SECONDS, CHECK_SECONDS = 2, 5, 1
READERS, PHASE_SECONDS = 6, 6
LISTS = ["side-effects", "treatments", "symptoms", "indications", "red-flags", "cancers", "sources"]
EDITED = "/api/v1/treatments/letrozole/?fields=summary"
PUBLISH = """
from kb.editorial.versioning import versioned_transaction
from treatments.models import Treatment
with versioned_transaction():
    Treatment.objects.filter(slug="letrozole").update(summary="{summary}")
"""


def make_path():
    """Return the path of a list, half of the time one that is seldom kept by a cache."""
    path = f"/api/v1/{random.choice(LISTS)}/"
    return f"{path}?page_size={random.randint(1, 100)}" if random.random() < 0.5 else path


def get(url, path, headers=None):
    """Return status, body and the header X-Cache of an answer, on a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read(), response.getheader("X-Cache")
    finally:
        connection.close()


class Readers(ThreadGroup):
    """Threads that read one server without a pause, and count what they got, by phase."""

    def __init__(self, url, phase, headers=None):
        super().__init__([self.read] * READERS)
        self.url, self.phase, self.headers = url, phase, headers or {}
        self.counts, self.failures = Counter(), []

    def read(self):
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        while not self.is_stopped:
            path, phase = make_path(), self.phase
            try:
                connection.request("GET", path, headers=self.headers)
                response = connection.getresponse()
                response.read()
                failure = None if response.status == 200 else f"{response.status} {path}"
            except (OSError, http.client.HTTPException) as error:
                failure = f"{error!r} {path}"
                connection.close()
            with self.lock:
                self.counts[phase] += 1
                if failure:
                    self.failures.append(f"{phase}: {failure}")

    def run_phase(self, phase, seconds=PHASE_SECONDS):
        """Let the readers read for a while, and print how many answers they got in a second."""
        self.phase, started = phase, time.monotonic()
        time.sleep(seconds)
        rate = self.counts[phase] / (time.monotonic() - started)
        failed = sum(failure.startswith(f"{phase}:") for failure in self.failures)
        print(f"  {phase:45} {rate:7.0f} answers/s, {failed} failed", flush=True)
        return rate


def measure_until(url, text, deadline, headers=None):
    """Return after how many seconds an answer holds a text; None after the deadline (seconds)."""
    started = time.monotonic()
    while (elapsed := time.monotonic() - started) < deadline:
        if text in get(url, EDITED, headers)[1]:
            return elapsed
        time.sleep(0.005)
    return None


def check_edit(cluster):
    """Publish an edit, and return what was seen too late."""
    summary = f"Edited {uuid.uuid4().hex}"
    cluster.run_manage("shell", "--command", PUBLISH.format(summary=summary))
    text, session = summary.encode(), {"Cookie": "sessionid=nobody"}
    late = [
        f"{name}: the very next answer to somebody with a session"
        for name in ("web1", "web2")
        if text not in get(cluster.url(name), EDITED, session)[1]
    ]
    bounds = [("web1", MAX_LAG_SECONDS + CHECK_SECONDS), ("web2", MAX_LAG_SECONDS + CHECK_SECONDS)]
    bounds.append(("nginx", CACHE_SECONDS + MAX_LAG_SECONDS + CHECK_SECONDS))
    for name, bound in bounds:
        seconds = measure_until(cluster.url(name), text, bound)
        print(f"  edit seen by anybody through {name:5}  {'not' if seconds is None else f'after {seconds:.3f} s'}")
        if seconds is None:
            late.append(f"{name}: not within {bound} s")
    return late


def main():
    with Cluster(int(os.environ.get("BASE_PORT", "8800")), CACHE_SECONDS) as cluster:
        for name, path in itertools.product(("web1", "web2"), LISTS):  # What each process computes once.
            get(cluster.url(name), f"/api/v1/{path}/")
        with Readers(cluster.url("web1"), "one process") as readers:
            one = readers.run_phase("one process: answers are made")
        failures = readers.failures
        get(cluster.url("nginx"), EDITED)
        with Readers(cluster.url("nginx"), "start") as readers:
            whole = readers.run_phase("cluster: answers are made")
            readers.phase = "an edit is published"
            late = check_edit(cluster)
            cluster.processes["web1"].send_signal(signal.SIGHUP)
            readers.run_phase("web1 reloads")
            cluster.wait_for_log("web1", "Stopped old worker")
            cluster.wait_for_log("web1", "Started worker-1", times=2)
            cluster.kill("web2")
            readers.run_phase("web2 was killed")
            cluster.kill("replica1", signal.SIGQUIT)
            readers.run_phase("replica1 was killed")
            cluster.start_web("web2")
            cluster.start_database("replica1")
            readers.run_phase("both are back")
            cluster.kill("primary", signal.SIGQUIT)
            readers.run_phase("the primary was killed", 2 * PHASE_SECONDS)
        failures += readers.failures
        print(f"  {sum(readers.counts.values())} reads through nginx, {len(readers.failures)} failed")
        print(f"  cluster / one process, where answers are made: {whole / one:.1f} times as many a second;", end=" ")
        print(f"{READERS} readers and all parts share {os.cpu_count()} cores")
    for problem in [*failures[:20], *late]:
        print(f"  FAILED {problem}")
    sys.exit(bool(failures or late))


if __name__ == "__main__":
    main()
