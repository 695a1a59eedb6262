"""Constraints of the database on records, whatever code writes them."""

import pytest
from django.db import IntegrityError, transaction

from kb.fields import ChoiceField
from kb.models import Passage, record_models
from symptoms.models import Guidance, Manifestation, SideEffect, Symptom
from treatments.models import Treatment


class TestConstraints:
    """Constraints of the database hold, whichever way the data come."""

    @pytest.fixture(autouse=True)
    def _universe(self, universe):
        self.u = universe
        self.pain, self.drug = Symptom.objects.get(slug="pain"), Treatment.objects.get(slug="drug")

    def assert_refused(self, model, **fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            model.objects.create(**{"slug": "new", "text": "New."} | fields if model is not Passage else fields)

    def test_a_passage_cannot_end_before_it_begins(self):
        self.assert_refused(Passage, source=self.u.source, first_line=5, last_line=4)

    def test_the_same_passage_cannot_exist_twice(self):
        self.assert_refused(Passage, source=self.u.source, first_line=1, last_line=2)

    def test_an_unknown_choice_is_refused(self):
        self.assert_refused(SideEffect, treatment=self.drug, symptom=self.pain, frequency="mostly")
        self.assert_refused(SideEffect, treatment=self.drug, symptom=self.pain, status="hidden")

    def test_every_choice_field_has_a_constraint(self):
        for model in record_models():
            rules = {rule.name for rule in model._meta.constraints}
            for field in model._meta.fields:
                if isinstance(field, ChoiceField):
                    assert f"{model._meta.model_name}_{field.name}_is_a_word" in rules

    def test_a_retired_record_does_not_block_its_name_and_statement(self):
        Treatment.objects.filter(pk=self.drug.pk).update(status="retired")
        self.u.make(Treatment, "drug-2", name="Drug", brand_names=["Brandol"]).full_clean()
        statement = SideEffect.objects.get(slug="drug-joint")
        SideEffect.objects.filter(pk=statement.pk).update(status="retired")
        statement.pk, statement.slug = None, "drug-joint-2"
        statement.save()

    def test_the_same_statement_cannot_exist_twice(self):
        joint = Symptom.objects.get(slug="joint-ache")
        self.assert_refused(SideEffect, treatment=self.drug, symptom=joint, effect="protects")

    def test_the_same_statement_cannot_exist_twice_with_an_empty_optional_field(self):
        Manifestation.objects.create(slug="a", text="A.", symptom=self.pain, condition=self.pain)
        self.assert_refused(Manifestation, text="B.", symptom=self.pain, condition=self.pain)

    def test_guidance_has_exactly_one_topic(self):
        self.assert_refused(Guidance)
        self.assert_refused(Guidance, symptom=self.pain, treatment=self.drug)

    def test_only_a_retired_record_has_a_replacement(self):
        self.assert_refused(SideEffect, treatment=self.drug, symptom=self.pain, replaced_by=SideEffect.objects.first())

    def test_another_population_makes_another_statement(self):
        joint = Symptom.objects.get(slug="joint-ache")
        SideEffect.objects.create(
            slug="other", text="Other.", treatment=self.drug, symptom=joint, effect="protects", population="women"
        )
