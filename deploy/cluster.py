"""The topology of compose.yaml as processes on loopback: make cluster.

A PostgreSQL primary with two streaming replicas, Redis, two web processes, and nginx with kb.conf.template, all made
anew in .cluster, on seven ports from BASE_PORT on. They end when this program does. (PostgreSQL, which does not run as
root, cannot look into var.)
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from string import Template

from process_tree import find_descendants, is_running

ROOT = Path(__file__).resolve().parent.parent
REPLICAS = ["replica1", "replica2"]
DATABASES = ["primary", *REPLICAS]
PORT_NAMES = ["nginx", "web1", "web2", "redis", *DATABASES]
PACKAGES = {"nginx": "nginx", "redis-server": "redis-server", "initdb": "postgresql", "pg_basebackup": "postgresql"}
HOST = "127.0.0.1"
START_SECONDS = 120


def find_program(name):
    """Return the path of a program, also of those that Debian does not put on PATH; None if it is missing."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    return shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", *map(str, versions)]))


def check_programs():
    """End the program with the names of the Debian packages that are missing, if any is."""
    if missing := {package for program, package in PACKAGES.items() if not find_program(program)}:
        sys.exit(f"Missing: {', '.join(sorted(missing))}. On Debian: apt-get install {' '.join(sorted(missing))}")


