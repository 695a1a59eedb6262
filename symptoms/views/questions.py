"""The query views about a symptom: what could bring it on, and how two explanations of a pain differ."""

from collections import defaultdict
from operator import itemgetter

from kb.api.answer_pages import AnswerPagination
from kb.models import Cancer, Statement
from kb.reasoning.causal_graph import CausalGraph
from kb.reasoning.disagreement_index import DisagreementIndex, find_all_disagreements, summarize
from kb.reasoning.links import LinkFinder, assess_strength, is_weaker_than_broader, weaken_links_of_others
from kb.reasoning.named_entries import entry_ids_named_by, group_ids_by_model
from kb.reasoning.opposite_roles import OppositeRoleFinder
from kb.reasoning.page_entries import read_entries_named_by
from kb.reasoning.paths import find_causal_paths
from kb.reasoning.populations import PopulationEntries
from kb.reasoning.record_cache import fetch_records, fetch_selected_records
from kb.reasoning.red_flags import find_red_flags
from kb.reasoning.serious_harms import SeriousHarmFinder
from kb.serializers import ANSWER_DISCLAIMER
from kb.views import PathRowsMixin, QueryView, build_disagreement_rows, find_nearest_goals
from symptoms import filters, models, serializers
from symptoms.choices import Aspect, Explanation, Question
from symptoms.concurrent_treatments import CurrentTreatments
from symptoms.suspects import LINK_PARTS, describe_suspect
from treatments.models import Treatment

MAX_DISAGREEMENTS = 50  # Of the statements on a page of an explanation; /disagreements/ has them all.
MAX_CHAIN_HOPS = 4  # Steps of a chain that explains a symptom.
EXPLANATIONS_BY_QUESTION = {
    Question.BONE_OR_JOINT: [Explanation.BONE, Explanation.JOINT],
    Question.TREATMENT_OR_METASTASIS: [Explanation.TREATMENT, Explanation.METASTASIS],
}


def find_manifestations(symptom_ids):
    """Return the public statements on the cancers and conditions in which these symptoms show."""
    return models.Manifestation.objects.public().filter(symptom__in=symptom_ids)


def sort_by_presence(manifestations, having, hierarchies):
    """Return the keys of statements on where a symptom shows, those first in what is there or in a class of that."""
    present = {
        (type(condition), key)
        for condition in having
        for key in hierarchies[type(condition)].get_self_and_ancestors(condition.pk)
    }

    def is_elsewhere(row):
        _, cancer_id, condition_id = row
        return not {(Cancer, cancer_id), (models.Symptom, condition_id)} & present

    rows = manifestations.values_list("pk", "cancer", "condition")
    return [(models.Manifestation, row[0]) for row in sorted(rows, key=is_elsewhere)]


def list_keys(statements):
    """Return the models and keys of the statements of a queryset in their order, each once."""
    return [(statements.model, key) for key in dict.fromkeys(statements.values_list("pk", flat=True))]


def find_disagreement_rows(statements, hierarchies, pages):
    """Return the disagreements of the statements of a page on what a symptom is like; the open ones are the first."""
    pairs = summarize(hierarchies.derive(DisagreementIndex).find_among(statements))
    if len(pairs) > MAX_DISAGREEMENTS:
        pages.counts["disagreements"] = len(pairs)
    return build_disagreement_rows(pairs[:MAX_DISAGREEMENTS], hierarchies)


