"""A release is made whole, or not at all."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.conf import settings
from django.core.exceptions import ValidationError

from kb.dataset.version import state
from kb.models import ARCHIVE, Release, ReleaseFile
from kb.releases.changelog import since
from kb.releases.data_files import Told
from kb.releases.documents import Words
from kb.utils.locks import alone


def make(name):
    """Freeze what is published under a name.

    ValidationError tells what is in the way: a name that is wrong, taken or older than the last, nothing published,
    or nothing new since the last release.
    """
    with alone():
        now, last = state(), Release.objects.first()
        count = sum(now.counts.values())
        release = Release(name=name, data_version=now.version, version=settings.VERSION, records=count, previous=last)
        release.full_clean()
        refuse(release, last)
        told = Told(release)
        changes = [*since(last, told)]
        if not changes:
            raise ValidationError(f"Nothing has changed since {last}: what was changed was changed back.")
        files = [*told.as_files(), *Words(release, changes).as_files()]
        if state().mark != now.mark:
            raise ValidationError("The data changed while it was made: make it again.")
        release.save()
        files.append(sums(files))
        for file in [archive(release, files), *files]:
            file.release = release
            file.save()
    return release


def refuse(release, last):
    """Say why there is nothing to release."""
    if not release.records:
        raise ValidationError("Nothing is published.")
    month = release.made_at.year * 12 + release.made_at.month
    year, of_year, *_ = numbers(release.name)
    if year * 12 + of_year > month + 1:
        raise ValidationError(f"“{release.name}” is later than next month: later releases must stand after it.")
    if last and numbers(release.name) < numbers(last.name):
        raise ValidationError(f"The last release is {last}: “{release.name}” would stand before it.")
    if last and last.data_version == release.data_version:
        raise ValidationError(f"Nothing has changed since {last}: the data version is still {last.data_version}.")


def numbers(name):
    return [int(part) for part in name.split(".")]


def sums(files):
    """What tells whether the files are whole, in the way of sha256sum."""
    lines = "".join(f"{file.sha256}  {file.name}\n" for file in files)
    return ReleaseFile.of(
        "SHA256SUMS", lines.encode(), "text/plain", "The SHA-256 of every file but the archive: sha256sum -c."
    )


def archive(release, files):
    """All the files in one, which unpacks into one folder; packed again, it is the same."""
    folder, packed = f"bone-pain-kb-{release}", BytesIO()
    with ZipFile(packed, "w") as pack:
        for file in sorted(files, key=str):
            entry = ZipInfo(f"{folder}/{file}", release.made_at.timetuple()[:6])
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # As on Unix, wherever it is made: all may read.
            pack.writestr(entry, file.content, ZIP_DEFLATED)
    return ReleaseFile.of(f"{folder}.zip", packed.getvalue(), ARCHIVE, "All the other files, in one folder.")
