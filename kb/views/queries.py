"""What is answered from statements of every kind: chains, disagreements, search."""

from collections import defaultdict

from kb import filters, serializers
from kb.api.pagination import Pages
from kb.dataset.version import record_models
from kb.models import Entry, Statement
from kb.reasoning.disagreements import Explainer, Verdict, disagreements
from kb.reasoning.inheritance import answering
from kb.reasoning.paths import Chains, strongest
from kb.reasoning.red_flags import named_by
from kb.search.cross_search import load, search
from kb.serializers import resource
from kb.views.base_query import Question, in_bulk

SAYS = {
    None: "Open: nothing in the sources explains it.",
    Explainer.POPULATION: "Explained: they hold for different people.",
    Explainer.TIME: "Explained: they hold at different times.",
}


class Paths(Question):
    """The chains of statements that lead from one entry to another.

    Such as from chemotherapy to a low white cell count, to growth factors, to bone pain: every step is cited, and goes
    through classes. A way to help that is stated only for some cause is a step only where that cause stands earlier.
    The shortest come first; the work is bounded, and the answer says so where it stopped.
    """

    name = "paths"
    form_class = filters.PathsForm
    serializer_class = serializers.FoundPathsSerializer
    example = {"from": "chemotherapy", "to": "bone-pain", "max_hops": 3}

    def answer(self, to, max_hops, **asked):
        chains, truncated = Chains(asked["from"], to, max_hops).run()
        keys = defaultdict(set)
        for link in (link for chain in chains for links in chain.steps for link in links):
            for model, key in [(link.kind, link.pk), link.start, link.end]:
                keys[model].add(key)
        records = in_bulk(keys)
        self.know([record for record in records.values() if isinstance(record, Statement)])
        return {
            "start": asked["from"],
            "end": to,
            "max_hops": max_hops,
            "paths": [
                {
                    "hops": len(chain.steps),
                    "basis": chain.basis,
                    "reached": chain.reached,
                    "steps": [self.step(links, records) for links in chain.steps],
                }
                for chain in chains
            ],
            "truncated": truncated,
            "named": named_by([asked["from"], to, *(r for r in records.values() if isinstance(r, Entry))]),
            "note": serializers.NOTE,
        }

    def step(self, links, records):
        return {
            "start": records[links[0].start],
            "says": links[0].words,
            "end": records[links[0].end],
            "basis": strongest(links),
            "statements": [answering(records[link.kind, link.pk], [link.lineage]) for link in links],
        }


class Disagreements(Question):
    """The pairs of statements that contradict each other on one point.

    A disagreement is explained where the two hold for different people, or at different times; else it is open, and
    both stand, each cited. That a treatment both relieves and causes a symptom is no disagreement: ask
    `/treatments/?causes=&manages=` for those.
    """

    name = "disagreements"
    form_class = filters.DisagreementsForm
    serializer_class = serializers.DisagreementsSerializer
    pagination_class = Pages
    example = {"verdict": ["open"]}

    def answer(self, about, verdict):
        kinds = [model for model in record_models() if issubclass(model, Statement)]
        found = [(kind, pair) for kind in kinds for pair in disagreements(kind) if not pair.of_some]
        if about:
            wanted = {(type(entry), entry.pk) for entry in about}
            found = [(kind, pair) for kind, pair in found if wanted & (names(pair.one) | names(pair.other))]
        if verdict:
            found = [(kind, pair) for kind, pair in found if pair.verdict in verdict]
        found.sort(key=lambda item: (item[1].verdict != Verdict.OPEN, item[1].one.slug, item[1].other.slug))
        page, place = self.cut(found)
        shown = side_by_side(page)
        statements = [statement for item in shown for statement in item["statements"]]
        self.know(statements)
        return place | {"named": named_by(statements), "results": shown}


def side_by_side(found):
    """Disagreements as they are shown, each given with the kind of its statements."""
    keys = defaultdict(set)
    for kind, pair in found:
        keys[kind] |= {pair.one.pk, pair.other.pk}
    records = in_bulk(keys)
    return [
        {
            "kind": resource(kind),
            "point": pair.point,
            "verdict": pair.verdict,
            "explained_by": pair.explained_by,
            "says": SAYS[pair.explained_by],
            "words": [getattr(side, pair.point) for side in (pair.one, pair.other)],
            "statements": [records[kind, side.pk] for side in (pair.one, pair.other)],
        }
        for kind, pair in found
    ]


def names(statement):
    """The model and key of each entry that a statement names."""
    return {(f.related_model, getattr(statement, f.attname)) for f in statement.entry_fields() if not f.many_to_many}


class Search(Question):
    """The entries and statements that answer a few words, best first.

    Names count in any case and either spelling, with synonyms, brand names and lay words; a typing error is read as
    the nearest name, and the answer says so. A statement is found through the classes of what is named, too.
    """

    name = "search"
    form_class = filters.SearchForm
    serializer_class = serializers.SearchSerializer
    pagination_class = Pages
    example = {"q": "letrazole joint pain"}

    def answer(self, q):
        found = search(q)
        page, place = self.cut(found.hits)
        records = load(page)
        why = {(hit.model, hit.pk): hit.rank.label for hit in page}
        for record in records:
            record.why = why[type(record), record.pk]
        return place | {"named": named_by(records), "corrections": found.corrections, "results": records}
