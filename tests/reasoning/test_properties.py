"""What holds of every tree of treatments and everything that could be said of it, tried on many made at random."""

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
KINDS = {
    "side-effects": lambda t, s, c, other: (SideEffect, {"treatment": t, "symptom": s}),
    "management-options": lambda t, s, c, other: (ManagementOption, {"treatment": t, "symptom": s}),
    "indications": lambda t, s, c, other: (Indication, {"treatment": t, "cancer": c}),
    "cautions": lambda t, s, c, other: (Caution, {"treatment": t, "with_treatment": other}),
    "comparisons": lambda t, s, c, other: (Comparison, {"treatment": t, "comparator": other, "symptom": s}),
    "switches": lambda t, s, c, other: (Switch, {"from_treatment": t, "to_treatment": other, "symptom": s}),
}
EFFECTS = ["causes", "protects", "unstated"]
POPULATIONS = ["unstated", "premenopausal-women", "postmenopausal-women"]


@st.composite
def treatment_trees(draw):
    """A tree of up to seven treatments (the parent of each, or none), and what is said of them."""
    size = draw(st.integers(2, 7))
    parents = [None] + [draw(st.one_of(st.none(), st.integers(0, n - 1))) for n in range(1, size)]
    place = st.integers(0, size - 1)
    said = st.tuples(place, st.sampled_from(Scope.values), st.sampled_from(EFFECTS), st.sampled_from(POPULATIONS))
    return parents, draw(st.lists(said, min_size=1, max_size=6, unique=True))


def list_ancestors(parents):
    """For each treatment: itself and all above it, upwards."""
    found = []
    for place, parent in enumerate(parents):
        found.append([place, *(found[parent] if parent is not None else [])])
    return found


def with_random_trees(test):
    """Try it on many worlds, each gone again before the next."""
    return given(world=treatment_trees())(test)


def build_universe(parents):
    universe, treatments = Universe(), []
    for place, parent in enumerate(parents):
        above = None if parent is None else treatments[parent]
        treatments.append(universe.make(Treatment, f"t{place}", parent=above))
    return universe, treatments, universe.make(Symptom, "ache"), universe.make(Cancer, "growth")


@pytest.mark.parametrize("path", KINDS)
def test_a_member_answers_with_what_it_or_an_ancestor_says_and_with_nothing_else(get_json, path):
    @with_random_trees
    def holds(world):
        parents, said = world
        with transaction.atomic():
            with versioned_transaction():  # Their history is nobody's question here.
                universe, treatments, ache, growth = build_universe(parents)
                stranger = universe.make(Treatment, "stranger")
                named = {}
                for number, (place, scope, effect, population) in enumerate(said):
                    kind, fields = KINDS[path](treatments[place], ache, growth, stranger)
                    if kind is SideEffect:
                        fields["effect"] = effect
                    elif any((place, scope, population) == (p, s, o) for p, s, e, o in said[:number]):
                        continue
                    universe.make_statement(kind, f"s{number}", scope=scope, population=population, **fields)
                    named[f"s{number}"] = (place, scope)
            for place, line in enumerate(list_ancestors(parents)):
                slug = f"t{place}"
                field = "from_treatment" if path == "switches" else "treatment"
                answers = {r["slug"]: r for r in get_json(f"{path}/", **{field: slug})["results"]}
                exact = {r["slug"]: r for r in get_json(f"{path}/", **{field: slug}, exact="true")["results"]}
                assert set(answers) == {s for s, (of, _) in named.items() if of in line}
                assert set(exact) == {s for s, (of, _) in named.items() if of == place}
                for found, record in answers.items():
                    of, scope = named[found]
                    assert record["via"] == [f"t{above}" for above in line[: line.index(of) + 1]]
                    expected = "possible" if scope == "some" else "inherited"
                    assert record["basis"] == ("direct" if of == place else expected)
                assert {record["basis"] for record in exact.values()} <= {"direct"}
            transaction.set_rollback(True)

    holds()


def test_disagreements_are_between_opposites_on_one_line_and_the_same_from_either_side():
    @with_random_trees
    def holds(world):
        parents, said = world
        with transaction.atomic():
            with versioned_transaction():
                universe, treatments, ache, _ = build_universe(parents)
                made = [
                    universe.make_statement(
                        SideEffect,
                        f"s{number}",
                        treatment=treatments[place],
                        symptom=ache,
                        scope=scope,
                        effect=effect,
                        population=population,
                    )
                    for number, (place, scope, effect, population) in enumerate(said)
                ]
            place = {statement.pk: (said[number][0], said[number]) for number, statement in enumerate(made)}
            line, found = list_ancestors(parents), find_disagreements(SideEffect)
            pairs = {frozenset({d.left.pk, d.right.pk}) for d in found}
            assert len(pairs) == len(found)
            expected = {
                frozenset({one.pk, other.pk})
                for one in made
                for other in made
                if (one.effect, other.effect) == ("causes", "protects")
                and (place[one.pk][0] in line[place[other.pk][0]] or place[other.pk][0] in line[place[one.pk][0]])
            }
            assert pairs == expected
            for disagreement in found:
                apart = {disagreement.left.population, disagreement.right.population}
                if apart == {"premenopausal-women", "postmenopausal-women"}:
                    assert disagreement.verdict == "explained"
                if len(apart) == 1:
                    assert disagreement.verdict == "open"
            for statement in made:
                mine = {
                    frozenset({d.left.pk, d.right.pk})
                    for d in group_disagreements_by_statement(SideEffect, [statement])[statement.pk]
                }
                assert mine == {pair for pair in pairs if statement.pk in pair}
            transaction.set_rollback(True)

    holds()
