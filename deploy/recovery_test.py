"""Recovers a PostgreSQL server to a moment before a mistake, from a base backup and the archived write-ahead log.

This is what docs/operations.md describes, on a server of its own on loopback: make recovery-test. Ends with 1 if what
was written before that moment is not there, or what was written after it is.
"""

import os
import signal
import sys
import tempfile
import time
import uuid
from pathlib import Path

from chaos_site import Site, find_free_base_port, has_postgres
from cluster_test import PUBLISH

SUMMARY = "SELECT summary FROM treatments_treatment WHERE slug = 'letrozole'"
ARCHIVED = "SELECT last_archived_wal >= '{}' FROM pg_stat_archiver"
WAIT_SECONDS = 60


class ArchivingSite(Site):
    """A PostgreSQL server that archives its write-ahead log, without a replica or a web process."""

    def __enter__(self):
        self.archive = self.directory / "archive"
        for directory in (self.directory, self.archive):
            directory.mkdir(parents=True)
            if self.postgres_user:
                os.chown(directory, self.postgres_user.pw_uid, self.postgres_user.pw_gid)
        with self.stack:
            self.stack.callback(self.stop_all)
            primary = self.directory / "primary"
            self.run_as_postgres("initdb", "--pgdata", primary, "--username", "kb", "--auth", "trust", "--no-sync")
            self.configure("postgresql.conf", archive_mode="on", archive_command=f"cp %p {self.archive}/%f")
            self.start_database("primary")
            self.stack = self.stack.pop_all()
        return self

    def configure(self, name, **values):
        """Add settings to a file of the server."""
        with (self.directory / "primary" / name).open("a") as file:
            file.writelines(f"{key} = '{value}'\n" for key, value in values.items())

    def publish(self, summary):
        self.run_manage("shell", "--command", PUBLISH.format(summary=summary))

    def wait_for(self, query):
        """Wait until a query gives true."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.run_sql(query)[0][0]:
            if time.monotonic() > deadline:
                sys.exit(f"Not within {WAIT_SECONDS} s: {query}")
            time.sleep(0.1)

    def recover(self, moment):
        """Put the base backup in the place of the server that is lost, and replay the log until a moment."""
        (self.directory / "primary").rename(self.directory / "lost")
        (self.directory / "base").rename(self.directory / "primary")
        self.configure(
            "postgresql.auto.conf",
            restore_command=f"cp {self.archive}/%f %p",
            recovery_target_time=moment,
            recovery_target_action="promote",
        )
        (self.directory / "primary/recovery.signal").touch()
        self.start_database("primary")
        self.wait_for("SELECT NOT pg_is_in_recovery()")


def main():
    signal.signal(signal.SIGTERM, lambda *arguments: sys.exit(1))  # So that what was started is ended.
    if not has_postgres():
        sys.exit("Missing: postgresql. On Debian: apt-get install postgresql")
    base_port = int(os.environ.get("BASE_PORT") or find_free_base_port(10))
    with tempfile.TemporaryDirectory(prefix="kb-recovery-") as directory:
        Path(directory).chmod(0o755)
        with ArchivingSite(base_port, Path(directory) / "site", on_postgres=True) as site:
            site.run_manage("migrate", "--verbosity", "0")
            site.run_manage("load_knowledge")
            site.run_as_postgres(
                "pg_basebackup",
                *("--dbname", f"host=127.0.0.1 port={base_port + 2} user=kb", "--pgdata", site.directory / "base"),
                *("--wal-method", "stream", "--checkpoint", "fast", "--no-sync"),
            )
            right, wrong = (f"{word} {uuid.uuid4().hex}" for word in ("Right", "Wrong"))
            site.publish(right)
            moment = site.run_sql("SELECT clock_timestamp()::text")[0][0]
            site.publish(wrong)
            site.run_sql("DELETE FROM kb_event RETURNING id")
            (segment,) = site.run_sql("SELECT pg_walfile_name(pg_switch_wal())")[0]
            site.wait_for(ARCHIVED.format(segment))
            site.kill("primary", signal.SIGKILL)
            started = time.monotonic()
            site.recover(moment)
            found, events = site.run_sql(SUMMARY)[0][0], site.run_sql("SELECT count(*) FROM kb_event")[0][0]
            print(f"  Recovered to {moment} in {time.monotonic() - started:.1f} s: “{found}”, {events} events.")
            print(f"  {site.run_manage('check_data_version').strip()}")
            sys.exit(found != right or not events)


if __name__ == "__main__":
    main()
