"""Serializers of symptoms, investigations and the statements about them, in lists."""

from functools import cached_property
from urllib.parse import urlencode

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from kb.api.schema_refs import MORE_CAUTIONS_SCHEMA
from kb.choices import Frequency
from kb.reasoning.opposite_roles import OppositeRoleFinder
from kb.reasoning.serious_harms import SeriousHarmFinder
from kb.serializers import (
    EntrySerializer,
    InferenceFieldsMixin,
    PassageSerializer,
    ReferenceSerializer,
    RowCacheMixin,
    StatementReferenceSerializer,
    StatementSerializer,
    build_neutral_context,
    get_answer_context,
)
from kb.utils.urls import build_url
from symptoms import models
from symptoms.choices import Fit, Seriousness
from symptoms.fhir import RED_FLAG, SIDE_EFFECT
from symptoms.option_fit import FITS, OptionsContext, PatientContext
from treatments.models import Treatment
from treatments.serializers import CautionSerializer


class SymptomSerializer(EntrySerializer):
    class Meta:
        model = models.Symptom


class InvestigationSerializer(EntrySerializer):
    class Meta:
        model = models.Investigation


class OppositeRoleSerializer(RowCacheMixin, StatementReferenceSerializer):
    """A statement that says the opposite of the same treatment: what helps can harm."""

    symptom = ReferenceSerializer(help_text="The symptom on which the treatment acts.")
    effect = serializers.CharField(help_text="Which way the treatment acts on the symptom, as in its own field.")
    frequency = serializers.ChoiceField(
        Frequency.choices, allow_null=True, default=None, help_text="How often a side effect is met; else null."
    )
    seriousness = serializers.ChoiceField(
        Seriousness.choices, allow_null=True, default=None, help_text="Whether a side effect is serious; else null."
    )
    citations = PassageSerializer(many=True, help_text="The passages of the sources that say so.")


class TwoSidedStatementSerializer(StatementSerializer):
    """The base of serializers of statements that a treatment helps or harms: each tells the other side."""

    field_dependencies = {"opposite_roles": []}
    question_fields = StatementSerializer.question_fields | {"opposite_roles"}
    opposites = None

    opposite_roles = serializers.SerializerMethodField(
        help_text="What is said the other way about the same treatment, or firmly about its class, and such a symptom: "
        "where it helps, that it can bring it on; where it brings it on, that it helps."
    )

    def preload_shared_data(self, statements):
        super().preload_shared_data(statements)
        answer_context = get_answer_context(self.context)
        if self.selected_fields is None or "opposite_roles" in self.selected_fields:
            finder = OppositeRoleFinder(answer_context.hierarchies)
            self.opposites = finder.find_opposites(statements, answer_context.lineages)

    @extend_schema_field(OppositeRoleSerializer(many=True))
    def get_opposite_roles(self, statement):
        opposites = self.opposites.get((type(statement), statement.pk), ())
        return [self.opposite_role_serializer.to_representation(opposite) for opposite in opposites]

    @cached_property
    def opposite_role_serializer(self):
        """The serializer of opposites, one for all statements."""
        return OppositeRoleSerializer(context=self.context)


class SideEffectSerializer(TwoSidedStatementSerializer):
    clinical_use = SIDE_EFFECT

    class Meta(TwoSidedStatementSerializer.Meta):
        model = models.SideEffect


class PossibleEffectSerializer(InferenceFieldsMixin):
    """A condition that what is taken may bring about, and the side effect that says so."""

    symptom = ReferenceSerializer(help_text="The condition that it may bring about.")
    side_effect = ReferenceSerializer(source="*", help_text="The statement that says so.")


