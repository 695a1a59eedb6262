"""The impact of a change where there is too much to compare every answer: bounded, and said in words."""

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.template.loader import render_to_string
from django.test.utils import CaptureQueriesContext

import kb.editorial.impact as impact_package
from kb.dataset.version import dataset_state
from kb.editorial.impact import compute_impact, partial_index
from kb.editorial.impact.partial_index import PartialAnswerIndex
from kb.editorial.impact.report import PARTIAL_NOTE
from symptoms.models import RedFlag, SideEffect
from tests.helpers.impact import (
    NEW_SIDE_EFFECT,
    get_side_effect,
    get_symptom,
    get_treatment,
    predict_impact,
    summarize_answers,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def too_large(monkeypatch):
    """A knowledge base that counts as too large to compare every answer."""
    monkeypatch.setattr(partial_index, "MAX_COMPARED_STATEMENTS", 0)
    monkeypatch.setattr(partial_index, "MAX_NEARBY_STATEMENTS", 5)


def make_side_effects(universe, first, count):
    for number in range(first, first + count):
        entries = {"treatment": get_treatment("class"), "symptom": get_symptom("bone-ache")}
        universe.make_statement(SideEffect, f"e{number}", **entries, effect="causes", mechanism=f"m{number}")


def test_a_cut_impact_says_so_in_words(universe, too_large):
    impact = predict_impact(get_side_effect("class-bone"), status="retired")
    assert summarize_answers(impact.removed) == {
        ("class", "class-bone", "direct", None),
        ("drug", "class-bone", "inherited", None),
        ("other", "class-bone", "inherited", None),
        ("bone-ache", "class-bone", "", None),
        ("pain", "class-bone", "", None),
    }
    assert impact.summary() == "at least 5 answers disappear"
    assert PARTIAL_NOTE in render_to_string("admin/kb/impact.html", {"impact": impact})


def test_a_cut_impact_without_a_change_is_still_shown(universe, too_large):
    impact = predict_impact(get_treatment("class"), summary="Some drugs.")
    assert impact
    assert impact.summary() == "No change of an answer was found."
    assert impact.note == PARTIAL_NOTE


def test_an_impact_that_is_whole_has_no_note(universe):
    impact = predict_impact(get_treatment("class"), summary="Some drugs.")
    assert (bool(impact), impact.note) == (False, "")
    assert PARTIAL_NOTE not in render_to_string("admin/kb/impact.html", {"impact": impact})


def test_what_contradicts_a_statement_is_compared_however_much_there_is(universe, too_large):
    make_side_effects(universe, 0, 12)
    impact = compute_impact(SideEffect(), NEW_SIDE_EFFECT)
    contested = next(a for a in impact.added if a.entry.slug == "drug")
    assert (contested.after.basis, contested.after.contested_by) == ("inherited", ("drug-joint",))


def test_a_cut_impact_tells_no_red_flag_that_comes_along(extended_universe, too_large):
    removed = summarize_answers(predict_impact(RedFlag.objects.get(), status="retired").removed)
    assert ("bone-ache", "flag", "", None) in removed
    assert "warns" not in {before for *_, before, _ in removed}


def test_queries_and_statements_that_are_compared_do_not_grow(universe, too_large, monkeypatch):
    basis, compared = PartialAnswerIndex.answer_basis, set()
    monkeypatch.setattr(PartialAnswerIndex, "answer_basis", lambda *args: compared.add(args[1].pk) or basis(*args))

    def measure():
        compared.clear()
        dataset_state()  # Read before: it is kept until the next write.
        with CaptureQueriesContext(connection) as queries:
            predict_impact(get_treatment("drug"), name="Another")
        return len(queries), len(compared)

    make_side_effects(universe, 0, 10)
    ContentType.objects.clear_cache()
    measure()
    first = measure()
    make_side_effects(universe, 10, 30)
    assert measure() == first
    assert first[0] < 150


@pytest.mark.parametrize("is_too_large", [False, True])
def test_writers_do_not_wait_for_each_other_by_an_impact(universe, monkeypatch, is_too_large):
    monkeypatch.setattr(impact_package, "is_too_large", lambda: is_too_large)
    with CaptureQueriesContext(connection) as queries:
        predict_impact(get_treatment("drug"), parents=["loner"])
    written = [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert written
    assert not [sql for sql in written if "kb_revision" in sql]
