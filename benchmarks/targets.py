"""What the knowledge base is to reach, in ratios that hold on any machine, and in figures where a bound is one."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks import contestants as names
from benchmarks.load import Endpoint, Ratio, compute_ratio


@dataclass(frozen=True)
class RatioTarget:
    """How many times as good as another contestant one is to be: by processor time, or by requests per second."""

    question: str
    name: str
    base: str
    at_least: float
    by: str = "CPU"


FILTERED = [
    RatioTarget(question, names.THIS_FIELDS, base, at_least)
    for question in ("treatment", "symptom")
    for base, at_least in [(names.DRF, 6), (names.FASTAPI, 2)]
]
RATIO_TARGETS = [
    RatioTarget("list", names.THIS_FIELDS, names.DRF, 6),
    RatioTarget("list", names.THIS_FIELDS, names.FASTAPI, 2),
    RatioTarget("list", names.THIS_FIELDS, names.DATASETTE, 1.5),
    RatioTarget("list", names.THIS, names.DRF, 3),
    *FILTERED,
    RatioTarget("detail", names.THIS_FIELDS, names.FASTAPI, 2),
    RatioTarget("list", names.THIS_CACHED, names.BARE, 0.55),
    RatioTarget("list", names.THIS_CACHED_304, names.BARE, 0.55),
    RatioTarget("list", names.THIS_CACHED, names.TRIVIAL, 3, by="req/s"),
    RatioTarget("list", names.NGINX_CACHE, names.NGINX_STATIC, 0.8),
]
MAX_MEMORY_MB = {1_000_000: 200}
MAX_FIRST_READ_MS = {100_000: 50}
MAX_SEARCH_MS = {0: 30}  # On the shipped data.


def compare_rates(endpoint: Endpoint, base: Endpoint) -> Ratio | None:
    """Return how many times as many requests a second one contestant answers as another."""
    return compute_ratio([one.rate for one in endpoint.slices], [one.rate for one in base.slices])


def compare_processor_times(endpoint: Endpoint, base: Endpoint) -> Ratio | None:
    """Return how many times less processor time a request to one contestant takes than one to another."""
    times = [[one.cpu_per_request for one in each.slices] for each in (base, endpoint)]
    return compute_ratio(*times)


def judge_ratios(results: dict[str, list[Endpoint]]) -> Iterator[tuple[RatioTarget, Ratio | None]]:
    """Yield each target with what was reached; None where a contestant is not there."""
    for goal in RATIO_TARGETS:
        by_name = {endpoint.name: endpoint for endpoint in results.get(goal.question, [])}
        compare = compare_processor_times if goal.by == "CPU" else compare_rates
        present = goal.name in by_name and goal.base in by_name
        yield goal, compare(by_name[goal.name], by_name[goal.base]) if present else None
