"""The contest: every contestant on one database, compared with the knowledge base, then loaded in rounds."""

import os
import shutil
import string
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import FOLDER, ROOT
from benchmarks.comparison import find_differences, hide_hosts, read_rows
from benchmarks.contestants import PRODUCT, PRODUCT_BYTES, SERVERS, Contestant, Server, list_contestants
from benchmarks.databases import Database
from benchmarks.load import Endpoint, run_rounds
from benchmarks.processes import Answer, BenchmarkError, RunningServer, ask, find_free_port, read_processor_times

QUESTIONS = {
    "list": "The first 50 side effects",
    "treatment": "Side effects of one treatment",
    "symptom": "Side effects that are one symptom",
    "detail": "One side effect",
}


class Contest:
    """Runs the servers on a database, and turns contestants into endpoints of load."""

    def __init__(self, database: Database, names: dict[str, str]) -> None:
        self.database, self.names, self.stack = database, names, ExitStack()
        self.servers: dict[str, RunningServer] = {}

    def start(self, server: Server) -> None:
        """Start a server; it may not be ready yet."""
        folder = FOLDER / server.name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        port = find_free_port()
        values = {
            "bin": str(Path(sys.executable).parent),
            "port": str(port),
            "folder": str(folder),
            "file": str(self.database.file),
            "root": str(FOLDER),
            "user": "user root;" if os.getuid() == 0 else "",
            "behind": str(self.servers[server.behind].port) if server.behind else "",
        }
        if server.name == "nginx":
            template = string.Template((ROOT / "benchmarks/nginx.conf").read_text())
            (folder / "nginx.conf").write_text(template.substitute(values))
        environment = {"PORT": str(port), "SITE_URL": f"http://127.0.0.1:{port}"}
        environment |= self.database.environment | server.environment
        command = [part.format(**values) for part in server.command]
        running = RunningServer(server.name, command, environment, folder, ROOT)
        self.stack.callback(running.stop)
        self.servers[server.name] = running

    def get_url(self, contestant: Contestant) -> str:
        return self.servers[contestant.server].url + contestant.path.format(database=self.database.file.stem)

    def ask(self, contestant: Contestant) -> Answer:
        return ask(self.get_url(contestant))

    def build_endpoint(self, contestant: Contestant) -> Endpoint:
        """Return what to load for a contestant."""
        endpoint = Endpoint(
            contestant.name, self.get_url(contestant), lambda: self.read_processor_times(contestant.server)
        )
        if contestant.not_modified:
            if not (etag := endpoint.ask().headers.get("etag")):
                raise BenchmarkError(f"{contestant.name}: {endpoint.url} answers without an ETag.")
            endpoint.headers, endpoint.status = {"If-None-Match": etag}, 304
        return endpoint

    def read_processor_times(self, name: str) -> dict[int, float]:
        """Return the processor times, in ms, of a server, of what it stands in front of, and of the database's."""
        behind = next(server.behind for server in SERVERS if server.name == name)
        pids = [pid for part in (name, behind) if part for pid in self.servers[part].list_pids()]
        return read_processor_times([*pids, *self.database.list_backends()])


@contextmanager
def open_contest(database: Database, names: dict[str, str], only: set[str] | None = None) -> Iterator[Contest]:
    """Yield a contest whose servers run, all or only some; stop them at the end."""
    contest = Contest(database, names)
    with contest.stack:
        for server in SERVERS:
            is_wanted = only is None or server.name in only
            if is_wanted and database.engine in server.engines and (not server.program or shutil.which(server.program)):
                contest.start(server)
                if server.name == "uncached":  # The first: some of the others send what it answers.
                    contest.servers["uncached"].wait_until_ready()
                    PRODUCT_BYTES.write_bytes(ask(contest.servers["uncached"].url + PRODUCT).body)
        for running in contest.servers.values():
            running.wait_until_ready()
        yield contest


def run_contest(contest: Contest, question: str, rounds: int, seconds: int) -> list[Endpoint]:
    """Compare the contestants on a question, load them in rounds, and return them with what that came to.

    Raise BenchmarkError with all differences if one does not answer as the knowledge base does.
    """
    listed = list_contestants(question, contest.names, has_response_cache())
    contestants = [one for one in listed if one.server in contest.servers]
    for _ in range(2):  # What is compared is the second answer, which a cache gives.
        answers = {one: contest.ask(one) for one in contestants}
    judge = next(one for one in contestants if one.server == "uncached" and one.compared)
    if problems := find_problems(answers, judge):
        raise BenchmarkError("\n".join(["These are not the same answers, so nothing is timed:", *problems]))
    endpoints = [contest.build_endpoint(one) for one in contestants]
    for endpoint in endpoints:
        endpoint.choose_seconds(seconds)
    run_rounds(endpoints, rounds)
    return endpoints


def find_problems(answers: dict[Contestant, Answer], judge: Contestant) -> list[str]:
    """Return in what the answers of contestants differ from that of the judge: values, or bytes but for the host."""
    expected, kept = read_rows(answers[judge].body), hide_hosts(PRODUCT_BYTES.read_bytes())
    problems = []
    for contestant, answer in answers.items():
        if answer.status != 200:
            differences = [f"answers {answer.status}"]
        elif contestant.same_bytes:
            differences = [] if hide_hosts(answer.body) == kept else ["sends other bytes"]
        else:
            differences = find_differences(expected, read_rows(answer.body), contestant.compared)
        problems += [f"{contestant.name}: {difference}" for difference in differences]
    return problems


def has_response_cache() -> bool:
    """Return whether this version of the knowledge base keeps whole answers."""
    return "RESPONSE_CACHE_MB" in (ROOT / "kb/settings.py").read_text()
