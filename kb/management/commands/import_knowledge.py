"""manage.py import_knowledge: import a file of records as drafts and proposals."""

from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.import_export import import_rows, read_rows
from kb.management.commands.export_knowledge import find_model
from kb.models import Batch, versioned_models_by_label
from kb.utils.uploads.limits import MAX_FILE_BYTES


class Command(BaseCommand):
    """Brings a file in, whole or not at all: what is new as drafts, what is public as proposals."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path, metavar="FILE", help="A .csv, .xlsx or .yaml file.")
        parser.add_argument("--kind", help="What kind of records a table holds; YAML says so itself.")
        parser.add_argument("--by", required=True, metavar="USERNAME", help="In whose name: they become its author.")
        parser.add_argument("--why", required=True, help="Why, in a sentence: public once it is published.")
        parser.add_argument("--dry-run", action="store_true", help="Only tell what would happen.")
        parser.add_argument("--send", action="store_true", help="Send everything for review at once.")

    def handle(self, *, file, kind, by, why, dry_run, send, **options):
        user = get_user_model().objects.filter(username=by).first()
        if user is None:
            raise CommandError(f"There is nobody called “{by}”.")
        try:
            with file.open("rb") as opened:
                rows = read_rows(file.name, opened.read(MAX_FILE_BYTES + 1), find_model(kind) if kind else None)
            edit_request = EditRequest(user, why, Way.IMPORT, submit=send)
            edit_request.batch = self.create_batch(file, rows, edit_request)
            result = self.run_import(rows, edit_request, dry_run)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except (ValidationError, PermissionDenied) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from None
        finally:
            Batch.objects.filter(by=user, name=file.name, done_at=None, why=why).delete()
        self.print_result(result, dry_run)

    def create_batch(self, file, rows, edit_request):
        """Save and return a batch of these rows; its model is set if all rows are of one."""
        labels = {row.model for row in rows if row.model}
        model = versioned_models_by_label()[labels.pop()] if len(labels) == 1 else None
        return Batch.objects.create(
            kind=ContentType.objects.get_for_model(model) if model else None,
            name=file.name[:200],
            rows=[row.as_dict() for row in rows],
            why=edit_request.why,
            by=edit_request.by,
        )

    def run_import(self, rows, edit_request, dry_run):
        """Import the rows, print the progress of long files, and return the result."""
        steps, interval = import_rows(rows, edit_request, dry_run=dry_run), max(1, len(rows) // 10)
        while True:
            try:
                done = next(steps)
            except StopIteration as stop:
                return stop.value
            if done % interval == 0 and len(rows) > 100:
                self.stderr.write(f"{done} of {len(rows)} rows …")

    def print_result(self, result, dry_run):
        """Print what the import did to each row, or raise CommandError with all errors."""
        for outcome in result.outcomes:
            changes = [f"{d.field}: {d.before or '(empty)'} → {d.after or '(empty)'}" for d in outcome.differences]
            for line in [*changes, *outcome.notes]:
                self.stdout.write(f"{outcome.at}, {outcome.key} ({outcome.state}): {line}")
        if result.invalid_outcomes:
            errors = [
                f"{o.at}, {column or 'the row'}: {message}"
                for o in result.invalid_outcomes
                for column, messages in o.errors.items()
                for message in messages
            ]
            raise CommandError("Nothing was brought in:\n- " + "\n- ".join(errors))
        counts = ", ".join(f"{len(result.outcomes_in(state))} {state}" for state in ("new", "changed", "same"))
        verb = "Brought in" if result.is_imported else "Only tried" if dry_run else "Nothing is different"
        self.stdout.write(f"{verb}: {counts}.")
