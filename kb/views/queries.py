"""The query views that are answered from statements of every model: disagreements and search."""

from collections import defaultdict

from kb import filters, serializers
from kb.api.pagination import NumberedPagination
from kb.models import Statement, concrete_models, resource_name
from kb.reasoning.disagreements import Explainer, Verdict, find_disagreements
from kb.reasoning.red_flags import entry_ids_named_by
from kb.search.cross_search import load_records, search
from kb.views.base_query import QueryView, fetch_records

EXPLANATION_LABELS = {
    None: "Open: nothing in the sources explains it.",
    Explainer.POPULATION: "Explained: they hold for different people.",
    Explainer.TIME: "Explained: they hold at different times.",
    Explainer.CONTEXT: "Explained: they hold for different uses or causes.",
}


class DisagreementsView(QueryView):
    """The pairs of statements that contradict each other on one point.

    A disagreement is explained where the two hold for different people, times, uses or causes; else it is open, and
    both stand, each cited. That a treatment both relieves and causes a symptom is no disagreement: ask
    `/treatments/?causes=&manages=` for those.
    """

    name = "disagreements"
    form_class = filters.DisagreementsForm
    serializer_class = serializers.DisagreementsSerializer
    pagination_class = NumberedPagination
    example = {"verdict": ["open"]}

    def get_answer(self, about, verdict):
        pairs = [
            pair
            for model in concrete_models(Statement)
            for pair in find_disagreements(model, hierarchies=self.hierarchies)
            if not pair.is_partial
        ]
        if about:
            wanted = {(type(entry), entry.pk) for entry in about}
            pairs = [pair for pair in pairs if wanted & (get_entry_keys(pair.left) | get_entry_keys(pair.right))]
        if verdict:
            pairs = [pair for pair in pairs if pair.verdict in verdict]
        pairs.sort(key=lambda pair: (pair.verdict != Verdict.OPEN, pair.left.slug, pair.right.slug))
        page, page_links = self.paginate_items(pairs)
        rows = build_disagreement_rows(page)
        statements = [statement for row in rows for statement in row["statements"]]
        self.preload_disagreements(statements)
        return page_links | {"named": entry_ids_named_by(statements), "results": rows}


def build_disagreement_rows(pairs):
    """Return disagreements as the serializer shows them, with their statements as the API shows these."""
    keys = defaultdict(set)
    for pair in pairs:
        keys[type(pair.left)] |= {pair.left.pk, pair.right.pk}
    records = fetch_records(keys)
    return [
        {
            "kind": resource_name(type(pair.left)),
            "point": pair.point,
            "verdict": pair.verdict,
            "explained_by": pair.explained_by,
            "says": EXPLANATION_LABELS[pair.explained_by],
            "words": [getattr(side, pair.point) for side in (pair.left, pair.right)],
            "statements": [records[type(side), side.pk] for side in (pair.left, pair.right)],
        }
        for pair in pairs
    ]


def get_entry_keys(statement):
    """Return the model and key of each entry that a statement names in a foreign key."""
    return {(f.related_model, getattr(statement, f.attname)) for f in statement.entry_fields() if not f.many_to_many}


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

    def get_answer(self, q):
        result = search(q, self.hierarchies)
        page, page_links = self.paginate_items(result.hits)
        records = load_records(page)
        reasons = {(hit.model, hit.pk): hit.rank.label for hit in page}
        missing = {(hit.model, hit.pk): hit.missing_words for hit in page}
        for record in records:  # Read by HitSerializer.
            record.why, record.missing_words = reasons[type(record), record.pk], missing[type(record), record.pk]
        return page_links | {
            "named": entry_ids_named_by(records),
            "corrections": result.corrections,
            "all_words_found": result.is_complete,
            "missing_words": result.missing_words,
            "results": records,
        }
