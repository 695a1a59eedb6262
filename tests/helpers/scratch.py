"""Scratch databases, apart from the test database, and Django run on them in subprocesses."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import uuid
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.core.management import call_command
from django.db import connection

COMMANDS_SCRIPT = """
import sys
import django
from django.core.management import call_command
django.setup()
for command in sys.argv[1].splitlines():
    call_command(*command.split())
"""
SCRIPT = """
import json
import django
django.setup()
from {module} import {name}
print(json.dumps({name}(), default=str))
"""


def build_postgres_url(name):
    """Return the URL of another database on the server of the test database."""
    values = connection.settings_dict | {"NAME": name, "PASSWORD": quote(connection.settings_dict["PASSWORD"])}
    return "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**values)


def get_shared_url(directory):
    """Return the URL by which other processes reach the test database; one in memory is copied to a file."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(directory / "copy.sqlite3")) as copy:
            connection.connection.backup(copy)
        return f"sqlite:///{directory / 'copy.sqlite3'}"
    return build_postgres_url(connection.settings_dict["NAME"])


class ScratchDatabases:
    """Creates databases, empty or as copies of each other, and drops them at the end.

    They are files on SQLite, databases of the same server on PostgreSQL.
    """

    def __init__(self, directory):
        self.directory, self.urls = directory, []

    def create(self, template=None):
        """Create a database, as a copy of another where one is given; return its URL."""
        name = f"scratch_{uuid.uuid4().hex}"
        if connection.vendor == "sqlite":
            url = f"sqlite:///{self.directory / name}.sqlite3"
            if template:
                shutil.copy(template.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        else:
            url = build_postgres_url(name)
            source = f' TEMPLATE "{template.rpartition("/")[2]}"' if template else ""
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{name}"{source}')
        self.urls.append(url)
        return url

    def drop_all(self):
        """Drop every database; the files of SQLite are removed with their directory."""
        for url in self.urls if connection.vendor == "postgresql" else ():
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')


def run_python(url, *args):
    """Run Python on a database; return its standard output."""
    process = subprocess.run(  # noqa: S603
        [sys.executable, *args],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "kb.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout + process.stderr
    return process.stdout


def run_commands(url, *commands):
    """Run management commands on a database, one after another in one process; return their standard output."""
    return run_python(url, "-c", COMMANDS_SCRIPT, "\n".join(commands))


def run_function(url, function):
    """Call a function of a module on a database; return its result as JSON carries it."""
    module, name = function.__module__, function.__name__
    return json.loads(run_python(url, "-c", SCRIPT.format(module=module, name=name)))


def collect_static_files(config):
    """Collect the static files once; the workers of a test run find them there."""
    if not hasattr(config, "workerinput") and not Path(settings.STATIC_ROOT, "admin").exists():
        call_command("collectstatic", interactive=False, verbosity=0)
