"""The databases of a run: one of each size on each engine, under names of their own, made when they are missing."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from benchmarks import FOLDER, ROOT
from benchmarks.processes import BenchmarkError

SHIPPED = 0  # The size of a world with the shipped data alone.
POSTGRES_URL = os.environ.get("POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
DATA, MIGRATIONS = ["fixtures/*.yaml"], ["*/migrations/*.py"]
GENERATOR = "benchmarks/worlds.py"


@dataclass(frozen=True)
class Database:
    """A database with a number of statements; 0 for the shipped data."""

    engine: str  # SQLite or PostgreSQL.
    size: int

    @property
    def name(self) -> str:
        return f"kb_bench_{self.size or 'shipped'}"

    @property
    def label(self) -> str:
        return f"{self.engine}, {format_size(self.size)}"

    @property
    def file(self) -> Path:
        return FOLDER / f"{self.name}.sqlite3"

    @property
    def url(self) -> str:
        if self.engine == "SQLite":
            return f"sqlite:///{self.file}"
        return urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{self.name}"))

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs in its environment to work on the database."""
        return {"DATABASE_URL": self.url, "PYTHONPATH": str(ROOT), "READS_PER_MINUTE": "0"}

    def list_backends(self) -> list[int]:
        """Return the ids of the processes of PostgreSQL that serve this database; none on SQLite."""
        if self.engine == "SQLite":
            return []
        return [row[0] for row in execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", self.name)]

    def prepare(self) -> None:
        """Make the database unless it stands as the data and the generator make it; migrate it to these models."""
        made_from = [compute_digest(DATA if self.size == SHIPPED else [*DATA, GENERATOR]), compute_digest(MIGRATIONS)]
        stamp = self.read_stamp().split() if self.exists() else []
        if stamp == made_from:
            return
        if stamp[:1] == made_from[:1]:
            print(f"Data: migrating {self.label} …", flush=True)
            self.run_python("manage.py", "migrate", "--verbosity", "0")
            self.write_stamp(" ".join(made_from))
            return
        print(f"Data: making {self.label} …", flush=True)
        self.remove()
        if self.size == SHIPPED:
            if self.engine == "PostgreSQL":
                execute(f'CREATE DATABASE "{self.name}"')
            for command in (["migrate", "--verbosity", "0"], ["createcachetable"], ["load_knowledge"]):
                self.run_python("manage.py", *command)
        else:
            self.copy(Database(self.engine, SHIPPED))
            self.run_python("-m", "benchmarks.worlds", str(self.size))
        if self.engine == "PostgreSQL":
            execute("VACUUM ANALYZE", url=self.url)
        self.write_stamp(" ".join(made_from))

    def exists(self) -> bool:
        if self.engine == "SQLite":
            return self.file.exists()
        return bool(execute("SELECT 1 FROM pg_database WHERE datname = %s", self.name))

    @property
    def stamp(self) -> Path:
        return self.file.with_suffix(".made")

    def read_stamp(self) -> str:
        """Return of what the database was made: beside the file of SQLite, in the comment of PostgreSQL."""
        if self.engine == "SQLite":
            return self.stamp.read_text() if self.stamp.exists() else ""
        query = "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s"
        return execute(query, self.name)[0][0] or ""

    def write_stamp(self, digest: str) -> None:
        if self.engine == "SQLite":
            self.stamp.write_text(digest)
        else:
            execute(f"COMMENT ON DATABASE \"{self.name}\" IS '{digest}'")

    def remove(self) -> None:
        if self.engine == "SQLite":
            self.stamp.unlink(missing_ok=True)
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.file}{suffix}").unlink(missing_ok=True)
        else:
            execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def copy(self, original: "Database") -> None:
        """Make this database a copy of another, to which nobody is connected."""
        original.prepare()
        if self.engine == "SQLite":
            with closing(sqlite3.connect(original.file)) as source, closing(sqlite3.connect(self.file)) as target:
                source.backup(target)
        else:
            execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{original.name}"')

    def run_python(self, *arguments: str) -> str:
        """Run Python on this database; return what it prints, or raise BenchmarkError with it."""
        completed = subprocess.run(  # noqa: S603
            [sys.executable, *arguments],
            cwd=ROOT,
            env=os.environ | self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if completed.returncode:
            output = completed.stdout + completed.stderr
            raise BenchmarkError(f"{' '.join(arguments)} failed on {self.label}:\n{output[-3000:]}")
        return completed.stdout


def execute(query: str, *parameters: object, url: str = POSTGRES_URL) -> list[tuple]:
    """Run a query on PostgreSQL outside of a transaction; return its rows."""
    import psycopg

    with psycopg.connect(url, autocommit=True, connect_timeout=5) as connection:
        cursor = connection.execute(query, parameters or None)
        return cursor.fetchall() if cursor.description else []


def explain_missing_postgres() -> str:
    """Return why PostgreSQL cannot take part; empty if it answers."""
    import psycopg

    try:
        execute("SELECT 1")
    except psycopg.Error as error:
        return f"PostgreSQL is left out: POSTGRES_URL does not answer ({str(error).splitlines()[0]})."
    return ""


def compute_digest(patterns: list[str]) -> str:
    """Return a digest of the files that match these patterns."""
    paths = sorted(path for pattern in patterns for path in ROOT.glob(pattern))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def format_size(size: int) -> str:
    """Return the size of a world in words: shipped, 2 k, 1 M."""
    if size == SHIPPED:
        return "shipped"
    for unit, name in [(1_000_000, "M"), (1_000, "k")]:
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return str(size)
