"""Records go out as files that people open, and what is brought in again as it was changes nothing."""

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
from kb.models import Passage
from symptoms.models import SideEffect, Symptom
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
    """What is exported and imported again changes nothing."""

    @pytest.mark.parametrize("form", FILE_FORMATS)
    def test_texts_that_a_spreadsheet_would_run(self, universe, import_file, form):
        for number, text in enumerate(HOSTILE_VALUES):
            universe.make(
                Symptom,
                f"odd-{number}",
                name=f"{text} {number}",
                summary=text,
                synonyms=[text.strip().replace("\n", " ")],
            )
        data = export_records(Symptom.objects.all(), form)
        assert {o.state for o in import_file(data, Symptom, f"x.{form}", dry_run=True).outcomes} == {"same"}

    @settings(max_examples=100)
    @given(st.text(st.characters(exclude_categories=["Cs", "Cc"])) | st.sampled_from(HOSTILE_VALUES))
    def test_any_text(self, text):
        assert unescape_formula(format_cell(text)) == text
        assert format_cell(text).lstrip()[:1] not in tuple("=+-@")
        assert format_cell(text)[:1] not in tuple("\t\r")
        assert parse_cell(Symptom._meta.get_field("summary"), format_cell(text)) == text

    def test_what_is_exported_can_be_put_into_the_fixtures(self, universe, import_file, tmp_path):
        path = tmp_path / "x.yaml"
        path.write_bytes(export_records(SideEffect.objects.all(), "yaml"))
        first = yaml.safe_load(path.read_text())[0]
        assert first["model"] == "symptoms.sideeffect"
        assert first["fields"]["treatment"] == ["class"]
        assert first["fields"]["citations"] == [["page", 1, 2]]
        before = [serialize_record(record) for record in SideEffect.objects.all()]
        call_command("loaddata", str(path), verbosity=0)
        assert [serialize_record(record) for record in SideEffect.objects.all()] == before


class TestExport:
    """Files as people open them."""

    def test_one_row_a_record_and_one_column_a_field(self, universe):
        text = export_records(SideEffect.objects.all(), "csv").decode("utf-8")
        assert text.startswith("\ufeffslug,status,")
        assert "page:1-2" in text
        assert "updated_at" not in text

    def test_a_workbook_tells_what_its_columns_mean(self, universe):
        universe.make(Symptom, "odd", name="=1+1")
        book = load_workbook(io.BytesIO(export_records(Symptom.objects.all(), "xlsx")))
        sheet, manual = book.worksheets
        header = [c.value for c in sheet[1]]
        assert header == [f.name for f in editable_fields(Symptom)]
        assert "'=1+1" in {row[header.index("name")] for row in sheet.iter_rows(values_only=True)}
        assert "f" not in {c.data_type for row in sheet for c in row}
        assert [row[0].value for row in manual][1:] == header

    def test_the_list_goes_out_as_it_is_filtered(self, universe, users, client):
        client.force_login(users["viewer"])
        url = reverse("admin:symptoms_sideeffect_export", args=["csv"])
        given = client.get(url, {"effect__exact": "protects"})
        assert given.status_code == 200
        assert "drug-joint" in given.content.decode()
        assert "class-bone" not in given.content.decode()
        assert "attachment" in given["Content-Disposition"]

    def test_trees_and_searches_go_out_too(self, universe, users, client):
        client.force_login(users["viewer"])
        given = client.get(reverse("admin:treatments_treatment_export", args=["yaml"]), {"q": "brandol"})
        assert [record["fields"]["slug"] for record in yaml.safe_load(given.content)] == ["drug"]

    def test_the_rows_selected_go_out(self, universe, client, django_user_model):
        client.force_login(django_user_model.objects.create_superuser("ed"))
        for model in (SideEffect, Passage):
            record = model.objects.first()
            url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            given = client.post(url, {"action": "export_as_csv", "_selected_action": [record.pk]})
            assert len(given.content.decode().strip().splitlines()) == 2

    def test_who_has_no_role_exports_nothing(self, universe, users, client):
        client.force_login(users["nobody"])
        answer = client.get(reverse("admin:symptoms_symptom_export", args=["csv"]))
        assert answer.url.startswith(reverse("admin:login"))
