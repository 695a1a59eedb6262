"""The knowledge graph of a release as KGX TSV: entries as nodes, what statements say of two entries as edges.

Categories and predicates are those of the Biolink model (4.4) where they are right, else its widest ones. A statement
that is limited, contested, or of some members of a class is `biolink:related_to`: no reader of a predicate alone may
take it for more than it says. Its own words, certainty and limits stand in further columns.
"""

from collections.abc import Iterator, Set
from dataclasses import dataclass
from types import SimpleNamespace

from kb.choices import Certainty, Scope
from kb.code_systems import split_curie
from kb.models import EdgeKind, Entry, Statement
from kb.renderers.json_ld import has_reservations
from kb.renderers.table_columns import format_cell

PREFIX = "bone-pain-kb"  # Of the identifiers of this knowledge base: bone-pain-kb:treatments/letrozole.
TSV_MEDIA_TYPE = "text/tab-separated-values"
LIST_SEPARATOR = "|"
NODE_COLUMNS = ["id", "category", "name", "description", "synonym", "xref", "provided_by"]
EDGE_COLUMNS = [
    *("id", "subject", "predicate", "object", "category", "original_predicate"),
    *("primary_knowledge_source", "publications", "knowledge_level", "agent_type"),
    *("statement", "text", "certainty", "population", "scope", "limits", "disagreements", "citations"),
]
NOT_PROVIDED = "not_provided"  # How the statements came to be is not stated in these terms.
RELATED_TO, SUBCLASS_OF = "biolink:related_to", "biolink:subclass_of"
CATEGORIES = {  # By type of schema.org.
    "Drug": "biolink:Drug",
    "TherapeuticProcedure": "biolink:Treatment",
    "MedicalEntity": "biolink:Treatment",
    "MedicalSymptom": "biolink:PhenotypicFeature",
    "MedicalSign": "biolink:PhenotypicFeature",
    "MedicalCondition": "biolink:DiseaseOrPhenotypicFeature",
    "DiagnosticProcedure": "biolink:Procedure",
}
TREATMENTS = {"biolink:Drug", "biolink:Treatment"}
PHENOTYPES = {"biolink:PhenotypicFeature"}
CONDITIONS = {*PHENOTYPES, "biolink:DiseaseOrPhenotypicFeature"}
XREF_PREFIXES = {"rxnorm": "RXCUI"}  # Where the Biolink model calls a system otherwise than in capitals.


@dataclass(frozen=True)
class BiolinkPredicate:
    """A predicate, the categories between which it may stand, and whether only a plain fact may be said with it."""

    name: str
    domain: Set[str]
    range: Set[str]
    is_fact: bool = False


TREATS = BiolinkPredicate("biolink:treats_or_applied_or_studied_to_treat", TREATMENTS, CONDITIONS)
PREDICATES = {  # By what an edge of the causal graph says; all others are RELATED_TO.
    "can cause": BiolinkPredicate("biolink:has_side_effect", TREATMENTS, CONDITIONS),
    "can raise the risk of": BiolinkPredicate("biolink:predisposes_to_condition", TREATMENTS, CONDITIONS, is_fact=True),
    "can show as": BiolinkPredicate("biolink:has_phenotype", CONDITIONS, PHENOTYPES, is_fact=True),
    "helps with": TREATS,
    "is treated with": TREATS,  # Told from the treatment on.
}


def build_curie(kind, slug):
    return f"{PREFIX}:{kind}/{slug}"


def get_curie(reference):
    """Return the identifier of a record in an answer, by its address."""
    kind, slug = reference["url"].rstrip("/").split("/")[-2:]
    return build_curie(kind, slug)


