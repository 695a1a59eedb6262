"""Pages of answers about the shipped data: together they hold what the whole answer does."""

import pytest

from kb.reasoning.disagreement_index import find_all_disagreements, summarize
from kb.reasoning.disagreements import find_disagreements
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.named_entries import entry_keys_named_by_each
from kb.reasoning.record_cache import fetch_records
from kb.views.queries import keep_pairs_about
from symptoms.views import questions
from tests.helpers.answer_pages import assert_pages_are_the_whole, get_pages, iterate_parts

pytestmark = pytest.mark.usefixtures("shipped_data")


@pytest.mark.parametrize(
    "path",
    [
        "explain/?symptom=bone-pain&taking=letrozole&taking=docetaxel",
        "explain/?symptom=pain&taking=hormonal-therapy&having=bone-metastasis",
        "differential/?question=treatment-or-metastasis&feature=metastasis-timing-worse-at-night",
        "differential/?question=bone-or-joint",
    ],
)
def test_pages_of_shipped_answers_hold_what_the_whole_does(api, get_json, path):
    whole = get_json(f"{path}&page_size=200")
    if "feature=" not in path:  # Those that were given lead a part that is cut.
        assert_pages_are_the_whole(get_pages(api, f"{path}&page_size=4"), whole, 4)
    given = [f["slug"] for a in whole.get("aspects", ()) for s in a["sides"] for f in s["features"] if f["given"]]
    first = get_json(f"{path}&page_size=1")
    assert given == [f["slug"] for _, rows in iterate_parts(first) for f in rows if f.get("given")]


def test_disagreements_are_kept_until_a_statement_that_can_contradict_is_written():
    hierarchies = EntryHierarchies()
    expected = summarize(find_disagreements(hierarchies=hierarchies))
    assert hierarchies.derive(find_all_disagreements) == expected
    records = fetch_records([key for pair in expected for key in pair.keys], hierarchies)
    named = dict(zip(records, entry_keys_named_by_each([*records.values()]), strict=True))
    for entry in set().union(*named.values()):
        model, key = entry
        about = [pair for pair in expected if any(entry in named[side] for side in pair.keys)]
        assert keep_pairs_about(expected, {model: {key}}, hierarchies) == about
        assert about


def test_disagreements_in_an_explanation_are_bounded_and_counted(get_json, monkeypatch):
    path = "explain/?symptom=bone-pain&taking=letrozole"
    whole = get_json(path)
    assert len(whole["disagreements"]) > 2
    assert not whole["pages"]["counts"]
    monkeypatch.setattr(questions, "MAX_DISAGREEMENTS", 2)
    cut = get_json(f"{path}&page_size=60")
    assert cut["disagreements"] == whole["disagreements"][:2]
    assert cut["pages"] == {"next": None, "previous": None, "counts": {"disagreements": len(whole["disagreements"])}}
