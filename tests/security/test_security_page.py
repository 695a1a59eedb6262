"""docs/security.md: every line names tests that exist, or says honestly why there is none."""

import ast
import re
from functools import cache

from django.conf import settings

PAGE = settings.BASE_DIR / "docs" / "security.md"
TEST_ID = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
WITHOUT_TEST = ("*Not met*", "*Not applicable*", "*not met by a test*")


def list_lines():
    """Return the lines of the tables of both standards."""
    return [line for line in PAGE.read_text().splitlines() if re.match(r"\| (API|V)\d", line)]


@cache
def list_tests(file):
    """Return the names of the tests in a file, in classes too."""
    tree = ast.parse((settings.BASE_DIR / file).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_test_that_it_names_exists():
    named = TEST_ID.findall(PAGE.read_text())
    assert len(named) > 60
    assert not [f"{file}::{name}" for file, name in named if name not in list_tests(file)]


def test_every_line_names_a_test_or_says_why_there_is_none():
    lines = list_lines()
    assert len(lines) > 40
    assert not [line for line in lines if not TEST_ID.search(line) and not any(word in line for word in WITHOUT_TEST)]


def test_all_ten_risks_of_apis_are_gone_through():
    assert [line.split()[1] for line in list_lines()][:10] == [f"API{number}" for number in range(1, 11)]
