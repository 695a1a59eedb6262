"""Runs the programs that stand in a page, one after the other, and holds what each prints to what the page says."""

import contextlib
import difflib
import io
import os
import re
import subprocess
import sys
from pathlib import Path

PROGRAM_PATTERN = re.compile(r"^```(python|js)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
DOCUMENTED_URL = "http://localhost:8000"  # Where the pages say that it is served.


def run_program(language, code, names):
    """What a program prints; those in Python know what those before them have named."""
    asked = os.environ.get("KB_URL", DOCUMENTED_URL)
    code = code.replace(DOCUMENTED_URL, asked)
    if language == "js":
        command = ["node", "--input-type=module", "--eval", code]
        printed = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout  # noqa: S603
    else:
        with contextlib.redirect_stdout(io.StringIO()) as into:
            exec(compile(code, "the page", "exec"), names)  # noqa: S102
        printed = into.getvalue()
    return printed.replace(asked, DOCUMENTED_URL)


def refresh_outputs(page):
    """The page with what its programs print now."""
    names = {"__name__": "__main__"}

    def program(found):
        printed = run_program(found[1], found[2], names)
        return f"```{found[1]}\n{found[2]}```\n" + (f"\n```text\n{printed}```\n" if printed else "")

    return PROGRAM_PATTERN.sub(program, page)


if __name__ == "__main__":
    sys.path[0] = ""  # Programs find what stands in the folder that they are run in, as in a session there.
    path = Path(sys.argv[1])
    page = path.read_text()
    now = refresh_outputs(page)
    if sys.argv[2:] == ["--write"]:
        path.write_text(now)
    elif now != page:
        sys.stdout.writelines(difflib.unified_diff(page.splitlines(True), now.splitlines(True), str(path), "printed"))
        sys.exit(f"{path} is not what its programs print: look at the difference, then run make clients ARGS=--write.")
