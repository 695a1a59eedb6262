"""Validation of text: control characters and cell separators are refused, whichever way a text comes in."""

import json

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.urls import reverse
from lxml import etree

from kb.choices import Way
from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.snapshot import serialize_record
from kb.import_export import export_records, import_rows, read_rows
from kb.import_export.fixtures import load_fixtures
from kb.models import Batch, Passage, Source
from kb.renderers.tabular import CELL_SEPARATOR
from symptoms.models import SideEffect, Symptom
from tests.helpers.accounts import make_user
from tests.helpers.fhir import get_fhir_resource, get_narrative
from tests.helpers.imports import get_row_errors, run_generator
from tests.helpers.suggestions import SUGGESTION, SUGGESTIONS_URL, issue_token, make_token_client
from treatments.models import Treatment

ERROR_MESSAGE = "U+000B, after “It hur”"
INVALID_TEXT = "It hur\x0bts."


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe"])
def test_a_character_that_xml_cannot_hold_is_refused_with_its_code_and_position(universe, character):
    for record in (
        Symptom(slug="x", name=f"Sore {character}arm"),
        Symptom(slug="x", name="Arm", synonyms=["arm", f"Sore {character}arm"]),
        SideEffect(slug="x", text=f"Sore {character}arm"),
        Passage(source=Source.objects.get(), first_line=3, last_line=4, section=f"Sore {character}arm"),
    ):
        with pytest.raises(ValidationError) as caught:
            record.full_clean()
        messages = str(caught.value.message_dict)
        assert f"U+{ord(character):04X}, after “Sore ”" in messages


def test_tabs_line_breaks_and_any_script_are_valid(universe):
    Symptom(slug="x", name="Schmérz 痛み 🦴", summary="One.\n\tTwo.\r\n").full_clean()


@pytest.mark.parametrize("name", ["ache | pain", "ache |", "| ache", "|", "ache |\tpain"])
def test_a_name_that_contains_the_cell_separator_is_refused(universe, name):
    for fields in ({"name": name}, {"name": "X", "synonyms": ["x", name]}):
        with pytest.raises(ValidationError, match="stands between names"):
            Symptom(slug="x", **fields).full_clean()


def test_a_name_with_a_bar_is_one_name_in_every_table(universe):
    names = ["a|b", "a| b", "a |b"]
    odd = universe.make(Symptom, "odd", synonyms=names)
    odd.full_clean()
    assert CELL_SEPARATOR.join(names).split(CELL_SEPARATOR) == names
    (row,) = read_rows("x.csv", export_records(Symptom.objects.filter(slug="odd"), "csv"), Symptom)
    assert row.words["synonyms"] == names


def test_an_item_of_a_list_cannot_hold_a_line_break(universe):
    with pytest.raises(ValidationError, match="line break"):
        Symptom(slug="x", name="X", synonyms=["sore\narm"]).full_clean()


class TestSources:
    """Fixtures, files, forms, services and suggestions report the error at its field."""

    def test_a_fixture_is_refused(self, db, tmp_path, settings):
        settings.FIXTURE_DIRS = [tmp_path]
        fields = {"slug": "pain", "name": "Pain", "summary": INVALID_TEXT, "status": "published"}
        (tmp_path / "01_data.yaml").write_text(yaml.safe_dump([{"model": "symptoms.symptom", "fields": fields}]))
        with pytest.raises(CommandError) as caught:
            load_fixtures()
        assert f"01_data.yaml, line 1: summary: There is a character that cannot be shown, {ERROR_MESSAGE}" in str(
            caught.value
        )

    @pytest.mark.parametrize("slug", ["pain", "numb"])  # A published record, and a new one.
    @pytest.mark.parametrize("file_format", ["csv", "yaml"])
    def test_an_imported_value_is_refused(self, universe, users, slug, file_format):
        record = {"slug": slug, "name": slug.capitalize(), "summary": INVALID_TEXT}
        data = {
            "csv": "\n".join([",".join(record), ",".join(record.values())]),
            "yaml": json.dumps([{"model": "symptoms.symptom", "fields": record}]),
        }[file_format]
        rows = read_rows(f"x.{file_format}", data.encode(), Symptom)
        batch = Batch.objects.create(
            name="x", rows=[row.as_dict() for row in rows], why="It is missing.", by=users["editor"]
        )
        errors = get_row_errors(
            run_generator(
                import_rows(rows, EditRequest(users["editor"], "It is missing.", Way.IMPORT, batch), dry_run=True)
            )
        )
        assert [column for _, column in errors] == ["summary"]
        assert ERROR_MESSAGE in str(errors)

    def test_an_imported_key_is_refused(self, universe, users):
        record = {"slug": "nu\0mb", "name": "Nu\0mb", "parents": [["pa\0in"]], "synonyms": ["so\0re"]}
        rows = read_rows("x.yaml", json.dumps([{"model": "symptoms.symptom", "fields": record}]).encode())
        batch = Batch.objects.create(name="x", rows=[], why="It is missing.", by=users["editor"])
        errors = get_row_errors(
            run_generator(
                import_rows(rows, EditRequest(users["editor"], "It is missing.", Way.IMPORT, batch), dry_run=True)
            )
        )
        assert {column for _, column in errors} == set(record)
        assert "U+0000, after “nu”" in errors["line 1", "slug"]

    def test_a_form_is_refused(self, universe, users, client):
        client.force_login(users["editor"])
        url = reverse("admin:symptoms_symptom_add")
        response = client.post(
            url, {"slug": "numb", "name": "Numb", "summary": INVALID_TEXT, "kind": "unstated", "why": "It is missing."}
        )
        assert ERROR_MESSAGE in response.content.decode()
        assert not Symptom.objects.filter(slug="numb").exists()

    def test_the_editing_service_refuses(self, universe, users):
        edit_request = EditRequest(users["editor"], "It is missing.", submit=True)
        with pytest.raises(ValidationError) as caught:
            create_draft(Symptom, {"slug": "numb", "name": "Numb", "summary": INVALID_TEXT}, edit_request)
        assert ERROR_MESSAGE in str(caught.value.message_dict["summary"])
        pain = Symptom.objects.get(slug="pain")
        with pytest.raises(ValidationError) as caught:
            save_or_propose(pain, serialize_record(pain) | {"summary": INVALID_TEXT}, edit_request)
        assert ERROR_MESSAGE in str(caught.value.message_dict["summary"])

    def test_a_reason_is_refused(self, users):
        with pytest.raises(ValidationError) as caught:
            EditRequest(users["editor"], INVALID_TEXT)
        assert ERROR_MESSAGE in str(caught.value.message_dict["why"])

    @pytest.mark.parametrize("member", ["text", "proposed", "evidence"])
    def test_a_suggestion_is_refused(self, universe, member):
        token_client = make_token_client(issue_token(make_user("anna")))
        response = token_client.post(SUGGESTIONS_URL, SUGGESTION | {member: INVALID_TEXT}, format="json")
        assert response.status_code == 400
        (error,) = response.json()["errors"]
        assert error["pointer"] == f"#/{member}"
        assert ERROR_MESSAGE in error["detail"]


def test_invalid_text_already_stored_gives_well_formed_xml(universe, api):
    SideEffect.objects.filter(slug="class-bone").update(text=INVALID_TEXT, mechanism="un\x08known")
    Treatment.objects.filter(slug="class").update(name="Cl\x0bass")
    resource = get_fhir_resource(api, "side-effects/class-bone/")
    assert "It hur ts." in get_narrative(resource)
    assert etree.fromstring(resource["text"]["div"]) is not None
    assert resource["subject"][0]["display"] == "Cl ass"
