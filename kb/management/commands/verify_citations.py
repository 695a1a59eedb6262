"""manage.py verify_citations: check every citation against the texts of the sources."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kb.editorial.citation_verification import CitationVerifier


class Command(BaseCommand):
    """Checks every citation against the texts of the sources, and keeps what it found for the editors' work list."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--sources",
            required=True,
            type=Path,
            metavar="DIR",
            help="The folder that holds the texts, one SLUG.txt each.",
        )

    def handle(self, *, sources, **options):
        if not sources.is_dir():
            raise CommandError(f"There is no folder {sources}: name the one that holds the texts of the sources.")
        verifier = CitationVerifier(sources)
        report = verifier.run()
        if verifier.texts:  # Without any text nothing was checked: keep the findings of the last verification.
            report.save_findings()
        for label, messages in [("failed", report.failures), ("not checkable", report.not_checkable)]:
            for message in messages:
                self.stdout.write(f"{label}: {message}")
        failed, unknown = len(report.failures), len(report.not_checkable)
        self.stdout.write(
            f"checked {report.passed + failed}, passed {report.passed}, failed {failed}, not checkable {unknown}"
        )
        if failed or not report.passed:
            raise CommandError("Not every citation holds." if failed else "Nothing could be checked.")
