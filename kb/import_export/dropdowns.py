"""Drop-downs of a workbook: the labels of choices, and the slugs of the records that a column refers to."""

from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from kb.import_export.cells import escape_formula, is_list_field
from kb.import_export.rows import get_columns
from kb.models import Record

LISTS_SHEET = "Lists"
MAX_OFFERED = 2_000  # Lines of a drop-down; nobody looks through more, and the name is typed.
FREE_ROWS = 500  # Below the records, in which new ones can be written with the same drop-downs.


def list_offered_values(field):
    """Return what a cell of this column may hold, if it holds one of few values; else an empty list.

    A cell with several lines can have no drop-down: it would replace them all.
    """
    if is_list_field(field):
        return []
    if enum := getattr(field, "enum", None):
        return [str(label) for label in enum.labels]
    if field.is_relation and issubclass(field.related_model, Record):
        standing = field.related_model.objects.not_retired().order_by("slug")
        slugs = list(standing.values_list("slug", flat=True)[: MAX_OFFERED + 1])
        return slugs if len(slugs) <= MAX_OFFERED else []
    return []


def add_dropdowns(book, sheet, model):
    """Add drop-downs to the columns of a sheet of records; what they offer stands on a hidden sheet of the workbook.

    A value that is none of these brings a warning, not a refusal: the import also takes the stored words of choices.
    """
    lists = book.create_sheet(LISTS_SHEET)
    lists.sheet_state = "hidden"
    last_row, used = sheet.max_row + FREE_ROWS, 0
    for number, (name, field) in enumerate(get_columns(model).items(), start=1):
        if not (values := list_offered_values(field)):
            continue
        used += 1
        for row, value in enumerate([name, *values], start=1):
            lists.cell(row, used, escape_formula(value))
        column, letter = get_column_letter(number), get_column_letter(used)
        dropdown = DataValidation(
            type="list",
            formula1=f"'{LISTS_SHEET}'!${letter}$2:${letter}${len(values) + 1}",
            allow_blank=True,
            errorStyle="warning",
            errorTitle="Not in the list",
            error="Choose from the list. An import refuses what it does not know, and says what would be right.",
        )
        dropdown.showErrorMessage = True
        dropdown.add(f"{column}2:{column}{last_row}")
        sheet.add_data_validation(dropdown)
