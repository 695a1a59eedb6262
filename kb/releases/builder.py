"""The builder of releases: files of data and documents, checksums and an archive, in one transaction."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.core.exceptions import ValidationError

from kb.dataset.version import dataset_state
from kb.models import ARCHIVE_MEDIA_TYPE, Release, ReleaseFile, Revision
from kb.releases.changelog import iterate_changes_since
from kb.releases.data_files import ReleaseData
from kb.releases.documents import ReleaseDocuments
from kb.utils.locks import exclusive_transaction


def build_release(name):
    """Create and return a release of everything published.

    Raise ValidationError if the name is invalid, taken or before that of the last release, if nothing is published or
    has changed since the last release, and if the data change while it is built.
    """
    with exclusive_transaction():
        state, last = dataset_state(), Release.objects.first()
        count = sum(state.counts.values())
        release = Release(name=name, data_version=state.version, version=settings.VERSION, records=count, previous=last)
        release.full_clean()
        validate_release(release, last)
        data = ReleaseData(release)
        changes = [*iterate_changes_since(last, data)]
        if not changes:
            raise ValidationError(f"Nothing has changed since {last}: what was changed was changed back.")
        files = [*data.build_files(), *ReleaseDocuments(release, changes).build_files()]
        if dataset_state().revision_mark != state.revision_mark:
            raise ValidationError("The data changed while it was made: make it again.")
        release.save()
        files.append(build_checksums_file(files))
        for file in [build_archive(release, files), *files]:
            file.release = release
            file.save()
        Revision.objects.renew_mark()  # Readers see it in the list of releases.
    return release


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


def build_checksums_file(files):
    """Return the file of checksums, in the format of sha256sum."""
    lines = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return ReleaseFile.from_bytes(
        "SHA256SUMS", lines.encode(), "text/plain", "The SHA-256 of every file but the archive: sha256sum -c."
    )


def build_archive(release, files):
    """Return a ZIP archive of the files in one folder; reproducible, since all its times are that of the release."""
    folder, buffer = f"bone-pain-kb-{release}", BytesIO()
    with ZipFile(buffer, "w") as archive:
        for file in sorted(files, key=str):
            entry = ZipInfo(f"{folder}/{file}", release.made_at.timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # Unix, readable by all, on any system.
            archive.writestr(entry, file.content, ZIP_DEFLATED)
    return ReleaseFile.from_bytes(
        f"{folder}.zip", buffer.getvalue(), ARCHIVE_MEDIA_TYPE, "All the other files, in one folder."
    )
