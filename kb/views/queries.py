"""What is answered from statements of every kind: chains, disagreements, search."""

from collections import defaultdict

from kb import filters, serializers
from kb.api.pagination import NumberedPagination
from kb.models import Entry, Statement, concrete_models, resource_name
from kb.reasoning.disagreements import Explainer, Verdict, find_disagreements
from kb.reasoning.inheritance import copy_with_lineages
from kb.reasoning.paths import PathFinder, find_strongest_basis
from kb.reasoning.red_flags import entry_ids_named_by
from kb.search.cross_search import load_records, search
from kb.views.base_query import QueryView, fetch_records

EXPLANATION_LABELS = {
    None: "Open: nothing in the sources explains it.",
    Explainer.POPULATION: "Explained: they hold for different people.",
    Explainer.TIME: "Explained: they hold at different times.",
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

    def get_answer(self, to, max_hops, **asked):
        chains, truncated = PathFinder(asked["from"], to, max_hops).find_paths()
        keys = defaultdict(set)
        for link in (link for chain in chains for links in chain.steps for link in links):
            for model, key in [(link.model, link.pk), link.start, link.end]:
                keys[model].add(key)
        records = fetch_records(keys)
        self.preload_disagreements([record for record in records.values() if isinstance(record, Statement)])
        return {
            "start": asked["from"],
            "end": to,
            "max_hops": max_hops,
            "paths": [
                {
                    "hops": len(chain.steps),
                    "basis": chain.basis,
                    "reached": chain.goal_path,
                    "steps": [self.serialize_step(links, records) for links in chain.steps],
                }
                for chain in chains
            ],
            "truncated": truncated,
            "named": entry_ids_named_by([asked["from"], to, *(r for r in records.values() if isinstance(r, Entry))]),
            "note": serializers.ANSWER_DISCLAIMER,
        }

    def serialize_step(self, links, records):
        return {
            "start": records[links[0].start],
            "says": links[0].label,
            "end": records[links[0].end],
            "basis": find_strongest_basis(links),
            "statements": [copy_with_lineages(records[link.model, link.pk], [link.lineage]) for link in links],
        }


class DisagreementsView(QueryView):
    """The pairs of statements that contradict each other on one point.

    A disagreement is explained where the two hold for different people, or at different times; else it is open, and
    both stand, each cited. That a treatment both relieves and causes a symptom is no disagreement: ask
    `/treatments/?causes=&manages=` for those.
    """

    name = "disagreements"
    form_class = filters.DisagreementsForm
    serializer_class = serializers.DisagreementsSerializer
    pagination_class = NumberedPagination
    example = {"verdict": ["open"]}

    def get_answer(self, about, verdict):
        kinds = concrete_models(Statement)
        found = [(kind, pair) for kind in kinds for pair in find_disagreements(kind) if not pair.is_partial]
        if about:
            wanted = {(type(entry), entry.pk) for entry in about}
            found = [
                (kind, pair)
                for kind, pair in found
                if wanted & (get_entry_keys(pair.left) | get_entry_keys(pair.right))
            ]
        if verdict:
            found = [(kind, pair) for kind, pair in found if pair.verdict in verdict]
        found.sort(key=lambda item: (item[1].verdict != Verdict.OPEN, item[1].left.slug, item[1].right.slug))
        page, place = self.paginate_items(found)
        shown = build_disagreement_rows(page)
        statements = [statement for item in shown for statement in item["statements"]]
        self.preload_disagreements(statements)
        return place | {"named": entry_ids_named_by(statements), "results": shown}


def build_disagreement_rows(found):
    """Disagreements as they are shown, each given with the kind of its statements."""
    keys = defaultdict(set)
    for kind, pair in found:
        keys[kind] |= {pair.left.pk, pair.right.pk}
    records = fetch_records(keys)
    return [
        {
            "kind": resource_name(kind),
            "point": pair.point,
            "verdict": pair.verdict,
            "explained_by": pair.explained_by,
            "says": EXPLANATION_LABELS[pair.explained_by],
            "words": [getattr(side, pair.point) for side in (pair.left, pair.right)],
            "statements": [records[kind, side.pk] for side in (pair.left, pair.right)],
        }
        for kind, pair in found
    ]


def get_entry_keys(statement):
    """The model and key of each entry that a statement names."""
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
        found = search(q)
        page, place = self.paginate_items(found.hits)
        records = load_records(page)
        why = {(hit.model, hit.pk): hit.rank.label for hit in page}
        for record in records:
            record.why = why[type(record), record.pk]
        return place | {"named": entry_ids_named_by(records), "corrections": found.corrections, "results": records}
