"""The file of a backup: a ZIP archive of the data and a manifest, read whole and compared before any of it is used."""

import hashlib
import json
import os
import struct
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

FORMAT = 1
MANIFEST_NAME, MANIFEST_BYTES = "manifest.json", 10_000_000
CHUNK = 1 << 20
# What reading a damaged archive raises: zipfile meets other methods of compression, encryption and sizes than it knows.
READ_ERRORS = (BadZipFile, EOFError, KeyError, NotImplementedError, OSError, RuntimeError, struct.error)
READ_ERRORS += (TypeError, ValueError, zlib.error)


class BackupError(Exception):
    """A backup that cannot be made or restored. The message tells why, and nothing was changed."""


@dataclass(frozen=True)
class Description:
    """What was in the database at the moment of the backup."""

    made_at: str
    version: str  # Of the program.
    data_version: str
    engine: str  # "sqlite" or "postgresql".
    migrations: list[str]  # Those that had been applied, as app.name.
    row_counts: dict[str, int]  # By table.


@dataclass(frozen=True)
class Manifest(Description):
    """The description of a backup, and what its data must be."""

    size: int  # Of the data, in bytes, before compression.
    sha256: str
    format: int = FORMAT


class HashingWriter:
    """Passes on what is written to it, and knows the length and the SHA-256 of it."""

    def __init__(self, write: Callable[[bytes], Any]) -> None:
        self._write, self._digest, self.size = write, hashlib.sha256(), 0

    def write(self, data: bytes) -> int:
        self._digest.update(data)
        self.size += len(data)
        self._write(data)
        return len(data)

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def write_archive(path: Path, description: Description, dump: Callable[[HashingWriter], None]) -> Manifest:
    """Write a backup, its data by `dump`; it has its name only once it is whole, on the disk, and read again."""
    if path.exists():
        raise BackupError(f"{path} is there already.")
    descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".partial", dir=path.parent)  # Mode 0600.
    try:
        with open(descriptor, "wb") as file:
            with ZipFile(file, "w") as archive:
                # pg_dump compresses what it writes; a file of SQLite is compressed here.
                member = ZipInfo(get_data_name(description))
                member.compress_type = ZIP_STORED if description.engine == "postgresql" else ZIP_DEFLATED
                with archive.open(member, "w", force_zip64=True) as data:
                    writer = HashingWriter(data.write)
                    dump(writer)
                manifest = Manifest(**asdict(description), size=writer.size, sha256=writer.sha256)
                archive.writestr(MANIFEST_NAME, json.dumps(asdict(manifest), indent=1))
            file.flush()
            os.fsync(file.fileno())
        check_archive(Path(partial))
        os.rename(partial, path)
        sync_directory(path.parent)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return manifest


def get_data_name(description: Description) -> str:
    """Return the name of the data in the archive."""
    return "kb.dump" if description.engine == "postgresql" else "kb.sqlite3"


@contextmanager
def explain_read_errors(path: Any) -> Iterator[None]:
    """Raise BackupError where a backup cannot be read."""
    try:
        yield
    except FileNotFoundError:
        raise BackupError(f"There is no file {path}.") from None
    except READ_ERRORS as error:
        raise BackupError(f"{path} is no backup, or it is damaged: {error}") from error


@contextmanager
def open_archive(path: Path) -> Iterator[tuple[ZipFile, Manifest]]:
    """Open a backup, and read its manifest."""
    with ExitStack() as stack:
        with explain_read_errors(path):
            archive = stack.enter_context(ZipFile(path))
            manifest = read_manifest(archive)
        yield archive, manifest


def read_manifest(archive: ZipFile) -> Manifest:
    if archive.getinfo(MANIFEST_NAME).file_size > MANIFEST_BYTES:
        raise ValueError(f"its {MANIFEST_NAME} is too large")
    values = json.loads(archive.read(MANIFEST_NAME))
    if values["format"] != FORMAT:
        raise BackupError(f"The backup has the format {values['format']!r}; this program reads {FORMAT}.")
    return Manifest(**values)


def copy_data(archive: ZipFile, manifest: Manifest, write: Callable[[bytes], Any]) -> None:
    """Pass on the data of a backup piece by piece; raise BackupError at their end if they are others."""
    writer = HashingWriter(write)
    with ExitStack() as stack:
        with explain_read_errors(archive.filename):
            data = stack.enter_context(archive.open(get_data_name(manifest)))
            piece = data.read(CHUNK)
        while piece:
            writer.write(piece)  # What fails here is no fault of the backup.
            with explain_read_errors(archive.filename):
                piece = data.read(CHUNK)
    if (writer.size, writer.sha256) != (manifest.size, manifest.sha256):
        raise BackupError(f"{archive.filename} is damaged: its data are not those of its manifest (SHA-256).")


def copy_stream(source: IO[bytes], writer: HashingWriter) -> None:
    """Copy a stream in pieces, so that memory does not grow with it."""
    while piece := source.read(CHUNK):
        writer.write(piece)


def check_archive(path: Path) -> Manifest:
    """Read a whole backup, and return its manifest; raise BackupError if anything in it is not as it was written."""
    with open_archive(path) as (archive, manifest):
        copy_data(archive, manifest, lambda data: None)
        return manifest


def sync_directory(path: Path) -> None:
    """Let the names of files in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
