"""manage.py keep_texts: take in the texts of the sources, for the editors of this installation."""

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb.editorial.source_texts import find_text_files, keep_text
from kb.management.text_folders import add_folder_argument, require_folder
from kb.models.editions import MAX_TEXT_BYTES, read_text


class Command(BaseCommand):
    """Takes in the texts of the sources, so that editors see the lines that a statement cites, and nobody else."""

    help = __doc__

    def add_arguments(self, parser):
        add_folder_argument(parser, required=True)

    def handle(self, *, sources, **options):
        require_folder(sources)
        kept, refused = 0, 0
        for source, path in find_text_files(sources).items():
            if not path.is_file():
                self.stdout.write(f"{source.slug}: there is no text {path.name}")
                continue
            try:
                with path.open("rb") as file:
                    keep_text(source, read_text(file.read(MAX_TEXT_BYTES + 1)))
                kept += 1
            except ValidationError as error:
                refused += 1
                self.stdout.write(f"{source.slug}: {' '.join(error.messages)}")
        self.stdout.write(f"{kept} texts are kept.")
        if refused or not kept:
            raise CommandError("Not every text could be kept." if kept else "No text was kept.")
