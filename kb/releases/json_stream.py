"""JSON documents written piece by piece: the bytes of `json.dumps(…, ensure_ascii=False, indent=1)`, by orjson."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

# A line break of JSON that is indented, which is none in a text: there it is written as an escape.
INDENT = re.compile(rb"\n( *)")


def encode_indented(value: Any, depth: int = 0) -> bytes:
    """Return a value as JSON, indented by one blank a level, as it stands at a depth in a document."""
    encoded = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    return INDENT.sub(lambda match: b"\n" + b" " * (len(match[1]) // 2 + depth), encoded)


def iterate_list(items: Iterable[Any], depth: int) -> Iterator[bytes]:
    """Yield the JSON of a list that stands at a depth, item by item."""
    opening = separator = b"\n" + b" " * (depth + 1)
    for item in items:
        yield (b"[" if separator is opening else b",") + opening + encode_indented(item, depth + 1)
        separator = b","
    yield b"[]" if separator is opening else b"\n" + b" " * depth + b"]"


def iterate_document(head: Mapping[str, Any], name: str, body: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the JSON of an object: what it begins with, and one more value, of which the JSON is given."""
    yield encode_indented(head).removesuffix(b"\n}") + b",\n " + encode_indented(name) + b": "
    yield from body
    yield b"\n}\n"


def iterate_object(lists: Mapping[str, Iterable[Any]], depth: int) -> Iterator[bytes]:
    """Yield the JSON of an object of lists that stands at a depth."""
    opening = b"{"
    for name, items in lists.items():
        yield opening + b"\n" + b" " * (depth + 1) + encode_indented(name) + b": "
        yield from iterate_list(items, depth + 1)
        opening = b","
    yield b"\n" + b" " * depth + b"}"
