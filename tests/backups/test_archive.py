"""The file of a backup: whatever happens to it, it is restored as it was written, or not at all."""

import json
import random
import zipfile

import pytest
from django.db import connection

from kb.backups.archive import BackupError, Description, check_archive, open_archive, write_archive
from kb.backups.restore import check_backup

DATA = random.Random(1).randbytes(3000) + b"\0" * 3000  # noqa: S311 - no secret


def make_description(**values):
    defaults = {"made_at": "2026-11-30T00:00:00Z", "version": "0.1.0", "data_version": "1", "engine": "sqlite"}
    return Description(**defaults | {"migrations": [], "row_counts": {"kb_source": 5}} | values)


@pytest.fixture
def write_backup(tmp_path):
    """Write a backup of a few bytes, whose manifest holds other values where they are given."""

    def write_backup(**values):
        path = tmp_path / f"{len([*tmp_path.iterdir()])}.zip"
        write_archive(path, make_description(**values), lambda writer: writer.write(DATA))
        return path

    return write_backup


def test_a_backup_says_what_it_holds_and_only_its_owner_reads_it(write_backup):
    path = write_backup()
    manifest = check_archive(path)
    assert (manifest.size, manifest.row_counts, manifest.data_version) == (6000, {"kb_source": 5}, "1")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_backup_that_fails_leaves_no_file_and_none_is_overwritten(write_backup, tmp_path):
    path = write_backup()
    before = path.read_bytes()
    with pytest.raises(BackupError, match="is there already"):
        write_archive(path, make_description(), lambda writer: writer.write(b"other"))

    def fail(writer):
        writer.write(DATA)
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_archive(tmp_path / "new.zip", make_description(), fail)
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [before]


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_no_byte_of_a_backup_can_change_what_is_restored(write_backup, engine):
    path = write_backup(engine=engine)
    content, manifest, refused = path.read_bytes(), check_archive(path), 0
    for position in range(len(content)):
        for bit in (0x01, 0x80):
            path.write_bytes(content[:position] + bytes([content[position] ^ bit]) + content[position + 1 :])
            try:
                assert check_archive(path) == manifest, position
            except BackupError:
                refused += 1
    assert refused > 1.9 * len(content)  # What is left are times and the like, in the headers of the archive.


def test_a_backup_of_which_something_is_missing_is_refused(write_backup):
    path = write_backup()
    content = path.read_bytes()
    for length in range(0, len(content), 7):
        path.write_bytes(content[:length])
        with pytest.raises(BackupError, match="damaged"):
            check_archive(path)


def test_what_is_no_backup_is_refused_with_words(tmp_path):
    foreign = {"text": b"SELECT 1;", "empty": b"", "database": b"SQLite format 3\0" + b"\0" * 4096}
    for name, content in foreign.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BackupError, match="is no backup, or it is damaged"):
            check_archive(tmp_path / name)
    for manifest in ({}, [], {"format": 1}, {"format": 1, "size": 1, "more": 2}):
        with zipfile.ZipFile(tmp_path / "zip", "w") as archive:
            archive.writestr("manifest.json", json.dumps(manifest))
        with pytest.raises(BackupError, match="is no backup, or it is damaged"):
            check_archive(tmp_path / "zip")
    with pytest.raises(BackupError, match="There is no file"):
        check_archive(tmp_path / "nothing")


def test_data_that_were_exchanged_are_refused(write_backup):
    """Also where every checksum of the archive itself is right."""
    path = write_backup()
    with open_archive(path) as (archive, _):
        manifest = archive.read("manifest.json")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("kb.sqlite3", DATA[::-1])
        archive.writestr("manifest.json", manifest)
    with pytest.raises(BackupError, match="SHA-256"):
        check_archive(path)


def test_a_backup_of_a_newer_program_or_of_another_database_is_refused(write_backup, db):
    ours, other = connection.vendor, {"sqlite": "postgresql", "postgresql": "sqlite"}[connection.vendor]
    assert check_backup(write_backup(engine=ours)).engine == ours
    with pytest.raises(BackupError, match="newer than this program"):
        check_backup(write_backup(engine=ours, version="99.0"))
    with pytest.raises(BackupError, match=r"lacks kb\.9999_later"):
        check_backup(write_backup(engine=ours, migrations=["kb.9999_later"]))
    with pytest.raises(BackupError, match=f"a backup of {other}"):
        check_backup(write_backup(engine=other))
