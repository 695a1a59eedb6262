"""Property tests: in random worlds, options fit a cause exactly where an independent oracle says so."""

import pytest
from django.db import transaction
from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.versioning import versioned_transaction
from kb.models import Cancer
from kb.reasoning.hierarchies import EntryHierarchies
from symptoms.choices import Fit
from symptoms.models import ManagementOption, SideEffect, Symptom
from symptoms.option_fit import PatientContext
from tests.factories import Universe
from tests.helpers.option_fits import read_fits
from treatments.models import Treatment

pytestmark = pytest.mark.django_db
SIZE, MODELS = 4, (Treatment, Symptom, Cancer)
INDEX, MAYBE = st.integers(0, SIZE - 1), st.none() | st.integers(0, SIZE - 1)
PARENTS = st.tuples(*(st.sets(st.integers(0, max(n - 1, 0)), max_size=2) for n in range(SIZE)))
POPULATIONS = st.sampled_from(["unstated", "men", "premenopausal-women", "postmenopausal-women"])
EXCLUSIVE = [{"men", "premenopausal-women"}, {"men", "postmenopausal-women"}]
EXCLUSIVE += [{"premenopausal-women", "postmenopausal-women"}]
# Of an option: a treatment, a symptom and a cancer.
CAUSES = st.tuples(MAYBE, MAYBE, MAYBE) | st.tuples(st.none(), INDEX, st.none())
EFFECTS = st.tuples(INDEX, INDEX, st.sampled_from(["causes", "raises-risk", "protects", "unstated"]), POPULATIONS)


def climb(parents, index):
    """Return an index and those of everything above it."""
    return {index}.union(*(climb(parents, parent) for parent in parents[index] if parent < index))


class FitOracle:
    """The fit of an option by the words of the rule, and not by the code."""

    def __init__(self, parents, general, effects, taken, had):
        self.parents, self.general, self.effects, self.taken = parents, general, effects, taken
        present = [(Treatment, index) for index in taken] + list(had)
        self.present = {(model, above) for model, index in present for above in climb(parents[model], index)}

    def may_bring_about(self, condition, population):
        """Return whether what is taken or a class of it may cause a condition or a kind of it in such people."""
        related = set().union(*(climb(self.parents[Treatment], index) for index in self.taken))
        return any(
            treatment in related
            and effect in ("causes", "raises-risk")
            and condition in climb(self.parents[Symptom], symptom)
            and {population, people} not in EXCLUSIVE
            for treatment, symptom, effect, people in self.effects
        )

    def find_fit(self, causes, population):
        named = [(model, cause) for model, cause in zip(MODELS, causes, strict=True) if cause is not None]
        missing = [cause for cause in named if cause not in self.present]
        possible = [c for c in missing if c[0] is not Symptom or not self.may_bring_about(c[1], population)]
        if named and not missing:
            return Fit.STATED_FOR_THIS_CAUSE
        if named and not possible:
            return Fit.STATED_FOR_POSSIBLE_EFFECT
        if all(model is Treatment and index in self.general for model, index in possible):
            return Fit.GENERAL
        return Fit.STATED_FOR_OTHER_CAUSE


def build_world(parents, general, effects, options):
    """Create the entries and statements of a world; return the entries by model, and the options."""
    universe, entries = Universe(), {}
    for model, parents_of_each in parents.items():
        entries[model] = []
        for number, above in enumerate(parents_of_each):
            kind = {"kind": "general" if number in general else "class"} if model is Treatment else {}
            above = [entries[model][parent] for parent in above if parent < number]
            entries[model].append(universe.make(model, f"{model.__name__.lower()}{number}", parents=above, **kind))
    for number, (treatment, symptom, effect, population) in enumerate(effects):
        fields = {"treatment": entries[Treatment][treatment], "symptom": entries[Symptom][symptom]}
        fields |= {"effect": effect, "population": population, "mechanism": f"m{number}"}
        universe.make_statement(SideEffect, f"effect{number}", **fields)
    helper, ache = universe.make(Treatment, "helper"), universe.make(Symptom, "ache")
    made = []
    for number, (causes, population) in enumerate(options):
        names = ("cause_treatment", "cause_condition", "cause_cancer")
        named = zip(names, MODELS, causes, strict=True)
        fields = {name: entries[model][index] for name, model, index in named if index is not None}
        fields |= {"treatment": helper, "symptom": ache, "population": population, "mechanism": f"m{number}"}
        made.append(universe.make_statement(ManagementOption, f"option{number}", **fields))
    return entries, made


def test_the_fit_of_an_option_is_what_its_causes_and_the_person_decide():
    @given(
        parents=st.fixed_dictionaries(dict.fromkeys(MODELS, PARENTS)),
        general=st.sets(INDEX, max_size=1),
        effects=st.lists(EFFECTS, min_size=2, max_size=5, unique=True),
        options=st.lists(st.tuples(CAUSES, POPULATIONS), min_size=1, max_size=6, unique=True),
        taken=st.sets(INDEX, min_size=1, max_size=2) | st.just(set()),
        had=st.sets(st.tuples(st.sampled_from([Symptom, Cancer]), INDEX), max_size=2),
    )
    def check_world(parents, general, effects, options, taken, had):
        with transaction.atomic():
            with versioned_transaction():
                entries, made = build_world(parents, general, effects, options)
            patient = PatientContext(
                [entries[Treatment][index] for index in taken],
                [entries[model][index] for model, index in had],
                EntryHierarchies(),
            )
            fits = read_fits(patient, ManagementOption.objects.all())
            oracle = FitOracle(parents, general, effects, taken, had)
            for option, (causes, population) in zip(made, options, strict=True):
                assert fits[option.pk] == oracle.find_fit(causes, population)
                if fits[option.pk] == Fit.STATED_FOR_POSSIBLE_EFFECT and option.cause_condition_id:
                    is_present = option.cause_condition_id in patient.find_present_ids(Symptom)
                    assert is_present or patient.find_possible_effect(option) is not None
            transaction.set_rollback(True)

    check_world()
