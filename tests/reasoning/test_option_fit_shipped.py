"""Every shipped option for each treatment that may be taken: for this cause only where each cause is there."""

import pytest

from kb.reasoning.hierarchies import EntryHierarchies
from symptoms.choices import Fit
from symptoms.models import ManagementOption, SideEffect, Symptom
from symptoms.option_fit import PatientContext
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")


def test_an_option_is_for_this_cause_only_where_each_cause_is_taken_or_said_to_be_there():
    hierarchies, tried = EntryHierarchies(), 0
    options = list(ManagementOption.objects.public())
    for treatment in Treatment.objects.public():
        patient = PatientContext([treatment], [], hierarchies)
        fits = dict(patient.annotate_fit(ManagementOption.objects.public()).values_list("pk", "fit"))
        taken = hierarchies[Treatment].get_self_and_ancestors(treatment.pk)
        members = hierarchies[Treatment].get_self_and_descendants({treatment.pk})
        brought = SideEffect.objects.public().filter(
            effect__in=["causes", "raises-risk"], treatment__in=taken | members
        )
        possible = set().union(
            *map(hierarchies[Symptom].get_self_and_ancestors, brought.values_list("symptom", flat=True))
        )
        for option in options:
            tried += 1
            causes = (option.cause_treatment_id, option.cause_cancer_id, option.cause_condition_id)
            if fits[option.pk] == Fit.STATED_FOR_THIS_CAUSE:
                assert option.cause_treatment_id in taken
                assert causes[1:] == (None, None)
            elif fits[option.pk] == Fit.STATED_FOR_POSSIBLE_EFFECT:
                assert option.cause_condition_id in possible
                assert patient.find_possible_effect(option) is not None
            elif fits[option.pk] == Fit.GENERAL:
                is_general = option.cause_treatment is None or option.cause_treatment.kind == "general"
                assert is_general
                assert option.cause_cancer_id is None
    assert tried > 10_000


def test_what_the_asker_says_there_is_counts_as_a_cause_that_is_there():
    hierarchies = EntryHierarchies()
    for option in ManagementOption.objects.public().exclude(cause_cancer=None, cause_condition=None):
        causes = [cause for cause in (option.cause_cancer, option.cause_condition) if cause is not None]
        taken = [option.cause_treatment] if option.cause_treatment else []
        patient = PatientContext(taken, causes, hierarchies)
        (found,) = patient.annotate_fit(ManagementOption.objects.filter(pk=option.pk))
        assert found.fit == Fit.STATED_FOR_THIS_CAUSE, option
