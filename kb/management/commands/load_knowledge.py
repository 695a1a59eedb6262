"""manage.py load_knowledge: the shipped data, and what a new version of them brings."""

from django.core.management.base import BaseCommand

from kb.dataset.version import record_models
from kb.import_export import fixture_upgrade as shipping
from kb.import_export import fixtures as loading
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
            if overwrite or loading.has_no_records():
                self.stdout.write("Data: loading …")
                loading.load_fixtures()
                count = sum(model.objects.count() for model in record_models())
                self.stdout.write(f"Data: {count} records loaded.")
            elif shipping.is_up_to_date():
                self.stdout.write("Data: kept as they are; the shipped ones are those of the last time.")
            else:
                self.stdout.write("Data: comparing with the shipped ones …")
                self.print_report(shipping.FixtureUpgrade().run())

    def print_report(self, update):
        counts = [
            f"{len(update.report_rows_about(what))} {words}"
            for what, words in OUTCOME_LABELS.items()
            if update.report_rows_about(what)
        ]
        self.stdout.write(
            f"Data: kept as they are; for review from the shipped ones: {', '.join(counts) or 'nothing'}."
        )
        lines = [row for row in update.report_rows if row["words"]]
        for row in lines[:MAX_REPORTED_LINES]:
            self.stdout.write(f"  {row['kind']} {row['key']}: {row['words']}")
        if len(lines) > MAX_REPORTED_LINES:
            self.stdout.write(f"  … and {len(lines) - MAX_REPORTED_LINES} more.")
