"""The audit of dependencies: that nobody could be asked is never read as clean."""

import subprocess
import sys

from django.conf import settings


def test_that_nobody_could_be_asked_is_not_clean(tmp_path):
    """No service is reached: the proxy that the program is told to use is none."""
    (tmp_path / "requirements.txt").write_text("django==5.2.19\n")
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "PATH": ""}
    process = subprocess.run(  # noqa: S603
        [sys.executable, "deploy/audit.py", str(tmp_path / "requirements.txt")],
        cwd=settings.BASE_DIR,
        env=nowhere | {"PIP_INDEX_URL": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 2, process.stdout + process.stderr
    assert "NOT KNOWN" in process.stdout
