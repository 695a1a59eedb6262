"""The view of paths: chains of causes from one entry to another and, apart, cascades through a remedy."""

from kb import filters, serializers
from kb.models import Entry, Source, Statement
from kb.reasoning.causal_graph import CausalGraph
from kb.reasoning.coverage import format_count
from kb.reasoning.disagreement_index import find_disagreements_of_each
from kb.reasoning.inheritance import copy_with_lineages
from kb.reasoning.limits import describe_limits, lower_first_word
from kb.reasoning.named_entries import entry_ids_named_by
from kb.reasoning.paths import find_cascades, find_causal_paths, find_contesting_statements_of_step
from kb.reasoning.record_cache import fetch_records
from kb.views.base_query import QueryView


class PathRowsMixin:
    """Builds the paths of an answer as the serializer of paths shows them."""

    def fetch_records_of(self, steps, relief, entries):
        """Return the statements and entries of the answer, by model and key, in a few queries for each model."""
        supports = [*relief, *(support for step in steps for support in step.supports)]
        wanted = [(support.edge.model, support.edge.pk) for support in supports]
        wanted += [entry for step in steps for entry in (step.start, step.end)]
        wanted += [support.edge.end for support in relief]
        return fetch_records([*wanted, *entries], self.hierarchies)

    def build_path(self, graph, path, records):
        """Return a path as the serializer shows it."""
        steps = [self.build_step(graph, step, records) for step in path.steps]
        return {
            "hops": len(steps),
            "basis": path.basis,
            "reached": path.goal_path,
            "says": describe_chain(steps),
            "steps": steps,
        }

    def build_cascade(self, graph, path, relief, records):
        """Return a path through a remedy as the serializer shows it, with what the remedy is said to help against."""
        (remedy,) = path.remedies
        built = self.build_path(graph, path, records)
        return built | {
            "says": " ".join([built["says"], *describe_relief(records[remedy], relief, records)]),
            "remedy": records[remedy],
            "remedy_also_helps": self.build_statements(graph, remedy, relief, records),
        }

    def build_step(self, graph, step, records):
        """Return a step as the serializer shows it; its limits are those that all its firmest statements have."""
        limits = [
            describe_limits(records[support.edge.model, support.edge.pk])
            for support in step.supports
            if support.basis == step.basis
        ]
        statements = [records[support.edge.model, support.edge.pk] for support in step.supports]
        disagreements = find_disagreements_of_each(statements, self.hierarchies)
        return {
            "start": records[step.start],
            "says": step.predicate,
            "end": records[step.end],
            "basis": step.basis,
            "limits": [sentence for sentence in limits[0] if all(sentence in others for others in limits)],
            "contested_by": find_contesting_statements_of_step(graph, step, disagreements),
            "statements": self.build_statements(graph, step.start, step.supports, records),
        }

    def build_statements(self, graph, entry, supports, records):
        """Return the statements of a step from an entry, each with the basis on which it answers about that."""
        return [
            copy_with_lineages(
                records[support.edge.model, support.edge.pk], [graph.get_lineage(entry, support.edge.rule.start_field)]
            )
            for support in supports
        ]


