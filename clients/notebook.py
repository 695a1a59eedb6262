"""Run the programs of a Markdown page in order, and compare what each prints with the output that the page shows."""

import contextlib
import difflib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

PROGRAM_PATTERN = re.compile(r"^```(python|js|bash)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
DOCUMENTED_URL = "http://localhost:8000"  # The base URL in the pages.


def run_program(language, code, names):
    """Return what a program prints; those in Python share `names`, like the cells of a notebook."""
    base_url = os.environ.get("KB_URL", DOCUMENTED_URL)
    code = code.replace(DOCUMENTED_URL, base_url)
    commands = {"js": ["node", "--input-type=module", "--eval"], "bash": ["bash", "-euo", "pipefail", "-c"]}
    if language in commands:
        command = [*commands[language], code]
        printed = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout  # noqa: S603
    else:
        with contextlib.redirect_stdout(io.StringIO()) as stdout:
            exec(compile(code, "the page", "exec"), names)  # noqa: S102
        printed = stdout.getvalue()
    return printed.replace(base_url, DOCUMENTED_URL)


def refresh_outputs(page):
    """Return the page with what its programs print now."""
    names = {"__name__": "__main__"}

    def replace_output(match):
        language, code, _ = match.groups()
        printed = run_program(language, code, names)
        return f"```{language}\n{code}```\n" + (f"\n```text\n{printed}```\n" if printed else "")

    return PROGRAM_PATTERN.sub(replace_output, page)


if __name__ == "__main__":
    sys.path[0] = ""  # Programs import from the working directory, as in an interactive session.
    path = Path(sys.argv[1])
    page = path.read_text()
    refreshed = refresh_outputs(page)
    if sys.argv[2:] == ["--write"]:
        path.write_text(refreshed)
    elif refreshed != page:
        diff = difflib.unified_diff(page.splitlines(True), refreshed.splitlines(True), str(path), "printed")
        sys.stdout.writelines(diff)
        sys.exit(f"{path} is not what its programs print: look at the difference, then run make clients ARGS=--write.")
