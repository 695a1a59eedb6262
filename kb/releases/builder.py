"""The builder of releases: files on disk from one snapshot of the data, then chunks in the database, then public."""

from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import orjson
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from kb.dataset.version import dataset_state
from kb.models import ARCHIVE_MEDIA_TYPE, Release, ReleaseChunk, Revision, record_models
from kb.releases.changelog import iterate_changes_since
from kb.releases.croissant import CROISSANT_MEDIA_TYPE, build_croissant
from kb.releases.data_files import ReleaseData
from kb.releases.documents import ReleaseDocuments
from kb.releases.folder import ReleaseFolder
from kb.utils.locks import RELEASE_LOCK_ID, read_snapshot, session_lock


def build_release(name):
    """Create and return a release of everything published, as it is when this begins.

    Raise ValidationError if the name is invalid, taken or before that of the last release, if nothing is published or
    has changed since the last release, and if another release is being made.
    """
    with session_lock(RELEASE_LOCK_ID) as is_held:
        if not is_held:
            raise ValidationError("Another release is being made: wait until it is there.")
        ReleaseChunk.objects.delete_unused()
        with ReleaseFolder.open_empty() as folder:
            with read_snapshot(read_only=True):
                release = write_files(name, folder)
            write_description(release, folder)
            write_checksums(folder)
            write_archive(release, folder)
            store_contents(folder)
            publish(release, folder)
    return release


def write_files(name, folder):
    """Write the files of data and documents into a folder; return the release, which is not yet saved."""
    state, last = dataset_state(), Release.objects.first()
    count = sum(state.counts.values())
    release = Release(name=name, data_version=state.version, version=settings.VERSION, records=count, previous=last)
    release.full_clean()
    validate_release(release, last)
    data, changes = ReleaseData(release, folder), ChangesFile(folder.get_work_path("changes"))
    if not changes.write(iterate_changes_since(last, data)):
        raise ValidationError(f"Nothing has changed since {last}: what was changed was changed back.")
    data.write_files()
    ReleaseDocuments(release, changes).write_files(folder)
    return release


class ChangesFile:
    """The changes since the last release, in a work file."""

    def __init__(self, path):
        self.path = path

    def write(self, changes):
        """Write changes; return how many bytes they take."""
        with self.path.open("wb") as file:
            file.writelines(orjson.dumps(change) + b"\n" for change in changes)
        return self.path.stat().st_size

    def __iter__(self):
        with self.path.open("rb") as file:
            yield from map(orjson.loads, file)


def store_contents(folder):
    """Store the contents of all files in the database, for every machine; they are of no release yet."""
    for file in folder.files.values():
        ReleaseChunk.objects.write_content(file.sha256, folder.read(file.name))


def publish(release, folder):
    """Make a release public, whose contents are stored: in one short transaction."""
    with transaction.atomic():
        release.full_clean()
        release.save()
        archive, *others = reversed(folder.files.values())
        for file in [archive, *reversed(others)]:
            file.release = release
            file.save()
        Revision.objects.renew_mark()  # Readers see it in the list of releases.


def validate_release(release, last):
    """Raise ValidationError if there is nothing to release, or its name is out of order."""
    if not release.records:
        raise ValidationError("Nothing is published.")
    year, month, *_ = parse_release_name(release.name)
    if year * 12 + month > release.made_at.year * 12 + release.made_at.month + 1:
        raise ValidationError(f"“{release.name}” is later than next month: later releases must stand after it.")
    if last and parse_release_name(release.name) < parse_release_name(last.name):
        raise ValidationError(f"The last release is {last}: “{release.name}” would stand before it.")
    if last and last.data_version == release.data_version:
        raise ValidationError(f"Nothing has changed since {last}: the data version is still {last.data_version}.")


def parse_release_name(name):
    """Return the numbers of a release name: year, month and, if there is one, the number within the month."""
    return [int(part) for part in name.split(".")]


def write_description(release, folder):
    """Write the Croissant description of the release, which names all files that are there with their SHA-256."""
    croissant = build_croissant(release, folder.files, record_models())
    content = [orjson.dumps(croissant, option=orjson.OPT_INDENT_2)]
    folder.write(
        "croissant.json", content, CROISSANT_MEDIA_TYPE, "The files and their columns, for loaders: Croissant."
    )


def write_checksums(folder):
    """Write the file of checksums of all files that are there, in the format of sha256sum."""
    lines = [f"{file.sha256}  {file.name}\n".encode() for file in folder.files.values()]
    folder.write("SHA256SUMS", lines, "text/plain", "The SHA-256 of every file but the archive: sha256sum -c.")


def write_archive(release, folder):
    """Write a ZIP archive of the files in one folder; reproducible, since all its times are that of the release."""
    archive_folder = f"bone-pain-kb-{release}"
    name = f"{archive_folder}.zip"
    with ZipFile(folder.get_path(name), "w") as archive:
        for file in sorted(folder.files.values(), key=str):
            entry = ZipInfo(f"{archive_folder}/{file}", release.made_at.timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # Unix, readable by all, on any system.
            entry.compress_type, entry.file_size = ZIP_DEFLATED, file.size  # The size tells whether it needs ZIP64.
            with archive.open(entry, "w") as packed:
                packed.writelines(folder.read(file.name))
    folder.add(name, ARCHIVE_MEDIA_TYPE, "All the other files, in one folder.")
