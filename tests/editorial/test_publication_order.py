"""The order of publication, for every set of records that name each other."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.publication_order import (
    Proposal,
    find_prerequisites,
    include_dependents,
    rank_kind,
    sort_for_publication,
)
from kb.models import Cancer, Source, Statement, concrete_models
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment


def propose(model, slug, status="published", base=None, **names):
    return Proposal(model(slug=slug), base or {"status": "draft"}, {"status": status} | names)


@st.composite
def proposals_without_circles(draw):
    """Entries of which each may belong to any before it, statements about any of them, in any order."""
    count = draw(st.integers(0, 7))
    parents = [[f"s{n}" for n in range(key) if draw(st.booleans())] for key in range(count)]
    entries = [propose(Symptom, f"s{key}", parents=parents[key]) for key in range(count)]
    sources = [propose(Source, f"leaf{key}") for key in range(draw(st.integers(0, 2)))]
    statements = [
        propose(
            SideEffect,
            f"x{key}",
            symptom=f"s{draw(st.integers(0, 9))}",
            treatment="drug",
            citations=[[f"leaf{draw(st.integers(0, 3))}", 1, 2]],
        )
        for key in range(draw(st.integers(0, 4)))
    ]
    return draw(st.permutations([*entries, *sources, *statements]))


@given(proposals_without_circles())
def test_each_comes_after_all_that_it_needs_and_kinds_stay_together(proposals):
    order, prerequisites = sort_for_publication(proposals), find_prerequisites(proposals)
    assert sorted(order) == [*range(len(proposals))]
    for place, position in enumerate(order):
        assert prerequisites[position] <= {*order[:place]}
    ranks = [rank_kind(type(proposals[position].record)) for position in order]
    assert ranks == sorted(ranks)


@given(proposals_without_circles(), st.data())
def test_what_is_left_of_a_batch_needs_nothing_that_goes_back(proposals, data):
    prerequisites = find_prerequisites(proposals)
    chosen = {n for n in range(len(proposals)) if data.draw(st.booleans())}
    back = include_dependents(chosen, prerequisites)
    assert chosen <= back
    assert all(not prerequisites[n] & back for n in range(len(proposals)) if n not in back)


def test_what_is_retired_comes_after_what_named_it_and_after_its_heir():
    retired = propose(Symptom, "old", "retired", base={"status": "published"}, replaced_by="new")
    moved = propose(
        SideEffect, "moved", base={"status": "published", "symptom": "old"}, symptom="new", treatment="drug"
    )
    proposals = [retired, moved, propose(Symptom, "new")]
    assert [proposals[n].record.slug for n in sort_for_publication(proposals)] == ["new", "moved", "old"]


def test_a_circle_keeps_the_order_in_which_it_came():
    proposals = [propose(Symptom, "a", parents=["b"]), propose(Symptom, "b", parents=["a"])]
    assert sort_for_publication(proposals) == [0, 1]
    assert sort_for_publication([]) == []


def test_records_of_two_kinds_with_the_same_name_are_two():
    proposals = [propose(Symptom, "same"), propose(Treatment, "same"), propose(SideEffect, "x", treatment="same")]
    assert find_prerequisites(proposals) == [set(), set(), {1}]


def test_kinds_have_their_ranks():
    assert rank_kind(Source) < rank_kind(Cancer) < min(rank_kind(model) for model in concrete_models(Statement))
    assert all(rank_kind(a) == rank_kind(b) for a, b in combinations(concrete_models(Statement), 2))
