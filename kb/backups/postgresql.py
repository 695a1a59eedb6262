"""Backups of PostgreSQL: pg_dump of an exported snapshot, and a database that is restored beside another one."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import OperationalError, connection

from kb.backups.archive import BackupError, HashingWriter, copy_stream
from kb.utils.locks import read_snapshot

open_snapshot = read_snapshot


def dump(writer: HashingWriter, directory: Path) -> None:
    """Write what pg_dump makes of the state of the data that the snapshot sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
    with run_client("pg_dump", "--format=custom", f"--snapshot={snapshot}", stdout=subprocess.PIPE) as process:
        copy_stream(process.stdout, writer)


@contextmanager
def run_client(program: str, *arguments: str, name: str | None = None, **streams: Any) -> Iterator[Any]:
    """Run a program of PostgreSQL on a database; raise BackupError with what it says if it fails."""
    path = shutil.which(program)
    if path is None:
        raise BackupError(f"{program} is missing: install the client programs of PostgreSQL (postgresql-client).")
    values = connection.settings_dict
    # Django gives host, port, user and name as arguments of psql, the password and what is secret in the environment.
    (_, *options), environment = connection.client_class.settings_to_cmd_args_env(
        values | {"NAME": name or values["NAME"]}, [*arguments, "--dbname"]
    )
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen([path, *options], env=os.environ | (environment or {}), stderr=errors, **streams)  # noqa: S603
        try:
            yield process
        except BrokenPipeError:
            pass  # It has ended: why is told below.
        except BaseException:
            process.kill()
            raise
        finally:
            for stream in (process.stdin, process.stdout):
                with suppress(BrokenPipeError):
                    if stream:
                        stream.close()
            code = process.wait()
        if code:
            errors.seek(0)
            raise BackupError(f"{program} failed: {errors.read(2000).decode(errors='replace').strip()}")


class PostgresReplacement:
    """A database that is made on the same server as the one of the settings, to take its name."""

    def __init__(self) -> None:
        self.target = connection.settings_dict["NAME"]
        self.beside = f"{self.target}_restoring"

    def is_target_free(self) -> bool:
        """Return whether there is nothing that could be lost: no such database, or no table in it."""
        try:
            return not connection.introspection.table_names()
        except OperationalError:
            if self.exists(self.target):
                raise
            return True
        finally:
            connection.close()

    @property
    def database_name(self) -> str:
        return self.beside

    def create(self, copy_to: Callable[[Callable[[bytes], Any]], None]) -> None:
        """Make the new database of the data that `copy_to` passes on."""
        self.discard()
        self.execute(f"CREATE DATABASE {quote(self.beside)} TEMPLATE template0")
        options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
        with run_client("pg_restore", *options, name=self.beside, stdin=subprocess.PIPE) as process:
            copy_to(process.stdin.write)

    def take_place(self, moment: str) -> str | None:
        """Give the new database the name of the old one, in one transaction; return the name that this has then."""
        is_free, old = self.is_target_free(), f"{self.target}_replaced_{moment}"
        renames = [f"ALTER DATABASE {quote(self.beside)} RENAME TO {quote(self.target)}"]
        if self.exists(self.target):
            renames.insert(0, f"ALTER DATABASE {quote(self.target)} RENAME TO {quote(old)}")
        try:
            self.execute("BEGIN", *renames, "COMMIT")
        except OperationalError as error:
            raise BackupError(
                f"The database is in use: stop every process of the service, and try again. {error}"
            ) from error
        if is_free and len(renames) == 2:
            self.execute(f"DROP DATABASE {quote(old)}")
        return None if is_free else old

    def discard(self) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {quote(self.beside)}")

    def exists(self, name: str) -> bool:
        with connection._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            return cursor.fetchone() is not None

    def execute(self, *statements: str) -> None:
        """Execute statements on the server, from another database than those that they name."""
        with connection._nodb_cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def quote(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))
