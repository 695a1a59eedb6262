"""The figures of the benchmark: what wrk reports, rounds, ratios and their spread, targets, sizes; no times."""

import math
import os

import pytest

from benchmarks import contestants, report, targets
from benchmarks.__main__ import PAGE, PLACEHOLDER, TEMPLATE, parse_arguments
from benchmarks.databases import Database, format_size
from benchmarks.growth import QUESTIONS, Growth
from benchmarks.load import Endpoint, Ratio, Slice, compute_ratio, parse_report, run_rounds
from benchmarks.processes import BenchmarkError, list_process_tree, read_processor_times, sum_used

WRK_OUTPUT = """Running 1s test @ http://127.0.0.1:1/
  1 threads and 4 connections
  Non-2xx or 3xx responses: 3
report {"requests": 40, "seconds": 2.000000, "p50_ms": 1.5, "p99_ms": 9.0, "failed": 3}
"""


def make_endpoint(name, *slices):
    return Endpoint(name, "http://127.0.0.1:1/", dict, slices=[make_slice(*one) for one in slices])


def make_slice(requests, cpu_ms, failed=0):
    return Slice(requests, 1.0, 1.0, 1.0, failed, cpu_ms)


def test_the_report_of_wrk_is_read():
    one = parse_report(WRK_OUTPUT, cpu_ms=80)
    assert (one.requests, one.rate, one.cpu_per_request, one.failed) == (40, 20, 2, 3)


def test_output_of_wrk_without_a_report_is_an_error():
    with pytest.raises(BenchmarkError, match="unable to connect"):
        parse_report("unable to connect")


def test_a_ratio_is_the_median_of_the_rounds_with_the_smallest_and_the_largest():
    assert compute_ratio([2, 9, 8], [1, 3, 2]) == Ratio(3, 2, 4)
    assert str(Ratio(3, 2, 104.4)) == "3.00 (2.00–104)"


def test_rounds_without_a_figure_are_left_out_of_a_ratio():
    assert compute_ratio([2, math.nan, 8], [1, 3, 0]) == Ratio(2, 2, 2)
    assert compute_ratio([math.nan], [1]) is None


def test_less_processor_time_and_more_requests_are_better():
    fast, slow = make_endpoint("fast", (40, 40)), make_endpoint("slow", (10, 30))
    assert targets.compare_processor_times(fast, slow) == Ratio(3, 3, 3)
    assert targets.compare_rates(fast, slow) == Ratio(4, 4, 4)


def test_each_round_loads_all_of_them_and_begins_with_another(monkeypatch):
    order = []
    monkeypatch.setattr(Endpoint, "load", lambda self: order.append(self.name))
    run_rounds([make_endpoint(name) for name in "abcd"], rounds=2)
    assert "".join(order) == "abcdcdab"


def test_processor_time_of_a_process_that_ended_or_began_in_between():
    assert sum_used({1: 10, 2: 500}, {1: 15, 3: 7}) == 12


def test_the_processor_time_of_this_process_is_read():
    assert list_process_tree(os.getpid())[0] == os.getpid()
    assert read_processor_times([os.getpid(), 2**31]).keys() == {os.getpid()}


def format_targets(cpu_ms):
    drf, this = make_endpoint(contestants.DRF, (10, 600)), make_endpoint(contestants.THIS_FIELDS, (10, cpu_ms))
    return report.format_targets(Database("SQLite", 0), {"list": [drf, this]}).splitlines()[1]


def test_a_target_is_met_or_missed_and_says_so():
    assert format_targets(100).endswith("6.00 (6.00–6.00)           met")
    assert format_targets(101).endswith("5.94 (5.94–5.94)        MISSED")


def test_a_row_with_failed_requests_says_so_in_place_of_ratios():
    rows = [make_endpoint("base", (10, 10)), make_endpoint("bad", (10, 10, 2))]
    table = report.format_contest(Database("SQLite", 0), {"detail": rows})
    row = next(line for line in table.splitlines() if line.startswith("bad"))
    assert row.split()[-4:] == ["failed", "requests:", "2", "–"]


def test_growth_is_judged_by_the_largest_and_the_smallest_size():
    grown = [
        Growth(Database("SQLite", size), {q.label: make_endpoint(q.label, (1, cpu), (1, 99)) for q in QUESTIONS})
        for size, cpu in [(2_000, 10), (1_000_000, 18)]
    ]
    lines = {line[:20].strip(): line.split() for line in report.format_growth(grown).splitlines()}
    assert lines["first page"][-3:] == ["1.80", "1.50", "MISSED"]
    assert lines["deep page by cursor"][-3:] == ["1.80", "2.00", "met"]


def test_one_size_is_no_growth():
    grown = [Growth(Database("SQLite", 2_000), {q.label: make_endpoint(q.label, (1, 10)) for q in QUESTIONS})]
    assert "met" not in report.format_growth(grown).replace("not measured", "")


def test_every_target_names_contestants_that_are_there():
    names = {"treatment": "t", "symptom": "s", "statement": "x"}
    for goal in targets.RATIO_TARGETS:
        rows = {row.name for row in contestants.list_contestants(goal.question, names, has_cache=True)}
        assert {goal.name, goal.base} <= rows


def test_every_contestant_has_a_server_and_those_behind_others_start_after_them():
    servers = [server.name for server in contestants.SERVERS]
    rows = contestants.list_contestants("list", {"treatment": "t", "symptom": "s", "statement": "x"}, has_cache=True)
    assert {row.server for row in rows} == set(servers)
    for server in contestants.SERVERS:
        assert not server.behind or servers.index(server.behind) < servers.index(server.name)


def test_the_databases_are_nobody_elses():
    assert Database("SQLite", 2_000).url.endswith("/var/bench/kb_bench_2000.sqlite3")
    assert Database("PostgreSQL", 0).url.endswith("/kb_bench_shipped")


@pytest.mark.parametrize(("size", "words"), [(0, "shipped"), (2_000, "2 k"), (1_000_000, "1 M"), (2_500, "2500")])
def test_sizes_are_said_in_words(size, words):
    assert format_size(size) == words


@pytest.mark.parametrize("size", ["many", "5", "100", "1e6"])
def test_a_size_that_is_none_is_refused_with_what_is_right(size, capsys):
    with pytest.raises(SystemExit):
        parse_arguments(["--sizes", size])
    assert "give statements, from 2000 to 10000000" in capsys.readouterr().err


def test_quick_is_the_shipped_data_and_two_thousand():
    assert parse_arguments(["--quick"]).sizes == [0, 2_000]


def test_the_page_is_what_its_template_makes_it():
    before, after = TEMPLATE.read_text().split(PLACEHOLDER)
    assert PAGE.read_text().startswith(before)
    assert PAGE.read_text().endswith(after)
