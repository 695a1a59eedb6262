"""manage.py restore: put a backup in the place of the database."""

from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from kb.backups.archive import BackupError
from kb.backups.restore import check_backup, restore


class Command(BaseCommand):
    """Restores what manage.py backup wrote, whole or not at all. Stop every process of the service first."""

    help = __doc__
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser):
        parser.add_argument("path", type=Path, metavar="FILE", help="What manage.py backup wrote.")
        parser.add_argument("--replace", action="store_true", help="Put a database that holds data aside.")
        parser.add_argument("--check", action="store_true", help="Only read the backup, and tell whether it is whole.")

    def handle(self, *, path, replace, check, **options):
        try:
            if check:
                manifest = check_backup(path)
                self.stdout.write(f"{path} is whole: data version {manifest.data_version}, made {manifest.made_at}.")
                return
            restored = restore(path, replace=replace)
        except (BackupError, OSError) as error:
            raise CommandError(f"Nothing was restored: {error}") from error
        manifest = restored.manifest
        self.stdout.write(f"Restored the backup of {manifest.made_at}, data version {manifest.data_version}.")
        if restored.migrated:
            self.stdout.write(f"Version {manifest.version} had made it: {restored.migrated} migrations were applied.")
        if restored.data_version != manifest.data_version:
            self.stdout.write(f"This version of the program counts these data as {restored.data_version}.")
        if restored.old:
            self.stdout.write(f"What was there before is in {restored.old}; remove it when nobody needs it any more.")
