"""Property tests: inheritance and disagreements on random trees of treatments with random statements."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from kb.choices import Scope
from kb.editorial.versioning import versioned_transaction
from kb.models import Cancer
from kb.reasoning.disagreements import find_disagreements, group_disagreements_by_statement
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
def treatment_trees(draw):
    """Draw a tree of up to seven treatments (the index of each parent, or None) and statements about them."""
    size = draw(st.integers(2, 7))
    parents = [None] + [draw(st.one_of(st.none(), st.integers(0, n - 1))) for n in range(1, size)]
    index = st.integers(0, size - 1)
    statement = st.tuples(index, st.sampled_from(Scope.values), st.sampled_from(EFFECTS), st.sampled_from(POPULATIONS))
    return parents, draw(st.lists(statement, min_size=1, max_size=6, unique=True))


def list_ancestors(parents):
    """For each treatment: its own index and those of its ancestors, nearest first."""
    ancestors = []
    for index, parent in enumerate(parents):
        ancestors.append([index, *(ancestors[parent] if parent is not None else [])])
    return ancestors


def with_random_trees(test):
    """Run a test on random trees, each rolled back before the next."""
    return given(tree=treatment_trees())(test)


def build_universe(parents):
    universe, treatments = Universe(), []
    for index, parent in enumerate(parents):
        parent_treatment = None if parent is None else treatments[parent]
        treatments.append(universe.make(Treatment, f"t{index}", parent=parent_treatment))
    return universe, treatments, universe.make(Symptom, "ache"), universe.make(Cancer, "growth")


@pytest.mark.parametrize("path", STATEMENT_BUILDERS)
def test_a_treatment_has_exactly_its_own_and_inherited_statements(get_json, path):
    @with_random_trees
    def check_tree(tree):
        parents, statements = tree
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
            for index, ancestors in enumerate(list_ancestors(parents)):
                slug = f"t{index}"
                field = "from_treatment" if path == "switches" else "treatment"
                answers = {r["slug"]: r for r in get_json(f"{path}/", **{field: slug})["results"]}
                exact = {r["slug"]: r for r in get_json(f"{path}/", **{field: slug}, exact="true")["results"]}
                assert set(answers) == {s for s, (origin, _) in statement_origins.items() if origin in ancestors}
                assert set(exact) == {s for s, (origin, _) in statement_origins.items() if origin == index}
                for statement_slug, record in answers.items():
                    origin, scope = statement_origins[statement_slug]
                    assert record["via"] == [f"t{ancestor}" for ancestor in ancestors[: ancestors.index(origin) + 1]]
                    expected = "possible" if scope == "some" else "inherited"
                    assert record["basis"] == ("direct" if origin == index else expected)
                assert {record["basis"] for record in exact.values()} <= {"direct"}
            transaction.set_rollback(True)

    check_tree()


def test_disagreements_are_symmetric_and_between_opposites_in_one_lineage():
    @with_random_trees
    def check_tree(tree):
        parents, drawn_statements = tree
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
            ancestors, disagreements = list_ancestors(parents), find_disagreements(SideEffect)
            pairs = {frozenset({d.left.pk, d.right.pk}) for d in disagreements}
            assert len(pairs) == len(disagreements)
            expected = {
                frozenset({left.pk, right.pk})
                for left in statements
                for right in statements
                if (left.effect, right.effect) == ("causes", "protects")
                and (
                    origins[left.pk] in ancestors[origins[right.pk]] or origins[right.pk] in ancestors[origins[left.pk]]
                )
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
                    for d in group_disagreements_by_statement(SideEffect, [statement])[statement.pk]
                }
                assert own_pairs == {pair for pair in pairs if statement.pk in pair}
            transaction.set_rollback(True)

    check_tree()
