"""What a table is measured with and on: programs of the system, the machine and its load, versions; no host name."""

import os
import platform
import re
import shutil
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks import ROOT
from benchmarks.databases import execute

PROGRAMS = {"wrk": "wrk", "nginx": "nginx-light"}  # With the Debian package of each.
PACKAGES = ["Django", "djangorestframework", "granian", "django-ninja", "fastapi", "SQLAlchemy", "uvicorn", "datasette"]


def install_programs() -> None:
    """Install what is missing of the programs of the system, where apt-get is there and may; else say what to install.

    Without wrk, the program ends; without nginx, its rows are left out.
    """
    missing = {program: package for program, package in PROGRAMS.items() if not shutil.which(program)}
    if missing and shutil.which("apt-get") and os.getuid() == 0:
        print(f"Programs: installing {', '.join(missing.values())} …", flush=True)
        subprocess.run(["apt-get", "update", "-qq"], check=False)  # noqa: S607
        subprocess.run(["apt-get", "install", "-y", "-qq", *missing.values()], stdout=subprocess.DEVNULL, check=False)  # noqa: S603, S607
    if not shutil.which("wrk"):
        sys.exit("wrk is missing, and nothing can be measured without it: install the package wrk.")
    if not shutil.which("nginx"):
        print("nginx is missing, and its two contestants are left out: install the package nginx-light, or nginx.")


def describe_machine(engines: list[str]) -> str:
    """Return some lines on the machine and the versions."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"^model name\s*:\s*(.+)$", cpuinfo, re.M)
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    databases = [f"SQLite {sqlite3.sqlite_version}"]
    if "PostgreSQL" in engines:
        databases.append(f"PostgreSQL {execute('SHOW server_version')[0][0].split()[0]}")
    return "\n".join(
        [
            f"Date       {datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {read_commit()}",
            f"Machine    {os.cpu_count()} × {model[1] if model else platform.machine()}",
            f"Load       {load} (of the last 1, 5 and 15 minutes, the run itself included)",
            f"Databases  {', '.join(databases)}",
            f"Programs   Python {platform.python_version()}, {read_program_version('nginx', '-v')}, wrk",
            f"Packages   {', '.join(f'{name} {version(name)}' for name in PACKAGES)}",
        ]
    )


def read_commit() -> str:
    """Return the commit of the code, and whether files differ from it."""
    git = ["git", "describe", "--always", "--dirty=, with changes", "--exclude=*"]
    completed = subprocess.run(git, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603
    return completed.stdout.strip() or "unknown"


def read_program_version(program: str, option: str) -> str:
    """Return the name and the version of a program of the system."""
    if not shutil.which(program):
        return f"no {program}"
    completed = subprocess.run([program, option], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\d+(\.\d+)+", completed.stdout + completed.stderr)
    return f"{program} {found[0] if found else ''}".strip()
