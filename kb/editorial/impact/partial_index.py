"""The partial answer index: a bounded part of the answers, where there are too many to compare all of them."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any, cast

from django.db.models import QuerySet

from kb.dataset.version import dataset_state
from kb.editorial.impact.answer_index import AnswerIndex, Answers, StatementKey, find_naming_statements
from kb.models import Record, Statement
from kb.reasoning.claims import get_key
from kb.reasoning.disagreement_index import find_disagreements_of_each
from kb.reasoning.hierarchies import EntryKey
from kb.reasoning.named_entries import entry_ids_named_by, entry_keys_named_by_statements

MAX_COMPARED_STATEMENTS = 3_000  # Of all kinds together; where there are more, only a part of the answers is compared.
MAX_NEARBY_STATEMENTS = 50  # Of each kind, beside the one that changes and those that contradict it.
MAX_RIVALS = 100
MAX_NEARBY_ENTRIES = 200


def is_too_large() -> bool:
    """Return whether there are too many public statements to compare all answers."""
    counts = dataset_state().counts
    return sum(count for model, count in counts.items() if issubclass(model, Statement)) > MAX_COMPARED_STATEMENTS


class PartialAnswerIndex(AnswerIndex):
    """Answers by a bounded number of statements about a bounded number of entries, without what red flags come along.

    The statements are those of `statement_keys`, so that the same are compared before and after a change.
    """

    statement_keys: frozenset[StatementKey] = frozenset()
    entries: frozenset[EntryKey] = frozenset()

    @cached_property
    def named_entries(self) -> dict[StatementKey, set[EntryKey]]:
        return {
            (model, pk): entries
            for model in {model for model, _ in self.statement_keys}
            for pk, entries in entry_keys_named_by_statements(self.find_statements(model, set())).items()
        }

    def nearby_entries(self, record: Record) -> set[EntryKey]:
        """Return a part of what a record can make a difference to: what it is or names, broader entries, members."""
        ids_by_model = entry_ids_named_by([record]) if record.pk else {}
        broader = {model: self.hierarchies[model].get_ancestors(ids) for model, ids in ids_by_model.items()}
        members = {model: self.hierarchies[model].get_self_and_descendants(ids) for model, ids in ids_by_model.items()}
        nearby = [
            (model, key)
            for keys_by_model in (ids_by_model, broader, members)
            for model, keys in keys_by_model.items()
            for key in sorted(keys)
        ]
        return set([*dict.fromkeys(nearby)][:MAX_NEARBY_ENTRIES])

    def choose_statements(
        self, models: Iterable[type[Statement]], nearby: set[EntryKey], record: Record
    ) -> set[StatementKey]:
        """Return the keys of a record, of what contradicts it, and of some statements that name a nearby entry."""
        chosen: set[StatementKey] = set()
        for model in models:
            keys = find_naming_statements(model, nearby).values_list("pk", flat=True)[:MAX_NEARBY_STATEMENTS]
            chosen.update((model, key) for key in keys)
        if isinstance(record, Statement) and record.pk:
            disagreements = find_disagreements_of_each([record], self.hierarchies)[get_key(record)]
            rivals = {(type(pair.right), pair.right.pk) for pair in disagreements[:MAX_RIVALS]}
            chosen |= {(type(record), record.pk), *rivals}
        return chosen

    def find_statements(self, model: type[Statement], nearby: set[EntryKey]) -> "QuerySet[Any]":
        keys = [key for of, key in self.statement_keys if of is model]
        statements: Any = model.objects  # Any: the mypy plugin fails on the relations of an abstract model.
        return cast("QuerySet[Any]", statements.public().filter(pk__in=keys).order_by())

    def answered_entries(self, statement_key: StatementKey) -> set[EntryKey]:
        return super().answered_entries(statement_key) & self.entries

    def red_flag_answers(self) -> Answers:
        return {}
