"""Property tests: in random worlds, red flags ring exactly for what an independent oracle allows, most urgent first."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.versioning import versioned_transaction
from kb.models import Cancer
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.red_flags import find_red_flags, find_red_flags_for_each
from symptoms.choices import MOST_URGENT_FIRST
from symptoms.models import Manifestation, RedFlag, SideEffect, Symptom
from tests.factories import Universe
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
SIZE = 5
INDEX, MAYBE = st.integers(0, SIZE - 1), st.none() | st.integers(0, SIZE - 1)
URGENCIES = [urgency.value for urgency in MOST_URGENT_FIRST]
PARENTS = st.tuples(*(st.sets(st.integers(0, max(n - 1, 0)), max_size=2) for n in range(SIZE)))
CONDITIONS = st.tuples(st.sampled_from([Symptom, Cancer]), INDEX)
FLAGS = st.lists(st.tuples(st.sets(INDEX, min_size=1, max_size=2), st.none() | CONDITIONS, st.sampled_from(URGENCIES)))
SIGNS = st.lists(st.tuples(CONDITIONS, INDEX, st.sampled_from(["", "The spine", "the spine", "Nerves"])), max_size=8)


def climb(parents, index):
    """Return an index and those of everything above it."""
    return {index}.union(*(climb(parents, parent) for parent in parents[index] if parent < index))


def find_nearby(parents, index):
    """Return an index and those of everything above and below it."""
    return climb(parents, index) | {other for other in range(SIZE) if index in climb(parents, other)}


def does_ring(flag, symptom, parents, shown):
    """Return whether a red flag rings for a symptom, by the words of the rule and not by the code.

    It rings for its signs and what it suspects, for their kinds and for broader ones, for every other sign of what it
    suspects or a kind of that, and for every sign of a condition that shows as one of its own where it affects the
    same part.
    """
    signs, suspected, _ = flag
    rung = set(signs) | ({suspected[1]} if suspected and suspected[0] is Symptom else set())
    own = set().union(*(find_nearby(parents[Symptom], sign) for sign in rung))
    for (model, condition), sign, involvement in shown:
        if suspected and model is suspected[0] and suspected[1] in climb(parents[model], condition):
            rung.add(sign)
        for other, other_sign, other_involvement in shown:
            is_same = other == (model, condition) and involvement and other_involvement.lower() == involvement.lower()
            if is_same and other_sign in own:
                rung.add(sign)
            if is_same and suspected and other == suspected:
                rung.add(sign)
    return any(sign in find_nearby(parents[Symptom], symptom) for sign in rung)


def build_world(parents, flags, shown):
    """Create the entries, red flags and signs of a world, and a side effect of each symptom; return symptoms, flags."""
    universe = Universe()
    entries = {}
    for model, parents_of_each in parents.items():
        entries[model] = []
        for number, above in enumerate(parents_of_each):
            above = [entries[model][parent] for parent in above if parent < number]
            entries[model].append(universe.make(model, f"{model.__name__.lower()}{number}", parents=above))
    made = []
    for number, (signs, suspected, urgency) in enumerate(flags):
        field = {Symptom: "suspects", Cancer: "suspects_cancer"}.get(suspected and suspected[0])
        fields = {field: entries[suspected[0]][suspected[1]]} if field else {}
        flag = universe.make_statement(RedFlag, f"flag{number}", action=f"act {number}", urgency=urgency, **fields)
        flag.signs.set(entries[Symptom][sign] for sign in signs)
        made.append(flag)
    for number, ((model, condition), sign, involvement) in enumerate(shown):
        field = {Symptom: "condition", Cancer: "cancer"}[model]
        fields = {field: entries[model][condition], "symptom": entries[Symptom][sign], "involvement": involvement}
        universe.make_statement(Manifestation, f"shown{number}", mechanism=f"m{number}", **fields)
    treatment = universe.make(Treatment, "treatment")
    for symptom in entries[Symptom]:
        universe.make_statement(SideEffect, f"effect-{symptom.slug}", treatment=treatment, symptom=symptom)
    return entries[Symptom], made


def test_red_flags_ring_for_exactly_what_their_rule_says_the_most_urgent_first():
    @given(symptom_parents=PARENTS, cancer_parents=PARENTS, flags=FLAGS, shown=SIGNS)
    def check_world(symptom_parents, cancer_parents, flags, shown):
        parents = {Symptom: symptom_parents, Cancer: cancer_parents}
        with transaction.atomic():
            with versioned_transaction():
                symptoms, made = build_world(parents, flags, shown)
            hierarchies = EntryHierarchies()
            effects = list(SideEffect.objects.order_by("symptom"))
            flags_of_each = find_red_flags_for_each(effects, hierarchies)
            for number, symptom in enumerate(symptoms):
                expected = {made[n].slug for n, flag in enumerate(flags) if does_ring(flag, number, parents, shown)}
                found = find_red_flags({Symptom: {symptom.pk}}, hierarchies)
                assert {flag.slug for flag in found} == expected
                assert [flag.slug for flag in flags_of_each[number]] == [flag.slug for flag in found]
                ranks = [URGENCIES.index(flag.urgency) for flag in found]
                assert ranks == sorted(ranks)
                on_page = find_red_flags({}, hierarchies, asked={Symptom: {symptom.pk}})
                assert expected <= {flag.slug for flag in on_page}
            transaction.set_rollback(True)

    check_world()
