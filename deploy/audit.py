"""Known vulnerabilities of pinned packages, by pip-audit; that nobody could be asked is never read as clean.

`python deploy/audit.py FILE…`: exit code 0 if no advisory is known, 1 if some are, 2 if it is not known.
"""

import json
import subprocess
import sys
from pathlib import Path

NONE_KNOWN, SOME_KNOWN, NOT_KNOWN = 0, 1, 2
SERVICES = ("pypi", "osv")
LAST_LINES = 1  # Of what pip-audit says when it fails.


def ask(service, file):
    """Return the findings of one service on one file of requirements, and why there are none otherwise."""
    command = [str(Path(sys.executable).with_name("pip-audit")), "--vulnerability-service", service]
    command += ["--requirement", file, "--disable-pip", "--no-deps", "--format", "json", "--progress-spinner", "off"]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        packages = json.loads(process.stdout)["dependencies"]
    except (ValueError, KeyError):
        return None, " ".join(process.stderr.strip().splitlines()[-LAST_LINES:])[:200]
    skipped = [package["name"] for package in packages if "skip_reason" in package]
    if skipped or not packages:
        return None, f"it skipped {len(skipped)} of {len(packages)} packages"
    return [
        (package["name"], package["version"], found["id"]) for package in packages for found in package["vulns"]
    ], ""


def audit(files):
    """Print what is known of each file; return the exit code."""
    codes = []
    for file in files:
        for service in SERVICES:
            findings, reason = ask(service, file)
            if findings is None:
                print(f"{file}: {service} could not be asked: {reason}")
                continue
            for name, version, identifier in findings:
                print(f"{file}: {name} {version}: {identifier}")
            codes.append(SOME_KNOWN if findings else NONE_KNOWN)
            print(f"{file}: {service} knows of {len(findings) or 'no'} vulnerabilities")
            break
        else:
            codes.append(NOT_KNOWN)
            print(f"{file}: NOT KNOWN: no advisory service could be asked. This is no clean result.")
    return SOME_KNOWN if SOME_KNOWN in codes else max(codes, default=NOT_KNOWN)


if __name__ == "__main__":
    sys.exit(audit(sys.argv[1:]))
