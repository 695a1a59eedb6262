"""How lists of symptoms, and of what is said about them, narrow."""

from kb.filters import AlarmFilter, EntryFilter, StatementFilter, SubtreeFilter, TopicFilter
from kb.models import Cancer
from symptoms import models
from treatments.filters import TreatmentStatementFilter, either_side
from treatments.models import Treatment


class SymptomFilter(EntryFilter):
    class Meta:
        model = models.Symptom


class InvestigationFilter(EntryFilter):
    class Meta:
        model = models.Investigation


class SideEffectFilter(TreatmentStatementFilter):
    class Meta:
        model = models.SideEffect


class ManagementOptionFilter(TreatmentStatementFilter):
    class Meta:
        model = models.ManagementOption


class ManifestationFilter(StatementFilter):
    class Meta:
        model = models.Manifestation


class RedFlagFilter(StatementFilter):
    symptom = AlarmFilter(
        "signs",
        "suspects",
        model=models.Symptom,
        help_text="The slug of a sign, or of what is suspected. Kinds of it and broader signs are included.",
    )

    class Meta:
        model = models.RedFlag


class ComparisonFilter(StatementFilter):
    treatment, treatment_class = either_side("treatment", "comparator")

    class Meta:
        model = models.Comparison


class SwitchFilter(StatementFilter):
    treatment, treatment_class = either_side("from_treatment", "to_treatment")

    class Meta:
        model = models.Switch


class DiagnosticFilter(StatementFilter):
    class Meta:
        model = models.Diagnostic


class RiskFactorFilter(StatementFilter):
    class Meta:
        model = models.RiskFactor


class DistinguishingFeatureFilter(StatementFilter):
    symptom = SubtreeFilter(
        "symptoms",
        model=models.Symptom,
        help_text="The slug of the pain that is asked about. Kinds of it are included.",
    )

    class Meta:
        model = models.DistinguishingFeature


class GuidanceFilter(TreatmentStatementFilter):
    topic = TopicFilter(
        {"cancer": Cancer, "treatment": Treatment, "symptom": models.Symptom, "investigation": models.Investigation},
        help_text="The slug of any entry, of whatever kind: guidance about exactly that.",
    )

    class Meta:
        model = models.Guidance