class Cluster:
    """All processes of the topology. A context manager, which ends what it started."""

    replicas = REPLICAS

    def __init__(self, base_port, cache_seconds, directory=ROOT / ".cluster"):
        self.directory, self.cache_seconds = directory, cache_seconds
        self.ports = {name: base_port + number for number, name in enumerate(PORT_NAMES)}
        self.secret_key = secrets.token_urlsafe(50)
        self.processes, self.stack = {}, ExitStack()
        # PostgreSQL refuses to run as root.
        self.postgres_user = pwd.getpwnam("postgres") if os.getuid() == 0 else None

    def __enter__(self):
        check_programs()
        for name, port in self.ports.items():
            with socket.socket() as probe:
                if probe.connect_ex((HOST, port)) == 0:
                    sys.exit(f"Port {port} ({name}) is taken; choose other ports, such as BASE_PORT={port + 100}.")
        shutil.rmtree(self.directory, ignore_errors=True)
        self.directory.mkdir(parents=True)
        with self.stack:
            self.stack.callback(self.stop_all)
            self.start_databases()
            self.start("redis", find_program("redis-server"), *f"--port {self.ports['redis']} --bind {HOST}".split())
            self.run_manage("prepare")
            for name in ("web1", "web2"):
                self.start_web(name)
            self.start_nginx()
            self.stack = self.stack.pop_all()
        return self

    def __exit__(self, *exception):
        self.stack.close()

    def url(self, name):
        return f"http://{HOST}:{self.ports[name]}"

    def database_url(self, name):
        return f"postgres://kb@{HOST}:{self.ports[name]}/postgres"

    def environ(self, name="manage"):
        """Return the environment of a web process or of a command."""
        return os.environ | {
            "DATABASE_URL": self.database_url("primary"),
            "REPLICA_URLS": ",".join(map(self.database_url, self.replicas)),
            "REDIS_URL": f"redis://{HOST}:{self.ports['redis']}/0",
            "SECRET_KEY": self.secret_key,
            "CACHE_SECONDS": str(self.cache_seconds),
            "READS_PER_MINUTE": "0",
            "PROXIES": "1",
            "LOG_FORMAT": "json",
            "METRICS_DIR": str(self.directory / f"metrics-{name}"),
            "SITE_URL": self.url("nginx"),
            "PORT": str(self.ports.get(name, self.ports["nginx"])),
            "WORKERS": "1",
            # A new worker gets 20 seconds before the old one ends: the machine has all the other parts to run as well.
            "GRANIAN_RESPAWN_INTERVAL": "20",
        }

    def start_databases(self):
        """Make and start the primary, and copies of it as its replicas."""
        if self.postgres_user:
            os.chown(self.directory, self.postgres_user.pw_uid, self.postgres_user.pw_gid)
        primary = self.directory / "primary"
        self.run_as_postgres("initdb", "--pgdata", primary, "--username", "kb", "--auth", "trust", "--no-sync")
        self.start_database("primary")
        for name in self.replicas:
            self.copy_primary(name)
            self.start_database(name)

    def copy_primary(self, name, *more):
        """Make a replica of the primary."""
        source = f"host={HOST} port={self.ports['primary']} user=kb"
        arguments = ["--write-recovery-conf", "--wal-method", "stream", "--checkpoint", "fast", "--no-sync", *more]
        self.run_as_postgres("pg_basebackup", "--dbname", source, "--pgdata", self.directory / name, *arguments)

    def start_database(self, name):
        settings = {"port": self.ports[name], "listen_addresses": HOST, "unix_socket_directories": "", "fsync": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        options += ["-c", "wal_keep_size=256MB", "-c", "max_connections=100"]
        self.start(name, find_program("postgres"), "-D", self.directory / name, *options, user=self.postgres_user)

    def start_web(self, name):
        self.start(name, sys.executable, ROOT / "manage.py", "serve", environ=self.environ(name))

    def start_nginx(self):
        servers = [f"server {HOST}:{self.ports[name]} max_fails=3 fail_timeout=2s;" for name in ("web1", "web2")]
        values = {
            "NGINX_LISTEN": f"{HOST}:{self.ports['nginx']}",
            "NGINX_CACHE_DIR": self.directory / "nginx-cache",
            "NGINX_ACCESS_LOG": self.directory / "nginx-access.log",
            "NGINX_FORWARDED_PROTO": "$scheme",
            "NGINX_WEB_SERVERS": "\n    ".join(servers),
        }
        template = Template((ROOT / "deploy/nginx/kb.conf.template").read_text())
        (self.directory / "kb.conf").write_text(template.safe_substitute(values))
        main = [
            "user root;" if os.getuid() == 0 else "",
            f"daemon off; pid {self.directory}/nginx.pid; error_log stderr; worker_processes 1;",
            "events { worker_connections 1024; }",
            f"http {{ include {self.directory}/kb.conf; }}",
        ]
        (self.directory / "nginx.conf").write_text("\n".join(main))
        self.start("nginx", find_program("nginx"), "-c", self.directory / "nginx.conf", "-p", self.directory)

    def run_manage(self, *arguments):
        """Run a command of manage.py on the primary, and return what it prints."""
        command = [sys.executable, ROOT / "manage.py", *arguments]
        process = subprocess.run(command, cwd=ROOT, env=self.environ(), capture_output=True, text=True, check=False)
        if process.returncode:
            sys.exit(f"manage.py {arguments[0]} failed: {process.stdout}{process.stderr}")
        return process.stdout

    def run_as_postgres(self, program, *arguments):
        with (self.directory / f"{program}.log").open("w") as log:
            user = self.user_options(self.postgres_user)
            subprocess.run([find_program(program), *arguments], stdout=log, stderr=log, check=True, cwd="/", **user)

    @staticmethod
    def user_options(user):
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}

    def start(self, name, *command, environ=None, user=None):
        """Start a process in a group of its own, with its output in a file, and wait until its port answers."""
        with (self.directory / f"{name}.log").open("w") as log:
            process = subprocess.Popen(
                command,
                cwd="/" if user else ROOT,
                env=environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.user_options(user),
            )
        self.processes[name] = process
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            if self.answers(name):
                return
            time.sleep(0.05)
        sys.exit(f"{name} did not start; {self.directory}/{name}.log says why.")

    def answers(self, name):
        """Return whether a process can be asked; a database takes connections before it takes queries."""
        if name in DATABASES:
            command = [find_program("pg_isready"), "-q", "-h", HOST, "-p", str(self.ports[name])]
            return subprocess.run(command, check=False).returncode == 0
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.ports[name])) == 0

    def wait_for_log(self, name, text, times=1):
        """Wait until a process has logged a text so many times."""
        deadline = time.monotonic() + START_SECONDS
        while (self.directory / f"{name}.log").read_text().count(text) < times:
            if time.monotonic() > deadline:
                sys.exit(f"{name} did not log “{text}” within {START_SECONDS} seconds.")
            time.sleep(0.2)

    def kill(self, name, number=signal.SIGKILL):
        """End a process at once, and if it is killed all that it started, as a crash would; PostgreSQL ends its own."""
        pid = self.processes[name].pid
        pids = find_descendants(pid) if number == signal.SIGKILL else [pid]
        for each in pids:
            with suppress(ProcessLookupError):
                os.kill(each, number)
        self.processes.pop(name).wait()
        while any(map(is_running, pids)):
            time.sleep(0.05)

    def stop_all(self):
        """End all processes, the last that was started first; what does not end in 15 seconds is killed."""
        for name, process in reversed(self.processes.items()):
            # PostgreSQL: SIGINT, which does not wait for clients to go.
            process.send_signal(signal.SIGINT if name in DATABASES else signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()


def main():
    signal.signal(signal.SIGTERM, lambda *args: sys.exit(0))
    with Cluster(int(os.environ.get("BASE_PORT", "8800")), int(os.environ.get("CACHE_SECONDS", "60"))) as cluster:
        for name, port in cluster.ports.items():
            print(f"  {name:10} {HOST}:{port}")
        print(f"  Site: {cluster.url('nginx')}/; logs and data: {cluster.directory}; Ctrl-C ends it.", flush=True)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("Stopping …")


if __name__ == "__main__":
    main()
