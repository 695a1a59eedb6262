"""What could bring a symptom on, and how two explanations of a pain differ."""

from kb.reasoning.disagreements import disagreements
from kb.reasoning.inheritance import Basis, Tree, answering, strength
from kb.reasoning.red_flags import named_by, red_flags
from kb.serializers import NOTE
from kb.views import Question, side_by_side
from symptoms import filters, models, serializers
from symptoms.choices import Aspect, Explanation, SideEffectEffect
from symptoms.choices import Question as Asked
from symptoms.concurrent_treatments import Taking, touches

SAYS = {
    Basis.DIRECT: "It could be the cause: that is stated of it.",
    Basis.INHERITED: "It could be the cause: that is stated of a class that it belongs to.",
    Basis.POSSIBLE: "It could be the cause: that is stated of some of its class, or of a member of it.",
    None: "No statement in these sources says that it causes this.",
}
BROADER = "Nothing is stated of this symptom itself; a broader one is."
PROTECTS = "It is said to protect from it; nothing is stated of its causing it."
SIDES = {
    Asked.BONE_OR_JOINT: [Explanation.BONE, Explanation.JOINT],
    Asked.TREATMENT_OR_METASTASIS: [Explanation.TREATMENT, Explanation.METASTASIS],
}


def manifestations(symptoms):
    """The cancers and conditions in which these symptoms are said to show."""
    return list(models.Manifestation.objects.public().with_related().filter(symptom__in=symptoms))


def disagreements_on(shown_in):
    """Where the sources disagree on what a symptom is like in cancer or another condition."""
    found = disagreements(models.Manifestation, shown_in)
    return side_by_side([(models.Manifestation, pair) for pair in found if not pair.of_some])


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
        taken, symptoms = Taking(taking), Tree(models.Symptom)
        lineages = {treatment: taken.lineage({treatment.pk}, "treatment") for treatment in taking}
        kinds, broader = symptoms.below({symptom.pk}), {*symptoms.line(symptom.pk)} - {symptom.pk}
        said = models.SideEffect.objects.public().with_related().order_by("slug")
        said = list(
            said.filter(treatment__in=set().union(*map(touches, lineages.values())), symptom__in=kinds | broader)
        )
        shown_in = manifestations(kinds)
        self.know([*said, *shown_in])
        features = models.DistinguishingFeature.objects.public().with_related()
        near = {"symptoms__in": symptoms.around({symptom.pk})}
        return {
            "symptom": symptom,
            "taking": [self.suspect(treatment, said, lineage, kinds) for treatment, lineage in lineages.items()],
            "cautions": taken.cautions(),
            "shown_in": shown_in,
            "red_flags": red_flags(named_by([symptom, *shown_in])),
            "features": features.filter(question=Asked.TREATMENT_OR_METASTASIS, **near).distinct(),
            "disagreements": disagreements_on(shown_in),
            "note": NOTE,
        }

    def suspect(self, treatment, said, lineage, kinds):
        """What is said of one thing that is taken, nearest first."""
        about = [answering(statement, [lineage]) for statement in said if statement.treatment_id in touches(lineage)]
        about.sort(key=lambda statement: (*strength(lineage.reason(statement)), statement.slug))
        causing = [statement for statement in about if statement.effect == SideEffectEffect.CAUSES]
        causes = [statement for statement in causing if statement.symptom_id in kinds]
        broader = [statement for statement in causing if statement.symptom_id not in kinds]
        protects = [statement for statement in about if statement.effect == SideEffectEffect.PROTECTS]
        basis = lineage.reason(causes[0])[0] if causes else None
        says = BROADER if broader and not causes else SAYS[basis]
        if protects:
            says = f"{says} The opposite is stated, too." if causing else PROTECTS
        return {
            "treatment": treatment,
            "basis": basis,
            "says": says,
            "causes": causes,
            "broader": broader,
            "protects": protects,
        }


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
        keys = named_by(features)
        shown_in = manifestations(keys[models.Symptom])
        self.know([*features, *shown_in])
        return {
            "question": question,
            "label": Asked(question).label,
            "aspects": [
                {"aspect": aspect, "label": aspect.label, "sides": self.sides(question, aspect, features)}
                for aspect in Aspect
                if any(found.aspect == aspect for found in features)
            ],
            "red_flags": red_flags(keys),
            "disagreements": disagreements_on(shown_in),
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
