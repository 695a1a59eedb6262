"""The program of `make bench`: makes the databases, runs contests and growth, prints the tables, writes the page."""

import argparse
import json
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from benchmarks import FOLDER, ROOT
from benchmarks.contest import QUESTIONS, open_contest, run_contest
from benchmarks.databases import SHIPPED, Database, explain_missing_postgres
from benchmarks.growth import measure_growth
from benchmarks.machine import describe_machine, install_programs
from benchmarks.processes import BenchmarkError
from benchmarks.report import FAILED, format_contest, format_growth

PAGE, TEMPLATE = ROOT / "docs/performance.md", ROOT / "benchmarks/performance.md"
PLACEHOLDER = "(results)"
MIN_SIZE, MAX_SIZE = 2_000, 10_000_000


def parse_size(text: str) -> int:
    """Return a number of statements; raise ArgumentTypeError for what is none."""
    if not (text.isascii() and text.isdecimal() and MIN_SIZE <= int(text) <= MAX_SIZE):
        raise argparse.ArgumentTypeError(f"{text!r} is no size: give statements, from {MIN_SIZE} to {MAX_SIZE}.")
    return int(text)


def parse_arguments(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("make bench", description=__doc__)
    parser.add_argument(
        "--quick",
        action="store_true",
        help="the shipped data and 2,000 statements, few rounds; on PostgreSQL the list alone",
    )
    parser.add_argument("--sizes", nargs="+", type=parse_size, default=[2_000, 100_000, 1_000_000], metavar="SIZE")
    parser.add_argument("--rounds", type=int, default=5, help="of each contest and of growth (5)")
    parser.add_argument("--seconds", type=int, default=3, help="of load for a contestant in a round (3)")
    parser.add_argument("--engines", nargs="+", choices=["SQLite", "PostgreSQL"], default=["SQLite", "PostgreSQL"])
    parser.add_argument("--write", action="store_true", help=f"write what is printed to {PAGE.relative_to(ROOT)}")
    options = parser.parse_args(arguments)
    if options.quick:
        options.sizes, options.rounds, options.seconds = [SHIPPED, 2_000], 2, 1
    options.sizes.sort()
    return options


def choose_engines(wanted: list[str]) -> list[str]:
    """Return the engines that can take part, and print why others cannot."""
    missing = explain_missing_postgres() if "PostgreSQL" in wanted else ""
    if missing:
        print(missing)
    return [engine for engine in wanted if engine != "PostgreSQL" or not missing]


def run(options: argparse.Namespace) -> str:
    """Run everything, and return what was printed."""
    printed = []

    def show(text: str) -> None:
        print(f"\n{text}", flush=True)
        printed.append(text)

    engines = choose_engines(options.engines)
    with ThreadPoolExecutor() as pool:  # Each engine by itself: the work is done by processes.
        list(pool.map(lambda engine: [Database(engine, size).prepare() for size in [SHIPPED, *options.sizes]], engines))
    kind = "QUICK, too short for more than a first look" if options.quick else "full"
    show(f"{describe_machine(engines)}\nRun        {kind}: {options.rounds} rounds of {options.seconds} s")
    for engine in engines:
        database = Database(engine, SHIPPED)
        with open_contest(database, json.loads(database.run_python("-m", "benchmarks.choices"))) as contest:
            questions = ["list"] if options.quick and engine == "PostgreSQL" else QUESTIONS
            results = {name: run_contest(contest, name, options.rounds, options.seconds) for name in questions}
        show(format_contest(database, results))
    for engine in engines:
        databases = [Database(engine, size) for size in options.sizes]
        show(format_growth(measure_growth(databases, 1 if options.quick else options.rounds, seconds=1)))
    return "\n\n".join(printed)


def main(arguments: list[str]) -> None:
    options = parse_arguments(arguments)
    signal.signal(signal.SIGTERM, lambda *args: sys.exit("Stopped."))  # Runs what stops the servers.
    FOLDER.mkdir(parents=True, exist_ok=True)
    install_programs()
    try:
        printed = run(options)
    except BenchmarkError as error:
        sys.exit(str(error))
    if options.write:
        PAGE.write_text(TEMPLATE.read_text().replace(PLACEHOLDER, f"```\n{printed}\n```"))
        print(f"\nWritten to {PAGE.relative_to(ROOT)}.")
    if FAILED in printed:
        sys.exit("Some requests failed: the rows say which.")


if __name__ == "__main__":
    main(sys.argv[1:])
