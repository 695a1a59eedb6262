"""The comparison of contestants: another answer is reported before anything is timed."""

import json

import pytest

from benchmarks import contest
from benchmarks.comparison import find_differences, hide_hosts, read_rows
from benchmarks.contestants import Contestant
from benchmarks.processes import Answer

ROW = {"slug": "a", "treatment": {"slug": "t", "url": "http://127.0.0.1:1/t/"}, "citations": [{"line": 1}, {"line": 2}]}
FIELDS = tuple(ROW)
JUDGE = Contestant("this", "uncached", "/", FIELDS)


def encode(value):
    return json.dumps(value).encode()


@pytest.fixture
def problems(monkeypatch, tmp_path):
    """Return a function that compares the answer of a peer with that of the knowledge base."""
    kept = tmp_path / "answer.json"
    kept.write_bytes(encode({"count": 1, "results": [ROW]}))
    monkeypatch.setattr(contest, "PRODUCT_BYTES", kept)

    def find(body, status=200, **options):
        peer = Contestant("peer", "drf", "/", **({"compared": FIELDS} | options))
        answers = {JUDGE: Answer(200, {}, kept.read_bytes()), peer: Answer(status, {}, body)}
        return contest.find_problems(answers, JUDGE)

    return find


@pytest.mark.parametrize(
    "same",
    [
        {"count": 1, "results": [ROW]},
        {"items": [ROW | {"citations": ROW["citations"][::-1]}]},
        [ROW | {"treatment": {"slug": "t", "url": "http://127.0.0.1:2/t/"}}],
        ROW | {"more": True},
    ],
)
def test_the_same_rows_in_another_envelope_are_the_same_answer(problems, same):
    assert problems(encode(same)) == []


@pytest.mark.parametrize(
    ("other", "difference"),
    [
        ({"count": 2, "results": [ROW]}, "count is 2, not 1"),
        ({"count": 1, "results": []}, "0 rows, not 1"),
        ([ROW | {"slug": "b"}], "row 0: slug is 'b', not 'a'"),
        ([ROW | {"treatment": {"slug": "t", "url": "/x/"}}], "row 0: treatment.url is '/x/', not '/t/'"),
        ([ROW | {"treatment": {"slug": "t"}}], "row 0: treatment.url is '(missing)', not '/t/'"),
        ([ROW | {"citations": [{"line": 1}]}], "row 0: citations is [{'line': 1}], not [{'line': 1}, {'line': 2}]"),
        ([ROW | {"citations": [{"line": 1}, {"line": 3}]}], "row 0: citations[1].line is 3, not 2"),
        ([ROW | {"slug": None}], "row 0: slug is None, not 'a'"),
        ([{"slug": "a", "citations": ROW["citations"]}], "row 0: treatment is '(missing)'"),
    ],
)
def test_another_answer_is_reported_with_its_place(problems, other, difference):
    [problem] = problems(encode(other))
    assert problem.startswith(f"peer: {difference}")


def test_an_error_is_reported(problems):
    assert problems(b"", status=500) == ["peer: answers 500"]


def test_other_bytes_are_reported_where_the_same_bytes_are_due(problems):
    same = encode({"count": 1, "results": [ROW]}).replace(b":1/t/", b":4711/t/")
    assert problems(same, same_bytes=True) == []
    assert problems(same + b" ", same_bytes=True) == ["peer: sends other bytes"]


def test_a_contest_with_another_answer_is_not_timed(problems, monkeypatch):
    class Wrong:
        names = {"treatment": "t", "symptom": "s", "statement": "x"}
        servers = {"uncached": None, "drf": None}

        def ask(self, contestant):
            slug = "a" if contestant.server == "uncached" else "b"
            return Answer(200, {}, encode([dict.fromkeys(contestant.compared, slug)]))

    with pytest.raises(contest.BenchmarkError, match="nothing is timed:\nplain DRF: row 0: slug is 'b', not 'a'"):
        contest.run_contest(Wrong(), "list", 1, 1)


def test_only_the_compared_fields_count():
    assert find_differences((1, [ROW]), (None, [{"slug": "a"}]), ["slug"]) == []


def test_hosts_are_hidden_and_nothing_else():
    assert hide_hosts(b'"http://127.0.0.1:80/a" http://example.org/') == b'"/a" http://example.org/'
    assert read_rows(b'{"count": 0, "results": []}') == (0, [])
