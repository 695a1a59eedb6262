"""The import of rows as drafts and proposals, all or none; a dry run takes the same steps and keeps nothing."""

import time
from contextlib import nullcontext
from copy import copy
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction
from django.utils import timezone

from kb.choices import Status
from kb.editorial.content_rules import DRAFT_PROTECTED_FIELDS, DRAFT_VALUES, is_public, validate_content
from kb.editorial.diff import changed_field_names
from kb.editorial.editing import EditRequest, create_draft, save_or_propose, three_way_merge
from kb.editorial.snapshot import fold_content, format_key
from kb.editorial.versioning import versioned_transaction
from kb.import_export.cells import get_empty_value
from kb.import_export.results import ImportResult, RowOutcome, StaleDryRun
from kb.import_export.row_diff import diff_columns
from kb.import_export.row_order import index_rows, iterate_referenced_rows, sort_by_dependency
from kb.import_export.rows import WHOLE_ROW, RecordKey, Row, get_columns
from kb.import_export.stored_records import StoredRecord, fetch_open_changes, fetch_records, find_written_models
from kb.import_export.validation import collect_row_errors, group_errors_by_column
from kb.models import OPEN_STATES, Batch, Change, Passage
from kb.utils.private_copy import private_copy

MAX_SECONDS = 50  # Of one import, which is one transaction: on SQLite, other writers wait for a minute.


def import_rows(rows, edit_request, *, dry_run, outcome_digest=None):
    """Import rows in one transaction: a generator that yields the count of rows done and returns an ImportResult.

    Nothing is kept of a dry run, nor if any row is invalid. `outcome_digest` is that of an earlier dry run: raise
    StaleDryRun if the outcome would differ from it. Raise StaleDryRun too if the batch was imported before, and
    ValidationError if it takes longer than others wait.
    """
    start = time.monotonic()
    copy_for_trial = private_copy(find_written_models(rows)) if dry_run else nullcontext()
    with copy_for_trial, versioned_transaction():
        if not dry_run:
            mark_batch_done(edit_request.batch)
        rows_by_key = index_rows(rows)
        stored_records, own_changes = fetch_records(rows_by_key), fetch_open_changes(edit_request.by)
        importer = Importer(edit_request, rows_by_key, stored_records, own_changes)
        outcomes: dict[Row, RowOutcome] = {}
        for count, row in enumerate(sort_by_dependency(rows, rows_by_key), start=1):
            outcomes[row] = importer.import_row(row, outcomes)
            if time.monotonic() - start > MAX_SECONDS:
                raise ValidationError(
                    f"After {MAX_SECONDS} seconds, {count:,} of {len(rows):,} records were done: others would wait too "
                    "long. Nothing was brought in; bring it in as several files."
                )
            yield count
        result = ImportResult([outcomes[row] for row in rows])
        if outcome_digest not in (None, result.outcome_digest) and not result.invalid_outcomes:
            raise StaleDryRun("The knowledge base has moved on since the trial: look at what would happen now.")
        result.is_imported = not dry_run and result.can_be_imported
        if not result.is_imported:
            transaction.set_rollback(True)
    return result


def mark_batch_done(batch):
    if not Batch.objects.filter(pk=batch.pk, done_at=None).update(done_at=timezone.now()):
        raise StaleDryRun("This file was brought in already.")


