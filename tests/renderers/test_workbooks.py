"""Lists as workbooks, CSV with a byte order mark, and what tells version and licence beside them."""

import json
from datetime import datetime
from io import BytesIO
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from kb.dataset.metadata import LICENCE, LICENCE_NAME
from kb.dataset.version import data_version
from kb.models import record_models, resource_name
from kb.renderers import workbook
from tests.helpers.lists import get_csv_rows, get_workbook, get_workbook_rows
from treatments.models import Treatment

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "'=1+1", "#N/A", "#REF!"]


@pytest.mark.parametrize("model", record_models())
def test_a_workbook_has_the_cells_of_the_csv_file(extended_universe, api, model):
    name = resource_name(model)
    assert get_workbook_rows(api, f"{name}/") == get_csv_rows(api, f"{name}/")


def test_a_workbook_tells_its_version_and_licence_and_what_no_rows_mean(universe, api):
    sheets = get_workbook(api, "side-effects/", treatment="drug")
    about = dict(sheets["about"])
    assert about["data version"] == data_version()
    assert about["licence"] == f"{LICENCE_NAME}: {LICENCE}"
    assert about["address"] == "http://testserver/api/v1/side-effects/?treatment=drug&format=xlsx"
    assert "no rows" not in about
    empty = get_workbook(api, "side-effects/", frequency="common")
    assert len(empty["side-effects"]) == 1
    assert "No" in dict(empty["about"])["no rows"]


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_of_a_workbook_is_a_formula_or_an_error(universe, api, text):
    universe.make(Treatment, "trap", name=f"{text} trap", summary=text)
    response = api.get("/api/v1/treatments/", {"slug": "trap", "format": "xlsx"})
    sheet = load_workbook(BytesIO(response.getvalue()))["treatments"]
    assert {cell.data_type for row in sheet for cell in row if cell.value is not None} == {"s"}
    (summary,) = [row[5].value for row in sheet if row[0].value == "trap"]
    assert summary in (text, f"'{text}")


def test_the_same_data_make_the_same_bytes_at_any_time(universe, api, monkeypatch):
    first = api.get("/api/v1/treatments/", {"format": "xlsx"}).getvalue()
    monkeypatch.setattr("openpyxl.writer.excel.datetime", FakeDatetime)
    again = api.get("/api/v1/treatments/", {"format": "xlsx"}).getvalue()
    assert first == again
    assert {entry.date_time[0] for entry in ZipFile(BytesIO(first)).infolist()} == {1980}


class FakeDatetime:
    """The module datetime, with a clock that stands elsewhere."""

    class datetime:
        @classmethod
        def now(cls, tz=None):
            return datetime(2001, 2, 3)

    class timezone:
        utc = None


def test_what_excel_cannot_hold_is_refused(universe, api, get_json, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)
    (error,) = get_json("treatments/", 400, format="xlsx")["errors"]
    assert (error["parameter"], error["nearest"]) == ("format", "csv")
    monkeypatch.setattr(workbook, "MAX_ROWS", 100)
    Treatment.objects.filter(slug="drug").update(summary="x" * (workbook.MAX_CELL_LENGTH + 1))
    assert "“drug” has more" in get_json("treatments/", 400, format="xlsx")["detail"]


@pytest.mark.parametrize("model", record_models())
def test_csv_begins_with_a_mark_only_where_it_is_asked_for(extended_universe, api, model):
    url = f"/api/v1/{resource_name(model)}/"
    plain = api.get(url, {"format": "csv"}).getvalue()
    assert api.get(url, {"format": "csv", "bom": "1"}).getvalue() == b"\xef\xbb\xbf" + plain
    for params in ({"bom": "1"}, {"bom": "1", "format": "xlsx"}, {"bom": "0", "format": "csv"}):
        response = api.get(url, params)
        assert (response.status_code, response.json()["errors"][0]["parameter"]) == (400, "bom")


def test_the_file_names_tell_the_version_and_the_licence(universe, api):
    for file_format, extension in [
        ("csv", "csv"),
        ("ndjson", "ndjson"),
        ("xlsx", "xlsx"),
        ("csvm", "csv-metadata.json"),
    ]:
        response = api.get("/api/v1/treatments/", {"format": file_format})
        name = f"treatments_{data_version()}_no-licence-chosen.{extension}"
        assert response["Content-Disposition"] == f'attachment; filename="{name}"'


def test_csv_names_the_address_of_what_its_columns_hold(universe, api):
    response = api.get(
        "/api/v1/side-effects/", {"treatment": "drug", "fields": "slug,via", "format": "csv", "bom": "1"}
    )
    url = response["Link"].partition("<")[2].partition(">")[0]
    metadata = api.get(url)
    assert metadata["Content-Type"] == "application/csvm+json"
    table = json.loads(metadata.content)
    header = response.getvalue().decode("utf-8-sig").splitlines()[0].split(",")
    assert (
        [column["name"] for column in table["tableSchema"]["columns"]]
        == header
        == ["slug", "via", "red_flags", "red_flags_name"]
    )
    assert table["tableSchema"]["columns"][1]["separator"] == " | "
    assert (table["dc:hasVersion"], table["dc:rights"]) == (data_version(), f"{LICENCE_NAME}: {LICENCE}")
    assert api.get(table["url"]).getvalue().decode().splitlines()[0].split(",") == header
    assert api.get(url + "&page=2").status_code == 400
