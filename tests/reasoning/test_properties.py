"""Property tests: inheritance and disagreements on random hierarchies of treatments with random statements."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from kb.choices import Scope
from kb.editorial.versioning import versioned_transaction
from kb.models import Cancer
from kb.reasoning.claims import get_key
from kb.reasoning.disagreement_index import find_disagreements_of_each
from kb.reasoning.disagreements import find_disagreements
from kb.reasoning.hierarchies import get_current_hierarchies
from symptoms.models import Comparison, ManagementOption, SideEffect, Switch, Symptom
from tests.factories import Universe
from treatments.models import Caution, Indication, Treatment

pytestmark = pytest.mark.django_db
STATEMENT_BUILDERS = {
    "side-effects": lambda t, s, c, second: (SideEffect, {"treatment": t, "symptom": s}),
    "management-options": lambda t, s, c, second: (ManagementOption, {"treatment": t, "symptom": s}),
    "indications": lambda t, s, c, second: (Indication, {"treatment": t, "cancer": c}),
    "cautions": lambda t, s, c, second: (Caution, {"treatment": t, "with_treatment": second}),
    "comparisons": lambda t, s, c, second: (Comparison, {"treatment": t, "comparator": second, "symptom": s}),
    "switches": lambda t, s, c, second: (Switch, {"from_treatment": t, "to_treatment": second, "symptom": s}),
}
EFFECTS = ["causes", "protects", "unstated"]
POPULATIONS = ["unstated", "premenopausal-women", "postmenopausal-women"]


@st.composite
def treatment_hierarchies(draw):
    """Draw a hierarchy of up to seven treatments (the indexes of the parents of each) and statements about them."""
    size = draw(st.integers(2, 7))
    parents = [set()] + [draw(st.sets(st.integers(0, n - 1), max_size=3)) for n in range(1, size)]
    index = st.integers(0, size - 1)
    statement = st.tuples(index, st.sampled_from(Scope.values), st.sampled_from(EFFECTS), st.sampled_from(POPULATIONS))
    return parents, draw(st.lists(statement, min_size=1, max_size=6, unique=True))


def list_paths_up(parents):
    """For each treatment: the shortest path, and the first in order, up to itself and to each of its ancestors."""
    paths_up = []
    for index, above in enumerate(parents):
        longer = [[index, *path] for parent in above for path in paths_up[parent].values()]
        paths = {index: [index]}
        for path in sorted(longer, key=lambda path: (len(path), path), reverse=True):
            paths[path[-1]] = path
        paths_up.append(paths)
    return paths_up


def with_random_hierarchies(test):
    """Run a test on random hierarchies, each rolled back before the next."""
    return given(hierarchy=treatment_hierarchies())(test)


def build_universe(parents):
    universe, treatments = Universe(), []
    for index, above in enumerate(parents):
        treatments.append(universe.make(Treatment, f"t{index}", parents=[treatments[parent] for parent in above]))
    return universe, treatments, universe.make(Symptom, "ache"), universe.make(Cancer, "growth")


@pytest.mark.parametrize("path", STATEMENT_BUILDERS)
def test_a_treatment_has_exactly_its_own_and_inherited_statements(get_json, path):
    @with_random_hierarchies
    def check_hierarchy(hierarchy):
        parents, statements = hierarchy
        with transaction.atomic():
            with versioned_transaction():  # Without versions: they are not tested here.
                universe, treatments, ache, growth = build_universe(parents)
                stranger = universe.make(Treatment, "stranger")
                statement_origins = {}
                for number, (index, scope, effect, population) in enumerate(statements):
                    model, fields = STATEMENT_BUILDERS[path](treatments[index], ache, growth, stranger)
                    if model is SideEffect:
                        fields["effect"] = effect
                    elif any((index, scope, population) == (p, s, o) for p, s, e, o in statements[:number]):
                        continue
                    universe.make_statement(model, f"s{number}", scope=scope, population=population, **fields)
                    statement_origins[f"s{number}"] = (index, scope)
            for index, paths in enumerate(list_paths_up(parents)):
                slug = f"t{index}"
                field = "from_treatment" if path == "switches" else "treatment"
                answers = {r["slug"]: r for r in get_json(f"{path}/", **{field: slug})["results"]}
                exact = {r["slug"]: r for r in get_json(f"{path}/", **{field: slug}, exact="true")["results"]}
                assert set(answers) == {s for s, (origin, _) in statement_origins.items() if origin in paths}
                assert set(exact) == {s for s, (origin, _) in statement_origins.items() if origin == index}
                for statement_slug, record in answers.items():
                    origin, scope = statement_origins[statement_slug]
                    assert record["via"] == [f"t{step}" for step in paths[origin]]
                    expected = "possible" if scope == "some" else "inherited"
                    assert record["basis"] == ("direct" if origin == index else expected)
                assert {record["basis"] for record in exact.values()} <= {"direct"}
            transaction.set_rollback(True)

    check_hierarchy()


def test_disagreements_are_symmetric_and_between_opposites_in_one_lineage():
    @with_random_hierarchies
    def check_hierarchy(hierarchy):
        parents, drawn_statements = hierarchy
        with transaction.atomic():
            with versioned_transaction():
                universe, treatments, ache, _ = build_universe(parents)
                statements = [
                    universe.make_statement(
                        SideEffect,
                        f"s{number}",
                        treatment=treatments[index],
                        symptom=ache,
                        scope=scope,
                        effect=effect,
                        population=population,
                    )
                    for number, (index, scope, effect, population) in enumerate(drawn_statements)
                ]
            origins = {statement.pk: values[0] for statement, values in zip(statements, drawn_statements, strict=True)}
            paths_up, disagreements = list_paths_up(parents), find_disagreements()
            pairs = {frozenset({d.left.pk, d.right.pk}) for d in disagreements}
            assert len(pairs) == len(disagreements)
            expected = {
                frozenset({left.pk, right.pk})
                for left in statements
                for right in statements
                if (left.effect, right.effect) == ("causes", "protects")
                and (origins[left.pk] in paths_up[origins[right.pk]] or origins[right.pk] in paths_up[origins[left.pk]])
            }
            assert pairs == expected
            for disagreement in disagreements:
                populations = {disagreement.left.population, disagreement.right.population}
                if populations == {"premenopausal-women", "postmenopausal-women"}:
                    assert disagreement.verdict == "explained"
                if len(populations) == 1:
                    assert disagreement.verdict == "open"
            for statement in statements:
                own_pairs = {
                    frozenset({d.left.pk, d.right.pk})
                    for d in find_disagreements_of_each([statement], get_current_hierarchies())[get_key(statement)]
                }
                assert own_pairs == {pair for pair in pairs if statement.pk in pair}
            transaction.set_rollback(True)

    check_hierarchy()
