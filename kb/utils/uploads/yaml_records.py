"""YAML files of records: values as they are typed, without references, tags and repeated names."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import yaml

from kb.utils.uploads.limits import (
    MAX_CELL_CHARACTERS,
    MAX_CELLS,
    MAX_CHARACTERS,
    MAX_ROWS,
    MAX_YAML_DEPTH,
    UnreadableUploadError,
)
from kb.utils.uploads.tables import SPLIT_IT, describe_long_cell
from kb.utils.uploads.texts import decode_text

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
PREFIX = "tag:yaml.org,2002:"
MAX_DIGITS = 18  # Of a whole number; no column holds more.
LIST_MESSAGE = "Write a list of records, as the fixtures are: “- model: …”, “fields: …”."


def read(content: bytes) -> bytes:
    """Return the records of a YAML file, each with its place, as JSON."""
    records = [*read_yaml_records(decode_text(content))]
    if len(records) > MAX_ROWS:
        raise UnreadableUploadError(f"The file holds {len(records):,} records, {MAX_ROWS:,} at most: {SPLIT_IT}.")
    return json.dumps(records).encode()


def read_yaml_records(text: str) -> Iterator[tuple[str, Any]]:
    """Yield each record of a YAML list with its place, such as "line 12"; raise UnreadableUploadError if it is none.

    The parser tells event by event what comes, and keeps its own stack; only what is known to be of bounded depth and
    size is built, since that recurses in C.
    """
    try:
        check_events(yaml.parse(text, Loader=Loader))
        node = yaml.compose(text, Loader=Loader)
        if not isinstance(node, yaml.SequenceNode):
            raise UnreadableUploadError(LIST_MESSAGE)
        for record in node.value:
            yield f"line {record.start_mark.line + 1}", build_value(record)
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f" in line {mark.line + 1}" if mark else ""
        raise UnreadableUploadError(
            f"This is no YAML that can be read{line}: {getattr(error, 'problem', error)}."
        ) from None


def check_events(events: Iterable[yaml.Event]) -> None:
    """Raise UnreadableUploadError if what the events build would be too deep or too large, or refers to itself."""
    depth = values = characters = documents = 0
    for event in events:
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableUploadError(
                f"Write each record out: references (*, line {line:,}) can grow without end, and are not understood."
            )
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            raise UnreadableUploadError(f"A second document begins in line {line:,}: write one list of records.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_YAML_DEPTH:
            raise UnreadableUploadError(
                f"Lists and mappings stand {MAX_YAML_DEPTH} deep in each other in line {line:,}: no record is so deep."
            )
        if isinstance(event, yaml.NodeEvent):
            values += 1
        if isinstance(event, yaml.ScalarEvent):
            characters += len(event.value)
            if len(event.value) > MAX_CELL_CHARACTERS:
                raise UnreadableUploadError(describe_long_cell(f"A value in line {line:,}"))
        if values > 2 * MAX_CELLS:  # Half of them are the names of fields.
            raise UnreadableUploadError(f"The file holds more than {MAX_CELLS:,} values: {SPLIT_IT}.")
        if characters > 2 * MAX_CHARACTERS:
            raise UnreadableUploadError(f"The file holds more than {MAX_CHARACTERS:,} characters: {SPLIT_IT}.")


def build_value(node: yaml.Node) -> Any:
    """Return what a node says as text, whole number, true or false, nothing, list or mapping with texts as names.

    Everything that YAML would only guess from its looks (0123, 1:30, a day) is the text as it is typed.
    """
    line = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode) and node.tag == f"{PREFIX}seq":
        return [build_value(item) for item in node.value]
    if isinstance(node, yaml.MappingNode) and node.tag == f"{PREFIX}map":
        return build_mapping(node)
    if isinstance(node, yaml.ScalarNode) and node.tag.startswith(PREFIX):
        return build_scalar(node)
    raise UnreadableUploadError(f"A tag ({node.tag}) in line {line:,} is not understood: write the value alone.")


def build_mapping(node: yaml.MappingNode) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in node.value:
        line = name.start_mark.line + 1
        if not isinstance(name, yaml.ScalarNode):
            raise UnreadableUploadError(f"A name of a field in line {line:,} is a list or a mapping: write a word.")
        if name.value in values:
            raise UnreadableUploadError(f"“{name.value}” stands twice in the record, again in line {line:,}.")
        values[name.value] = build_value(value)
    return values


def build_scalar(node: yaml.ScalarNode) -> Any:
    kind, text = node.tag.removeprefix(PREFIX), str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("yes", "true", "on")
    if kind == "int" and len(text) <= MAX_DIGITS and text.removeprefix("-").isdecimal() and str(int(text)) == text:
        return int(text)
    if kind == "binary":
        raise UnreadableUploadError(f"A value in line {node.start_mark.line + 1:,} is binary: write text.")
    return text
