"""The query views that are answered from statements of every model: paths, disagreements, search."""

from collections import defaultdict

from kb import filters, serializers
from kb.api.pagination import NumberedPagination
from kb.models import Entry, Statement, concrete_models, resource_name
from kb.reasoning.disagreements import Explainer, Verdict, find_disagreements
from kb.reasoning.inheritance import copy_with_lineages
from kb.reasoning.paths import PathFinder, find_strongest_basis
from kb.reasoning.named_entries import entry_ids_named_by
from kb.search.cross_search import load_records, search
from kb.views.base_query import QueryView, fetch_records

EXPLANATION_LABELS = {
    None: "Open: nothing in the sources explains it.",
    Explainer.POPULATION: "Explained: they hold for different people.",
    Explainer.TIME: "Explained: they hold at different times.",
    Explainer.CONTEXT: "Explained: they hold for different uses or causes.",
}


class PathsView(QueryView):
    """The chains of statements that lead from one entry to another.

    Such as from chemotherapy to a low white cell count, to growth factors, to bone pain: every step is cited, and goes
    through classes. A way to help that is stated only for some cause is a step only where that cause stands earlier.
    The shortest come first; the work is bounded, and the answer says so where it stopped.
    """

    name = "paths"
    form_class = filters.PathsForm
    serializer_class = serializers.FoundPathsSerializer
    example = {"from": "chemotherapy", "to": "bone-pain", "max_hops": 3}

    def get_answer(self, from_, to, max_hops):
        paths, truncated = PathFinder(from_, to, max_hops, self.hierarchies).find_paths()
        keys = defaultdict(set)
        for edge in (edge for path in paths for step in path.steps for edge in step):
            for model, key in [(edge.model, edge.pk), edge.start, edge.end]:
                keys[model].add(key)
        records = fetch_records(keys)
        self.preload_disagreements([record for record in records.values() if isinstance(record, Statement)])
        return {
            "start": from_,
            "end": to,
            "max_hops": max_hops,
            "paths": [
                {
                    "hops": len(path.steps),
                    "basis": path.basis,
                    "reached": path.goal_path,
                    "steps": [self.serialize_step(step, records) for step in path.steps],
                }
                for path in paths
            ],
            "truncated": truncated,
            "asked": entry_ids_named_by([from_, to]),
            "named": entry_ids_named_by(record for record in records.values() if isinstance(record, Entry)),
            "note": serializers.ANSWER_DISCLAIMER,
        }

    def serialize_step(self, edges, records):
        return {
            "start": records[edges[0].start],
            "says": edges[0].label,
            "end": records[edges[0].end],
            "basis": find_strongest_basis(edges),
            "statements": [copy_with_lineages(records[edge.model, edge.pk], [edge.lineage]) for edge in edges],
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
        return page_links | {
            "asked": entry_ids_named_by(about or ()),
            "named": entry_ids_named_by(statements),
            "results": rows,
        }


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
        for record in records:
            record.why = reasons[type(record), record.pk]  # Read by HitSerializer.
        return page_links | {
            "asked": result.named_ids,
            "named": entry_ids_named_by(records),
            "corrections": result.corrections,
            "results": records,
        }
