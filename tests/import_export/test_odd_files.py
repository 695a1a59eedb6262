"""Odd but honest files: what stands in their cells is judged, not guessed."""

import pytest

from kb.import_export import UnreadableFile, read_rows
from kb.models import Passage
from symptoms.models import SideEffect, Symptom
from tests.helpers.hostile_files import DATE_STYLE, cell, row, sheet, workbook
from tests.helpers.imports import import_file as import_file

HEAD, RECORD = row(1, "slug", "name"), row(2, "pain", "Pain")
GOOD = sheet(HEAD, RECORD)


class TestWorkbooks:
    """What stands in the cells of a workbook is judged, not guessed."""

    def read(self, *rows, model=SideEffect, **options):
        return read_rows("x.xlsx", workbook(sheet(*rows), **options), model)

    def test_the_visible_sheet_is_read(self):
        old = sheet(HEAD, row(2, "pain", "Old"))
        (read,) = read_rows("x.xlsx", workbook(old, GOOD, states=["hidden"]), Symptom)
        assert read.words["name"] == "Pain"

    def test_a_million_empty_rows_are_no_records(self):
        empty = "".join(f'<row r="{number}"/>' for number in range(3, 1_000_000))
        (read,) = self.read(HEAD, RECORD, empty, model=Symptom)
        assert read.key == "pain"

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            (f'<c r="B2" s="{DATE_STYLE}"><v>46024</v></c>', "A date stands here (2026-01-02) where text is expected"),
            (f'<c r="B2" s="{DATE_STYLE}"><v>999999999</v></c>', "a date that no calendar has"),
            (f'<c r="B2" s="{DATE_STYLE}"><v>46024.5</v></c>', "a day with a time"),
            ('<c r="B2"><f>A1&amp;"x"</f></c>', "a formula without a value"),
            ('<c r="B2"><f>A1</f><v></v></c>', "a formula without a value"),
            ('<c r="B2" t="e"><v>#REF!</v></c>', "“#REF!”, an error of the spreadsheet"),
            ('<c r="B2" t="b"><v>1</v></c>', "TRUE or FALSE"),
            ('<c r="B2"><v>1E400</v></c>', "no number"),
        ],
    )
    def test_a_cell_of_another_type_is_an_error_of_its_row(self, content, message):
        (read,) = self.read(row(1, "slug", "onset"), f'<row r="2">{cell("A2", "x")}{content}</row>')
        assert message in " ".join(read.errors["onset"])
        assert "onset" not in read.words

    def test_a_date_is_read_where_a_date_is_expected(self):
        dated = f'<row r="2">{cell("A2", "x")}<c r="B2" s="{DATE_STYLE}"><v>46024</v></c></row>'
        (read,) = self.read(row(1, "slug", "review_due"), dated)
        assert read.words["review_due"] == "2026-01-02"

    def test_a_formula_with_its_value_and_escaped_characters_are_read(self):
        formula = '<c r="C2" t="str"><f>A1</f><v>one_x000D_\ntwo</v></c>'
        (read,) = self.read(
            row(1, "slug", "name", "summary"), f'<row r="2">{cell("A2", "x")}{formula}</row>', model=Symptom
        )
        assert read.words["summary"] == "one\ntwo"


class TestTables:
    """What is odd, and yet can be read."""

    def test_yaml_is_read_as_it_is_typed(self):
        (read,) = read_rows(
            "x.yaml", b"- model: symptoms.sideeffect\n  fields: {slug: x, onset: 0123, timing_note: 1}\n"
        )
        assert read.words["onset"] == "0123"

    @pytest.mark.parametrize("written", ["1:30", "1_000", "0x1F", "1e3", ".inf", "2026-13-45", "9" * 5_000])
    def test_yaml_guesses_no_type(self, written):
        data = f"- model: symptoms.sideeffect\n  fields: {{slug: x, onset: {written}}}\n".encode()
        (read,) = read_rows("x.yaml", data)
        assert read.words["onset"] == written

    @pytest.mark.parametrize("written", ["9" * 30_000, "1e999999999", "-1", "NaN", "9999999999999999999999"])
    def test_a_number_that_no_column_holds_is_an_error_of_its_row(self, universe, import_file, written):
        data = f"source,first_line,last_line\npage,{written},4\n".encode()
        result = import_file(data, Passage)
        assert [outcome.state for outcome in result.outcomes] == ["wrong"]

    @pytest.mark.parametrize("written", ["0000-00-00", "10000-01-01", "31.12.2026", "2026-02-30", "-1-01-01"])
    def test_a_date_out_of_range_is_an_error_of_its_row(self, written):
        (read,) = read_rows("x.csv", f"slug,review_due\npain,{written}\n".encode(), Symptom)
        assert "review_due" in read.errors

    def test_a_header_that_stands_twice_is_refused(self):
        (read,) = read_rows("x.csv", b"slug,name,name\npain,A,B\n", Symptom)
        assert "stands twice" in str(read.errors)

    @pytest.mark.parametrize("name", ["ümläut 痛み.csv", "a b;c|d'.CSV", ".csv", "x.yaml.csv", "con.csv"])
    def test_the_name_of_a_file_is_only_a_name(self, name):
        if name == ".csv":
            with pytest.raises(UnreadableFile, match="not understood"):
                read_rows(name, b"slug\npain\n", Symptom)
            return
        (read,) = read_rows(name, b"slug\npain\n", Symptom)
        assert read.key == "pain"
