"""Faults of databases: of the disk and the file of SQLite, of a PostgreSQL server, of a replica, of Redis."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import ExitStack, closing, suppress

from cluster import find_program
from process_tree import find_descendants

FAULT_SECONDS = 2 if os.environ.get("QUICK") else 6
LOCK = "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); time.sleep({})"


def can_mount():
    return os.getuid() == 0 and shutil.which("mount") is not None


def fill_disk(site):
    """Leave no room on the disk of the data, not even what the write-ahead log has taken already."""
    ballast = [site.data / f"ballast-{number}" for number in range(2)]
    for path in ballast:
        with suppress(OSError), path.open("wb", buffering=0) as file:
            while file.write(b"\0" * 4096):
                pass
        with suppress(sqlite3.Error), closing(sqlite3.connect(site.data / "kb.sqlite3", timeout=1)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    time.sleep(FAULT_SECONDS)
    site.stop_web()  # Started again, it has no write-ahead log any more whose room it could use.
    site.start_web("web1")
    time.sleep(FAULT_SECONDS)
    for path in ballast:
        path.unlink()


def make_disk_read_only(site):
    """Start the service on a disk that is read-only; the kernel makes none so while files on it are written to."""
    site.stop_web()
    subprocess.run(["mount", "-o", "remount,ro", site.data], check=True)
    site.start_web("web1")
    time.sleep(FAULT_SECONDS)
    subprocess.run(["mount", "-o", "remount,rw", site.data], check=True)


def lock_sqlite(site):
    """Let another process hold the lock of writers."""
    subprocess.run([sys.executable, "-c", LOCK.format(2 * FAULT_SECONDS), site.data / "kb.sqlite3"], check=True)


def damage_sqlite(site):
    """Overwrite a third of the file, and restore the last backup, as a person has to: what came after it is lost."""
    backup, file = site.directory / "before-damage.zip", site.data / "kb.sqlite3"
    backup.unlink(missing_ok=True)
    site.promised_until = time.monotonic()
    site.run_manage("backup", str(backup))  # While people write.
    time.sleep(FAULT_SECONDS)
    site.stop_web()
    with file.open("r+b") as opened:
        third = file.stat().st_size // 3
        opened.seek(third)
        opened.write(os.urandom(third))
    site.start_web("web1")
    time.sleep(FAULT_SECONDS)
    site.stop_web()
    site.run_manage("restore", "--replace", str(backup))
    site.start_web("web1")


def restart_postgres(site):
    """Stop the server as its administrator does, and start it again."""
    site.kill("primary", signal.SIGINT)
    time.sleep(FAULT_SECONDS)
    site.start_database("primary")


def crash_postgres(site):
    site.kill("primary", signal.SIGKILL)
    time.sleep(1)
    site.start_database("primary")


def freeze_postgres(site):
    """Let the server and all its backends stand still: connections are taken, and nothing answers."""
    pids = find_descendants(site.processes["primary"].pid)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    time.sleep(3 * FAULT_SECONDS)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def use_up_connections(site):
    """Take every connection that the server has, those of the service as well."""
    import psycopg

    with ExitStack() as stack:
        site.run_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
            "AND pid <> pg_backend_pid()"
        )
        until = time.monotonic() + FAULT_SECONDS
        while time.monotonic() < until:
            try:
                stack.enter_context(site.connect())
            except psycopg.OperationalError:
                time.sleep(0.01)


def terminate_backends(site):
    """End all connections of the service, again and again."""
    import psycopg

    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' "
    until = time.monotonic() + FAULT_SECONDS
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError):
            site.run_sql(query + "AND pid <> pg_backend_pid()")
        time.sleep(0.3)


def fail_over(site):
    """Lose the primary; promote its replica, and give it the address of the primary, as a failover tool does."""
    add_replica(site)
    site.kill("primary", signal.SIGKILL)
    promote_replica(site)


def fail_over_to_old_replica(site):
    """Lose the replica first, for longer than a statement may take, and then the primary; the replica is promoted."""
    add_replica(site)
    site.kill("replica1", signal.SIGINT)
    time.sleep(3 * FAULT_SECONDS)
    site.kill("primary", signal.SIGKILL)
    site.start_database("replica1")
    promote_replica(site)


def add_replica(site):
    """Give the primary another replica where the last has become the primary."""
    if "replica1" not in site.processes:
        site.copy_primary("replica1")
        site.start_database("replica1")
        site.wait_for_replica()
        time.sleep(FAULT_SECONDS)


def promote_replica(site):
    site.run_as_postgres("pg_ctl", "promote", "--pgdata", site.directory / "replica1", "--wait")
    site.kill("replica1", signal.SIGINT)
    shutil.rmtree(site.directory / "primary")
    (site.directory / "replica1").rename(site.directory / "primary")
    (site.directory / "primary/postgresql.auto.conf").write_text("")  # Nothing follows it that it could wait for.
    site.start_database("primary")


def stop_redis(site):
    site.kill("redis")
    time.sleep(FAULT_SECONDS)
    site.start("redis", find_program("redis-server"), *f"--port {site.ports['redis']} --bind 127.0.0.1".split())
