"""Export to CSV, XLSX and YAML, and that an exported file can be imported again without changes."""

import io

import pytest
import yaml
from django.core.management import call_command
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from kb.editorial.snapshot import editable_fields, serialize_record
from kb.import_export import export_records
from kb.import_export.cells import format_cell, parse_cell, unescape_formula
from kb.models import Cancer, Passage
from symptoms.models import Manifestation, SideEffect, Symptom
from tests.helpers.imports import import_file as import_file

FILE_FORMATS = ["csv", "xlsx", "yaml"]
HOSTILE_VALUES = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\tx",
    "'=1",
    "'quoted'",
    "''=x",
    "\n=1+1",
    " =1",
    "'\xa0+1",
    "a\nb",
    "“é”; , \" '",
]


class TestRoundTrip:
    """An exported file that is imported again changes nothing."""

    @pytest.mark.parametrize("file_format", FILE_FORMATS)
    def test_texts_that_a_spreadsheet_would_execute_are_unchanged(self, universe, import_file, file_format):
        for number, text in enumerate(HOSTILE_VALUES):
            universe.make(
                Symptom,
                f"odd-{number}",
                name=f"{text} {number}",
                summary=text,
                synonyms=[text.strip().replace("\n", " ")],
            )
        data = export_records(Symptom.objects.all(), file_format)
        assert {o.state for o in import_file(data, Symptom, f"x.{file_format}", dry_run=True).outcomes} == {"same"}

    @pytest.mark.parametrize("file_format", FILE_FORMATS)
    def test_limits_are_unchanged(self, universe, import_file, file_format):
        growth, pain = Cancer.objects.get(), Symptom.objects.get(slug="pain")
        universe.make_statement(
            Manifestation, "growth-pain", cancer=growth, symptom=pain, cause_condition=pain, involvement="the spine"
        )
        SideEffect.objects.update(for_cancer=growth, seriousness="serious")
        for model in (Manifestation, SideEffect):
            data = export_records(model.objects.all(), file_format)
            assert b"for_cancer" in data or b"involvement" in data or file_format == "xlsx"
            assert {o.state for o in import_file(data, model, f"x.{file_format}", dry_run=True).outcomes} == {"same"}

    @settings(max_examples=100)
    @given(
        st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"], exclude_characters="\u202d\u202e\ufffd"))
        | st.sampled_from(HOSTILE_VALUES)
    )
    def test_any_text_is_unchanged_by_escaping(self, text):
        assert unescape_formula(format_cell(text)) == text
        assert format_cell(text).lstrip()[:1] not in tuple("=+-@")
        assert format_cell(text)[:1] not in tuple("\t\r")
        assert parse_cell(Symptom._meta.get_field("summary"), format_cell(text)) == text

    def test_an_exported_file_can_be_loaded_as_a_fixture(self, universe, import_file, tmp_path):
        path = tmp_path / "x.yaml"
        path.write_bytes(export_records(SideEffect.objects.all(), "yaml"))
        first = yaml.safe_load(path.read_text())[0]
        assert first["model"] == "symptoms.sideeffect"
        assert first["fields"]["treatment"] == ["class"]
        assert first["fields"]["citations"] == [["page", 1, 2]]
        contents = [serialize_record(record) for record in SideEffect.objects.all()]
        call_command("loaddata", str(path), verbosity=0)
        assert [serialize_record(record) for record in SideEffect.objects.all()] == contents


class TestExport:
    """The content of exported files, and the admin's export links."""

    def test_a_file_has_one_row_a_record_and_one_column_a_field(self, universe):
        text = export_records(SideEffect.objects.all(), "csv").decode("utf-8")
        assert text.startswith("\ufeffslug,status,")
        assert "page:1-2" in text
        assert "updated_at" not in text

    def test_a_workbook_documents_its_columns(self, universe):
        universe.make(Symptom, "odd", name="=1+1")
        book = load_workbook(io.BytesIO(export_records(Symptom.objects.all(), "xlsx")))
        sheet, manual, _ = book.worksheets
        header = [c.value for c in sheet[1]]
        assert header == [f.name for f in editable_fields(Symptom)]
        assert "'=1+1" in {row[header.index("name")] for row in sheet.iter_rows(values_only=True)}
        assert "f" not in {c.data_type for row in sheet for c in row}
        assert [row[0].value for row in manual][1:] == header

    def test_a_filtered_list_is_exported(self, universe, users, client):
        client.force_login(users["viewer"])
        url = reverse("admin:symptoms_sideeffect_export", args=["csv"])
        response = client.get(url, {"effect__exact": "protects"})
        assert response.status_code == 200
        assert "drug-joint" in response.content.decode()
        assert "class-bone" not in response.content.decode()
        assert "attachment" in response["Content-Disposition"]

    def test_a_search_in_a_tree_is_exported(self, universe, users, client):
        client.force_login(users["viewer"])
        response = client.get(reverse("admin:treatments_treatment_export", args=["yaml"]), {"q": "brandol"})
        assert [record["fields"]["slug"] for record in yaml.safe_load(response.content)] == ["drug"]

    def test_the_selected_rows_are_exported(self, universe, client, django_user_model):
        client.force_login(django_user_model.objects.create_superuser("ed"))
        for model in (SideEffect, Passage):
            record = model.objects.first()
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            response = client.post(url, {"action": "export_as_csv", "_selected_action": [record.pk]})
            assert len(response.content.decode().strip().splitlines()) == 2

    def test_a_user_without_a_role_cannot_export(self, universe, users, client):
        client.force_login(users["nobody"])
        response = client.get(reverse("admin:symptoms_symptom_export", args=["csv"]))
        assert response.url.startswith(reverse("admin:login"))
