"""The query views about a symptom: what could bring it on, and how two explanations of a pain differ."""

from kb.models import Cancer, Statement
from kb.reasoning.causal_graph import CausalGraph
from kb.reasoning.disagreement_index import DisagreementIndex, summarize
from kb.reasoning.links import LinkFinder, assess_strength, is_weaker_than_broader, weaken_links_of_others
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.opposite_roles import OppositeRoleFinder
from kb.reasoning.paths import find_causal_paths
from kb.reasoning.populations import PopulationEntries
from kb.reasoning.record_cache import fetch_queryset
from kb.reasoning.red_flags import find_red_flags
from kb.reasoning.serious_harms import SeriousHarmFinder
from kb.serializers import ANSWER_DISCLAIMER
from kb.views import PathRowsMixin, QueryView, build_disagreement_rows, find_nearest_goals
from symptoms import filters, models, serializers
from symptoms.choices import Aspect, Explanation, Question
from symptoms.concurrent_treatments import CurrentTreatments
from symptoms.suspects import describe_suspect
from treatments.models import Treatment

MAX_CHAIN_HOPS = 4  # Steps of a chain that explains a symptom.
EXPLANATIONS_BY_QUESTION = {
    Question.BONE_OR_JOINT: [Explanation.BONE, Explanation.JOINT],
    Question.TREATMENT_OR_METASTASIS: [Explanation.TREATMENT, Explanation.METASTASIS],
}


def find_manifestations(symptom_ids, hierarchies):
    """Return the statements on the cancers and conditions in which these symptoms show."""
    return fetch_queryset(models.Manifestation.objects.public().filter(symptom__in=symptom_ids), hierarchies)


def sort_by_presence(manifestations, having, hierarchies):
    """Return statements on where a symptom shows in their order, those first in what is there or in a class of that."""
    present = {
        (type(condition), key)
        for condition in having
        for key in hierarchies[type(condition)].get_self_and_ancestors(condition.pk)
    }

    def is_elsewhere(statement):
        return not {(Cancer, statement.cancer_id), (models.Symptom, statement.condition_id)} & present

    return sorted(manifestations, key=is_elsewhere)


def find_disagreement_rows(statements, hierarchies):
    """Return the disagreements of these statements on what a symptom is like, as they are shown."""
    return build_disagreement_rows(summarize(hierarchies.derive(DisagreementIndex).find_among(statements)), hierarchies)


class ExplainView(PathRowsMixin, QueryView):
    """Which of the things that are taken could bring this symptom on.

    For each: on what basis, with onset and duration as far as they are stated, through the classes that it belongs to.
    With it come the red flags of the symptom, and the features that tell a treatment from spread to the bone.
    """

    name = "explain"
    form_class = filters.ExplainForm
    serializer_class = serializers.ExplainSerializer
    example = {"symptom": "bone-pain", "taking": ["pegfilgrastim", "Femara"]}

    def get_answer(self, symptom, taking, having):
        current = CurrentTreatments(taking, self.hierarchies)
        given = [(type(condition), condition.pk) for condition in having]
        found = LinkFinder(Treatment, symptom, self.hierarchies).find_links(current.keys)
        populations = self.hierarchies.derive(PopulationEntries)
        links = {key: weaken_links_of_others(of_one, given, populations) for key, of_one in found.items()}
        harms = SeriousHarmFinder(self.hierarchies).find_harms_of_all(taking, [symptom])
        graph = self.hierarchies.derive(CausalGraph)
        chains = {
            key: find_longer_chains(graph, (Treatment, key), (models.Symptom, symptom.pk), given) for key in links
        }
        broader_goals = {
            key: find_nearest_goals(
                graph, (Treatment, key), (models.Symptom, symptom.pk), max_hops=MAX_CHAIN_HOPS, having=given
            )
            for key in links
            if is_weaker_than_broader(assess_strength(links[key], bool(chains[key])))
        }
        steps = [step for paths in chains.values() for path in paths for step in path.steps]
        records = self.fetch_records_of(steps, [], [])
        hierarchy = self.hierarchies[models.Symptom]
        manifestations = sort_by_presence(
            find_manifestations(hierarchy.get_self_and_descendants({symptom.pk}), self.hierarchies),
            having,
            self.hierarchies,
        )
        nearby_ids = hierarchy.get_ancestors_and_descendants({symptom.pk})
        telling = models.DistinguishingFeature.objects.public().filter(question=Question.TREATMENT_OR_METASTASIS)
        features = fetch_queryset(telling.filter(symptoms__in=nearby_ids).distinct(), self.hierarchies)
        linked = [link.statement for found in links.values() for link in found]
        linked += harms
        linked += [record for record in records.values() if isinstance(record, Statement)]
        self.preload_disagreements([*linked, *manifestations, *features])
        OppositeRoleFinder(self.hierarchies).find_opposites(linked)  # All together; the serializers find them again.
        return {
            "symptom": symptom,
            "taking": [
                describe_suspect(
                    treatment,
                    links[treatment.pk],
                    [self.build_path(graph, path, records) for path in chains[treatment.pk]],
                    has_chain_to_broader=bool(broader_goals.get(treatment.pk)),
                )
                for treatment in taking
            ],
            "cautions": current.mutual_cautions(),
            "shown_in": manifestations,
            "red_flags": find_red_flags(
                entry_ids_named_by(manifestations), self.hierarchies, entry_ids_named_by([symptom])
            ),
            "serious_harms": harms,
            "features": features,
            "disagreements": find_disagreement_rows([*features, *manifestations], self.hierarchies),
            "note": ANSWER_DISCLAIMER,
        }


def find_longer_chains(graph, treatment, symptom, having=()):
    """Return the chains of causes of several steps from a treatment to a symptom; a single step is a link."""
    found = find_causal_paths(graph, treatment, symptom, MAX_CHAIN_HOPS, having)
    return [path for path in found.paths if len(path.steps) > 1]


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
        manifestations = find_manifestations(entry_ids[models.Symptom], self.hierarchies)
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
            "disagreements": find_disagreement_rows([*features, *manifestations], self.hierarchies),
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
