"""Coverage as CSV: the cells of all pages of the JSON, in one file."""

import csv
from io import StringIO

import pytest

from kb.models import Entry, concrete_models, resource_name
from kb.views.coverage import CoverageView

pytestmark = pytest.mark.usefixtures("shipped_data")
CELL_NAMES = ["statements", "direct", "newest", "single_source", "undated", "says"]


@pytest.fixture
def get_file(api):
    """The response with the coverage as CSV, and its rows."""

    def get_file(**params):
        response = api.get("/api/v1/coverage/", params | {"format": "csv"})
        assert response.status_code == 200, response.content
        text = b"".join(response.streaming_content).decode()
        return response, list(csv.DictReader(StringIO(text, newline="")))

    return get_file


def iter_cells(get_json, **params):
    """Yield every cell of every page of rows and columns, as CSV would have it."""
    page, col_page = 1, 1
    while True:
        answer = get_json("coverage/", page=page, page_size=200, col_page=col_page, col_page_size=200, **params)
        names = {col["slug"]: col["name"] for col in answer["cols"]["results"]}
        for row in answer["results"]:
            for cell in row["cells"]:
                kinds = {kind: str(number) for kind, number in cell["kinds"].items()}
                shown = {name: format_value(cell[name]) for name in CELL_NAMES}
                place = {"row": row["row"]["slug"], "row_name": row["row"]["name"], "col": cell["col"]}
                yield {
                    **place,
                    "col_name": names[cell["col"]],
                    **shown,
                    "sources": " | ".join(cell["sources"]),
                    **kinds,
                }
        if answer["cols"]["next"]:
            col_page += 1
        elif answer["next"]:
            page, col_page = page + 1, 1
        else:
            return


def format_value(value):
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"rows": "cancers", "cols": "symptoms"},
        {"rows": "treatments", "cols": "cancers"},
        {"row": "hormonal-therapy", "kind": "side-effects"},
        {"row": "letrozole", "col": ["hair-loss", "hot-flushes"]},
    ],
)
def test_the_file_holds_the_cells_of_all_pages(get_file, get_json, params):
    _, rows = get_file(**params)
    expected = list(iter_cells(get_json, **params))
    assert len(rows) == len(expected) > 0
    by_place = {(row["row"], row["col"]): row for row in rows}
    for cell in expected:
        row = by_place[cell["row"], cell["col"]]
        assert {name: row[name] for name in cell} == cell
        kinds = [name for name in row if name.endswith("s") and name not in {*CELL_NAMES, "sources"}]
        assert sum(int(row[kind]) for kind in kinds) == int(row["statements"])


def test_a_pair_without_a_row_is_told_in_the_header(get_file):
    response, rows = get_file(row="letrozole", kind="side-effects")
    assert response["X-KB-Absence"] == "A pair that has no row: no statement in these sources."
    assert "hair-loss" not in {row["col"] for row in rows}
    asked = get_file(row="letrozole", col="hair-loss")[1]
    assert [(row["statements"], row["says"]) for row in asked] == [("0", "no statement in these sources")]


def test_the_red_flags_of_what_is_asked_about_stand_in_the_link_header(get_file):
    assert "red-flags/" in get_file(col="bone-pain")[0]["Link"]
    assert "Link" not in get_file(row="letrozole")[0]


def test_the_file_comes_whole_and_other_formats_are_none(get_json):
    for name in ("page", "page_size", "col_page", "col_page_size"):
        assert get_json("coverage/", status=400, format="csv", **{name: 1})["errors"][0]["parameter"] == name
    assert get_json("coverage/", status=400, format="ndjson")["errors"][0]["parameter"] == "format"
    assert get_json("coverage/", status=400, format="csv", rows="treatment")["errors"][0]["nearest"] == "treatments"


def test_every_pair_of_kinds_of_entries_has_a_file_or_an_error(api):
    assert CoverageView.renderer_classes
    names = [resource_name(model) for model in concrete_models(Entry)]
    for rows in names:
        for cols in names:
            answers = [api.get("/api/v1/coverage/", {"rows": rows, "cols": cols, "format": f}) for f in ("json", "csv")]
            assert answers[0].status_code == answers[1].status_code in (200, 400)
