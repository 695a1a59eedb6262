"""Loads a service of its own with readers, editors, idle and slow clients, and with more than the limit: make load.

Prints percentiles and memory. Ends with 1 if an answer was an error, if memory grew without bound, or if what is over
the limit was answered otherwise than by 429.
"""

import os
import signal
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from statistics import quantiles

from chaos_clients import Clients, send
from chaos_site import Site, find_free_base_port, has_postgres

IDLE, SLOW, LIMIT = 400, 40, 100
PARTS = {"sqlite": "SQLite", "postgres": "PostgreSQL"}  # ONLY chooses among them.
MAX_GROWTH_MB = 100  # Of all workers together, in the second half of the load.
REQUEST = b"GET /api/v1/sources/ HTTP/1.1\r\nHost: localhost\r\n"
LONG_REQUEST = b"GET /api/v1/side-effects/?format=ndjson HTTP/1.1\r\nHost: localhost\r\n\r\n"


def measure_memory(site):
    """Return the megabytes of memory of all workers."""
    return sum(
        int(line.split()[1]) / 1000
        for pid in site.find_workers()
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmRSS:")
    )


class SlowClients:
    """Clients that hold connections: idle ones, some that send a byte a second, and some that read as slowly."""

    def __init__(self, port):
        self.stack, self.is_stopped, self.port = ExitStack(), False, port

    def __enter__(self):
        self.idle, self.slow = [self.connect() for _ in range(IDLE)], []
        self.thread = threading.Thread(target=self.trickle, daemon=True)
        self.thread.start()
        return self

    def connect(self):
        return self.stack.enter_context(socket.create_connection(("127.0.0.1", self.port), timeout=1))

    def add_slow_client(self):
        client, is_sender = self.connect(), len(self.slow) % 2
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(REQUEST if is_sender else LONG_REQUEST)
        self.slow.append(client)

    def trickle(self):
        """Let each slow client send or read a little each second; they come two by two, since long answers cost."""
        while not self.is_stopped:
            for _ in range(min(2, SLOW - len(self.slow))):
                self.add_slow_client()
            for number, client in enumerate(self.slow):
                try:
                    client.sendall(b"X") if number % 2 else client.recv(10)
                except OSError:
                    continue  # The service may end what takes too long.
            time.sleep(1)

    def __exit__(self, *exception):
        self.is_stopped = True
        self.thread.join()
        self.stack.close()


def run_phase(name, clients, site, seconds):
    """Let the clients work for a while, print what came of it, and return the megabytes of the workers then."""
    clients.seconds.clear()
    statuses, started = Counter(clients.statuses), time.monotonic()
    time.sleep(seconds)
    cuts = quantiles(clients.seconds, n=100)
    memory = measure_memory(site)
    answers = Counter(clients.statuses) - statuses
    words = ", ".join(f"{status}: {count}" for status, count in sorted(answers.items(), key=str))
    rate = answers.total() / (time.monotonic() - started)
    times = ", ".join(f"p{number} {cuts[number - 1] * 1000:.0f} ms" for number in (50, 95, 99))
    print(f"  {name:30} {rate:5.0f} answers/s ({words}); reads {times}; workers {memory:.0f} MB", flush=True)
    return memory


def exceed_limit(site):
    """Send ten times as many requests as are allowed in a minute; return the answers by status."""
    site.restart_web(READS_PER_MINUTE=str(LIMIT))
    time.sleep(61 - time.time() % 60)  # To the beginning of a minute, for which requests are counted.
    statuses, missing = Counter(), 0
    for _ in range(10 * LIMIT):
        status, headers, _ = send(site.url("web1"), "GET", "/api/v1/sources/")
        statuses[status] += 1
        missing += status == 429 and "Retry-After" not in headers
    print(f"  {10 * LIMIT} requests, {LIMIT} allowed: {dict(statuses)}; 429 without Retry-After: {missing}")
    return statuses, missing


def load(site, seconds):
    """Load a service; return what was wrong."""
    seed, problems = site.seed(100), []
    with Clients(site.url("web1"), seed, pause=0) as clients:
        clients.wait_until_well(60)
        clients.statuses.clear()
        run_phase("reads with edits", clients, site, seconds / 4)
        before = run_phase("reads with edits", clients, site, seconds / 4)
        with SlowClients(site.ports["web1"]):
            run_phase(f"and {IDLE} idle, {SLOW} slow clients", clients, site, seconds / 4)
        after = run_phase("without them", clients, site, seconds / 4)
    if errors := set(clients.statuses) - {200, 201, 302}:
        problems.append(f"answers {errors}")
    if set(clients.live) != {200}:
        problems.append(f"the liveness probe: {dict(clients.live)}")
    if after - before > MAX_GROWTH_MB:
        problems.append(f"memory grew by {after - before:.0f} MB")
    if lost := clients.count_lost():
        problems.append(f"{lost} acknowledged writes are lost")
    statuses, missing = exceed_limit(site)
    # Without Redis each of the two workers counts for itself, and a minute may end in between.
    if set(statuses) != {200, 429} or statuses[200] > 4 * LIMIT or missing:
        problems.append(f"over the limit: {dict(statuses)}")
    return problems


def main():
    signal.signal(signal.SIGTERM, lambda *arguments: sys.exit(1))  # So that what was started is ended.
    seconds = float(os.environ.get("LOAD_SECONDS") or 120)
    base_port = int(os.environ.get("BASE_PORT") or find_free_base_port(10))
    problems = []
    with tempfile.TemporaryDirectory(prefix="kb-load-") as directory:
        Path(directory).chmod(0o755)
        for part, name in PARTS.items():
            on_postgres = part == "postgres"
            if part not in os.environ.get("ONLY", ",".join(PARTS)).split(","):
                continue
            if on_postgres and not has_postgres():
                print(" PostgreSQL: not tried, since it is not installed.")
                continue
            print(f" On {name}:", flush=True)
            with Site(base_port, Path(directory) / name, on_postgres) as site:
                problems += [f"{name}: {problem}" for problem in load(site, seconds)]
    for problem in problems:
        print(f"  WRONG {problem}")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()
