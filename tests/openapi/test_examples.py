"""Examples in openapi.yaml: valid under their schemas, and what the API answers about the shipped data."""

import json

import pytest
from jsonschema import Draft202012Validator

from kb.openapi.examples import truncate_lists
from tests.helpers.openapi import read_expanded_schema

pytestmark = pytest.mark.usefixtures("shipped_data")


@pytest.fixture(scope="module")
def committed_schema():
    return read_expanded_schema()


def get_json_content(operation):
    return operation["responses"]["200"]["content"]["application/json"]


def test_the_example_of_every_entry_and_source_is_a_real_record(committed_schema, api):
    details = [methods["get"] for path, methods in committed_schema["paths"].items() if path.endswith("/{slug}/")]
    examples = [example["value"] for op in details for example in get_json_content(op).get("examples", {}).values()]
    assert len(examples) == 5
    for example in examples:
        record = api.get(example["url"]).json()
        assert set(record) == set(example)
        assert record["slug"] == example["slug"]
        for field in set(record) - {"url", "statements"}:
            if isinstance(record[field], str | int | None):
                assert record[field] == example[field]


def iter_examples(node):
    """Yield each example of a body or a schema within a node of the document, with its schema."""
    if isinstance(node, list):
        for item in node:
            yield from iter_examples(item)
    elif isinstance(node, dict):
        examples = node.get("examples", ())
        if isinstance(examples, dict) and "schema" in node:
            yield from ((example["value"], node["schema"]) for example in examples.values() if "value" in example)
        elif isinstance(examples, list):
            yield from ((example, node) for example in examples)
        for key, value in node.items():
            if key not in ("examples", "example"):
                yield from iter_examples(value)


def test_every_example_is_valid_under_its_schema(committed_schema):
    examples = [*iter_examples(committed_schema)]
    assert len(examples) > 30
    for example, schema in examples:
        errors = Draft202012Validator(schema | {"components": committed_schema["components"]}).iter_errors(example)
        assert [f"{error.json_path}: {error.message[:200]}" for error in errors] == []


def test_the_schema_of_every_record_has_an_example_that_its_list_answers(committed_schema, api):
    schemas = committed_schema["components"]["schemas"]
    lists = [path for path in committed_schema["paths"] if f"{path}{{slug}}/" in committed_schema["paths"]]
    assert len(lists) == 18
    for path in lists:
        page = get_json_content(committed_schema["paths"][path]["get"])["schema"]["$ref"].rpartition("/")[2]
        record = schemas[page]["properties"]["results"]["items"]["$ref"].rpartition("/")[2]
        (example,) = schemas[record]["examples"]
        response = api.get(path, {"slug": example["slug"]})
        payload = json.loads(response.content.decode().replace("http://testserver", ""))
        assert truncate_lists(payload, depth=2)["results"] == [example]
