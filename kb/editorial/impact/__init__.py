"""Which answers appear, disappear or change for readers if a record becomes what is proposed: told before it does."""

from dataclasses import replace

from kb.choices import Status
from kb.editorial.dry_run import as_if, stored, to_be
from kb.editorial.impact.answer_index import Readers
from kb.editorial.impact.report import Answer, Difference, Impact, Named, Told, differences, worded
from kb.editorial.snapshot import content_of, differing, kept
from kb.models import Entry, Record, Statement, kinds_of
from kb.reasoning.inheritance import STRENGTH

__all__ = ["Answer", "Difference", "Impact", "Named", "Told", "concerns", "impact"]

OF_THE_RECORD = {field.name for field in Record._meta.fields}  # These tell nothing of what a statement is about.


def impact(record, content, library=None):
    """The Impact of a content (as in kb.editorial.snapshot) that is to become this record.

    `record` is saved or, for what is new, a blank `Model()`; it is not touched. A draft is taken as published. Readers
    are heard before and after, by the API's own rules, with the content written and rolled back: nothing stays behind.
    A content that may not become the record raises ValidationError, as when it is saved.
    """
    now = stored(record)
    if not isinstance(now, Entry | Statement):
        with as_if(record, content, library):
            return Impact()  # Sources and passages are cited; on what an answer rests does not hang on them.
    kinds = kinds_of(Statement) if isinstance(now, Entry) else [type(now)]  # Statements contest those of their kind.
    before, was = Readers(), content_of(now)
    near = before.near(now)
    with as_if(record, content, library) as trial:
        after, becomes = Readers(), content_of(trial)
        near |= after.near(trial)
        told_after = after.answers(kinds, near)
    told_before = before.answers(kinds, near)
    names = {key: replace(named, public=False) for key, named in after.names.items()} | before.names
    found, own = Impact(), own_differences(type(trial), was, becomes)
    for entry, statement in told_before.keys() | told_after.keys():
        one, other = told_before.get((entry, statement)), told_after.get((entry, statement))
        answer = Answer(names[entry], names.get(statement), one, other)
        if one is None:
            found.appear.append(answer)
        elif other is None:
            found.disappear.append(answer)
        elif differs := differences(one, other) + (own if (statement or entry) == (type(trial), trial.pk) else ()):
            found.change.append(replace(answer, differs=differs))
    for answers in (found.appear, found.disappear, found.change):
        answers.sort(key=importance)
    return found


def importance(answer):
    """Entries themselves first, then red flags, then by what is said, and to whom: the firmest basis first."""
    said, told, entry = answer.statement, answer.after or answer.before, answer.entry
    of_statement = (not said.model.vital, said.kind, said.slug) if said else ()
    return of_statement, STRENGTH.index(told.basis) if told.basis else len(STRENGTH), entry.kind, entry.name


def own_differences(model, was, becomes):
    """What a record itself says otherwise: an entry in its name, a statement in all that it says."""
    said = ["name"] if issubclass(model, Entry) else [f.name for f in kept(model) if f.name not in OF_THE_RECORD]
    return tuple(
        Difference(name, worded(model, name, was[name]), worded(model, name, becomes[name]))
        for name in differing(was, becomes)
        if name in said
    )


def concerns(record, content):
    """Whether a form should show the impact: of a move, of coming and going, and of what is said of a class; cheap."""
    now = stored(record)
    if not isinstance(now, Entry | Statement):
        return False
    was = content_of(now)
    wanted = was | to_be(now, content)
    if was["status"] != wanted["status"]:
        return Status.PUBLISHED in (was["status"], wanted["status"])
    if wanted["status"] != Status.PUBLISHED or not differing(was, wanted):
        return False
    if isinstance(now, Entry):
        return was["parent"] != wanted["parent"]
    return now.vital or any(
        field.related_model.objects.public().filter(parent__slug__in=filter(None, [was[name], wanted[name]])).exists()
        for field in now.entry_fields()
        if field.related_model.inherits and (name := field.name)
    )
