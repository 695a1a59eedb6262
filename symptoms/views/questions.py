"""What could bring a symptom on, and how two explanations of a pain differ."""

from copy import copy

from kb.alarms import named_by, red_flags
from kb.disagreements import contests
from kb.inheritance import Basis, Lineage, Tree, reason, strength, subtree
from kb.serializers import NOTE
from kb.views import Question
from symptoms import filters, models, serializers
from symptoms.choices import Aspect, Explanation, SideEffectEffect
from symptoms.choices import Question as Asked
from treatments.models import Treatment

SAYS = {
    Basis.DIRECT: "It could be the cause: that is stated of it.",
    Basis.INHERITED: "It could be the cause: that is stated of a class that it belongs to.",
    Basis.POSSIBLE: "It could be the cause: that is stated of some members of a class that it belongs to.",
    None: "No statement in these sources.",
}
SIDES = {
    Asked.BONE_OR_JOINT: [Explanation.BONE, Explanation.JOINT],
    Asked.TREATMENT_OR_METASTASIS: [Explanation.TREATMENT, Explanation.METASTASIS],
}


class Explain(Question):
    """Which of the things that are taken could bring this symptom on.

    For each: on what basis, with onset and duration as far as they are stated, through the classes that it belongs to.
    With it come the red flags of the symptom, and the features that tell a treatment from spread to the bone.
    """

    name = "explain"
    form_class = filters.ExplainForm
    serializer_class = serializers.ExplainSerializer
    example = {"symptom": "bone-pain", "taking": ["pegfilgrastim", "Femara"]}

    def answer(self, symptom, taking):
        tree = Tree(Treatment)
        paths = {treatment: tree.paths([treatment.pk]) for treatment in taking}
        said = models.SideEffect.objects.public().with_related()
        said = list(
            said.filter(treatment__in=set().union(*paths.values()), symptom__in=subtree([symptom])).order_by("slug")
        )
        self.contests = {models.SideEffect: contests(models.SideEffect, said)}
        features = models.DistinguishingFeature.objects.public().with_related()
        features = features.filter(
            question=Asked.TREATMENT_OR_METASTASIS, symptoms__in=Tree(models.Symptom).around({symptom.pk})
        )
        return {
            "symptom": symptom,
            "taking": [self.suspect(treatment, said, path) for treatment, path in paths.items()],
            "red_flags": red_flags(named_by([symptom, *said])),
            "features": features.distinct(),
            "note": NOTE,
        }

    def suspect(self, treatment, said, path):
        """What is said of one thing that is taken, nearest first."""
        lineages = [Lineage(("treatment",), path)]
        about = [copy(statement) for statement in said if statement.treatment_id in path]
        for statement in about:
            statement.lineages = lineages
        about.sort(key=lambda statement: (*strength(reason(statement, lineages)), statement.slug))
        causes = [statement for statement in about if statement.effect == SideEffectEffect.CAUSES]
        basis = reason(causes[0], lineages)[0] if causes else None
        return {
            "treatment": treatment,
            "basis": basis,
            "says": SAYS[basis],
            "causes": causes,
            "protects": [statement for statement in about if statement.effect == SideEffectEffect.PROTECTS],
        }

    def get_serializer_context(self):
        return super().get_serializer_context() | {"contests": getattr(self, "contests", {})}


class Differential(Question):
    """Two explanations of a pain, their features side by side.

    The features that were given are marked where they stand. They are not added up: no score, no diagnosis.
    """

    name = "differential"
    form_class = filters.DifferentialForm
    serializer_class = serializers.DifferentialSerializer
    example = {"question": "treatment-or-metastasis", "feature": ["metastasis-timing-worse-at-night"]}

    def answer(self, question, feature):
        features = list(models.DistinguishingFeature.objects.public().with_related().filter(question=question))
        for found in features:
            found.given = found in feature
        return {
            "question": question,
            "label": Asked(question).label,
            "aspects": [
                {"aspect": aspect, "label": aspect.label, "sides": self.sides(question, aspect, features)}
                for aspect in Aspect
                if any(found.aspect == aspect for found in features)
            ],
            "red_flags": red_flags(named_by(features)),
            "note": NOTE,
        }

    def sides(self, question, aspect, features):
        return [
            {
                "points_to": side,
                "label": side.label,
                "features": [f for f in features if (f.aspect, f.points_to) == (aspect, side)],
            }
            for side in SIDES[question]
        ]
