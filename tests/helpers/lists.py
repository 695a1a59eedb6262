"""Whole lists as CSV, NDJSON and workbooks, cursor pagination, and parts of answers to their end."""

import csv
import json
from io import BytesIO, StringIO

from openpyxl import load_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def get_results(get_json, path, **params):
    """Return the first 200 records of a list as JSON."""
    return get_json(f"{path}/", page_size=200, **params)["results"]


def get_whole_list(api, path, file_format, **params):
    """Return the text of the file that holds a whole list."""
    response = api.get(f"/api/v1/{path}", params | {"format": file_format})
    assert response.status_code == 200, response.content
    assert response.streaming
    return b"".join(response.streaming_content).decode()


def get_csv_rows(api, path, **params):
    """Return the rows of a list as CSV, by column."""
    return list(csv.DictReader(StringIO(get_whole_list(api, path, "csv", **params), newline="")))


def get_ndjson_records(api, path, **params):
    """Return the records of a list as NDJSON."""
    return [json.loads(line) for line in get_whole_list(api, path, "ndjson", **params).split("\n")[:-1]]


def get_workbook(api, path, **params):
    """Return the sheets of a list as a workbook: the rows of each."""
    response = api.get(f"/api/v1/{path}", params | {"format": "xlsx"})
    assert (response.status_code, response["Content-Type"]) == (200, XLSX)
    book = load_workbook(BytesIO(response.getvalue()))
    return {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book}


def get_workbook_rows(api, path, **params):
    """Return the rows of a list as a workbook, by column, as the CSV file has them."""
    columns, *rows = get_workbook(api, path, **params)[path.strip("/")]
    return [{k: "" if v is None else str(v) for k, v in zip(columns, row, strict=True)} for row in rows]


def iter_pages(api, path, **params):
    """Yield every page of a cursor walk."""
    payload = api.get(f"/api/v1/{path}", {"cursor": "*"} | params).json()
    while True:
        yield payload
        if not payload["next"]:
            return
        payload = api.get(payload["next"]).json()


def get_part(api, part):
    """Return every row of a part of an answer: those in it, then those at the addresses that follow."""
    rows = list(part["results"])
    while part["next"]:
        answer = api.get(part["next"]).json()
        part = answer.get("cited_by", answer)  # The rest stands in a list, or on another page of the same record.
        rows += part["results"]
    return rows
