"""Impact: the public answers that appear, disappear or change when proposed content is published."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from kb.choices import Status
from kb.editorial.diff import changed_field_names
from kb.editorial.dry_run import content_if_published, dry_run, fetch_stored_record
from kb.editorial.impact.answer_index import AnswerIndex, StatementKey
from kb.editorial.impact.partial_index import PartialAnswerIndex, is_too_large
from kb.editorial.impact.report import (
    AnswerBasis,
    AnswerChange,
    AnswerDifference,
    Impact,
    RecordLabel,
    diff_answers,
    format_field_value,
)
from kb.editorial.snapshot import Content, NaturalKeyResolver, editable_fields, serialize_record
from kb.models import Entry, Record, Statement, VersionedRecord, concrete_models, entry_model
from kb.reasoning.disagreements import find_compared_models
from kb.reasoning.hierarchies import EntryKey
from kb.reasoning.inheritance import BASIS_BY_STRENGTH

__all__ = [
    "AnswerBasis",
    "AnswerChange",
    "AnswerDifference",
    "Impact",
    "RecordLabel",
    "compute_impact",
    "may_change_other_answers",
]

COMMON_RECORD_FIELDS = {field.name for field in Record._meta.fields}  # Not part of what a statement asserts.


def compute_impact(record: VersionedRecord, content: Content, resolver: NaturalKeyResolver | None = None) -> Impact:
    """Return the impact of publishing a content as this record.

    `record` is a saved record or a blank `Model()`; it is not touched. A draft is taken as published. The answers are
    read before and inside a dry run, by the rules of the API. Raise ValidationError if the content may not become the
    record.
    """
    stored = fetch_stored_record(record)
    if not isinstance(stored, Entry | Statement):
        with dry_run(record, content, resolver):
            return Impact()  # Sources and passages are cited, but no answer rests on their content.
    models = concrete_models(Statement) if isinstance(stored, Entry) else find_compared_models(type(stored))
    index_class = PartialAnswerIndex if (is_partial := is_too_large()) else AnswerIndex
    index_before, content_before = index_class(), serialize_record(stored)
    nearby = index_before.nearby_entries(stored)
    with dry_run(stored, content, resolver, renews_mark=False) as candidate:
        index_after, content_after = index_class(), serialize_record(candidate)
        nearby |= index_after.nearby_entries(candidate)
        if isinstance(index_before, PartialAnswerIndex) and isinstance(index_after, PartialAnswerIndex):
            compare_the_same(index_before, index_after, models, nearby, (stored, candidate))
        answers_after = index_after.answers(models, nearby)
    answers_before = index_before.answers(models, nearby)
    labels = {key: replace(label, public=False) for key, label in index_after.labels.items()} | index_before.labels
    impact, own_differences = (
        Impact(is_partial=is_partial),
        diff_own_fields(type(candidate), content_before, content_after),
    )
    for entry, statement in answers_before.keys() | answers_after.keys():
        before, after = answers_before.get((entry, statement)), answers_after.get((entry, statement))
        change = AnswerChange(labels[entry], labels.get(statement) if statement else None, before, after)
        if before is None:
            impact.added.append(change)
        elif after is None:
            impact.removed.append(change)
        else:
            is_own = (statement or entry) == (type(candidate), candidate.pk)
            if differences := diff_answers(before, after) + (own_differences if is_own else ()):
                impact.changed.append(replace(change, differences=differences))
    for changes in (impact.added, impact.removed, impact.changed):
        changes.sort(key=answer_sort_key)
    return impact


def compare_the_same(
    index_before: PartialAnswerIndex,
    index_after: PartialAnswerIndex,
    models: Collection[type[Statement]],
    nearby: set[EntryKey],
    records: tuple[Record, Record],
) -> None:
    """Let both indexes answer by the same statements, about the same entries; `records` are as before and after."""
    chosen: set[StatementKey] = set()
    for index, record in zip((index_before, index_after), records, strict=True):
        chosen |= index.choose_statements(models, nearby, record)
    for index in (index_before, index_after):
        index.statement_keys, index.entries = frozenset(chosen), frozenset(nearby)


def answer_sort_key(change: AnswerChange) -> tuple[tuple[bool, str, str] | tuple[()], int, str, str]:
    """Sort entries themselves first, then red flags, then by statement, the strongest basis and the entry's name."""
    statement, basis, entry = change.statement, change.basis.basis, change.entry
    is_red_flag = statement is not None and issubclass(statement.model, Statement) and statement.model.vital
    by_statement = (not is_red_flag, statement.resource_name, statement.slug) if statement else ()
    by_basis = BASIS_BY_STRENGTH.index(basis) if basis else len(BASIS_BY_STRENGTH)
    return by_statement, by_basis, entry.resource_name, entry.name


def diff_own_fields(
    model: type[Entry] | type[Statement], before: Content, after: Content
) -> tuple[AnswerDifference, ...]:
    """Return what a record itself asserts otherwise: an entry its name, a statement all but the common fields."""
    if issubclass(model, Entry):
        names = ["name"]
    else:
        names = [field.name for field in editable_fields(model) if field.name not in COMMON_RECORD_FIELDS]
    return tuple(
        AnswerDifference(
            name, format_field_value(model, name, before[name]), format_field_value(model, name, after[name])
        )
        for name in changed_field_names(before, after)
        if name in names
    )


def may_change_other_answers(record: VersionedRecord, content: Content) -> bool:
    """Return whether a form should show the impact, without computing it.

    True for what appears or disappears, for an entry that moves to other classes, for statements about a class, and for
    those that give a sign, for which a red flag may ring.
    """
    stored = fetch_stored_record(record)
    if not isinstance(stored, Entry | Statement):
        return False
    before = serialize_record(stored)
    after = before | content_if_published(stored, content)
    if before["status"] != after["status"]:
        return Status.PUBLISHED in (before["status"], after["status"])
    if after["status"] != Status.PUBLISHED or not changed_field_names(before, after):
        return False
    if isinstance(stored, Entry):
        return bool(before["parents"] != after["parents"])
    return (
        stored.vital
        or stored.sign_rule is not None
        or any(
            names_class(entry_model(field), before[field.name], after[field.name])
            for field in stored.entry_fields()
            if entry_model(field).inherits
        )
    )


def names_class(model: type[Entry], *slugs: str | None) -> bool:
    """Return whether one of these slugs is that of an entry with published members."""
    members: Any = model.objects.public()  # Any: the mypy plugin fails on the relations of an abstract model.
    return bool(members.filter(parents__slug__in=filter(None, slugs)).exists())
