"""The house stands: its rooms are small, its words are written once, nothing of a machine is in it."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
APPS = ["kb", "treatments", "symptoms"]
MODULES = [
    room for house in [*APPS, "tests"] for room in (ROOT / house).rglob("*.py") if "migrations" not in room.parts
]


def list_tracked_files(*patterns):
    listed = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603, S607
    if listed.returncode:
        pytest.skip("This is no git checkout.")
    return [ROOT / name for name in listed.stdout.split()]


def test_no_statement_has_a_room_in_two_houses():
    from django.apps import apps

    from kb.models import Record

    for model in apps.get_models():
        if issubclass(model, Record):
            assert model._meta.app_label in APPS


def test_an_app_names_those_above_it_only_as_text():
    for floor, app in enumerate(APPS):
        above = "|".join(APPS[floor + 1 :])
        for room in (ROOT / app).rglob("*.py"):
            if above:
                assert not re.search(rf"^\s*(from|import) ({above})\b", room.read_text(), re.M), room


def test_every_room_says_what_it_is_for():
    for room in MODULES:
        assert room.read_text().startswith('"""') or not room.read_text(), room


def test_no_room_is_too_large():
    for room in MODULES:
        assert len(room.read_text().splitlines()) <= 250, room


def test_no_path_of_a_machine_is_in_the_project():
    for path in list_tracked_files(
        "*.py", "*.md", "*.yaml", "*.toml", "*.in", "*.txt", "Makefile", ".ci/run", "*.html"
    ):
        assert not re.search(r"/(work|root|tmp|home)/[a-z]", path.read_text()), path


def test_pages_hold_nothing_inline():
    for path in list_tracked_files("*.html"):
        text = path.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", text), path
