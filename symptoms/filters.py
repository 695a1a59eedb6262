"""Filter sets of symptoms and of the statements about them, and the forms of the questions about symptoms."""

from functools import cached_property

from django import forms
from drf_spectacular.drainage import set_override

from kb.filters import (
    NAME_HINT,
    DescendantFilter,
    EntryFilter,
    EntryNameField,
    EnumField,
    ExactEntryFilter,
    HasStatementFilter,
    MultiValueFilter,
    QueryForm,
    RecordSlugField,
    RedFlagEntryFilter,
    StatementFilter,
)
from kb.models import Cancer
from symptoms import models
from symptoms.choices import Question
from symptoms.option_fit import OptionsContext, PatientContext
from treatments.filters import TreatmentStatementFilter, either_treatment_filters

MAX_CURRENT_TREATMENTS = 20


class SymptomFilter(EntryFilter):
    caused_by = HasStatementFilter(
        "symptoms.SideEffect",
        "treatments.Treatment",
        own="symptom",
        other="treatment",
        effect="causes",
        help_text="What a treatment is said to cause, or a kind of it.",
    )
    managed_by = HasStatementFilter(
        "symptoms.ManagementOption",
        "treatments.Treatment",
        own="symptom",
        other="treatment",
        help_text="What a treatment is said to help with, or a kind of it.",
    )
    shows_in = HasStatementFilter(
        "symptoms.Manifestation",
        "kb.Cancer",
        own="symptom",
        other="cancer",
        help_text="What is said to show in a cancer, or a kind of it.",
    )

    class Meta:
        model = models.Symptom


class InvestigationFilter(EntryFilter):
    class Meta:
        model = models.Investigation


class SideEffectFilter(TreatmentStatementFilter):
    class Meta:
        model = models.SideEffect


class ConditionNameField(EntryNameField):
    """Published cancers, symptoms and conditions by their slugs or any of their names."""

    @property
    def models(self):
        return [Cancer, models.Symptom]


class PatientFilter(MultiValueFilter):
    """What a person takes or has: it leaves no option out; the list orders them by fit, and the answer adds it."""

    field_class = ConditionNameField
    keeps_all = True

    def __init__(self, **kwargs):
        super().__init__(max_values=MAX_CURRENT_TREATMENTS, tolerant=True, **kwargs)
        set_override(self, "field", {"type": "string", "minLength": 1, "description": self.extra["help_text"]})

    def filter_values(self, queryset, values):
        return queryset


class CurrentTreatmentsFilter(PatientFilter):
    """What a person takes."""

    field_class = EntryNameField

    def __init__(self, **kwargs):
        super().__init__(model="treatments.Treatment", **kwargs)


class ManagementOptionFilter(TreatmentStatementFilter):
    taking = CurrentTreatmentsFilter(
        help_text=f"What is taken, {NAME_HINT}, with or without its strength, such as Femara 2.5 mg; repeat it for "
        "each, 20 at most. Nothing is left out: each option then carries `fit` and `cautions`; those for this cause "
        "come first. `switches` and `comparisons` tell what else is advised. What is not known stands first."
    )
    having = PatientFilter(
        help_text=f"The cancers and conditions that there are, such as bone-metastasis, {NAME_HINT}; repeat it for "
        "each, 20 at most. Nothing is left out: `fit` then counts them as causes that are there. What is not known "
        "stands first."
    )

    class Meta:
        model = models.ManagementOption

    @cached_property
    def patient(self):
        """What the person takes and has, as far as the request says."""
        return PatientContext(self.get_values("taking"), self.get_values("having"), self.hierarchies)

    def filter_queryset(self, queryset):
        options = super().filter_queryset(queryset)
        if not self.patient.is_stated:
            return options
        fitted = self.patient.annotate_fit(options)
        return fitted if {"ordering", "search"} & set(self.data) else fitted.order_by("fit_rank", "slug")

    def build_answer_context(self):
        return OptionsContext(
            **vars(super().build_answer_context()), patient=self.patient, symptoms=tuple(self.get_values("symptom"))
        )


class ManifestationFilter(StatementFilter):
    class Meta:
        model = models.Manifestation


class RedFlagFilter(StatementFilter):
    symptom = RedFlagEntryFilter(
        "signs",
        "suspects",
        model=models.Symptom,
        help_text=f"What they ring for, {NAME_HINT}: a sign, what is suspected, or another sign of that; kinds of it "
        "and broader ones are included.",
    )

    class Meta:
        model = models.RedFlag


class ComparisonFilter(StatementFilter):
    treatment, treatment_class = either_treatment_filters("treatment", "comparator")

    class Meta:
        model = models.Comparison


class SwitchFilter(StatementFilter):
    treatment, treatment_class = either_treatment_filters("from_treatment", "to_treatment")

    class Meta:
        model = models.Switch


class DiagnosticFilter(StatementFilter):
    class Meta:
        model = models.Diagnostic


class RiskFactorFilter(StatementFilter):
    class Meta:
        model = models.RiskFactor


class DistinguishingFeatureFilter(StatementFilter):
    symptom = DescendantFilter(
        "symptoms",
        model=models.Symptom,
        help_text=f"The pain that is asked about, {NAME_HINT}. Kinds of it are included.",
    )

    class Meta:
        model = models.DistinguishingFeature


class GuidanceFilter(TreatmentStatementFilter):
    topic = ExactEntryFilter(
        help_text=f"Any entry, of whatever kind, {NAME_HINT}: guidance about exactly that.",
    )

    class Meta:
        model = models.Guidance


class ExplainForm(QueryForm):
    symptom = EntryNameField(model="symptoms.Symptom", max_values=1, help_text=f"The symptom to explain, {NAME_HINT}.")
    taking = EntryNameField(
        model="treatments.Treatment",
        max_values=MAX_CURRENT_TREATMENTS,
        required=False,
        tolerant=True,
        help_text=f"What is taken, {NAME_HINT}, with or without its strength; repeat it for each, 20 at most. What is "
        "not known stands first in the answer.",
    )
    having = ConditionNameField(
        max_values=MAX_CURRENT_TREATMENTS,
        required=False,
        tolerant=True,
        help_text=f"The cancers and conditions that there are, {NAME_HINT}; repeat it for each, 20 at most. Chains "
        "count on them; those in which the symptom shows stand first, and so does what is not known.",
    )


class DifferentialForm(QueryForm):
    question = EnumField(
        choices=[choice for choice in Question.choices if choice[0] != Question.UNSTATED],
        max_values=1,
        help_text="Which two explanations to set side by side.",
    )
    feature = RecordSlugField(
        model="symptoms.DistinguishingFeature",
        max_values=50,
        required=False,
        help_text="The slug of a feature that is there; repeat it for each. /distinguishing-features/ lists them.",
    )

    def clean(self):
        cleaned_data = super().clean()
        for feature in cleaned_data.get("feature") or ():
            if "question" in cleaned_data and feature.question != cleaned_data["question"]:
                message = f"“{feature.slug}” is a feature of the question {feature.question}, not of this one."
                self.add_error("feature", forms.ValidationError(message))
        return cleaned_data
