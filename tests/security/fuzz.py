"""Fuzzing: schemathesis over the whole OpenAPI document, on a server of its own with the shipped data.

`python -m tests.security.fuzz [options of schemathesis]` works on the database of DATABASE_URL, which is empty or
one that it made before. Every status that the document does not name, and every 5xx, is a failure.
"""

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kb.settings")
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
PHASES = "examples,coverage,fuzzing,stateful"
UNLIMITED = {"READS_PER_MINUTE": "0", "SUGGESTIONS_PER_DAY": "100000"}
# What the document cannot say is refused all the same: names that mean no record, two parameters that exclude each
# other. So a valid request may be a 400, which the document names.
SKIPPED_CHECKS = "positive_data_acceptance,ignored_auth"


def prepare_database():
    """Make the tables, load the shipped data, and return a new token with all scopes."""
    from django.contrib.auth.models import User
    from django.core.management import call_command

    from kb.choices import TokenScope
    from kb.models import ApiToken

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_knowledge", stdout=StringIO())
    user, _ = User.objects.get_or_create(username="fuzz")
    ApiToken.objects.filter(user=user).delete()
    return ApiToken(user=user, name="fuzz", scopes=list(TokenScope.values)).issue()


def main(options):
    """Run schemathesis against a server; return its exit code."""
    django.setup()
    from tests.helpers.servers import run_server

    secret = prepare_database()
    with run_server(
        os.environ.get("DATABASE_URL", f"sqlite:///{settings.VAR_DIR / 'kb.sqlite3'}"), **UNLIMITED
    ) as port:
        command = [str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIGURATION)]
        command += ["run", str(settings.BASE_DIR / "openapi.yaml")]
        command += ["--url", f"http://127.0.0.1:{port}", "--header", f"Authorization: Bearer {secret}"]
        command += ["--checks", "all", "--exclude-checks", SKIPPED_CHECKS, "--phases", PHASES, "--no-color"]
        command += ["--request-timeout", "30", "--warnings", "off", *options]
        environment = os.environ | {"SCHEMATHESIS_HOOKS": "tests.security.fuzz_hooks"}
        return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
