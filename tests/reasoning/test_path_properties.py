"""Property tests: in random worlds, the paths are those that an independent oracle allows, on the same basis."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from kb.choices import POPULATION_ENTRIES, Population
from kb.editorial.versioning import versioned_transaction
from kb.models import Cancer, MetastaticSite
from kb.reasoning.causal_graph import CausalGraph
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.paths import find_cascades, find_causal_paths
from symptoms.models import ManagementOption, Manifestation, RiskFactor, SideEffect, Symptom
from tests.factories import Universe
from tests.helpers.paths import PathOracle, get_entries, get_key, get_statements
from treatments.models import Indication, Treatment

pytestmark = pytest.mark.django_db
MODELS, SIZE, MAX_HOPS = (Treatment, Symptom, Cancer), 4, 5
INDEX = st.integers(0, SIZE - 1)
MAYBE = st.none() | INDEX
COMMON = {
    "scope": st.sampled_from(["unstated", "unstated", "some"]),
    "certainty": st.sampled_from(["unstated", "possible", "definite", "aim"]),
    "population": st.sampled_from(
        ["unstated", "men", "premenopausal-women", "postmenopausal-women", "people-with-breast-cancer"]
    ),
}
LINKS = {"treatment": Treatment, "symptom": Symptom, "condition": Symptom, "cancer": Cancer, "metastasis": Cancer}
LINKS |= {f"factor_{name}": LINKS[name] for name in ("treatment", "cancer", "condition")}
LINKS |= {f"cause_{name}": LINKS[name] for name in ("treatment", "cancer", "condition")} | {"for_cancer": Cancer}
CAUSED = st.sampled_from([{}, {}, {"cause_treatment": 0}, {"cause_cancer": 1}, {"cause_condition": 0}])
CAUSED |= st.fixed_dictionaries({"cause_treatment": INDEX, "cause_condition": INDEX})


def draw_statement(model, *alternatives, **fields):
    """Return a strategy for the fields of a statement: one of each group of alternatives, as indexes of entries."""
    chosen = [
        st.sampled_from(group).flatmap(lambda name: st.fixed_dictionaries({name: INDEX})) for group in alternatives
    ]
    return st.tuples(st.just(model), st.fixed_dictionaries(COMMON | fields), *chosen).map(
        lambda drawn: (drawn[0], {name: value for part in drawn[1:] for name, value in part.items()})
    )


def with_causes(strategy):
    return st.tuples(strategy, CAUSED).map(lambda drawn: (drawn[0][0], drawn[0][1] | drawn[1]))


STATEMENTS = st.one_of(
    draw_statement(
        SideEffect,
        ["treatment"],
        ["symptom"],
        effect=st.sampled_from(["causes", "raises-risk", "protects", "unstated"]),
        for_cancer=st.none() | INDEX,
    ),
    with_causes(draw_statement(Manifestation, ["cancer", "condition"], ["symptom"])),
    with_causes(draw_statement(ManagementOption, ["symptom"], ["treatment"])),
    draw_statement(
        RiskFactor,
        ["factor_treatment", "factor_cancer", "factor_condition"],
        ["symptom", "cancer"],
        effect=st.sampled_from(["raises", "lowers"]),
    ),
    draw_statement(MetastaticSite, ["cancer"], ["metastasis"]),
    draw_statement(Indication, ["cancer"], ["treatment"]),
)
HIERARCHIES = st.fixed_dictionaries(
    {model: st.tuples(*(st.sets(st.integers(0, max(n - 1, 0)), max_size=2) for n in range(SIZE))) for model in MODELS}
)
TEXT_FIELDS = {SideEffect: "mechanism", Manifestation: "mechanism", ManagementOption: "mechanism", RiskFactor: "factor"}
TEXT_FIELDS |= {MetastaticSite: "timing", Indication: "condition"}  # A text of its own makes each statement another.


def build_world(hierarchies, statements):
    """Create the entries and statements of a world, and return the entries."""
    universe, entries = Universe(), {}
    for model, parents_of_each in hierarchies.items():
        entries[model] = []
        for number, parents in enumerate(parents_of_each):
            parents = [entries[model][parent] for parent in sorted(parents) if parent < number]
            entries[model].append(universe.make(model, f"{model.__name__.lower()}{number}", parents=parents))
    for number, (model, fields) in enumerate(statements):
        named = {
            name: entries[LINKS[name]][value] if name in LINKS and value is not None else value
            for name, value in fields.items()
        }
        universe.make_statement(model, f"s{number}", **named, **{TEXT_FIELDS[model]: f"s{number}"})
    return [entry for of_model in entries.values() for entry in of_model]


@pytest.mark.parametrize(("find_paths", "remedies"), [(find_causal_paths, 0), (find_cascades, 1)])
def test_the_paths_are_exactly_those_that_the_statements_allow(find_paths, remedies, monkeypatch):
    monkeypatch.setitem(POPULATION_ENTRIES, Population.BREAST_CANCER, ("Cancer", ["cancer1"]))

    @given(
        hierarchies=HIERARCHIES,
        statements=st.lists(STATEMENTS, min_size=4, max_size=14),
        having=st.lists(st.integers(0, 3 * SIZE - 1), max_size=2, unique=True),
    )
    def check_world(hierarchies, statements, having):
        with transaction.atomic():
            with versioned_transaction():
                keys = [get_key(entry) for entry in build_world(hierarchies, statements)]
            oracle, graph, given_keys = PathOracle(), CausalGraph(EntryHierarchies()), [keys[n] for n in having]
            for start in keys:
                chains = list(oracle.iterate_chains(start, MAX_HOPS, remedies, given_keys))
                for goal in keys:
                    if start == goal:
                        continue
                    expected = dict(oracle.select_paths(chains, goal))
                    result = find_paths(graph, start, goal, MAX_HOPS, given_keys)
                    if result.is_truncated:
                        continue
                    found = {get_entries(path): (path.basis, get_statements(path)) for path in result.paths}
                    assert found == expected
                    assert [*map(len, found)] == sorted(map(len, found))
                    assert len(found) == len(result.paths)
            transaction.set_rollback(True)

    check_world()
