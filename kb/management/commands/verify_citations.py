"""manage.py verify_citations: do the texts of the sources say what is claimed of them?"""

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
        verdict = verifier.run()
        if verifier.texts:  # Without any, no more is known than before.
            verdict.save_findings()
        for words, places in [("failed", verdict.failures), ("not checkable", verdict.not_checkable)]:
            for place in places:
                self.stdout.write(f"{words}: {place}")
        failed, unknown = len(verdict.failures), len(verdict.not_checkable)
        self.stdout.write(
            f"checked {verdict.passed + failed}, passed {verdict.passed}, failed {failed}, not checkable {unknown}"
        )
        if failed or not verdict.passed:
            raise CommandError("Not every citation holds." if failed else "Nothing could be checked.")
