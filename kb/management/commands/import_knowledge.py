"""manage.py import_knowledge: records of a file, as drafts and proposals."""

from pathlib import Path

from django.contrib.auth import get_user_model
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb import import_export as exchange
from kb.choices import Way
from kb.editorial.editing import EditRequest
from kb.management.commands.export_knowledge import find_model
from kb.models import Batch, versioned_models_by_label


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
            rows = exchange.read_rows(file.name, file.read_bytes(), find_model(kind) if kind else None)
            wish = EditRequest(user, why, Way.IMPORT, submit=send)
            wish.batch = self.batch(file, rows, wish)
            result = self.bring(rows, wish, dry_run)
        except OSError as error:
            raise CommandError(f"{file} cannot be read: {error.strerror}.") from None
        except (ValidationError, PermissionDenied) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)]))) from None
        finally:
            Batch.objects.filter(by=user, name=file.name, done_at=None, why=why).delete()
        self.print_result(result, dry_run)

    def batch(self, file, rows, wish):
        held = {row.model for row in rows if row.model}
        kind = ContentType.objects.get_for_model(versioned_models_by_label()[held.pop()]) if len(held) == 1 else None
        given = [row.as_dict() for row in rows]
        return Batch.objects.create(kind=kind, name=file.name[:200], rows=given, why=wish.why, by=wish.by)

    def bring(self, rows, wish, trial):
        work, every = exchange.import_rows(rows, wish, dry_run=trial), max(1, len(rows) // 10)
        while True:
            try:
                done = next(work)
            except StopIteration as ended:
                return ended.value
            if done % every == 0 and len(rows) > 100:
                self.stderr.write(f"{done} of {len(rows)} rows …")

    def print_result(self, result, trial):
        for outcome in result.outcomes:
            words = [f"{d.field}: {d.before or '(empty)'} → {d.after or '(empty)'}" for d in outcome.differences]
            for line in [*words, *outcome.notes]:
                self.stdout.write(f"{outcome.at}, {outcome.key} ({outcome.state}): {line}")
        if result.invalid_outcomes:
            faults = [
                f"{o.at}, {column or 'the row'}: {message}"
                for o in result.invalid_outcomes
                for column, messages in o.errors.items()
                for message in messages
            ]
            raise CommandError("Nothing was brought in:\n- " + "\n- ".join(faults))
        counts = ", ".join(f"{len(result.outcomes_in(state))} {state}" for state in ("new", "changed", "same"))
        end = "Brought in" if result.is_imported else "Only tried" if trial else "Nothing is different"
        self.stdout.write(f"{end}: {counts}.")
