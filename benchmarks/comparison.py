"""Whether contestants give the same answer: value for value, before anything is timed."""

import json
import re
from collections.abc import Sequence
from typing import Any

MAX_SHOWN = 5  # Differences of one answer that are shown.


def hide_hosts(body: bytes) -> bytes:
    """Return an answer without the hosts and ports in its addresses, which differ by server."""
    return re.sub(rb"http://127\.0\.0\.1:\d+", b"", body)


def read_rows(body: bytes) -> tuple[int | None, list[dict[str, Any]]]:
    """Return the number of all rows, if an answer says it, and its rows, with addresses that name no host.

    The citations of a row are put in one order: they are a set, and each framework reads them in its own.
    """
    data = json.loads(hide_hosts(body))
    if isinstance(data, list):
        count, rows = None, data
    else:
        count = data.get("count")
        rows = next((data[name] for name in ("results", "items") if name in data), [data])
    for row in rows:
        if isinstance(row.get("citations"), list):
            row["citations"] = sorted(row["citations"], key=lambda citation: json.dumps(citation, sort_keys=True))
    return count, rows


def find_differences(
    expected: tuple[int | None, Sequence[dict[str, Any]]],
    actual: tuple[int | None, Sequence[dict[str, Any]]],
    fields: Sequence[str],
) -> list[str]:
    """Return in which values of these fields, and in which numbers, an answer is another one than that expected."""
    differences = []
    if None not in (expected[0], actual[0]) and expected[0] != actual[0]:
        differences.append(f"count is {actual[0]}, not {expected[0]}")
    if len(expected[1]) != len(actual[1]):
        differences.append(f"{len(actual[1])} rows, not {len(expected[1])}")
    for number, (right, row) in enumerate(zip(expected[1], actual[1], strict=False)):
        for field in fields:
            differences += compare_values(f"row {number}: {field}", right.get(field, MISSING), row.get(field, MISSING))
    return differences[:MAX_SHOWN]


MISSING = "(missing)"


def compare_values(place: str, right: Any, value: Any) -> list[str]:
    """Return the differences between two values, with the place of each inside of them."""
    if isinstance(right, dict) and isinstance(value, dict):
        return [
            text
            for key in right.keys() | value.keys()
            for text in compare_values(f"{place}.{key}", right.get(key, MISSING), value.get(key, MISSING))
        ]
    if isinstance(right, list) and isinstance(value, list) and len(right) == len(value):
        pairs = enumerate(zip(right, value, strict=True))
        return [text for number, pair in pairs for text in compare_values(f"{place}[{number}]", *pair)]
    same = right == value and isinstance(right, bool) == isinstance(value, bool)
    return [] if same else [f"{place} is {value!r}, not {right!r}"]
