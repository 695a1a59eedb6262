"""manage.py prepare: migrate, load data and collect static files before serving."""

import hashlib
import os
import secrets
from pathlib import Path

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from kb.dataset.counts import has_few_records
from kb.editorial.versioning import record_untracked_changes
from kb.models import record_models
from kb.utils.file_modes import list_database_files, make_private
from kb.utils.locks import exclusive_transaction


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
            "--every-record",
            action="store_true",
            help="Compare each record with its last version, however many there are: after SQL was written by hand.",
        )

    def handle(self, *, every_record=False, **options):
        self.stdout.write("Tables: bringing them up to date …")
        call_command("migrate", verbosity=0)
        call_command("clearsessions")  # Deletes expired sessions.
        call_command("createcachetable", verbosity=0)
        if every_record or has_few_records():
            self.record_untracked_changes(every_record)
        else:
            self.stdout.write(
                "History: kept as it is; with --every-record, SQL that was written by hand comes into it."
            )
        call_command("load_knowledge", stdout=self.stdout)
        self.collect_static_files()
        for path in (settings.VAR_DIR, *list_database_files(connection.settings_dict["NAME"])):
            make_private(path)
        self.create_first_administrator()
        base = f"http://localhost:{settings.PORT}"
        self.stdout.write(
            "\n".join(
                [
                    "",
                    f"  Front page     {base}/",
                    f"  API            {base}/api/v1/",
                    f"  Swagger UI     {base}/api/v1/docs/",
                    f"  Admin          {base}/admin/",
                    f"  Administrator  {self.describe_first_sign_in()}",
                    "",
                ]
            )
        )
        if self.stdout.isatty():
            settings.FIRST_PASSWORD_FILE.unlink(missing_ok=True)

    def record_untracked_changes(self, every_record):
        """Bring what was written by SQL into the history, and derived columns in step with it."""
        with exclusive_transaction():
            for model in record_models() if every_record else ():
                model.objects.refresh_derived_columns()
            if count := record_untracked_changes():
                self.stdout.write(
                    f"History: {count} records had been written outside of the editor; now they are in it."
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

    def create_first_administrator(self):
        """Create a superuser if there is none. The password is in a file before anybody can have missed it."""
        users = get_user_model().objects
        with exclusive_transaction():
            if not users.filter(is_superuser=True).exists():
                password = secrets.token_urlsafe(12)
                descriptor = os.open(settings.FIRST_PASSWORD_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                with open(descriptor, "w") as file:
                    file.write(f"{password}\n")
                users.create_superuser("admin", password=password)

    def describe_first_sign_in(self):
        """Say how to sign in at first: the password itself is for the eyes of a person, and in no log."""
        file = settings.FIRST_PASSWORD_FILE
        if not file.exists():
            return "as before (manage.py changepassword admin sets a new password)"
        if not self.stdout.isatty():
            return f"admin, with the password in {file} (delete that file then)"
        return f"admin, password {file.read_text().strip()} (shown only now; keep it)"
