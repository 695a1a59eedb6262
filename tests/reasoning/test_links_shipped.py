"""Every pair of a shipped treatment and a shipped symptom: no denial where a statement links them, and both sides."""

from collections import defaultdict

import pytest

from kb.models import Statement, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.inheritance import TreatmentUses
from kb.reasoning.link_rules import LinkRole
from kb.reasoning.links import LinkFinder
from symptoms.models import Symptom
from symptoms.suspects import BOTH_SIDES_TEXT, NO_PROOF_TEXT, STRENGTH_TEXTS, describe_suspect
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")


def find_linked_pairs(hierarchies):
    """Map the keys of each treatment and symptom that a statement links to what it says, found without the rule."""
    treatments, symptoms = hierarchies[Treatment], hierarchies[Symptom]
    pairs = defaultdict(set)
    for model in concrete_models(Statement):
        fields = model.entry_fields()
        for row in model.objects.public():
            for of in (field for field in fields if field.related_model is Treatment and not field.many_to_many):
                for on in (field for field in fields if field.related_model is Symptom and not field.many_to_many):
                    if on.name.startswith("cause_") or None in (getattr(row, of.attname), getattr(row, on.attname)):
                        continue
                    helps = getattr(row, "effect", "") in {"protects", "lowers"} or (
                        model.__name__ == "ManagementOption" and of.name == "treatment"
                    )
                    for treatment in treatments.get_ancestors_and_descendants({getattr(row, of.attname)}):
                        for symptom in symptoms.get_ancestors_and_descendants({getattr(row, on.attname)}):
                            pairs[treatment, symptom].add("helps" if helps else model.__name__)
    return pairs


def names_it_or_all_of_a_class(statement, treatment, hierarchies):
    """Return whether a statement names a treatment or all of a class of it, used as it is said to be used."""
    named = {statement.treatment_id if hasattr(statement, "treatment_id") else statement.factor_treatment_id}
    if named == {treatment.pk}:
        return True
    is_of_class = named <= hierarchies[Treatment].get_self_and_ancestors(treatment.pk)
    use = getattr(statement, "for_cancer_id", None)
    is_used = use is None or treatment.slug in hierarchies.derive(TreatmentUses).find_treatment_slugs(use)
    return is_of_class and statement.scope != "some" and is_used


def test_no_pair_is_denied_that_a_statement_links_and_both_sides_are_told():
    hierarchies = EntryHierarchies()
    pairs, tried = find_linked_pairs(hierarchies), 0
    treatments = list(Treatment.objects.public())
    for symptom in Symptom.objects.public():
        links = LinkFinder(Treatment, symptom, hierarchies).find_links([treatment.pk for treatment in treatments])
        for treatment in treatments:
            suspect, said = describe_suspect(treatment, links[treatment.pk]), pairs[treatment.pk, symptom.pk]
            tried += 1
            is_denied = STRENGTH_TEXTS["none"] in suspect["says"]
            assert not (is_denied and said), (treatment, symptom, said)
            assert not is_denied or suspect["says"].endswith(NO_PROOF_TEXT)
            assert bool(suspect["protects"] or suspect["helps"] or suspect["risk_factors"]) >= ("helps" in said)
            helps = [link for link in links[treatment.pk] if link.role == LinkRole.HELPS]
            helps = [link for link in helps if not link.is_broader or link.statement.effect == "protects"]
            brings_on = any(link.role == LinkRole.BRINGS_ON for link in links[treatment.pk])
            is_firm = any(names_it_or_all_of_a_class(link.statement, treatment, hierarchies) for link in helps)
            if brings_on:
                assert (BOTH_SIDES_TEXT in suspect["says"]) == is_firm, (treatment, symptom)
            elif not is_firm:
                assert STRENGTH_TEXTS["opposite"] not in suspect["says"], (treatment, symptom)
    assert tried > 7_000
