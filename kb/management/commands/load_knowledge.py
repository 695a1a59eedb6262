"""manage.py load_knowledge: load the shipped data, or upgrade an installation to a new version of it."""

from collections import Counter

from django.core.management.base import BaseCommand

from kb.import_export import fixture_upgrade, fixtures
from kb.models import record_models
from kb.utils.locks import exclusive_transaction

MAX_REPORTED_LINES = 20
OUTCOME_LABELS = {
    "draft": "new drafts",
    "change": "changes",
    "place": "new passages",
    "conflict": "conflicts",
    "left": "left alone",
    "gone": "no longer in the files",
}


class Command(BaseCommand):
    """Loads the shipped data, whole or not at all; where there are records, what is new in them waits for review."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--overwrite",
            action="store_true",
            help=(
                "Dangerous: shipped records take the place of those with the same slug, edits included and without "
                "review. The history keeps what they were."
            ),
        )

    def handle(self, *, overwrite, **options):
        with exclusive_transaction():
            if overwrite or fixtures.has_no_records():
                self.stdout.write("Data: loading …")
                fixtures.load_fixtures()
                count = sum(model.objects.count() for model in record_models())
                self.stdout.write(f"Data: {count} records loaded.")
            elif fixtures.is_up_to_date():
                self.stdout.write("Data: kept as they are; the shipped ones are those of the last time.")
            else:
                self.stdout.write("Data: comparing with the shipped ones …")
                self.print_report(fixture_upgrade.upgrade_fixtures())

    def print_report(self, notes):
        """Print how many records an upgrade dealt with in which way, and the notes that hold a message."""
        found = Counter(note.what for note in notes)
        counts = [f"{found[what]} {label}" for what, label in OUTCOME_LABELS.items() if found[what]]
        self.stdout.write(
            f"Data: kept as they are; for review from the shipped ones: {', '.join(counts) or 'nothing'}."
        )
        messages = [f"  {note.kind} {note.key}: {note.words}" for note in notes if note.words]
        for message in messages[:MAX_REPORTED_LINES]:
            self.stdout.write(message)
        if len(messages) > MAX_REPORTED_LINES:
            self.stdout.write(f"  … and {len(messages) - MAX_REPORTED_LINES} more.")
