"""Ways to ask for a whole list."""

import csv
import json
from io import StringIO


def get_whole_list(api, path, form, **params):
    """The text of the file that holds a whole list."""
    response = api.get(f"/api/v1/{path}", params | {"format": form})
    assert response.status_code == 200, response.content
    assert response.streaming
    return b"".join(response.streaming_content).decode()


def get_csv_rows(api, path, **params):
    """The rows of a list as CSV, by column."""
    return list(csv.DictReader(StringIO(get_whole_list(api, path, "csv", **params), newline="")))


def get_ndjson_records(api, path, **params):
    """The records of a list as NDJSON."""
    return [json.loads(line) for line in get_whole_list(api, path, "ndjson", **params).split("\n")[:-1]]


def iter_pages(api, path, **params):
    """Every page of a walk, one after another."""
    payload = api.get(f"/api/v1/{path}", {"cursor": "*"} | params).json()
    while True:
        yield payload
        if not payload["next"]:
            return
        payload = api.get(payload["next"]).json()
