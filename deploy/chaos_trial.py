"""Trials of chaos.py: a fault is provoked while clients read and write, and what came of it is a row of the table."""

import math
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field

from chaos_clients import LIVE, NO_ANSWER, Clients
from cluster import ROOT

ALLOWED = {200, 201, 302, 503, NO_ANSWER}
RECOVERY_SECONDS = 120
WANTED = os.environ.get("FAULTS", "").split(",")  # Words of the names of those that are tried; all without it.
MIN_CHANGES = 10  # With fewer that wait, others are made before a fault: somebody publishes in each.


@dataclass
class Row:
    """What came of one fault."""

    name: str
    tries: int = 0
    lost: int | str = 0
    statuses: Counter = field(default_factory=Counter)
    live: Counter = field(default_factory=Counter)
    seconds: float = 0.0  # The longest recovery.
    acknowledged: int = 0
    not_promised: int = 0  # Acknowledged after the backup that was restored.
    problems: list = field(default_factory=list)

    def describe(self):
        """Return the cells of the row."""
        statuses = ", ".join(f"{status}: {count}" for status, count in sorted(self.statuses.items(), key=str))
        live = f"{self.live[200]} of {sum(self.live.values())}"
        lost = f"{self.lost} of {self.acknowledged}"
        if self.not_promised:
            lost += f" before the backup (and {self.not_promised} after it)"
        return [self.name, self.tries, lost, statuses, live, f"{self.seconds:.1f}"]


class Trial:
    """Provokes faults of one site, and collects the rows."""

    def __init__(self, site, changes_of_each):
        self.site, self.rows, self.changes_of_each = site, [], changes_of_each
        self.seed = site.seed(changes_of_each)
        self.url = f"http://127.0.0.1:{site.ports['web1']}"

    def run(self, name, provoke, tries=1, allowed=ALLOWED, needs_live=True):
        """Provoke a wanted fault several times; `provoke` returns once its cause is gone, and what it found wrong."""
        if not any(word in name for word in WANTED):
            return
        row = Row(name)
        if len(self.seed["changes"]) < MIN_CHANGES:
            self.seed = self.site.seed(self.changes_of_each)
        self.site.promised_until = math.inf
        with self.open_clients() as clients:
            if clients.wait_until_well(RECOVERY_SECONDS) is None:
                row.problems.append("the service was not well before")
            for _ in range(tries):
                time.sleep(0.5)
                row.problems += provoke(self.site) or []
                seconds = clients.wait_until_well(RECOVERY_SECONDS)
                row.tries += 1
                if seconds is None:
                    row.problems.append(f"not well again within {RECOVERY_SECONDS} s")
                row.seconds = max(row.seconds, seconds or RECOVERY_SECONDS)
        row.statuses, row.live = clients.statuses, clients.live
        row.acknowledged = clients.count_acknowledged(self.site.promised_until)
        row.not_promised = clients.count_acknowledged() - row.acknowledged
        row.lost = clients.count_lost(self.site.promised_until)
        if row.lost:
            row.problems.append(f"{row.lost} acknowledged writes are lost")
        if unexpected := set(row.statuses) - allowed:
            row.problems.append(f"answered {', '.join(map(str, sorted(unexpected, key=str)))}")
        if needs_live and set(row.live) - {200}:
            row.problems.append(f"{LIVE} did not answer")
        self.add(row)

    @contextmanager
    def open_clients(self):
        """Let clients work; the changes that they published wait no more."""
        with Clients(self.url, self.seed) as clients:
            yield clients
        self.seed = self.seed | {"changes": list(clients.changes)}

    def add(self, row):
        self.rows.append(row)
        print(
            "  " + " | ".join(map(str, row.describe())),
            *(f"\n    WRONG: {problem}" for problem in row.problems),
            flush=True,
        )

    def skip(self, name, reason):
        print(f"  {name} | not tried: {reason}", flush=True)


def kill_command(site, arguments, seconds):
    """Run a command of manage.py, and kill it after so many seconds; return whether it had ended before."""
    process = subprocess.Popen(
        [sys.executable, ROOT / "manage.py", *arguments],
        cwd=ROOT,
        env=site.environ(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return False
    return True
