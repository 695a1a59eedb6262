"""How lists of symptoms, and of what is said about them, narrow."""

from kb.filters import AlarmFilter, EntryFilter, StatementFilter, SubtreeFilter, TopicFilter
from kb.models import Cancer
from symptoms.models import (
    Comparison,
    Diagnostic,
    DistinguishingFeature,
    Guidance,
    Investigation,
    ManagementOption,
    Manifestation,
    RedFlag,
    RiskFactor,
    SideEffect,
    Switch,
    Symptom,
)
from treatments.filters import TreatmentStatementFilter, either_side
from treatments.models import Treatment


class SymptomFilter(EntryFilter):
    class Meta:
        model = Symptom


class InvestigationFilter(EntryFilter):
    class Meta:
        model = Investigation


class SideEffectFilter(TreatmentStatementFilter):
    class Meta:
        model = SideEffect


class ManagementOptionFilter(TreatmentStatementFilter):
    class Meta:
        model = ManagementOption


class ManifestationFilter(StatementFilter):
    class Meta:
        model = Manifestation


class RedFlagFilter(StatementFilter):
    symptom = AlarmFilter(
        "signs",
        "suspects",
        model=Symptom,
        help_text="The slug of a sign, or of what is suspected. Kinds of it and broader signs are included.",
    )

    class Meta:
        model = RedFlag


class ComparisonFilter(StatementFilter):
    treatment, treatment_class = either_side("treatment", "comparator")

    class Meta:
        model = Comparison


class SwitchFilter(StatementFilter):
    treatment, treatment_class = either_side("from_treatment", "to_treatment")

    class Meta:
        model = Switch


class DiagnosticFilter(StatementFilter):
    class Meta:
        model = Diagnostic


class RiskFactorFilter(StatementFilter):
    class Meta:
        model = RiskFactor


class DistinguishingFeatureFilter(StatementFilter):
    symptom = SubtreeFilter(
        "symptoms", model=Symptom, help_text="The slug of the pain that is asked about. Kinds of it are included."
    )

    class Meta:
        model = DistinguishingFeature


class GuidanceFilter(TreatmentStatementFilter):
    topic = TopicFilter(
        {"cancer": Cancer, "treatment": Treatment, "symptom": Symptom, "investigation": Investigation},
        help_text="The slug of any entry, of whatever kind: guidance about exactly that.",
    )

    class Meta:
        model = Guidance
