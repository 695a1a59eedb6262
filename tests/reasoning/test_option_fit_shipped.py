"""Every shipped option for each treatment that may be taken: for this cause only where each cause is there."""

import pytest

from kb.models import Cancer
from kb.reasoning.hierarchies import EntryHierarchies
from symptoms.choices import Fit
from symptoms.models import ManagementOption, SideEffect, Symptom
from symptoms.option_fit import PatientContext
from tests.helpers.option_fits import read_fits
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")


def test_an_option_is_for_this_cause_only_where_each_cause_is_taken_or_said_to_be_there():
    hierarchies, tried = EntryHierarchies(), 0
    options = list(ManagementOption.objects.public())
    for treatment in Treatment.objects.public():
        patient = PatientContext([treatment], [], hierarchies)
        fits = read_fits(patient, ManagementOption.objects.public())
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
                assert option.cause_treatment_id in taken or option.population.startswith("people-taking-")
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
        fits = read_fits(patient, ManagementOption.objects.filter(pk=option.pk))
        assert fits == {option.pk: Fit.STATED_FOR_THIS_CAUSE}, option


def test_an_option_for_people_with_a_cancer_fits_who_has_it_and_nobody_who_has_another():
    hierarchies = EntryHierarchies()
    cancers = {cancer.slug: cancer for cancer in Cancer.objects.public()}
    letrozole = Treatment.objects.get(slug="letrozole")

    def find_fits(population, taking=(), having=()):
        options = ManagementOption.objects.public().filter(population=population, cause_cancer=None)
        options = options.filter(cause_treatment=None, cause_condition=None)
        patient = PatientContext(taking, [cancers[slug] for slug in having], hierarchies)
        return set(read_fits(patient, options).values())

    assert find_fits("people-with-bone-metastases", having=["bone-metastasis"]) == {Fit.STATED_FOR_THIS_CAUSE}
    assert find_fits("people-with-bone-metastases", [letrozole]) == {Fit.STATED_FOR_OTHER_CAUSE}
    assert find_fits("people-with-breast-cancer", having=["prostate-cancer"]) == {Fit.STATED_FOR_OTHER_CAUSE}
    assert find_fits("people-with-breast-cancer", having=["triple-negative-breast-cancer"]) == {
        Fit.STATED_FOR_THIS_CAUSE
    }
    # That letrozole is used for breast cancer does not make breast cancer the cause; nor is it said to be another.
    assert find_fits("people-with-breast-cancer", [letrozole]) == {Fit.GENERAL}
    assert find_fits("people-with-breast-cancer", having=["bone-metastasis"]) == {Fit.GENERAL}
