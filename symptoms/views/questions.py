"""What could bring a symptom on, and how two explanations of a pain differ."""

from kb.reasoning.disagreements import find_disagreements
from kb.reasoning.inheritance import Basis, EntryTree, copy_with_lineages, inference_sort_key
from kb.reasoning.red_flags import entry_ids_named_by, find_red_flags
from kb.serializers import ANSWER_DISCLAIMER
from kb.views import QueryView, build_disagreement_rows
from symptoms import filters, models, serializers
from symptoms.choices import Aspect, Explanation, SideEffectEffect
from symptoms.choices import Question as Asked
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
    Asked.BONE_OR_JOINT: [Explanation.BONE, Explanation.JOINT],
    Asked.TREATMENT_OR_METASTASIS: [Explanation.TREATMENT, Explanation.METASTASIS],
}


def find_manifestations(symptoms):
    """The cancers and conditions in which these symptoms are said to show."""
    return list(models.Manifestation.objects.public().with_related().filter(symptom__in=symptoms))


def find_manifestation_disagreements(shown_in):
    """Where the sources disagree on what a symptom is like in cancer or another condition."""
    found = find_disagreements(models.Manifestation, shown_in)
    return build_disagreement_rows([(models.Manifestation, pair) for pair in found if not pair.is_partial])


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
        taken, symptoms = CurrentTreatments(taking), EntryTree(models.Symptom)
        lineages = {treatment: taken.build_lineage({treatment.pk}, "treatment") for treatment in taking}
        kinds, broader = (
            symptoms.get_self_and_descendants({symptom.pk}),
            {*symptoms.get_self_and_ancestors(symptom.pk)} - {symptom.pk},
        )
        said = models.SideEffect.objects.public().with_related().order_by("slug")
        said = list(
            said.filter(
                treatment__in=set().union(*map(affected_treatment_ids, lineages.values())), symptom__in=kinds | broader
            )
        )
        shown_in = find_manifestations(kinds)
        self.preload_disagreements([*said, *shown_in])
        features = models.DistinguishingFeature.objects.public().with_related()
        near = {"symptoms__in": symptoms.get_ancestors_and_descendants({symptom.pk})}
        return {
            "symptom": symptom,
            "taking": [
                self.describe_suspect(treatment, said, lineage, kinds) for treatment, lineage in lineages.items()
            ],
            "cautions": taken.mutual_cautions(),
            "shown_in": shown_in,
            "red_flags": find_red_flags(entry_ids_named_by([symptom, *shown_in])),
            "features": features.filter(question=Asked.TREATMENT_OR_METASTASIS, **near).distinct(),
            "disagreements": find_manifestation_disagreements(shown_in),
            "note": ANSWER_DISCLAIMER,
        }

    def describe_suspect(self, treatment, said, lineage, kinds):
        """What is said of one thing that is taken, nearest first."""
        about = [
            copy_with_lineages(statement, [lineage])
            for statement in said
            if statement.treatment_id in affected_treatment_ids(lineage)
        ]
        about.sort(key=lambda statement: (*inference_sort_key(lineage.infer_basis_and_path(statement)), statement.slug))
        causing = [statement for statement in about if statement.effect == SideEffectEffect.CAUSES]
        causes = [statement for statement in causing if statement.symptom_id in kinds]
        broader = [statement for statement in causing if statement.symptom_id not in kinds]
        protects = [statement for statement in about if statement.effect == SideEffectEffect.PROTECTS]
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
        for found in features:
            found.given = found in feature
        keys = entry_ids_named_by(features)
        shown_in = find_manifestations(keys[models.Symptom])
        self.preload_disagreements([*features, *shown_in])
        return {
            "question": question,
            "label": Asked(question).label,
            "aspects": [
                {
                    "aspect": aspect,
                    "label": aspect.label,
                    "sides": self.group_by_explanation(question, aspect, features),
                }
                for aspect in Aspect
                if any(found.aspect == aspect for found in features)
            ],
            "red_flags": find_red_flags(keys),
            "disagreements": find_manifestation_disagreements(shown_in),
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
