"""The answer index: every answer about an entry that the API would give now, without serializing it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cached_property, reduce
from operator import or_
from typing import Any, TypeAlias, cast

from django.db.models import Q, QuerySet

from kb.editorial.impact.report import AnswerBasis, RecordLabel
from kb.models import Entry, Record, Statement, concrete_models
from kb.reasoning.claims import Disagreement, get_key
from kb.reasoning.disagreement_index import find_disagreements_of_each
from kb.reasoning.hierarchies import EntryHierarchies, EntryKey
from kb.reasoning.inheritance import Lineage, build_lineage, find_contesting_statements, infer_basis_and_path
from kb.reasoning.named_entries import (
    entry_ids_named_by,
    entry_keys_named_by_statements,
    find_entries_nearby,
    group_ids_by_model,
)
from kb.reasoning.red_flags import find_flag_triggers, red_flag_models

StatementKey: TypeAlias = tuple[type[Statement], int]  # A model and a primary key, as for entries.
Answers: TypeAlias = dict[tuple[EntryKey, StatementKey | None], AnswerBasis]  # None: the entry itself.


class AnswerIndex:
    """The answers of the knowledge base as it is when the index is made.

    The number of queries depends on the number of models, not on that of records.
    """

    def __init__(self) -> None:
        self.hierarchies = EntryHierarchies()
        # Of public entries; those of statements are added as statements are read.
        self.labels: dict[EntryKey | StatementKey, RecordLabel] = {
            (model, pk): RecordLabel(model, slug, name)
            for model in concrete_models(Entry)
            for pk, slug, name in model.objects.public().order_by().values_list("pk", "slug", "name")
        }
        self.names: defaultdict[type[Entry], dict[str, str]] = defaultdict(dict)  # Of public entries, by slug.
        for (model, _), label in self.labels.items():
            self.names[cast("type[Entry]", model)][label.slug] = label.name
        self._lineages: dict[tuple[type[Statement], EntryKey], Lineage] = {}
        self._answered_entries: dict[StatementKey, set[EntryKey]] = {}

    @cached_property
    def named_entries(self) -> dict[StatementKey, set[EntryKey]]:
        """The entries that each public statement names."""
        return {
            (model, pk): entries
            for model in concrete_models(Statement)
            for pk, entries in entry_keys_named_by_statements(model.objects.public()).items()
        }

    def nearby_entries(self, record: Record) -> set[EntryKey]:
        """Return the ancestors and descendants of what a record is or names: all that it can make a difference to."""
        ids_by_model = entry_ids_named_by([record]) if record.pk else {}
        return {
            (model, key)
            for model, ids in ids_by_model.items()
            for key in self.hierarchies[model].get_ancestors_and_descendants(ids)
        }

    def answered_entries(self, statement_key: StatementKey) -> set[EntryKey]:
        """Return the public entries about which a statement answers."""
        if statement_key not in self._answered_entries:
            statement_model, _ = statement_key
            self._answered_entries[statement_key] = {
                (model, key)
                for model, named in self.named_entries[statement_key]
                for key in self.hierarchies[model].get_answered_entries(named, statement_model.vital)
                if (model, key) in self.labels
            }
        return self._answered_entries[statement_key]

    def answers(self, models: Iterable[type[Statement]], nearby: set[EntryKey]) -> Answers:
        """Return the answers by statements of these models that name a nearby entry, and all red flags with them."""
        answers: Answers = {(key, None): AnswerBasis() for key in nearby & self.labels.keys()}
        for model in models:
            answers |= self.statement_answers(model, nearby)
        return answers | self.red_flag_answers()

    def statement_answers(self, model: type[Statement], nearby: set[EntryKey]) -> Answers:
        """Return the answers about each entry by the statements of one model that name a nearby entry."""
        statements = list(self.find_statements(model, nearby))
        disagreements = find_disagreements_of_each(statements, self.hierarchies)
        answers: Answers = {}
        for statement in statements:
            statement_key = model, statement.pk
            self.labels[statement_key] = RecordLabel(model, statement.slug, statement.text)
            for entry in self.answered_entries(statement_key):
                answers[entry, statement_key] = self.answer_basis(statement, entry, disagreements[get_key(statement)])
        return answers

    def find_statements(self, model: type[Statement], nearby: set[EntryKey]) -> QuerySet[Any]:
        """Return the public statements of a model whose answers are compared: those that name a nearby entry."""
        return find_naming_statements(model, nearby)

    def answer_basis(self, statement: Statement, entry: EntryKey, disagreements: Sequence[Disagreement]) -> AnswerBasis:
        """Return the basis on which a statement answers about an entry, given what contradicts it."""
        entry_model, _ = entry
        if not entry_model.inherits:
            return AnswerBasis()
        lineages = [self.lineage(type(statement), entry)]
        basis, path = infer_basis_and_path(statement, lineages)
        contesting = find_contesting_statements(statement, lineages, disagreements) or []
        via, contested_by = tuple(path or ()), tuple(sorted({rival.slug for rival in contesting}))
        names = tuple(self.names[entry_model].get(slug, slug) for slug in via)
        return AnswerBasis(basis, via, contested_by, via_names=names)

    def lineage(self, statement_model: type[Statement], entry: EntryKey) -> Lineage:
        """Return the lineage with which statements of a model answer about an entry."""
        if (statement_model, entry) not in self._lineages:
            model, key = entry
            names = statement_model.entry_field_names(model)
            self._lineages[statement_model, entry] = build_lineage(self.hierarchies, model, [key], names)
        return self._lineages[statement_model, entry]

    def red_flag_answers(self) -> Answers:
        """Return the red flags that come with other answers about each entry, beside those that name it themselves.

        They ring for the entry itself, or name what a statement mentions that is shown with it.
        """
        for model in red_flag_models():
            for pk, slug, text in model.objects.public().order_by().values_list("pk", "slug", "text"):
                self.labels[model, pk] = RecordLabel(model, slug, text)
        triggers = find_flag_triggers(self.hierarchies)
        ringing = self.map_flags_by_entry({flag: by.direct | by.related for flag, by in triggers.items()})
        naming = self.map_flags_by_entry({flag: by.direct for flag, by in triggers.items()})
        flags = {(entry, flag) for entry, flags in ringing.items() if entry in self.labels for flag in flags}
        for statement_key, named in self.named_entries.items():
            if mentioned := set().union(*(naming[entry] for entry in named & naming.keys())):
                flags |= {(entry, flag) for entry in self.answered_entries(statement_key) for flag in mentioned}
        own = {flag: self.answered_entries(flag) for flag in triggers}
        return {(entry, flag): AnswerBasis(as_red_flag=True) for entry, flag in flags if entry not in own[flag]}

    def map_flags_by_entry(
        self, entries_by_flag: dict[StatementKey, set[EntryKey]]
    ) -> dict[EntryKey, set[StatementKey]]:
        """Map each of these entries, its kinds and broader ones to their red flags."""
        flags: dict[EntryKey, set[StatementKey]] = defaultdict(set)
        for flag, entries in entries_by_flag.items():
            for entry in find_entries_nearby(group_ids_by_model(entries), self.hierarchies):
                flags[entry].add(flag)
        return flags


def find_naming_statements(model: type[Statement], entries: set[EntryKey]) -> QuerySet[Any]:
    """Return the public statements of a model that name one of these entries."""
    matches = [
        Q(**{f"{field.name}__in": keys})
        for field in model.entry_fields()
        if (keys := [key for entry_model, key in entries if entry_model is field.related_model])
    ]
    statements: Any = model.objects  # Any: the mypy plugin fails on the relations of an abstract model.
    if not matches:
        return cast("QuerySet[Any]", statements.none())
    naming = statements.filter(reduce(or_, matches)).order_by().values("pk")
    return cast("QuerySet[Any]", statements.public().filter(pk__in=naming).order_by())
