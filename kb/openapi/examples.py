"""OpenAPI examples: true answers to requests for published records, shortened."""

import json
from http import HTTPStatus

from drf_spectacular.utils import OpenApiExample

from kb.api.internal_client import get_internally
from kb.openapi.metadata import SERVER

MAX_HEADING_LENGTH = 40
MAX_LENGTH = 1_900  # Of the JSON of an example whose inner lists are shown.


def truncate_lists(value, depth):
    """Return JSON with only the first item of each list of objects, and none of the lists below `depth` lists."""
    if isinstance(value, list):
        items = value[: 1 if depth else 0] if value and isinstance(value[0], dict) else value
        return [truncate_lists(item, depth - 1) for item in items]
    return {name: truncate_lists(item, depth) for name, item in value.items()} if isinstance(value, dict) else value


def complete_links(value):
    """Return JSON with whole addresses of the next and the previous page, as the fields promise."""
    if isinstance(value, list):
        return [complete_links(item) for item in value]
    if not isinstance(value, dict):
        return value
    links = {name: f"{SERVER}{value[name]}" for name in ("next", "previous") if value.get(name)}
    return {name: complete_links(item) for name, item in value.items()} | links


def shorten_statements(record):
    """Return a serialized entry with the statements of one kind only; another record as it is."""
    statements, empty = record.get("statements", {}), {"count": 0, "next": None, "results": []}
    first = next((name for name, part in statements.items() if part["count"]), None)
    shortened = {name: part if name == first else empty for name, part in statements.items()}
    return record | {"statements": shortened} if statements else record


def fetch_answer(path, **params):
    """Return the JSON of the answer to a request; None if it is about published data that are not there."""
    response = get_internally(path, **params)
    return json.loads(response.content) if response.status_code == HTTPStatus.OK else None


def find_example_slug(list_path):
    """Return the slug of the record that takes least to show: with codes, few red flags, short; None without any.

    Long headings of cited places, which are words of the sources, are avoided.
    """
    response = get_internally(list_path, format="ndjson")
    lines = response.getvalue().splitlines() if response.status_code == HTTPStatus.OK else []
    records = [json.loads(line) | {"length": len(line)} for line in lines]
    ranked = [(r.get("codes") == [], len(r["red_flags"]), has_long_heading(r), r["length"], r["slug"]) for r in records]
    return min(ranked)[-1] if ranked else None


def has_long_heading(record):
    """Return whether a place that a serialized record cites stands under a long heading."""
    return any(len(place["section"]) > MAX_HEADING_LENGTH for place in record.get("citations", ()))


def build_example(answer, depth=2):
    """Return an answer as the example of the response 200, shortened by `truncate_lists` until it is short enough."""
    value = complete_links(truncate_lists(answer, depth))
    if depth > 1 and len(json.dumps(value)) > MAX_LENGTH:
        return build_example(answer, depth - 1)
    return OpenApiExample("for example", value=value, response_only=True, status_codes=["200"])
