"""One service with its database, for chaos.py: on SQLite, or on a PostgreSQL primary with a replica and Redis."""

import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager, suppress

from cluster import HOST, START_SECONDS, Cluster, find_program
from process_tree import find_children

PORT_NAMES = ["web1", "redis", "primary", "replica1"]
# Two people, a session of the one who publishes, a token, and changes that wait for review, as JSON.
SEED = """
import json, sys
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, User
from django.contrib.sessions.backends.db import SessionStore
from django.core.management import call_command
from io import StringIO
from secrets import token_hex
from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.snapshot import serialize_record
from kb.models import Cancer, Source, resource_name
from symptoms.models import Investigation, Symptom
from treatments.models import Treatment

people = []
for name, role in (("writer", "editor"), ("publisher", "reviewer")):
    person, _ = User.objects.get_or_create(username=name, is_staff=True)
    person.groups.add(Group.objects.get(name=role))
    people.append(person)
def open_session(person):
    session = SessionStore()
    session.update({SESSION_KEY: str(person.pk), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[1]})
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return session.session_key
token = StringIO()
call_command("make_token", "writer", f"chaos {token_hex(4)}", stdout=token, stderr=StringIO())
changes = []
for model in (Symptom, Treatment, Cancer, Investigation):
    for record in model.objects.public().order_by("pk")[:%d]:
        content = serialize_record(record) | {"summary": f"Edited for a trial: {token_hex(4)}."}
        change = save_or_propose(record, content, EditRequest(people[0], "A trial.", submit=True))
        changes.append([change.pk, change.lock, f"/api/v1/{resource_name(model)}/{record.slug}/", content["summary"]])
print("SEED", json.dumps({"token": token.getvalue().strip(), "changes": changes,
    "session": open_session(people[1]), "editor_session": open_session(people[0])}))
"""


class Site(Cluster):
    """A service with two workers, which is started again where its main process ends, as systemd does."""

    replicas = ["replica1"]

    def __init__(self, base_port, directory, on_postgres):
        super().__init__(base_port, 0, directory)
        self.on_postgres, self.extra_environ = on_postgres, {}
        self.ports = {name: base_port + number for number, name in enumerate(PORT_NAMES)}
        self.data = directory / "data"
        self.promised_until = math.inf  # When what is restored was backed up: what came after is not promised.
        self.disk_mb = 0  # If not 0, the data lie on a disk of this size.
        self.is_watched, self.lock = False, threading.RLock()
        if os.getuid():
            self.postgres_user = None

    def __enter__(self):
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        self.directory.chmod(0o755)  # PostgreSQL runs as another user.
        self.data.mkdir(mode=0o700)
        with self.stack:
            if self.disk_mb:
                self.stack.enter_context(mount_disk(self.data, self.disk_mb))
            self.stack.callback(self.stop_all)
            if self.on_postgres:
                self.start_databases()
                self.start(
                    "redis", find_program("redis-server"), *f"--port {self.ports['redis']} --bind {HOST}".split()
                )
            self.run_manage("prepare")
            self.start_web("web1")
            self.stack = self.stack.pop_all()
        self.is_watched = True
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()
        return self

    def start_databases(self):
        """Start a primary that waits for its replica before it acknowledges anything, and that replica."""
        super().start_databases()
        self.wait_for_replica()

    def wait_for_replica(self):
        """Let the primary acknowledge from now on only what its replica has; return once that follows."""
        self.run_sql("ALTER SYSTEM SET synchronous_standby_names = '*'", "SELECT pg_reload_conf()")
        deadline = time.monotonic() + START_SECONDS
        while not self.run_sql("SELECT pid FROM pg_stat_replication WHERE sync_state = 'sync'"):
            if time.monotonic() > deadline:
                sys.exit(f"The replica does not follow; {self.directory}/replica1.log says why.")
            time.sleep(0.1)

    def connect(self, name="primary"):
        """Return a connection to a database of this site, in which every statement is committed at once."""
        import psycopg

        return psycopg.connect(self.database_url(name), autocommit=True, connect_timeout=5)

    def run_sql(self, *statements, name="primary"):
        with self.connect(name) as connection:
            return [connection.execute(statement) for statement in statements][-1].fetchall()

    def environ(self, name="manage"):
        site_url = f"http://{HOST}:{self.ports['web1']}"
        database = self.database_url("primary") if self.on_postgres else f"sqlite:///{self.data / 'kb.sqlite3'}"
        own = {
            "DATABASE_URL": database,
            "REPLICA_URLS": "",
            "REDIS_URL": f"redis://{HOST}:{self.ports['redis']}/0" if self.on_postgres else "",
            "SECRET_KEY": self.secret_key,
            "CACHE_SECONDS": "0",
            "RESPONSE_CACHE_MB": "0",  # Every answer is to be made by the database.
            "READS_PER_MINUTE": "1000000",
            "SUGGESTIONS_PER_DAY": "100000",
            "LOG_FORMAT": "json",
            "METRICS_DIR": str(self.directory / f"metrics-{name}"),
            "SITE_URL": site_url,
            "PORT": str(self.ports["web1"]),
            "WORKERS": "2",
        }
        return os.environ | own | self.extra_environ

    def seed(self, count):
        """Make people, a token and changes that wait for review; return what clients need of them."""
        lines = self.run_manage("shell", "--command", SEED % count).splitlines()
        return json.loads(next(line for line in lines if line.startswith("SEED ")).removeprefix("SEED "))

    def find_workers(self):
        """Return the processes of the service that the main one has started."""
        return find_children(self.processes["web1"].pid)

    def watch(self):
        """Start the service again where its main process has ended, as systemd does (Restart=always)."""
        while self.is_watched:
            with self.lock:
                process = self.processes.get("web1")
                if self.is_watched and process and process.poll() is not None:
                    with suppress(ProcessLookupError):
                        os.killpg(process.pid, signal.SIGKILL)
                    time.sleep(1)  # RestartSec=1
                    with suppress(SystemExit):  # What does not start is started again: the port may still be held.
                        self.start_web("web1")
            time.sleep(0.1)

    def stop_web(self):
        """Stop the service, as a person does, who does not want it to come back."""
        with self.lock:
            process = self.processes.pop("web1")
            process.terminate()
            with suppress(Exception):
                process.wait(40)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def restart_web(self, **environ):
        """Start the service anew, with other variables."""
        self.extra_environ = environ
        with self.lock:
            self.stop_web()
            self.start_web("web1")

    def stop_all(self):
        self.is_watched = False
        with self.lock:
            for process in self.processes.values():  # What is frozen cannot be ended.
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGCONT)
            super().stop_all()


@contextmanager
def mount_disk(directory, megabytes):
    """Let a directory be a small disk of its own."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", directory], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True)


def find_free_base_port(count):
    """Return the first of several free ports in a row."""
    for base in range(20_000, 30_000, count):
        with ExitStack() as stack:
            try:
                for port in range(base, base + count):
                    probe = stack.enter_context(socket.socket())
                    probe.bind((HOST, port))
            except OSError:
                continue
            return base
    return sys.exit("There are no free ports.")


def has_postgres():
    return all(map(find_program, ("initdb", "pg_basebackup", "pg_ctl", "redis-server")))
