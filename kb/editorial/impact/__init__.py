"""Which answers appear, disappear or change for readers if a record becomes what is proposed: told before it does."""

from dataclasses import replace

from kb.choices import Status
from kb.editorial.dry_run import content_if_published, dry_run, fetch_stored_record
from kb.editorial.impact.answer_index import AnswerIndex
from kb.editorial.impact.report import (
    AnswerBasis,
    AnswerChange,
    AnswerDifference,
    Impact,
    RecordLabel,
    diff_answers,
    format_field_value,
)
from kb.editorial.snapshot import changed_field_names, editable_fields, serialize_record
from kb.models import Entry, Record, Statement, concrete_models
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

COMMON_RECORD_FIELDS = {field.name for field in Record._meta.fields}  # These tell nothing of what a statement is about.


def compute_impact(record, content, library=None):
    """The Impact of a content (as in kb.editorial.snapshot) that is to become this record.

    `record` is saved or, for what is new, a blank `Model()`; it is not touched. A draft is taken as published. Readers
    are heard before and after, by the API's own rules, with the content written and rolled back: nothing stays behind.
    A content that may not become the record raises ValidationError, as when it is saved.
    """
    now = fetch_stored_record(record)
    if not isinstance(now, Entry | Statement):
        with dry_run(record, content, library):
            return Impact()  # Sources and passages are cited; on what an answer rests does not hang on them.
    kinds = (
        concrete_models(Statement) if isinstance(now, Entry) else [type(now)]
    )  # Statements contest those of their kind.
    before, was = AnswerIndex(), serialize_record(now)
    near = before.nearby_entries(now)
    with dry_run(record, content, library) as trial:
        after, becomes = AnswerIndex(), serialize_record(trial)
        near |= after.nearby_entries(trial)
        told_after = after.answers(kinds, near)
    told_before = before.answers(kinds, near)
    names = {key: replace(named, public=False) for key, named in after.labels.items()} | before.labels
    found, own = Impact(), diff_own_fields(type(trial), was, becomes)
    for entry, statement in told_before.keys() | told_after.keys():
        one, other = told_before.get((entry, statement)), told_after.get((entry, statement))
        answer = AnswerChange(names[entry], names.get(statement), one, other)
        if one is None:
            found.added.append(answer)
        elif other is None:
            found.removed.append(answer)
        elif differs := diff_answers(one, other) + (own if (statement or entry) == (type(trial), trial.pk) else ()):
            found.changed.append(replace(answer, differences=differs))
    for answers in (found.added, found.removed, found.changed):
        answers.sort(key=answer_sort_key)
    return found


def answer_sort_key(answer):
    """Entries themselves first, then red flags, then by what is said, and to whom: the firmest basis first."""
    said, told, entry = answer.statement, answer.after or answer.before, answer.entry
    of_statement = (not said.model.vital, said.resource_name, said.slug) if said else ()
    return (
        of_statement,
        BASIS_BY_STRENGTH.index(told.basis) if told.basis else len(BASIS_BY_STRENGTH),
        entry.resource_name,
        entry.name,
    )


def diff_own_fields(model, was, becomes):
    """What a record itself says otherwise: an entry in its name, a statement in all that it says."""
    said = (
        ["name"]
        if issubclass(model, Entry)
        else [f.name for f in editable_fields(model) if f.name not in COMMON_RECORD_FIELDS]
    )
    return tuple(
        AnswerDifference(
            name, format_field_value(model, name, was[name]), format_field_value(model, name, becomes[name])
        )
        for name in changed_field_names(was, becomes)
        if name in said
    )


def may_change_other_answers(record, content):
    """Whether a form should show the impact: of a move, of coming and going, and of what is said of a class; cheap."""
    now = fetch_stored_record(record)
    if not isinstance(now, Entry | Statement):
        return False
    was = serialize_record(now)
    wanted = was | content_if_published(now, content)
    if was["status"] != wanted["status"]:
        return Status.PUBLISHED in (was["status"], wanted["status"])
    if wanted["status"] != Status.PUBLISHED or not changed_field_names(was, wanted):
        return False
    if isinstance(now, Entry):
        return was["parent"] != wanted["parent"]
    return now.vital or any(
        field.related_model.objects.public().filter(parent__slug__in=filter(None, [was[name], wanted[name]])).exists()
        for field in now.entry_fields()
        if field.related_model.inherits and (name := field.name)
    )