class GraphFiles:
    """The nodes and edges of all records; `read_records` reads the serialized records of a kind, each time anew."""

    def __init__(self, models, read_records):
        self.models, self.read_records = models, read_records
        self.categories = {}  # Of each node: edges look them up.

    def iterate_nodes(self) -> Iterator[bytes]:
        """Yield the lines of the nodes: every entry."""
        yield format_line(NODE_COLUMNS)
        for kind, model in self.models.items():
            for entry in self.read_records(kind) if issubclass(model, Entry) else ():
                curie, category = get_curie(entry), find_category(model, entry)
                self.categories[curie] = category
                names = [*entry["synonyms"], *entry.get("brand_names", ())]
                xrefs = [*map(build_xref, entry["codes"])]
                yield format_line([curie, category, entry["name"], entry["summary"], names, xrefs, PREFIX])

    def iterate_edges(self) -> Iterator[bytes]:
        """Yield the lines of the edges, after the nodes: classes, then what each source of a statement says."""
        yield format_line(EDGE_COLUMNS)
        for kind, model in self.models.items():
            for record in self.read_records(kind) if issubclass(model, Entry | Statement) else ():
                build = self.build_class_edges if issubclass(model, Entry) else self.build_statement_edges
                yield from (format_line([edge.get(name, "") for name in EDGE_COLUMNS]) for edge in build(model, record))

    def build_class_edges(self, model, entry):
        """Yield an edge from an entry to each class to which it belongs: no document is recorded to say so."""
        for parent in entry["parents"]:
            subject, target = get_curie(entry), get_curie(parent)
            edge = build_edge(f"{subject}#{target}", subject, SUBCLASS_OF, target, "belongs to")
            yield edge | {"primary_knowledge_source": PREFIX}

    def build_statement_edges(self, model, statement):
        """Yield the edges of a statement: one for each pair of entries that it connects, and each source."""
        own = {
            "statement": get_curie(statement),
            **{name: statement[name] for name in ("text", "certainty", "population", "scope", "limits")},
            "disagreements": [f"{other['kind']}/{other['slug']}" for other in statement["disagreements"]],
        }
        for rule in find_rules(model, statement):
            ends = [statement[rule.start_field], statement[rule.end_field]]
            subject, target = map(get_curie, reversed(ends) if rule.kind is EdgeKind.REMEDY else ends)
            predicate = self.choose_predicate(model, statement, rule, subject, target)
            for source, passages in group_by_source(statement["citations"]).items():
                key = f"{own['statement']}#{rule.start_field}-{rule.end_field}-{source}"
                yield {
                    **build_edge(key, subject, predicate, target, rule.predicate),
                    **own,
                    "primary_knowledge_source": build_curie("sources", source),
                    "publications": passages[0]["source"]["address"],
                    "citations": [*map(format_cell, passages)],
                }

    def choose_predicate(self, model, statement, rule, subject, target):
        """Return the predicate of an edge: the one of the Biolink model that is right, or else the widest."""
        predicate = PREDICATES.get(rule.predicate)
        if (
            predicate is None
            or is_reserved(model, statement, rule)
            or (predicate.is_fact and statement["certainty"] != Certainty.DEFINITE)
            or self.categories[subject] not in predicate.domain
            or self.categories[target] not in predicate.range
        ):
            return RELATED_TO
        return predicate.name


def find_category(model, entry):
    """Return the category of an entry, by its type in schema.org."""
    return CATEGORIES[model.schema_org.type_of(SimpleNamespace(kind=entry.get("kind")))]


def find_rules(model, statement):
    """Return the rules by which a statement connects two entries, as in the causal graph.

    A remedy is left to the edge that tells it as relief, if there is one; what is only aimed at is caused by nothing.
    """
    kinds = {rule.kind for rule in model.leads}
    told = kinds - {EdgeKind.REMEDY} if EdgeKind.RELIEF in kinds else kinds
    return [
        rule
        for rule in model.leads
        if rule.kind in told
        and not (rule.kind is EdgeKind.CAUSE and statement["certainty"] == Certainty.AIM)
        and statement[rule.start_field]
        and statement[rule.end_field]
        and all(statement[name] in values for name, values in rule.conditions.items())
    ]


def is_reserved(model, statement, rule):
    """Whether a statement says less than a predicate would; where schema.org has a property, as that is judged."""
    ends = {rule.start_field, rule.end_field}
    readings = [reading for reading in model.schema_org if {reading.subject_field, reading.value_field} == ends]
    return (
        statement["scope"] == Scope.SOME
        or bool(statement["limits"] or statement["contested_by"] or statement["disagreements"])
        or any(has_reservations(model, statement, reading) for reading in readings)
    )


def group_by_source(citations):
    """Return the cited places by the slug of their source."""
    groups = {}
    for passage in citations:
        groups.setdefault(passage["source"]["slug"], []).append(passage)
    return groups


def build_edge(key, subject, predicate, target, words):
    """Return what every edge has; `words` say in ours what the predicate says in those of the Biolink model."""
    return {
        "id": key,
        "subject": subject,
        "predicate": predicate,
        "object": target,
        "category": "biolink:Association",
        "original_predicate": f"{PREFIX}:{words.replace(' ', '-')}",
        "knowledge_level": NOT_PROVIDED,
        "agent_type": NOT_PROVIDED,
    }


def build_xref(curie):
    """Return a code as the Biolink model writes it."""
    prefix, code = split_curie(curie)
    return f"{XREF_PREFIXES.get(prefix, prefix.upper())}:{code}"


def format_line(values):
    """Return a line of tab-separated values, without quotes: no value holds a tab or a line break."""
    cells = (LIST_SEPARATOR.join(value) if isinstance(value, list) else str(value) for value in values)
    return ("\t".join(" ".join(cell.split()) for cell in cells) + "\n").encode()