class ManagementOptionSerializer(TwoSidedStatementSerializer):
    field_dependencies = TwoSidedStatementSerializer.field_dependencies | {
        "fit": [],
        "possible_effect": [],
        "cautions": [],
        "own_cautions": [],
        "more_cautions": [],
        "serious_harms": [],
    }
    question_fields = TwoSidedStatementSerializer.question_fields | {"fit", "possible_effect", "cautions"}
    cautions_by_treatment = possible_effects = harms_by_treatment = None

    fit = serializers.SerializerMethodField(
        help_text="Whether it is stated for a symptom brought on by what is taken or by what there is; null unless "
        "`taking` or `having` was asked."
    )
    possible_effect = serializers.SerializerMethodField(
        help_text="Where `fit` is stated-for-a-possible-effect: what of that what is taken may bring about; else null."
    )
    cautions = serializers.SerializerMethodField(
        help_text="The cautions about it together with what is taken, through classes; null unless `taking` was asked. "
        "An empty list means that these sources state none, never that it is safe."
    )
    serious_harms = serializers.SerializerMethodField(
        help_text="What its treatment, or a class of it, is said to do seriously, whatever it is given for."
    )
    own_cautions = serializers.SerializerMethodField(
        help_text="The cautions about it, whatever else is taken; an empty list means as little as for `cautions`."
    )

    more_cautions = serializers.SerializerMethodField(
        help_text="Of a class with more than 20 cautions about its members: how many of them `own_cautions` leaves out."
    )

    class Meta(TwoSidedStatementSerializer.Meta):
        model = models.ManagementOption

    @cached_property
    def patient(self):
        """What the person takes and has: nothing, where no list is asked for."""
        answer_context = get_answer_context(self.context)
        if isinstance(answer_context, OptionsContext):
            return answer_context.patient
        return PatientContext((), (), answer_context.hierarchies)

    @property
    def always_shown(self):
        """The cautions cannot be left out."""
        return {"own_cautions", "more_cautions", *(["cautions"] if self.patient.treatments else [])}

    def preload_shared_data(self, options):
        super().preload_shared_data(options)
        patient, selected, without_row = self.patient, self.selected_fields, self.find_without_row(options)
        asking = options if patient.treatments else without_row
        self.cautions_by_treatment = patient.current.cautions_by_treatment(asking)
        self.find_support([caution for cautions in self.cautions_by_treatment.values() for caution in cautions])
        if selected is None or "possible_effect" in selected:
            effects = {
                option.pk: patient.find_possible_effect(option)
                for option in options
                if self.get_fit(option) == Fit.STATED_FOR_POSSIBLE_EFFECT
            }
            serializer = PossibleEffectSerializer(list(effects.values()), many=True, context=self.context)
            self.possible_effects = dict(zip(effects, serializer.data, strict=True))
        if selected is None or "serious_harms" in selected:
            finder = SeriousHarmFinder(get_answer_context(self.context).hierarchies)
            self.harms_by_treatment = finder.find_harms(Treatment, {option.treatment_id for option in without_row})

    @extend_schema_field(OppositeRoleSerializer(many=True))
    def get_serious_harms(self, option):
        harms = self.harms_by_treatment[option.treatment_id]
        return [self.opposite_role_serializer.to_representation(harm) for harm in harms]

    @extend_schema_field(serializers.ChoiceField(Fit.choices, allow_null=True))
    def get_fit(self, option):
        rank = getattr(option, "fit_rank", None)  # An annotation of the query; not there unless it was asked for.
        return None if rank is None else FITS[rank]

    @extend_schema_field(PossibleEffectSerializer(allow_null=True))
    def get_possible_effect(self, option):
        return self.possible_effects.get(option.pk)

    @extend_schema_field(CautionSerializer(many=True, allow_null=True))
    def get_cautions(self, option):
        if not self.patient.treatments:
            return None
        return self.serialize_cautions(self.cautions_by_treatment[option.treatment_id].with_current)

    @extend_schema_field(CautionSerializer(many=True))
    def get_own_cautions(self, option):
        return self.serialize_cautions(self.cautions_by_treatment[option.treatment_id].unconditional)

    @extend_schema_field(MORE_CAUTIONS_SCHEMA)
    def get_more_cautions(self, option):
        if not (count := self.cautions_by_treatment[option.treatment_id].hidden):
            return None
        params = urlencode({"treatment_class": option.treatment.slug})
        return {"count": count, "url": f"{build_url('caution-list', request=self.context.get('request'))}?{params}"}

    def serialize_cautions(self, cautions):
        return CautionSerializer(cautions, many=True, context=build_neutral_context(self.context)).data


class ManifestationSerializer(StatementSerializer):
    class Meta(StatementSerializer.Meta):
        model = models.Manifestation


class RedFlagSerializer(StatementSerializer):
    clinical_use = RED_FLAG

    class Meta(StatementSerializer.Meta):
        model = models.RedFlag


class ComparisonSerializer(StatementSerializer):
    class Meta(StatementSerializer.Meta):
        model = models.Comparison


class SwitchSerializer(StatementSerializer):
    class Meta(StatementSerializer.Meta):
        model = models.Switch


class DiagnosticSerializer(StatementSerializer):
    class Meta(StatementSerializer.Meta):
        model = models.Diagnostic


class RiskFactorSerializer(StatementSerializer):
    class Meta(StatementSerializer.Meta):
        model = models.RiskFactor


class DistinguishingFeatureSerializer(StatementSerializer):
    class Meta(StatementSerializer.Meta):
        model = models.DistinguishingFeature


class GuidanceSerializer(StatementSerializer):
    field_dependencies = {"topic": ["cancer", "treatment", "symptom", "investigation"]}

    topic = ReferenceSerializer(read_only=True, help_text="The entry that it is about.")

    class Meta(StatementSerializer.Meta):
        model = models.Guidance
