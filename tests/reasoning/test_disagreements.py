"""Disagreements: which statements contradict each other, what explains it, and which hold for some of a class only."""

import pytest

from kb.models import Cancer
from kb.reasoning.claims import Explainer, Verdict
from kb.reasoning.disagreements import find_disagreements
from kb.reasoning.hierarchies import EntryHierarchies
from symptoms.models import DistinguishingFeature, RiskFactor, SideEffect, Symptom
from treatments.models import Treatment


@pytest.fixture
def add_side_effect(universe):
    """Add a statement that a treatment causes a symptom or protects from it."""

    def add_side_effect(slug, treatment, symptom, effect, **fields):
        named = {"treatment": Treatment.objects.get(slug=treatment), "symptom": Symptom.objects.get(slug=symptom)}
        return universe.make_statement(SideEffect, slug, **named, effect=effect, **fields)

    return add_side_effect


def get_disagreements():
    """Return, by the slugs of each pair, what explains its disagreement and whether it holds for some members only."""
    pairs = find_disagreements(hierarchies=EntryHierarchies())
    return {frozenset({pair.left.slug, pair.right.slug}): (pair.explained_by, pair.is_partial) for pair in pairs}


def test_a_statement_about_some_of_a_class_contradicts_a_member_only_partly(universe):
    assert get_disagreements() == {frozenset({"medicine-joint", "drug-joint"}): (None, True)}


def test_a_statement_about_a_whole_class_contradicts_a_member_fully(add_side_effect):
    add_side_effect("drug-bone", "drug", "bone-ache", "protects")
    assert get_disagreements()[frozenset({"class-bone", "drug-bone"})] == (None, False)


def test_a_member_spoken_of_for_some_people_is_an_exception_to_its_class(add_side_effect):
    add_side_effect("drug-bone", "drug", "bone-ache", "protects", population="postmenopausal-women")
    assert get_disagreements()[frozenset({"class-bone", "drug-bone"})] == (Explainer.POPULATION, False)


def test_a_narrower_population_explains_nothing_between_statements_about_the_same_treatment(add_side_effect):
    add_side_effect("loner-protects", "loner", "bone-ache", "protects", population="postmenopausal-women")
    assert get_disagreements()[frozenset({"loner-bone", "loner-protects"})] == (None, False)


def test_populations_without_common_members_explain_a_disagreement(add_side_effect):
    add_side_effect("before", "loner", "joint-ache", "causes", population="premenopausal-women")
    add_side_effect("after", "loner", "joint-ache", "protects", population="postmenopausal-women")
    assert get_disagreements()[frozenset({"before", "after"})] == (Explainer.POPULATION, False)


def test_only_uses_that_exclude_each_other_explain_a_disagreement(universe, add_side_effect):
    growth, other = Cancer.objects.get(), universe.make(Cancer, "other-growth")
    kind = universe.make(Cancer, "kind-of-growth", parents=[growth])
    add_side_effect("causes", "loner", "joint-ache", "causes", for_cancer=growth)
    for slug, cancer in [("in-other", other), ("in-kind", kind), ("in-any", None)]:
        add_side_effect(slug, "loner", "joint-ache", "protects", for_cancer=cancer)
    disagreements = get_disagreements()
    assert disagreements[frozenset({"causes", "in-other"})] == (Explainer.CONTEXT, False)
    assert disagreements[frozenset({"causes", "in-kind"})] == disagreements[frozenset({"causes", "in-any"})]
    assert disagreements[frozenset({"causes", "in-any"})] == (None, False)


def test_to_raise_a_risk_contradicts_protection(add_side_effect):
    add_side_effect("raises", "loner", "joint-ache", "raises-risk")
    add_side_effect("protects", "loner", "joint-ache", "protects")
    assert get_disagreements()[frozenset({"raises", "protects"})] == (None, False)


def test_a_factor_that_is_named_in_words_alone_is_the_same_factor(universe):
    named = {"factor": "the pill", "cancer": Cancer.objects.get()}
    universe.make_statement(RiskFactor, "raises", effect="raises", **named, factor_treatment=Treatment.objects.first())
    universe.make_statement(RiskFactor, "lowers", effect="lowers", **named)
    assert len(find_disagreements()) == 1


def test_statements_about_siblings_do_not_disagree(add_side_effect):
    add_side_effect("drug-causes", "drug", "bone-ache", "causes")
    add_side_effect("other-protects", "other", "bone-ache", "protects")
    assert frozenset({"drug-causes", "other-protects"}) not in get_disagreements()


def test_protection_from_a_symptom_holds_for_its_kinds_and_causing_it_does_not(add_side_effect):
    add_side_effect("loner-protects", "loner", "pain", "protects")
    add_side_effect("drug-pain", "drug", "pain", "causes")
    disagreements = get_disagreements()
    assert disagreements[frozenset({"loner-bone", "loner-protects"})] == (None, False)
    assert frozenset({"drug-pain", "drug-joint"}) not in disagreements


def test_a_disagreement_that_is_explained_is_not_open(add_side_effect):
    add_side_effect("drug-bone", "drug", "bone-ache", "protects", population="postmenopausal-women")
    verdicts = {pair.right.slug: pair.verdict for pair in find_disagreements(hierarchies=EntryHierarchies())}
    assert set(verdicts.values()) == {Verdict.OPEN, Verdict.EXPLAINED}


def test_what_holds_whatever_the_cause_and_an_exception_for_one_cause_do_not_disagree_openly(universe):
    ache = Symptom.objects.get(slug="bone-ache")
    pains = {
        "in-general": {"question": "bone-or-joint", "points_to": "bone", "movement": "worse"},
        "under-treatment": {"question": "treatment-or-metastasis", "points_to": "treatment", "movement": "better"},
    }
    for slug, fields in pains.items():
        feature = universe.make_statement(DistinguishingFeature, slug, aspect="timing", feature=slug, **fields)
        feature.symptoms.add(ache)
    assert get_disagreements()[frozenset(pains)] == (Explainer.CONTEXT, False)
