"""manage.py release: make a release of the published data."""

from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from kb.models import ARCHIVE_MEDIA_TYPE, Release
from kb.releases import build_release
from kb.releases.parquet_files import INSTALL, PACKAGE, can_write_parquet


class Command(BaseCommand):
    """Freezes what is published under a name, for /api/v1/releases/; one that is there never changes."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("name", help="The year and the month, such as 2026.12; 2026.12.1 for one more.")
        parser.add_argument("--to", type=Path, help="A folder to write its files into: what its archive unpacks into.")

    def handle(self, *, name, to, **options):
        release = to and Release.objects.filter(name=name).first()
        if release:
            self.stdout.write(f"Release {release} is there, made {release.made_at:%Y-%m-%d}: it stays as it is.")
        else:
            release = self.create_release(name)
            previous = f"since {release.previous}" if release.previous else "the first"
            self.stdout.write(
                f"Release {release}: {release.records} records of data version {release.data_version}, {previous}."
            )
            if not can_write_parquet():
                self.stdout.write(f"It has no Parquet files: {PACKAGE} is not installed ({INSTALL}).")
        if to:
            self.write_files(release, to)

    def create_release(self, name):
        try:
            return build_release(name)
        except ValidationError as error:
            raise CommandError("No release was made: " + " ".join(error.messages)) from error

    def write_files(self, release, folder):
        """Write the files of a release, except its archive, into a folder."""
        files = release.files.exclude(media_type=ARCHIVE_MEDIA_TYPE)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for file in files:
                with (folder / file.name).open("wb") as written:
                    written.writelines(file.iterate_content())
        except OSError as error:
            raise CommandError(f"The files cannot be written there: {error}") from error
        self.stdout.write(f"{files.count()} files in {folder}; check them there with: sha256sum -c SHA256SUMS")
