"""manage.py prepare: migrate, load data and collect static files before serving."""

import hashlib
import secrets
import socket
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from kb.editorial.versioning import record_untracked_changes
from kb.metrics import remove_files_of_ended_processes
from kb.utils.locks import exclusive_transaction

AS_BEFORE = "as before (manage.py changepassword admin sets a new password)"


def hash_static_files():
    """Return a digest of the packages, and of the names, sizes and times of the static files that they hold."""
    digest = hashlib.sha256((settings.BASE_DIR / "requirements.txt").read_bytes())
    digest.update(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            status = Path(storage.path(name)).stat()
            digest.update(f"{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


class Command(BaseCommand):
    """Makes everything ready to serve: tables, data, static files, an administrator; keeps what is there."""

    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument(
            "--to-serve", action="store_true", help="Refuse where something else serves on PORT already."
        )

    def handle(self, *, to_serve, **options):
        if to_serve:
            self.check_port_is_free()
            remove_files_of_ended_processes(settings.METRICS_DIR)
        self.stdout.write("Tables: bringing them up to date …")
        call_command("migrate", verbosity=0)
        call_command("clearsessions")  # Deletes expired sessions.
        call_command("createcachetable", verbosity=0)
        with exclusive_transaction():
            if count := record_untracked_changes():
                self.stdout.write(
                    f"History: {count} records had been written outside of the editor; now they are in it."
                )
        call_command("load_knowledge", stdout=self.stdout)
        self.collect_static_files()
        first_administrator = self.create_first_administrator()
        base = f"http://localhost:{settings.PORT}"
        self.stdout.write(
            "\n".join(
                [
                    "",
                    f"  Front page     {base}/",
                    f"  API            {base}/api/v1/",
                    f"  Swagger UI     {base}/api/v1/docs/",
                    f"  Admin          {base}/admin/",
                    f"  Administrator  {first_administrator or AS_BEFORE}",
                    "",
                ]
            )
        )

    def collect_static_files(self):
        """Collect and compress the static files, unless they are those that were collected before."""
        digest, stamp = hash_static_files(), Path(settings.STATIC_ROOT) / "sources.sha256"
        if stamp.exists() and stamp.read_text() == digest:
            return
        self.stdout.write("Static files: collecting …")
        call_command("collectstatic", interactive=False, verbosity=0)
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(digest)

    def check_port_is_free(self):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", settings.PORT)) == 0:
                raise CommandError(f"Port {settings.PORT} is taken; choose another, such as PORT={settings.PORT + 1}.")

    def create_first_administrator(self):
        """Create a superuser if there is none, and return what to say of it; else return None.

        Its password is shown to a person alone: what is written into a file stays there.
        """
        users = get_user_model().objects
        with exclusive_transaction():
            if users.filter(is_superuser=True).exists():
                return None
            if not self.stdout.isatty():
                users.create_superuser("admin")
                return "admin, still without a password: manage.py changepassword admin sets one"
            password = secrets.token_urlsafe(12)
            users.create_superuser("admin", password=password)
            return f"admin, password {password} (shown only now; keep it)"
