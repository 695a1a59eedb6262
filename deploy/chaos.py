"""Provokes faults of a service of its own, for real, while clients read and write: make chaos.

Prints a row for each fault: how often it was tried, how many acknowledged writes were lost, the answers by status, how
often the liveness probe answered, and after how many seconds a read and a write were answered again. Ends with 1 if a
write was lost, a status was answered that says nothing of a fault (500), or the service did not come back by itself.
"""

import os
import signal
import sys
import tempfile
from pathlib import Path

import chaos_databases as databases
import chaos_processes as processes
from chaos_site import Site, find_free_base_port, has_postgres
from chaos_trial import Trial

HEADINGS = ["fault", "times", "lost", "answers by status", "live", "seconds to recover"]
DISK_MB = 100
LIBRARIES = ["/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/local/lib/faketime/libfaketimeMT.so.1"]


def find_clock_library():
    """Return the library that gives a process another time; None if it is not installed."""
    return next((path for pattern in LIBRARIES for path in Path("/").glob(pattern.lstrip("/"))), None)


def try_processes(trial, tries):
    trial.run("a worker is killed while somebody publishes", processes.kill_workers, tries, needs_live=False)
    trial.run(
        "the main process is killed while somebody publishes", processes.kill_main_process, tries, needs_live=False
    )
    trial.run("connections are cut in the middle of answers", processes.cut_connections)


def try_commands(trial, tries):
    trial.run("an import is killed", processes.make_import_fault(), tries)
    trial.run("a release is killed", processes.make_release_fault(), tries)
    trial.run("a backup is killed", processes.make_backup_fault(), tries)
    if not trial.site.on_postgres:  # There the database is the one by which others are made.
        trial.run("a restore is killed", processes.make_restore_fault(), tries, needs_live=False)
    trial.run("migrations are killed", processes.make_migration_fault(), tries)
    fault = processes.make_upload_fault(trial.seed["editor_session"])
    trial.run("a worker is killed while an upload is brought in", fault, tries, needs_live=False)


def try_clock(trial, tries):
    library = find_clock_library()
    if library is None:
        trial.skip("the clock is moved", "libfaketime is not installed (Debian: apt-get install faketime).")
        return
    trial.site.restart_web(**processes.clock_environ(trial.site, library))
    trial.run("the clock is moved on by 5 hours, and back", processes.make_clock_fault(5), tries)
    trial.run("the clock is put back by 5 hours, and on", processes.make_clock_fault(-5), tries)
    trial.site.restart_web()


def try_sqlite(trial, tries, has_disk):
    trial.run("SQLite is locked by another process", databases.lock_sqlite, tries)
    if has_disk:
        trial.run("the disk is full", databases.fill_disk, tries, needs_live=False)
        if tries > 1:  # Not in the quick form.
            trial.run("the disk is read-only", databases.make_disk_read_only, tries, needs_live=False)
    else:
        trial.skip("the disk is full, or read-only", "only root may mount a small disk.")
    if tries > 1:
        trial.run(
            "the file of SQLite is damaged; a person restores the last backup",
            databases.damage_sqlite,
            needs_live=False,
        )


def try_postgres(trial, tries, is_quick):
    trial.run("PostgreSQL is killed, and started again", databases.crash_postgres, tries)
    trial.run("PostgreSQL stands still", databases.freeze_postgres, tries)
    trial.run("PostgreSQL ends all connections, again and again", databases.terminate_backends, tries)
    if not is_quick:
        trial.run("PostgreSQL is stopped, and started again", databases.restart_postgres, tries)
        trial.run("PostgreSQL has no connections left", databases.use_up_connections, tries)
        trial.run("Redis is gone", databases.stop_redis, tries)
    trial.run("the primary is lost, and its replica promoted", databases.fail_over, tries)
    if not is_quick:
        trial.site.restart_web(DATABASE_STATEMENT_SECONDS="4")
        name = "the replica is lost, then the primary; the replica is promoted"
        trial.run(name, databases.fail_over_to_old_replica, tries)


def run_on_sqlite(base_port, directory, is_quick):
    site = Site(base_port, directory, on_postgres=False)
    site.disk_mb = DISK_MB if databases.can_mount() else 0
    with site:
        trial = Trial(site, 10 if is_quick else 100)
        try_processes(trial, 1 if is_quick else 5)
        if not is_quick:
            try_commands(trial, 6)
            try_clock(trial, 2)
        try_sqlite(trial, 1 if is_quick else 2, bool(site.disk_mb))
    return trial.rows


def run_on_postgres(base_port, directory, is_quick):
    with Site(base_port, directory, on_postgres=True) as site:
        trial = Trial(site, 10 if is_quick else 100)
        if not is_quick:
            try_commands(trial, 3)
        try_postgres(trial, 1 if is_quick else 3, is_quick)
    return trial.rows


def main():
    signal.signal(signal.SIGTERM, lambda *arguments: sys.exit(1))  # So that what was started is ended.
    is_quick, parts = bool(os.environ.get("QUICK")), os.environ.get("ONLY", "sqlite,postgres").split(",")
    base_port = int(os.environ.get("BASE_PORT") or find_free_base_port(10))
    rows = []
    print("  " + " | ".join(HEADINGS), flush=True)
    with tempfile.TemporaryDirectory(prefix="kb-chaos-") as directory:
        Path(directory).chmod(0o755)
        if "sqlite" in parts:
            print(" On SQLite:", flush=True)
            rows += run_on_sqlite(base_port, Path(directory) / "sqlite", is_quick)
        if "postgres" in parts:
            print(" On PostgreSQL:", flush=True)
            if has_postgres():
                rows += run_on_postgres(base_port, Path(directory) / "postgres", is_quick)
            else:
                print("  not tried: postgresql and redis-server are not installed.")
    lost = sum(row.lost if isinstance(row.lost, int) else 1 for row in rows)
    print(f"  Lost: {lost} of {sum(row.acknowledged for row in rows)} acknowledged writes in {len(rows)} rows.")
    sys.exit(any(row.problems for row in rows))


if __name__ == "__main__":
    main()
