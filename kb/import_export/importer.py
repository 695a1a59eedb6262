"""Rows become drafts and proposals: for a trial or for good, by the same steps, all of them or none."""

from copy import copy
from dataclasses import replace

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from kb.choices import Status
from kb.editorial.editing import create_draft, is_public, save_or_propose, three_way_merge, validate_content
from kb.editorial.snapshot import changed_field_names, format_key, serialize_key, serialize_record
from kb.editorial.versioning import iterate_batches
from kb.import_export.cells import get_empty_value
from kb.import_export.results import ImportResult, RowOutcome, StaleDryRun
from kb.import_export.row_diff import diff_contents
from kb.import_export.rows import WHOLE_ROW, get_columns, get_importable_models
from kb.import_export.validation import collect_row_errors, group_errors_by_column
from kb.models import OPEN_STATES, Batch, Change, Passage

DRAFT_PROTECTED_FIELDS = (
    "slug",
    "status",
    "replaced_by",
    "reviewed_on",
)  # What a draft keeps, whatever is written into it.
CHUNK_SIZE = 500


def import_rows(rows, wish, *, trial, outcome_digest=None):
    """Take each row; gives the number of those done as it goes, and the result at its end.

    Nothing is kept of a trial, nor where anything is wrong. With the seal of a trial, anything but the outcome that
    was seen then is refused, and nothing kept. A batch is brought in once.
    """
    work = Importer(rows, wish)
    with transaction.atomic():
        if not trial and not Batch.objects.filter(pk=wish.batch.pk, done_at=None).update(done_at=timezone.now()):
            raise StaleDryRun("This file was brought in already.")
        for done, row in enumerate(work.iterate_in_dependency_order(), start=1):
            work.import_row(row)
            yield done
        result = ImportResult(list(work.outcomes.values()))
        if outcome_digest not in (None, result.outcome_digest) and not result.invalid_outcomes:
            raise StaleDryRun("The knowledge base has moved on since the trial: look at what would happen now.")
        result.is_imported = not trial and result.can_be_imported
        if not result.is_imported:
            transaction.set_rollback(True)
    return result


def fetch_records(places):
    """The records of these kinds and keys that are there, each with its content, some hundreds at a time."""
    there = {}
    for model in {model for model, _ in places}:
        field = "source__slug" if model is Passage else "slug"
        keys = sorted({key.partition(":")[0] if model is Passage else key for other, key in places if other is model})
        for start in range(0, len(keys), CHUNK_SIZE):
            found = model.objects.filter(**{f"{field}__in": keys[start : start + CHUNK_SIZE]})
            for record in (record for batch in iterate_batches(found) for record in batch):
                there[model, format_key(serialize_key(record))] = record, serialize_record(record)
    return there