@dataclass(frozen=True)
class Importer:
    """The import of one file: who asks for it, its rows, and what the database holds of their records."""

    edit_request: EditRequest
    rows_by_key: dict[RecordKey, Row]
    stored_records: dict[RecordKey, StoredRecord]
    own_changes: dict[tuple[int, int], Change]

    def import_row(self, row, outcomes):
        """Write a row and return its outcome; if it has errors, write nothing and return all of them.

        `outcomes` are those of the rows imported before it.
        """
        errors = row.errors | self.find_reference_errors(row, outcomes)
        if not errors:
            try:
                with transaction.atomic():
                    return self.write_row(row)
            except ValidationError as error:
                errors = group_errors_by_column(error)
            except DatabaseError as error:
                errors = {WHOLE_ROW: [f"The database refuses it: {error}"]}
        if row.model:
            record, content = self.stored_records.get(row.record_key, (None, {}))
            resolver = self.edit_request.resolver
            errors = collect_row_errors(row.model_class, record, content | row.words, resolver, errors)
        return RowOutcome.from_row(row, state="wrong", errors=errors)

    def find_reference_errors(self, row, outcomes):
        """Return, by column, references to rows of the same file that are invalid or reference this row in turn."""
        errors: dict[str, list[str]] = {}
        for f, key, other in iterate_referenced_rows(row, self.rows_by_key):
            if other in outcomes and outcomes[other].state == "wrong":
                errors.setdefault(f.name, []).append(f"“{format_key(key)}” stands in {other.at}, which is wrong.")
            elif other not in outcomes and other.record_key not in self.stored_records:
                errors.setdefault(f.name, []).append(f"“{format_key(key)}” names this one in turn: no circles.")
        return errors

    def write_row(self, row):
        """Create, update or propose what a row says of its record, and return the outcome."""
        record, content = self.stored_records.get(row.record_key, (None, {}))
        if record is None:
            outcome = self.create_draft(row)
        elif not get_changed_values(row, content, row.words) and not self.get_own_change(record):
            return RowOutcome.from_row(row)
        elif is_public(record):
            outcome = self.propose_change(row, record, content)
        else:
            outcome = self.update_draft(row, record, content)
        if outcome.state != "same":
            self.register_as_published(outcome.record)
        return outcome

    def create_draft(self, row):
        """Create a new record as a draft, submitted for review if the request says so."""
        values = {name: value for name, value in row.words.items() if name not in DRAFT_VALUES}
        self.refuse_retired_references(row, values)
        record, change = create_draft(row.model_class, values, self.edit_request), None
        if self.is_submitted(row):
            change = Change.objects.for_records(record).get(author=self.edit_request.by, state__in=OPEN_STATES)
        columns = get_columns(row.model_class)
        given = {name: value for name, value in values.items() if value != get_empty_value(columns[name])}
        return RowOutcome.from_row(
            row,
            state="new",
            differences=diff_columns(row.model_class, {}, given),
            notes=describe_draft_limits(row, change),
            record=record,
            change=change,
        )

    def update_draft(self, row, draft, content):
        """Write into a draft, and submit it for review if both the request and the status of the row say so."""
        values = {name: value for name, value in row.words.items() if name not in DRAFT_PROTECTED_FIELDS}
        changed = get_changed_values(row, content, values)
        if not changed and not (self.edit_request.submit and row.words.get("status") == Status.PUBLISHED):
            return RowOutcome.from_row(row, notes=describe_draft_limits(row, None), record=draft)
        self.refuse_retired_references(row, changed)
        status = {"status": Status.PUBLISHED} if self.is_submitted(row) else {}
        change = save_or_propose(draft, changed, self.edit_request)
        return RowOutcome.from_row(
            row,
            state="changed",
            differences=diff_columns(row.model_class, content, changed | status),
            notes=describe_draft_limits(row, change),
            record=draft,
            change=change,
        )

    def propose_change(self, row, record, current):
        """Propose a change of a public record, added to the open change of the same author if there is one."""
        own_change = self.get_own_change(record)
        base = three_way_merge(own_change, record)[0] if own_change else current
        changed = get_changed_values(row, base, row.words)
        if not changed:
            return RowOutcome.from_row(row, record=record)
        if current.get("status") == Status.RETIRED:
            replacement = f"; “{record.replaced_by.slug}” stands in its place" if record.replaced_by else ""
            raise ValidationError(f"“{row.key}” is retired{replacement}: what is retired is not changed by an import.")
        self.refuse_retired_references(row, changed)
        content = base | changed
        validate_content(record, content, self.edit_request.resolver)
        return RowOutcome.from_row(
            row,
            state="changed",
            differences=diff_columns(row.model_class, current, content),
            notes=["Joins what you have proposed for it already."] if own_change else [],
            record=record,
            change=save_or_propose(record, content, self.edit_request),
        )

    def is_submitted(self, row):
        """Whether the draft of a row goes to review; a passage has no review of its own."""
        return self.edit_request.submit and row.model_class is not Passage

    def get_own_change(self, record):
        """Return the open change that the same author has proposed for a record, None without one."""
        return self.own_changes.get((ContentType.objects.get_for_model(record).pk, record.pk))

    def refuse_retired_references(self, row, names):
        """Raise ValidationError if one of these fields of a row references a retired record."""
        for f, key in row.iterate_references(names):
            other = self.edit_request.resolver.resolve(f.related_model, key)
            if getattr(other, "status", "") == Status.RETIRED:
                replacement = f" Its place has taken “{other.replaced_by.slug}”." if other.replaced_by else ""
                raise ValidationError({f.name: f"“{format_key(key)}” is retired.{replacement}"})

    def register_as_published(self, record):
        """Let rows of the same file reference this record as if it were published: all are reviewed together."""
        published = copy(record)
        if getattr(published, "status", "") == Status.DRAFT:
            published.status = Status.PUBLISHED
        self.edit_request.resolver.register(published)


def get_changed_values(row, before, values):
    """Return the values that differ from a content of the record of a row for a reader.

    What was stored before texts were folded is the same as what reads so.
    """
    folded = fold_content(row.model_class, before)
    return {name: values[name] for name in changed_field_names(before, values) if folded[name] != values[name]}


def describe_draft_limits(row, change):
    """Return notes on what a row asks of a draft and an import does not do; `change` is its submission."""
    notes = []
    if change:
        notes.append("Sent for review: somebody else must publish it.")
    elif row.words.get("status", Status.DRAFT) != Status.DRAFT:
        notes.append("Stays a draft: an import publishes and retires nothing.")
    return notes + [
        f"{name} is left out: a draft has none." for name in ("replaced_by", "reviewed_on") if row.words.get(name)
    ]
