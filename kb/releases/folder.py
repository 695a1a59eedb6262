"""The folder of a release that is being made: its files, as they are written, on the disk of this machine."""

import hashlib
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from kb.models import ReleaseFile
from kb.models.releases import CHUNK_SIZE
from kb.utils.locks import get_work_path


class ReleaseFolder:
    """The files of a release in a folder, in the order in which they were added, and work files beside them."""

    def __init__(self, path: Path) -> None:
        self.path, self.files = path, dict[str, ReleaseFile]()
        self.get_path("work").mkdir(parents=True)

    @classmethod
    @contextmanager
    def open_empty(cls) -> Iterator[Self]:
        """Open the one folder of this database, without what a release left in it that was not finished."""
        path = get_work_path("release")
        shutil.rmtree(path, ignore_errors=True)
        try:
            yield cls(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def get_path(self, name: str) -> Path:
        return self.path / name

    def get_work_path(self, name: str) -> Path:
        """Return the path of a file that is no file of the release."""
        return self.get_path("work") / name

    def write(self, name: str, content: Iterable[bytes], media_type: str, says: str) -> None:
        """Write a file piece by piece, and add it."""
        with self.get_path(name).open("wb") as file:
            file.writelines(content)
        self.add(name, media_type, says)

    def add(self, name: str, media_type: str, says: str) -> None:
        """Add a file that is written, with its size and its SHA-256."""
        with self.get_path(name).open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = self.get_path(name).stat().st_size
        self.files[name] = ReleaseFile(
            name=name, says=says, media_type=media_type, size=size, sha256=sha256, packed=b""
        )

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a file, CHUNK_SIZE at a time."""
        with self.get_path(name).open("rb") as file:
            while piece := file.read(CHUNK_SIZE):
                yield piece
