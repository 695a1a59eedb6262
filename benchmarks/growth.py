"""Growth: the same questions to the knowledge base at each size, and the query plans of their answers."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import fmean
from urllib.parse import quote

from benchmarks import FOLDER, ROOT
from benchmarks.contest import Contest, open_contest
from benchmarks.contestants import PRODUCT, Contestant
from benchmarks.databases import Database
from benchmarks.load import Endpoint, run_rounds
from benchmarks.processes import ask, read_peak_memory, sum_used

WRITES = 5
SEARCH_LABEL = "search"
SEARCH = f"/api/v1/search/?q={quote('joint pain letrozole')}"


@dataclass(frozen=True)
class Question:
    """A question of the growth table: its path, and how many times as long it may take at the largest size."""

    label: str
    path: str
    at_most: float | None = None
    not_modified: bool = False


QUESTIONS = [
    Question("first page", PRODUCT, 1.5),
    Question("304", PRODUCT, 1.5, not_modified=True),
    Question("one filter: a treatment", f"{PRODUCT}?treatment={{treatment}}", 1.5),
    Question("one filter: a symptom", f"{PRODUCT}?symptom={{symptom}}", 1.5),
    Question("a class, some 20 members", "/api/v1/treatments/?within={class}", 1.5),
    Question("the broadest class", "/api/v1/treatments/?within={broad_class}"),
    Question("detail of a statement", f"{PRODUCT}{{statement}}/", 1.5),
    Question("deep page by cursor", f"{PRODUCT}?cursor={{cursor}}", 2),
    Question("detail of a treatment", "/api/v1/treatments/{treatment}/"),
    Question(SEARCH_LABEL, SEARCH),
]


@dataclass
class Growth:
    """What was measured on one size: the endpoints by question, the memory, and the first read after a write."""

    database: Database
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    memory_mb: float = 0
    first_read_ms: float = 0

    def get_cost(self, label: str) -> float | None:
        """Return the least processor time, in ms, of a request in any round; None if nothing was answered."""
        costs = [one.cpu_per_request for one in self.endpoints[label].slices if one.requests]
        return min(costs, default=None)


def measure_growth(databases: list[Database], rounds: int, seconds: int) -> list[Growth]:
    """Load the knowledge base on all these databases at once, in rounds, and return what that came to at each."""
    with ExitStack() as stack:
        grown = []
        for database in databases:
            names = json.loads(database.run_python("-m", "benchmarks.choices"))
            contest = stack.enter_context(open_contest(database, names, {"uncached"}))
            paths = {question: question.path.format(**names) for question in QUESTIONS}
            save_plans(database, paths)
            growth = Growth(database, {question.label: build(contest, question, paths[question]) for question in paths})
            grown.append((contest, growth))
        endpoints = [endpoint for _, growth in grown for endpoint in growth.endpoints.values()]
        for endpoint in endpoints:
            endpoint.choose_seconds(seconds)
        run_rounds(endpoints, rounds)
        for contest, growth in grown:
            growth.memory_mb = read_peak_memory(contest.servers["uncached"].list_pids())
            growth.first_read_ms = measure_first_read(contest)
        return [growth for _, growth in grown]


def build(contest: Contest, question: Question, path: str) -> Endpoint:
    """Return the endpoint of a question."""
    return contest.build_endpoint(Contestant(question.label, "uncached", path, not_modified=question.not_modified))


def measure_first_read(contest: Contest) -> float:
    """Return the mean processor time, in ms, of the first read after a write, which another process makes."""
    url, times = contest.servers["uncached"].url + PRODUCT, []
    writer = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.writer"],
        cwd=ROOT,
        env=os.environ | contest.database.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with writer:
        for _ in range(WRITES):
            writer.stdin.write("write\n")
            writer.stdin.flush()
            writer.stdout.readline()
            before = contest.read_processor_times("uncached")
            ask(url)
            times.append(sum_used(before, contest.read_processor_times("uncached")))
        writer.stdin.close()
    return fmean(times)


def save_plans(database: Database, paths: dict[Question, str]) -> None:
    """Keep the query plans of the answers in a file beside the databases."""
    asked = [question.label + "\t" + path for question, path in paths.items()]
    plans = database.run_python("-m", "benchmarks.plans", *asked)
    (FOLDER / f"plans-{database.engine}-{database.name}.txt").write_text(plans)