class ExplainView(PathRowsMixin, QueryView):
    """Which of the things that are taken could bring this symptom on.

    For each: on what basis, with onset and duration as far as they are stated, through the classes that it belongs to.
    With it come the red flags of the symptom, and the features that tell a treatment from spread to the bone.
    """

    name = "explain"
    form_class = filters.ExplainForm
    serializer_class = serializers.ExplainSerializer
    pagination_class = AnswerPagination
    example = {"symptom": "muscle-pain", "taking": ["Taxol"]}

    def get_answer(self, symptom, taking, having):
        pages = self.paginator.open_page(self.request)
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
        suspects = [
            describe_suspect(
                treatment,
                links[treatment.pk],
                [self.build_path(graph, path, records) for path in chains[treatment.pk]],
                has_chain_to_broader=bool(broader_goals.get(treatment.pk)),
            )
            for treatment in taking
        ]
        for suspect in suspects:
            for part in LINK_PARTS:
                suspect[part] = pages.take(f"taking/{suspect['treatment'].slug}/{part}", suspect[part])
        shown_in = find_manifestations(hierarchy.get_self_and_descendants({symptom.pk}))
        manifestations = self.fetch_page("shown_in", sort_by_presence(shown_in, having, self.hierarchies))
        nearby_ids = hierarchy.get_ancestors_and_descendants({symptom.pk})
        telling = models.DistinguishingFeature.objects.public().filter(question=Question.TREATMENT_OR_METASTASIS)
        features = self.fetch_page("features", list_keys(telling.filter(symptoms__in=nearby_ids)))
        linked = [statement for suspect in suspects for part in LINK_PARTS for statement in suspect[part]]
        linked += harms
        linked += [record for record in records.values() if isinstance(record, Statement)]
        self.preload_disagreements([*linked, *manifestations, *features])
        OppositeRoleFinder(self.hierarchies).find_opposites(linked)  # All together; the serializers find them again.
        named = group_ids_by_model(read_entries_named_by({models.Manifestation: shown_in}))
        return {
            "symptom": symptom,
            "taking": suspects,
            "cautions": current.mutual_cautions(),
            "shown_in": manifestations,
            "red_flags": find_red_flags(named, self.hierarchies, entry_ids_named_by([symptom])),
            "serious_harms": harms,
            "features": features,
            "disagreements": find_disagreement_rows([*features, *manifestations], self.hierarchies, pages),
            "pages": pages.describe_pages(),
            "note": ANSWER_DISCLAIMER,
        }

    def fetch_page(self, part, keys):
        """Return the statements of a part that stand on the page, of which all have these keys."""
        keys = self.paginator.take(part, keys)
        records = fetch_records(keys, self.hierarchies)
        return [records[key] for key in keys if key in records]


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
    pagination_class = AnswerPagination
    example = {"question": "treatment-or-metastasis", "feature": ["metastasis-timing-worse-at-night"]}

    def get_answer(self, question, feature):
        pages, given = self.paginator.open_page(self.request), {shown.pk for shown in feature}
        features = models.DistinguishingFeature.objects.public().filter(question=question)
        keys_by_side = defaultdict(list)
        for pk, slug, *side in features.values_list("pk", "slug", "aspect", "points_to"):
            keys_by_side[tuple(side)].append({"pk": pk, "slug": slug, "given": pk in given})
        aspects = [
            {"aspect": aspect, "label": aspect.label, "sides": self.build_sides(question, aspect, keys_by_side)}
            for aspect in Aspect
            if any(side[0] == aspect for side in keys_by_side)
        ]
        self.preload_disagreements([f for aspect in aspects for side in aspect["sides"] for f in side["features"]])
        named = group_ids_by_model(read_entries_named_by({models.DistinguishingFeature: features}))
        about = {*list_keys(features), *list_keys(find_manifestations(named[models.Symptom]))}
        pairs = [p for p in self.hierarchies.derive(find_all_disagreements) if not about.isdisjoint(p.keys)]
        disagreements = build_disagreement_rows(pages.take("disagreements", pairs), self.hierarchies)
        self.preload_disagreements([statement for row in disagreements for statement in row["statements"]])
        return {
            "question": question,
            "label": Question(question).label,
            "aspects": aspects,
            "red_flags": find_red_flags(named, self.hierarchies, asked=named),
            "disagreements": disagreements,
            "pages": pages.describe_pages(),
            "note": ANSWER_DISCLAIMER,
        }

    def build_sides(self, question, aspect, keys_by_side):
        """Return either side of an aspect, with those of its features that stand on the page, the given ones first."""
        sides = []
        for side in EXPLANATIONS_BY_QUESTION[question]:
            part, keys = f"aspects/{aspect}/{side}", keys_by_side[aspect, side]
            shown = self.paginator.take(part, keys, is_first=itemgetter("given"))
            features = fetch_selected_records(models.DistinguishingFeature, shown, self.hierarchies)
            sides.append({"points_to": side, "label": side.label, "features": features})
        return sides
