"""A few faults of make chaos, for real: nothing that was acknowledged is lost, and the service comes back by itself."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection


@pytest.mark.slow
@pytest.mark.django_db
def test_nothing_that_was_acknowledged_is_lost_in_a_fault():
    only = {"sqlite": "sqlite", "postgresql": "postgres"}[connection.vendor]
    process = subprocess.run(
        [sys.executable, "deploy/chaos.py"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"QUICK": "1", "ONLY": only},
        capture_output=True,
        text=True,
        check=False,
    )
    if "are not installed" in process.stdout:
        pytest.skip(process.stdout)
    assert process.returncode == 0, process.stdout + process.stderr
    assert "Lost: 0 of" in process.stdout