class Importer:
    """One file on its way in."""

    def __init__(self, rows, wish):
        self.rows, self.edit_request, self.resolver = rows, wish, wish.resolver
        self.outcomes = {row.at: RowOutcome(row.at, get_importable_models().get(row.model), row.key) for row in rows}
        self.rows_by_key = {(row.model_class, row.key): row for row in rows if row.model and row.key}
        self.existing, self.own_changes, self.processed = {}, {}, set()

    def iterate_in_dependency_order(self):
        """The rows, each after those of the same file that it names."""
        self.load_records()
        done, line = set(), [(row, False) for row in sorted(self.rows, key=self.get_model_rank, reverse=True)]
        while line:
            row, named_are_done = line.pop()
            if named_are_done:
                yield row
            elif row.at not in done:
                done.add(row.at)
                line.append((row, True))
                line += [(other, False) for other in self.get_referenced_rows(row) if other.at not in done]

    def get_model_rank(self, row):
        return list(get_importable_models()).index(row.model) if row.model else -1

    def get_referenced_rows(self, row):
        """The rows of the same file that this one names."""
        places = [(f.related_model, format_key(key)) for f, key in self.iterate_references(row)]
        return [
            self.rows_by_key[place]
            for place in places
            if place in self.rows_by_key and self.rows_by_key[place] is not row
        ]

    def iterate_references(self, row):
        """The records that a row names, as pairs of a field and a key."""
        if not row.model:
            return
        for f in [*row.model_class._meta.fields, *row.model_class._meta.many_to_many]:
            words = row.words.get(f.name) if f.is_relation else None
            yield from ((f, key) for key in (words if isinstance(words, list) else [words] if words else []))

    def load_records(self):
        """Find the records of all rows, and what the same person has proposed for any record already."""
        self.existing = fetch_records(self.rows_by_key)
        waiting = Change.objects.filter(author=self.edit_request.by, state__in=OPEN_STATES)
        self.own_changes = {(change.kind_id, change.object_id): change for change in waiting}

    def import_row(self, row):
        """Write what one row says; where it may not stand, keep everything that is wrong with it."""
        outcome = self.outcomes[row.at]
        record, now = self.existing.get((outcome.model, row.key), (None, {}))
        told = dict(row.errors)
        for f, key in self.iterate_references(row):
            other = self.rows_by_key.get((f.related_model, format_key(key)))
            if other is None or other is row:
                continue
            if self.outcomes[other.at].state == "wrong":
                told.setdefault(f.name, []).append(f"“{format_key(key)}” stands in {other.at}, which is wrong.")
            elif other.at not in self.processed and (f.related_model, other.key) not in self.existing:
                told.setdefault(f.name, []).append(f"“{format_key(key)}” names this one in turn: no circles.")
        if not told:
            try:
                with transaction.atomic():
                    self.apply_row(row, record, now, outcome)
            except ValidationError as error:
                told = group_errors_by_column(error)
            except DatabaseError as error:
                told = {WHOLE_ROW: [f"The database refuses it: {error}"]}
        self.processed.add(row.at)
        if told:
            content = now | row.words
            outcome.state, outcome.notes, outcome.differences = "wrong", [], []
            outcome.errors = (
                collect_row_errors(row.model_class, record, content, self.resolver, told) if row.model else told
            )

    def apply_row(self, row, record, now, outcome):
        if record is None:
            record = self.import_new_record(row, outcome)
        elif not self.get_changed_values(now, row.words) and not self.get_own_change(record):
            return
        elif is_public(record):
            self.propose_change(row, record, now, outcome)
        else:
            self.update_draft(row, record, now, outcome)
        outcome.record = record
        if outcome.state != "same":
            self.register_as_published(record)

    def import_new_record(self, row, outcome):
        """A new draft."""
        outcome.state = "new"
        said = {name: words for name, words in row.words.items() if name not in DRAFT_PROTECTED_FIELDS[1:]}
        self.refuse_retired_references(row, said)
        record = create_draft(row.model_class, said, self.edit_request)
        known = get_columns(row.model_class)
        outcome.differences = diff_contents(
            row.model_class, {}, {n: w for n, w in said.items() if w != get_empty_value(known[n])}
        )
        if self.edit_request.submit and row.model_class is not Passage:
            outcome.change = Change.objects.for_records(record).get(author=self.edit_request.by, state__in=OPEN_STATES)
        self.add_draft_notes(row, outcome)
        return record

    def update_draft(self, row, draft, now, outcome):
        """Into the draft itself; and on to review, where that is wished and the row says that it is to be published."""
        changed = self.get_changed_values(
            now, {name: words for name, words in row.words.items() if name not in DRAFT_PROTECTED_FIELDS}
        )
        if changed or (self.edit_request.submit and row.words.get("status") == Status.PUBLISHED):
            outcome.state = "changed"
            self.refuse_retired_references(row, changed)
            sent = {"status": Status.PUBLISHED} if self.edit_request.submit and row.model_class is not Passage else {}
            outcome.differences = diff_contents(row.model_class, now, changed | sent)
            outcome.change = save_or_propose(draft, changed, self.edit_request)
        self.add_draft_notes(row, outcome)

    def propose_change(self, row, record, now, outcome):
        """Beside what is public, as a change that waits; upon what the same person has proposed before."""
        mine = self.get_own_change(record)
        standing = three_way_merge(mine, record)[0] if mine else now
        changed = self.get_changed_values(standing, row.words)
        if not changed:
            return
        if now.get("status") == Status.RETIRED:
            heir = f"; “{record.replaced_by.slug}” stands in its place" if record.replaced_by else ""
            raise ValidationError(f"“{row.key}” is retired{heir}: what is retired is not changed by an import.")
        outcome.state = "changed"
        self.refuse_retired_references(row, changed)
        content = standing | changed
        outcome.differences = diff_contents(row.model_class, now, content)
        if mine:
            outcome.notes.append("Joins what you have proposed for it already.")
        validate_content(record, content, self.resolver)
        outcome.change = save_or_propose(record, content, self.edit_request)

    def get_own_change(self, record):
        """The change of it that the same person has proposed already, if there is one."""
        return self.own_changes.get((ContentType.objects.get_for_model(record).pk, record.pk))

    def get_changed_values(self, before, words):
        """What words make different; the ends of lines are no difference."""
        names = changed_field_names(before, words)
        return {
            name: words[name]
            for name in names
            if not (isinstance(before[name], str) and before[name].replace("\r\n", "\n") == words[name])
        }

    def add_draft_notes(self, row, outcome):
        """What a row says of the standing of a draft, and an import cannot do."""
        if outcome.change:
            outcome.notes.append("Sent for review: somebody else must publish it.")
        elif row.words.get("status", Status.DRAFT) != Status.DRAFT:
            outcome.notes.append("Stays a draft: an import publishes and retires nothing.")
        for name in ("replaced_by", "reviewed_on"):
            if row.words.get(name):
                outcome.notes.append(f"{name} is left out: a draft has none.")

    def refuse_retired_references(self, row, words):
        """What is newly named must still stand."""
        for f, key in self.iterate_references(replace(row, words=words)):
            other = self.resolver.resolve(f.related_model, key)
            if getattr(other, "status", "") == Status.RETIRED:
                heir = f" Its place has taken “{other.replaced_by.slug}”." if other.replaced_by else ""
                raise ValidationError({f.name: f"“{format_key(key)}” is retired.{heir}"})

    def register_as_published(self, record):
        """Let others of the same file name this record as what it is to be, once all of them are approved."""
        coming = copy(record)
        if getattr(coming, "status", "") == Status.DRAFT:
            coming.status = Status.PUBLISHED
        self.resolver.register(coming)
