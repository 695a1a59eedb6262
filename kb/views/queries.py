"""The query views that are answered from statements of every model: disagreements and search."""

from operator import attrgetter

from kb import filters, serializers
from kb.api.pagination import NumberedPagination
from kb.models import resource_name
from kb.reasoning.claims import Explainer
from kb.reasoning.disagreement_index import find_all_disagreements
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.record_cache import fetch_records
from kb.reasoning.serious_harms import SeriousHarmFinder
from kb.reasoning.statements_about import filter_statements_about
from kb.search.cross_search import load_records, search
from kb.views.base_query import QueryView

EXPLANATION_LABELS = {
    None: "Open: nothing in the sources explains it.",
    Explainer.POPULATION: "Explained: they hold for different people.",
    Explainer.TIME: "Explained: they hold at different times.",
    Explainer.CONTEXT: "Explained: they hold for different uses or causes.",
}


class DisagreementsView(QueryView):
    """The pairs of statements that contradict each other on one point.

    The two may be of different kinds. A disagreement is explained where they hold for different people, times, uses or
    causes; else it is open, and both stand, each cited. That a treatment both relieves and causes a symptom is no
    disagreement: ask `/treatments/?causes=&manages=` for those.
    """

    name = "disagreements"
    form_class = filters.DisagreementsForm
    serializer_class = serializers.DisagreementsSerializer
    pagination_class = NumberedPagination
    example = {"verdict": ["open"]}

    def get_answer(self, about, kind, point, verdict):
        pairs = self.hierarchies.derive(find_all_disagreements)
        if about:
            pairs = keep_pairs_about(pairs, entry_ids_named_by(about), self.hierarchies)
        if kind:
            pairs = [pair for pair in pairs if not {resource_name(model) for model, _ in pair.keys}.isdisjoint(kind)]
        if point:
            pairs = [pair for pair in pairs if pair.point in point]
        if verdict:
            pairs = [pair for pair in pairs if pair.verdict in verdict]
        page, page_links = self.paginate_items(pairs)
        rows = build_disagreement_rows(page, self.hierarchies)
        statements = [statement for row in rows for statement in row["statements"]]
        self.preload_disagreements(statements)
        return page_links | {
            "asked": entry_ids_named_by(about or ()),
            "named": entry_ids_named_by(statements),
            "results": rows,
        }


def build_disagreement_rows(pairs, hierarchies):
    """Return summaries of disagreements as the serializer shows them, with their statements as the API shows these."""
    records = fetch_records([key for pair in pairs for key in pair.keys], hierarchies)
    return [
        {
            "point": pair.point,
            "contrast": pair.contrast,
            "verdict": pair.verdict,
            "explained_by": pair.explained_by,
            "says": f"{pair.contrast.label}. {EXPLANATION_LABELS[pair.explained_by]}",
            "words": [*pair.words],
            "statements": [records[key] for key in pair.keys],
        }
        for pair in pairs
    ]


def keep_pairs_about(pairs, entry_ids, hierarchies):
    """Return the disagreements of which a statement names one of these entries."""
    about = {
        (model, key)
        for model in {model for pair in pairs for model, _ in pair.keys}
        for key in filter_statements_about(model.objects.public(), entry_ids, hierarchies, exact=True)
        .order_by()
        .values_list("pk", flat=True)
    }
    return [pair for pair in pairs if not about.isdisjoint(pair.keys)]


class SearchView(QueryView):
    """The entries and statements that answer a few words, best first.

    Names count in any case and either spelling, with synonyms, brand names and lay words; a typing error is read as
    the nearest name, and the answer says so. A statement is found through the classes of what is named, too.
    """

    name = "search"
    form_class = filters.SearchForm
    serializer_class = serializers.SearchSerializer
    pagination_class = NumberedPagination
    example = {"q": "letrazole joint pain"}

    def get_answer(self, q, kind):
        result = search(q, self.hierarchies, kinds=kind)
        page, page_links = self.paginate_items(result.hits)
        found = load_records(page, self.hierarchies)
        symptoms, treatments = self.fetch_named(result, "is_symptom"), self.fetch_named(result, "is_treatment")
        harms = SeriousHarmFinder(self.hierarchies).find_harms_of_all(treatments, symptoms) if symptoms else []
        return page_links | {
            "asked": result.named_ids,
            # What is asked about decides which red flags ring; what else was found, where nothing is named.
            "named": {} if symptoms else entry_ids_named_by([item.record for item in found]),
            "serious_harms": harms,
            "corrections": result.corrections,
            "all_words_found": result.is_complete,
            "missing_words": result.missing_words,
            "is_truncated": result.is_truncated,
            "results": found,
        }

    def fetch_named(self, result, trait):
        """Return the entries that a phrase names, of the models with this trait."""
        keys = [(model, pk) for model, ids in result.named_ids.items() if getattr(model, trait) for pk in ids]
        return sorted(fetch_records(keys, self.hierarchies).values(), key=attrgetter("slug"))
