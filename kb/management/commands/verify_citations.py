"""manage.py verify_citations: check every citation against the texts of the sources."""

from django.core.management.base import BaseCommand, CommandError

from kb.editorial.citation_verification import CitationVerifier, read_stored_texts, read_texts
from kb.management.text_folders import add_folder_argument, require_folder


class Command(BaseCommand):
    """Checks every citation against the texts of the sources, and keeps what it found for the editors' work list."""

    help = __doc__

    def add_arguments(self, parser):
        add_folder_argument(parser, required=False, otherwise="; unless given, those that are kept for editors")

    def handle(self, *, sources, **options):
        if sources:
            require_folder(sources)
        verifier = CitationVerifier(read_texts(sources) if sources else read_stored_texts())
        report = verifier.run()
        if verifier.texts:  # Without any text nothing was checked: keep the findings of the last verification.
            report.save_findings()
        for label, checks in [
            ("failed", report.failed_checks),
            ("in doubt", report.in_doubt),
            ("not checkable", report.not_checkable),
        ]:
            for check in checks:
                self.stdout.write(f"{label}: {check}")
        failed, doubtful, unknown = len(report.failed_checks), len(report.in_doubt), len(report.not_checkable)
        self.stdout.write(
            f"checked {report.passed + failed}, passed {report.passed}, failed {failed}, in doubt {doubtful}, "
            f"not checkable {unknown}"
        )
        if failed or doubtful:
            raise CommandError("Not every citation holds.")
        if unknown or not report.passed:
            raise CommandError("Not everything could be checked." if report.passed else "Nothing could be checked.")
