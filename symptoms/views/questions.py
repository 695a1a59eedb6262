"""The query views about a symptom: what could bring it on, and how two explanations of a pain differ."""

from kb.reasoning.disagreements import find_disagreements
from kb.reasoning.inheritance import Basis, copy_with_lineages, inference_sort_key
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.red_flags import find_red_flags
from kb.serializers import ANSWER_DISCLAIMER
from kb.views import QueryView, build_disagreement_rows
from symptoms import filters, models, serializers
from symptoms.choices import Aspect, Explanation, Question, SideEffectEffect
from symptoms.concurrent_treatments import CurrentTreatments, affected_treatment_ids

BASIS_EXPLANATIONS = {
    Basis.DIRECT: "It could be the cause: that is stated of it.",
    Basis.INHERITED: "It could be the cause: that is stated of a class that it belongs to.",
    Basis.POSSIBLE: "It could be the cause: that is stated of some of its class, or of a member of it.",
    None: "No statement in these sources says that it causes this.",
}
BROADER_ONLY_TEXT = "Nothing is stated of this symptom itself; a broader one is."
PROTECTS_ONLY_TEXT = "It is said to protect from it; nothing is stated of its causing it."
EXPLANATIONS_BY_QUESTION = {
    Question.BONE_OR_JOINT: [Explanation.BONE, Explanation.JOINT],
    Question.TREATMENT_OR_METASTASIS: [Explanation.TREATMENT, Explanation.METASTASIS],
}


def find_manifestations(symptom_ids):
    """Return the statements on the cancers and conditions in which these symptoms show."""
    return list(models.Manifestation.objects.public().with_related().filter(symptom__in=symptom_ids))


def find_manifestation_disagreements(manifestations, hierarchies):
    """Return the disagreements on what a symptom is like in cancer or another condition, as they are shown."""
    pairs = find_disagreements(models.Manifestation, manifestations, hierarchies)
    return build_disagreement_rows([pair for pair in pairs if not pair.is_partial])


class ExplainView(QueryView):
    """Which of the things that are taken could bring this symptom on.

    For each: on what basis, with onset and duration as far as they are stated, through the classes that it belongs to.
    With it come the red flags of the symptom, and the features that tell a treatment from spread to the bone.
    """

    name = "explain"
    form_class = filters.ExplainForm
    serializer_class = serializers.ExplainSerializer
    example = {"symptom": "bone-pain", "taking": ["pegfilgrastim", "Femara"]}

    def get_answer(self, symptom, taking):
        current = CurrentTreatments(taking, self.hierarchies)
        lineages = {treatment: current.build_lineage({treatment.pk}, "treatment") for treatment in taking}
        hierarchy = self.hierarchies[models.Symptom]
        symptom_ids = hierarchy.get_self_and_descendants({symptom.pk})
        nearby_ids = hierarchy.get_ancestors_and_descendants({symptom.pk})
        side_effects = list(
            models.SideEffect.objects.public()
            .with_related()
            .order_by("slug")
            .filter(treatment__in=set().union(*map(affected_treatment_ids, lineages.values())), symptom__in=nearby_ids)
        )
        manifestations = find_manifestations(symptom_ids)
        self.preload_disagreements([*side_effects, *manifestations])
        features = models.DistinguishingFeature.objects.public().with_related()
        return {
            "symptom": symptom,
            "taking": [
                self.describe_suspect(treatment, side_effects, lineage, symptom_ids)
                for treatment, lineage in lineages.items()
            ],
            "cautions": current.mutual_cautions(),
            "shown_in": manifestations,
            "red_flags": find_red_flags(
                entry_ids_named_by(manifestations), self.hierarchies, entry_ids_named_by([symptom])
            ),
            "features": features.filter(question=Question.TREATMENT_OR_METASTASIS, symptoms__in=nearby_ids).distinct(),
            "disagreements": find_manifestation_disagreements(manifestations, self.hierarchies),
            "note": ANSWER_DISCLAIMER,
        }

    def describe_suspect(self, treatment, side_effects, lineage, symptom_ids):
        """Return what the statements say of one treatment that is taken, nearest first.

        `symptom_ids` are the keys of the symptom and its kinds; all other statements are about broader ones.
        """
        statements = [
            copy_with_lineages(statement, [lineage])
            for statement in side_effects
            if statement.treatment_id in affected_treatment_ids(lineage)
        ]
        statements.sort(key=lambda s: (*inference_sort_key(lineage.infer_basis_and_path(s)), s.slug))
        causing = [statement for statement in statements if statement.effect == SideEffectEffect.CAUSES]
        causes = [statement for statement in causing if statement.symptom_id in symptom_ids]
        broader = [statement for statement in causing if statement.symptom_id not in symptom_ids]
        protects = [statement for statement in statements if statement.effect == SideEffectEffect.PROTECTS]
        basis = lineage.infer_basis_and_path(causes[0])[0] if causes else None
        says = BROADER_ONLY_TEXT if broader and not causes else BASIS_EXPLANATIONS[basis]
        if protects:
            says = f"{says} The opposite is stated, too." if causing else PROTECTS_ONLY_TEXT
        return {
            "treatment": treatment,
            "basis": basis,
            "says": says,
            "causes": causes,
            "broader": broader,
            "protects": protects,
        }


class DifferentialView(QueryView):
    """Two explanations of a pain, their features side by side.

    The features that were given are marked where they stand. They are not added up: no score, no diagnosis.
    """

    name = "differential"
    form_class = filters.DifferentialForm
    serializer_class = serializers.DifferentialSerializer
    example = {"question": "treatment-or-metastasis", "feature": ["metastasis-timing-worse-at-night"]}

    def get_answer(self, question, feature):
        features = list(models.DistinguishingFeature.objects.public().with_related().filter(question=question))
        for shown in features:
            shown.given = shown in feature  # Read by FeatureSerializer.
        entry_ids = entry_ids_named_by(features)
        manifestations = find_manifestations(entry_ids[models.Symptom])
        self.preload_disagreements([*features, *manifestations])
        return {
            "question": question,
            "label": Question(question).label,
            "aspects": [
                {
                    "aspect": aspect,
                    "label": aspect.label,
                    "sides": self.group_by_explanation(question, aspect, features),
                }
                for aspect in Aspect
                if any(shown.aspect == aspect for shown in features)
            ],
            "red_flags": find_red_flags(entry_ids, self.hierarchies, asked=entry_ids),
            "disagreements": find_manifestation_disagreements(manifestations, self.hierarchies),
            "note": ANSWER_DISCLAIMER,
        }

    def group_by_explanation(self, question, aspect, features):
        return [
            {
                "points_to": side,
                "label": side.label,
                "features": [f for f in features if (f.aspect, f.points_to) == (aspect, side)],
            }
            for side in EXPLANATIONS_BY_QUESTION[question]
        ]
