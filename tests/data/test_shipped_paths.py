"""Every path between two entries of the shipped data, up to five steps, against an oracle that knows only records."""

import pytest

from kb.models import Cancer, EdgeKind
from kb.reasoning.causal_graph import CausalGraph
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.paths import find_cascades, find_causal_paths
from symptoms.models import Symptom
from tests.helpers.paths import CAUSES, REMEDIES, PathOracle, get_entries, get_key, get_statements
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")
MAX_HOPS = 5


def get_keys(*models):
    return [get_key(entry) for model in models for entry in model.objects.public()]


def test_the_chains_of_causes_are_those_that_the_statements_allow():
    oracle, graph = PathOracle(), CausalGraph(EntryHierarchies())
    goals, count = get_keys(Symptom, Cancer), 0
    for start in get_keys(Treatment, Symptom, Cancer):
        chains = list(oracle.iterate_chains(start, MAX_HOPS, remedies=0))
        for goal in goals:
            if goal != start:
                result = find_causal_paths(graph, start, goal, MAX_HOPS)
                found = {get_entries(path): (path.basis, get_statements(path)) for path in result.paths}
                assert found == dict(oracle.select_paths(chains, goal))
                assert not result.is_truncated
                count += len(found)
    assert count > 2500


@pytest.mark.slow
def test_the_cascades_go_through_one_remedy_and_otherwise_by_causes():
    oracle, graph = PathOracle(), CausalGraph(EntryHierarchies())
    keys, kinds, count = get_keys(Treatment, Symptom, Cancer), {EdgeKind.CAUSE: CAUSES, EdgeKind.REMEDY: REMEDIES}, 0
    for start in keys:
        for goal in keys:
            for path in find_cascades(graph, start, goal, MAX_HOPS).paths if goal != start else ():
                kinds_of_steps, entries = [kinds[step.kind] for step in path.steps], get_entries(path)
                assert kinds_of_steps.count(REMEDIES) == 1
                assert len(set(entries)) == len(entries)
                assert (path.basis, get_statements(path)) == oracle.check_path(entries, kinds_of_steps, goal)
                count += 1
    assert count > 25_000