class PathsView(PathRowsMixin, QueryView):
    """The chains of statements that lead from one entry to another.

    `paths` are made of causes alone: one thing causes, raises the risk of, leads to, shows as or spreads to the next.
    `cascades` go through one remedy: chemotherapy can cause a low white cell count, which is treated with growth
    factors, which can cause bone pain. Every step is cited, goes through classes, and keeps its limits: what is said
    only of a cause or of a use is a step only where that stands earlier or is named with `having`, and no chain puts
    together what holds for different people. The shortest come first; the work is bounded, and the answer says so where
    it stopped.
    """

    name = "paths"
    form_class = filters.PathsForm
    serializer_class = serializers.FoundPathsSerializer
    example = {"from": "chemotherapy", "to": "infection", "max_hops": 3}

    def get_answer(self, from_, to, having, max_hops):
        graph = self.hierarchies.derive(CausalGraph)
        question = (get_entry_key(from_), get_entry_key(to), max_hops, [get_entry_key(entry) for entry in having])
        causal, cascades = find_causal_paths(graph, *question), find_cascades(graph, *question)
        start_relief = self.find_relief(graph, question[0], question[1])
        relief = [
            self.find_relief(graph, remedy, path.steps[-1].end) for path in cascades.paths for remedy in path.remedies
        ]
        nearest = [] if causal.paths or cascades.paths else find_nearest_goals(graph, *question)
        steps = [step for path in [*causal.paths, *cascades.paths] for step in path.steps]
        records = self.fetch_records_of(steps, [*start_relief, *(item for items in relief for item in items)], nearest)
        self.preload_disagreements([record for record in records.values() if isinstance(record, Statement)])
        source_count = Source.objects.public().count()
        return {
            "start": from_,
            "end": to,
            "having": having,
            "max_hops": max_hops,
            "says": describe_findings(from_, to, max_hops, source_count, causal.paths, cascades.paths),
            "sources": source_count,
            "paths": [self.build_path(graph, path, records) for path in causal.paths],
            "cascades": [
                self.build_cascade(graph, path, found, records)
                for path, found in zip(cascades.paths, relief, strict=True)
            ],
            "start_also_helps": self.build_statements(graph, question[0], start_relief, records),
            "nearest": [records[entry] for entry in nearest],
            "truncated": causal.is_truncated or cascades.is_truncated,
            "asked": entry_ids_named_by([from_, to]),
            "named": entry_ids_named_by(record for record in records.values() if isinstance(record, Entry)),
            "note": serializers.ANSWER_DISCLAIMER,
        }

    def find_relief(self, graph, treatment, end):
        """Return what is said of a treatment, and of its classes, to relieve or prevent the end of a chain."""
        return graph.find_relief(treatment, end) if treatment[0].is_treatment and treatment != end else []


def get_entry_key(entry):
    return type(entry), entry.pk


def find_nearest_goals(graph, start, goal, max_hops, having):
    """Return the broader entries than a goal to which chains of causes lead, those that lead nowhere else left out."""
    broader = sorted(graph.get_self_and_classes(goal) - {goal, start}, key=lambda entry: entry[1])
    return [entry for entry in broader if find_causal_paths(graph, start, entry, max_hops, having).paths]


def describe_chain(steps):
    """Return a chain in words, with the limits of its steps: X can cause Y (only for women), which can lead to Z."""
    parts = []
    for step in steps:
        limits = "; ".join(lower_first_word(limit.removesuffix(".")) for limit in step["limits"])
        parts.append(f"{step['says']} {lower_first_word(step['end'].name)}{f' ({limits})' if limits else ''}")
    words = f"{steps[0]['start'].name} {', which '.join(parts)}."
    if any(step["contested_by"] for step in steps):
        words += " Another statement says the opposite of a step."
    return words


def describe_relief(remedy, relief, records):
    """Return a sentence that says against what a remedy is said to help, if it is said of anything here."""
    if not relief:
        return []
    names = dict.fromkeys(lower_first_word(records[support.edge.end].name) for support in relief)
    counted = "1 statement names" if len(relief) == 1 else f"{len(relief)} statements name"
    return [
        f"But {counted} {lower_first_word(remedy.name)}, or a class of it, as a help against {' and '.join(names)}."
    ]


def describe_findings(start, goal, max_hops, source_count, paths, cascades):
    """Return in words what was found; that nothing was is no proof."""
    ends = f"from {lower_first_word(start.name)} to {lower_first_word(goal.name)}"
    if paths:
        sentences = [f"{format_count(len(paths), 'chain')} of causes {'leads' if len(paths) == 1 else 'lead'} {ends}."]
    else:
        sentences = [
            f"No chain of causes{'' if cascades else ', and none through a remedy,'} leads {ends} in the "
            f"{format_count(source_count, 'source')} read here, in {format_count(max_hops, 'step')} at most.",
            "That is no proof that there is none.",
        ]
    if cascades:
        sentences.append(
            f"{format_count(len(cascades), 'chain')} {'goes' if len(cascades) == 1 else 'go'} through a remedy: "
            "something on the way is treated with what leads on."
        )
    return " ".join(sentences)
