"""manage.py keep_texts: take in the texts of the sources, for the editors of this installation."""

from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb.editorial.source_texts import keep_text
from kb.models import Source
from kb.models.editions import MAX_TEXT_BYTES


class Command(BaseCommand):
    """Takes in the texts of the sources, so that editors see the lines that a statement cites, and nobody else."""

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
        kept, refused = 0, 0
        for source in Source.objects.order_by("slug"):
            path = sources / f"{source.slug}.txt"
            if not path.is_file():
                self.stdout.write(f"{source.slug}: there is no text {path.name}")
                continue
            try:
                with path.open("rb") as file:
                    keep_text(source, file.read(MAX_TEXT_BYTES + 1))
                kept += 1
            except ValidationError as error:
                refused += 1
                self.stdout.write(f"{source.slug}: {' '.join(error.messages)}")
        self.stdout.write(f"{kept} texts are kept.")
        if refused or not kept:
            raise CommandError("Not every text could be kept." if kept else "No text was kept.")
