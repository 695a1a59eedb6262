"""The modes of files: what the service keeps is its own user's alone."""

import os
import stat
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def make_private(path: Path) -> None:
    """Take a file, or a directory with all that lies in it, from everybody but its owner. What is another's is left."""
    for entry in [path, *(path.rglob("*") if path.is_dir() else ())]:
        try:
            status = entry.lstat()
            if status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode) and status.st_mode & OTHERS:
                entry.chmod(stat.S_IMODE(status.st_mode) & ~OTHERS)
        except FileNotFoundError:
            continue  # Removed meanwhile.


def list_database_files(name: str) -> list[Path]:
    """Return the file of an SQLite database and those beside it, as far as they are there."""
    return [path for suffix in ("", "-wal", "-shm") if (path := Path(f"{name}{suffix}")).is_file()]
