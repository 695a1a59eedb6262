"""manage.py backup: write what is in the database into one file, while the service runs."""

from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kb.backups.archive import BackupError
from kb.backups.backup import back_up, name_backup


class Command(BaseCommand):
    """Writes the database of one moment into a file that only its owner can read, and reads it again."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, help="The new file, or a directory: then it is named by the time.")

    def handle(self, *, path, **options):
        if path.is_dir():
            path /= name_backup(datetime.now(UTC))
        try:
            manifest = back_up(path)
        except (BackupError, OSError) as error:
            raise CommandError(f"No backup was made: {error}") from error
        self.stdout.write(
            f"{path}: data version {manifest.data_version}, {sum(manifest.row_counts.values())} rows of "
            f"{len(manifest.row_counts)} tables, {path.stat().st_size} bytes, SHA-256 of the data {manifest.sha256}."
        )
