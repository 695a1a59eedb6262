"""manage.py serve: start the web server on HOST and PORT, if nothing else serves there."""

import errno
import os
import socket
import sys

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from kb.metrics import remove_files_of_ended_processes
from kb.utils.service_lock import ServiceIsRunning, take_service_lock

# Granian reads its options from variables, so that each of them can be set to something else.
GRANIAN_OPTIONS = {
    "GRANIAN_INTERFACE": "wsgi",
    "GRANIAN_RESPAWN_FAILED_WORKERS": "true",
    "GRANIAN_RESPAWN_INTERVAL": "10",  # Seconds that a new worker has to load, before the old one is ended.
    "GRANIAN_WORKERS_KILL_TIMEOUT": "30",
    "GRANIAN_WORKERS_LIFETIME": "86400",
    "GRANIAN_RSS_SAMPLES": "2",
    "GRANIAN_STATIC_PATH_EXPIRES": "0",
}


class Command(BaseCommand):
    """Becomes the main process of granian, which looks after its workers. No part of Django stays in it."""

    help = __doc__
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("--prepare", action="store_true", help="First do what “manage.py prepare” does.")

    def handle(self, *, prepare, **options):
        try:
            take_service_lock(settings.PORT)
        except ServiceIsRunning as error:
            raise CommandError(str(error)) from None
        check_port_is_free(settings.HOST, settings.PORT)
        if prepare:
            call_command("prepare", stdout=self.stdout)
        remove_files_of_ended_processes(settings.METRICS_DIR)
        self.stdout.flush()
        os.execve(sys.executable, build_command(), build_environment())  # noqa: S606


def check_port_is_free(host, port):
    """Raise CommandError if a program listens on a port; the address of one that has ended can be taken at once."""
    for family, kind, protocol, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(address)
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise CommandError(f"HOST={host} PORT={port}: {error.strerror}.") from error
                raise CommandError(f"Port {port} is taken; choose another, such as PORT={port + 1}.") from error


def build_environment():
    """Return the environment of granian."""
    own = {
        "GRANIAN_HOST": settings.HOST,
        "GRANIAN_PORT": str(settings.PORT),
        "GRANIAN_WORKERS": str(settings.WORKERS),
        "GRANIAN_BLOCKING_THREADS": str(settings.THREADS),
        "GRANIAN_WORKERS_MAX_RSS": str(settings.WORKER_MAX_MB),
    }
    return GRANIAN_OPTIONS | own | os.environ


def build_command():
    """Return the command of granian. The liveness probe is a file, for which it needs no thread of Python."""
    probe = ["--static-path-route", "/health/live", "--static-path-mount", str(settings.BASE_DIR / "kb/probes")]
    probe += ["--static-path-dir-to-file", "live.json"]
    return [sys.executable, "-m", "granian", "--working-dir", str(settings.BASE_DIR), *probe, "kb.wsgi:application"]
