"""The answer key: clinical questions, what each answer must hold and must not hold, and the lines that decide it."""

import json
import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.helpers.lists import get_part
from tests.helpers.openapi import parse_yaml

pytestmark = [pytest.mark.usefixtures("shipped_data"), pytest.mark.xdist_group("answers")]
QUESTIONS = parse_yaml((Path(__file__).parent / "answers.yaml").read_text())


def walk(value, path=()):
    """Yield each value inside a JSON document with the keys on the way to it, itself included."""
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from walk(item, (*path, key))
    elif isinstance(value, list):
        for item in value:
            yield from walk(item, path)


def follow_parts(api, value):
    """Put what follows the first rows of a part of an answer (`results` with `next`) into it, page by page.

    Not at the top: a list is asked for page by page.
    """
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        if isinstance(item, dict) and {"results", "next"} <= item.keys():
            item["results"] = get_part(api, item)
        follow_parts(api, item)


def read_red_flags(api, document):
    """Put the whole red flags in place of the references that a list carries."""
    if "more_red_flags" in document:
        flags = [json.loads(api.get(flag["url"]).content) for flag in document["red_flags"]]
        document["red_flags"] = [{name: flag[name] for name in flag if name != "red_flags"} for flag in flags]


def find_statements(document):
    """Return the statements of an answer with the keys on the way to each: the objects with citations."""
    return [(path, value) for path, value in walk(document) if isinstance(value, dict) and "citations" in value]


def get_kind(statement, path):
    """Return the resource to which a statement belongs, from its address or else from the key under which it stands."""
    parts = urlsplit(statement.get("url") or "").path.split("/")
    return parts[3] if len(parts) > 3 else next((key for key in reversed(path) if "-" in key), None)


def get_slugs(value):
    """Return the values that a field has, a reference by its slug."""
    values = value if isinstance(value, list) else [value]
    return {item.get("slug") if isinstance(item, dict) else item for item in values}


def is_match(statement, path, cites=None, kind=None, under=None, fields=None):
    """Return whether a statement of an answer meets a condition of the key."""
    cited = [
        (citation["source"]["slug"], citation["first_line"], citation["last_line"])
        for citation in statement["citations"]
    ]
    if cites and not any(
        source == cites[0] and first <= cites[2] and last >= cites[1] for source, first, last in cited
    ):
        return False
    if kind and kind != get_kind(statement, path):
        return False
    if under and set(under if isinstance(under, list) else [under]).isdisjoint(path):
        return False
    return all(
        not get_slugs(statement.get(name)).isdisjoint(wanted if isinstance(wanted, list) else [wanted])
        for name, wanted in (fields or {}).items()
    )


def find_violations(question, document):
    """Yield in words what is wrong with the answer to a question of the key."""
    statements = find_statements(document)
    strings = [value for _, value in walk(document) if isinstance(value, str)]
    for condition in question["holds"]:
        if not any(is_match(statement, path, **condition) for path, statement in statements):
            yield f"nothing meets {condition}"
    for condition in question["lacks"]:
        for path, statement in statements:
            if is_match(statement, path, **condition):
                yield f"{statement['slug']} under {'.'.join(path)} meets {condition}"
    for pattern in question["says"]:
        if not any(re.search(pattern, string, re.IGNORECASE) for string in strings):
            yield f"nowhere says {pattern!r}"
    for pattern in question["never_says"]:
        for string in strings:
            if re.search(pattern, string, re.IGNORECASE):
                yield f"says {pattern!r}: {string!r}"


@pytest.mark.parametrize("question", QUESTIONS, ids=[question["id"] for question in QUESTIONS])
def test_an_answer_holds_what_its_lines_say_and_nothing_else(api, question):
    response = api.get(f"/api/v1/{question['request']}")
    assert response.status_code == question.get("status", 200), response.content.decode()
    document = json.loads(response.content)
    follow_parts(api, document)
    read_red_flags(api, document)
    assert not list(find_violations(question, document))


@cache
def count_lines(path):
    return len(path.read_text().splitlines())


def test_every_question_can_fail_and_cites_lines_that_exist(sources_dir):
    assert len(QUESTIONS) >= 150
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    for question in QUESTIONS:
        conditions = [*question["holds"], *question["lacks"], *question["says"], *question["never_says"]]
        assert conditions or question.get("status", 200) != 200, question["id"]
        for source, first, last in question["lines"]:
            assert 1 <= first <= last <= count_lines(sources_dir / f"{source}.txt"), question["id"]
