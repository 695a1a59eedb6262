"""Labels in sheets, and drop-downs in workbooks for what a cell may hold."""

import io

import pytest
from openpyxl import load_workbook

from kb.editorial.snapshot import serialize_record
from kb.fields import find_choice
from kb.import_export import export_records
from kb.import_export.cells import format_cell, parse_cell
from kb.import_export.rows import get_columns
from kb.models import Passage, versioned_models
from symptoms.models import SideEffect
from tests.helpers.imports import get_row_errors
from tests.helpers.imports import import_file as import_file

CHOICE_FIELDS = [
    (model, field)
    for model in versioned_models()
    for field in get_columns(model).values()
    if getattr(field, "enum", None)
]


@pytest.mark.parametrize(
    ("model", "field"), CHOICE_FIELDS, ids=lambda x: getattr(x, "name", None) or x._meta.model_name
)
def test_every_choice_is_written_as_its_label_and_read_back(model, field):
    for value, label in field.enum.choices:
        assert find_choice(field.enum, str(label)) == value
        stored = [value] if "ListField" in type(field).__name__ else value
        cell = format_cell(stored, field)
        assert cell == str(label)
        assert parse_cell(field, cell) == stored


@pytest.mark.parametrize("model", versioned_models(), ids=lambda model: model._meta.model_name)
def test_every_column_with_one_of_few_values_has_a_drop_down_of_them(universe, model):
    book = load_workbook(io.BytesIO(export_records(model.objects.all(), "xlsx")))
    sheet, _, lists = book.worksheets
    assert lists.sheet_state == "hidden"
    offered = {}
    for dropdown in sheet.data_validations.dataValidation:
        column = sheet[str(dropdown.sqref).split(":")[0]].column
        cells = lists[dropdown.formula1.split("!")[1].replace("$", "")]
        cells = cells if isinstance(cells, tuple) else ((cells,),)
        offered[sheet.cell(1, column).value] = [cell.value for (cell,) in cells]
    columns = get_columns(model)
    single = {name for name, f in columns.items() if getattr(f, "enum", None) and "ListField" not in type(f).__name__}
    assert single <= offered.keys()
    for name, values in offered.items():
        field = columns[name]
        for value in values:
            assert parse_cell(field, value) is not None
        if name in single:
            assert values == [str(label) for label in field.enum.labels]
    header = [cell.value for cell in sheet[1]]
    for row in sheet.iter_rows(min_row=2, values_only=True):
        for name, value in zip(header, row, strict=True):
            assert name not in offered or value is None or value in offered[name]


def test_csv_and_excel_hold_the_same_labels(universe):
    text = export_records(SideEffect.objects.filter(slug="loner-bone"), "csv").decode()
    book = load_workbook(io.BytesIO(export_records(SideEffect.objects.filter(slug="loner-bone"), "xlsx")))
    row = dict(zip(*[[cell.value for cell in line] for line in book.worksheets[0].iter_rows(max_row=2)], strict=True))
    assert (row["status"], row["frequency"], row["population"]) == ("Published", "Rare", "Not stated")
    assert all(f",{label}" in text for label in ("Published", "Rare", "Not stated"))
    assert serialize_record(SideEffect.objects.get(slug="loner-bone"))["frequency"] == "rare"


@pytest.mark.parametrize(
    ("place", "said"), [("page:99-101", "page:99-101"), ("page:99 – 101", "page:99-101"), ("page:7", "page:7")]
)
def test_a_missing_passage_is_told_as_it_is_written(universe, import_file, place, said):
    data = f"slug,citations\nloner-bone,{place}".encode()
    errors = get_row_errors(import_file(data, SideEffect, dry_run=True))
    assert f"There is no passage “{said}”." in " ".join(errors.values())
    assert not Passage.objects.filter(first_line=99).exists()
