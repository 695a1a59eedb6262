"""A release is made whole, or not at all."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.core.exceptions import ValidationError

from kb.dataset.version import dataset_state
from kb.models import ARCHIVE_MEDIA_TYPE, Release, ReleaseFile
from kb.releases.changelog import iterate_changes_since
from kb.releases.data_files import ReleaseData
from kb.releases.documents import ReleaseDocuments
from kb.utils.locks import exclusive_transaction


def build_release(name):
    """Freeze what is published under a name.

    ValidationError tells what is in the way: a name that is wrong, taken or older than the last, nothing published,
    or nothing new since the last release.
    """
    with exclusive_transaction():
        now, last = dataset_state(), Release.objects.first()
        count = sum(now.counts.values())
        release = Release(name=name, data_version=now.version, version=settings.VERSION, records=count, previous=last)
        release.full_clean()
        validate_release(release, last)
        told = ReleaseData(release)
        changes = [*iterate_changes_since(last, told)]
        if not changes:
            raise ValidationError(f"Nothing has changed since {last}: what was changed was changed back.")
        files = [*told.build_files(), *ReleaseDocuments(release, changes).build_files()]
        if dataset_state().mark != now.mark:
            raise ValidationError("The data changed while it was made: make it again.")
        release.save()
        files.append(build_checksums_file(files))
        for file in [build_archive(release, files), *files]:
            file.release = release
            file.save()
    return release


def validate_release(release, last):
    """Say why there is nothing to release."""
    if not release.records:
        raise ValidationError("Nothing is published.")
    month = release.made_at.year * 12 + release.made_at.month
    year, of_year, *_ = parse_release_name(release.name)
    if year * 12 + of_year > month + 1:
        raise ValidationError(f"“{release.name}” is later than next month: later releases must stand after it.")
    if last and parse_release_name(release.name) < parse_release_name(last.name):
        raise ValidationError(f"The last release is {last}: “{release.name}” would stand before it.")
    if last and last.data_version == release.data_version:
        raise ValidationError(f"Nothing has changed since {last}: the data version is still {last.data_version}.")


def parse_release_name(name):
    return [int(part) for part in name.split(".")]


def build_checksums_file(files):
    """What tells whether the files are whole, in the way of sha256sum."""
    lines = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return ReleaseFile.from_bytes(
        "SHA256SUMS", lines.encode(), "text/plain", "The SHA-256 of every file but the archive: sha256sum -c."
    )


def build_archive(release, files):
    """All the files in one, which unpacks into one folder; packed again, it is the same."""
    folder, packed = f"bone-pain-kb-{release}", BytesIO()
    with ZipFile(packed, "w") as pack:
        for file in sorted(files, key=str):
            entry = ZipInfo(f"{folder}/{file}", release.made_at.timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # As on Unix, wherever it is made: all may read.
            pack.writestr(entry, file.content, ZIP_DEFLATED)
    return ReleaseFile.from_bytes(
        f"{folder}.zip", packed.getvalue(), ARCHIVE_MEDIA_TYPE, "All the other files, in one folder."
    )
