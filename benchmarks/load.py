"""The load: wrk asks one contestant for a few seconds, and /proc says what that cost its processes."""

import json
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, isfinite, nan
from statistics import median

from benchmarks.processes import Answer, BenchmarkError, ask, pin, sum_used

CONNECTIONS = 4
MAX_SECONDS = 30  # Of a slice: what takes longer to answer is not measured.
REPORT_SCRIPT = """
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('report {"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "failed": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.status + e.connect + e.read + e.write + e.timeout))
end
"""


@dataclass(frozen=True)
class Slice:
    """What one slice of load came to."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    failed: int
    cpu_ms: float = 0

    @property
    def rate(self) -> float:
        return self.requests / self.seconds if self.seconds else 0

    @property
    def cpu_per_request(self) -> float:
        return self.cpu_ms / self.requests if self.requests else nan


@dataclass
class Endpoint:
    """What is asked under load: an address, the answer that it must give, and how its processor time is read."""

    name: str
    url: str
    read_processor_times: Callable[[], dict[int, float]]
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    connections: int = CONNECTIONS
    seconds: int = 1
    slices: list[Slice] = field(default_factory=list)
    wrong_answers: int = 0  # Of single requests before the first slice and after each.

    def ask(self) -> Answer:
        return ask(self.url, self.headers)

    def has_right_status(self) -> bool:
        """Ask once; return whether the answer comes, with the status that it must have."""
        try:
            return self.ask().status == self.status
        except OSError:
            return False

    def choose_seconds(self, minimum: int) -> None:
        """Ask twice; let a slice be long enough for some requests, and one at a time if they are slow."""
        for _ in range(2):
            start = time.monotonic()
            self.wrong_answers += not self.has_right_status()
            took = time.monotonic() - start
        self.seconds = min(max(minimum, ceil(4 * took)), MAX_SECONDS)
        self.connections = CONNECTIONS if took < 0.25 else 1

    def load(self) -> None:
        """Add a slice; it has failed where an answer before or after it is not as it must be."""
        before = self.read_processor_times()
        output = run_wrk(self.url, self.headers, self.connections, self.seconds)
        self.slices.append(parse_report(output, sum_used(before, self.read_processor_times())))
        self.wrong_answers += not self.has_right_status()

    @property
    def failed(self) -> int:
        """How many requests were answered with an error, or not at all."""
        return self.wrong_answers + sum(one.failed for one in self.slices)


def run_wrk(url: str, headers: dict[str, str], connections: int, seconds: int) -> str:
    """Run wrk for some seconds; return what it prints."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(REPORT_SCRIPT)
        script.flush()
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "60s", "-s", script.name]
        command += [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        completed = subprocess.run(pin([*command, url], driver=True), capture_output=True, text=True, check=False)  # noqa: S603
    if completed.returncode:
        raise BenchmarkError(f"wrk failed: {completed.stdout}{completed.stderr}")
    return completed.stdout


def parse_report(output: str, cpu_ms: float = 0) -> Slice:
    """Return the slice that the output of wrk reports; raise BenchmarkError if it reports none."""
    for line in output.splitlines():
        if line.startswith("report "):
            return Slice(**json.loads(line.removeprefix("report ")), cpu_ms=cpu_ms)
    raise BenchmarkError(f"wrk has reported nothing: {output or 'no output'}")


def run_rounds(endpoints: Sequence[Endpoint], rounds: int) -> None:
    """Load every endpoint once a round, each round beginning with another one."""
    for number in range(rounds):
        start = number * max(1, len(endpoints) // max(rounds, 1)) % len(endpoints)
        for endpoint in [*endpoints[start:], *endpoints[:start]]:
            endpoint.load()


@dataclass(frozen=True)
class Ratio:
    """How often one thing goes into another: the median of the rounds, and the smallest and largest of them."""

    middle: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{format_ratio(self.middle)} ({format_ratio(self.low)}–{format_ratio(self.high)})"


def compute_ratio(values: Sequence[float], bases: Sequence[float]) -> Ratio | None:
    """Return the ratio of values to bases, round by round; None where no round has both."""
    pairs = zip(values, bases, strict=True)
    ratios = [value / base for value, base in pairs if base and isfinite(value) and isfinite(base)]
    return Ratio(median(ratios), min(ratios), max(ratios)) if ratios else None


def format_ratio(value: float) -> str:
    """Return a ratio with about three digits."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"
