"""No text holds what some format cannot show or keep apart; whoever writes one is told, on whatever way it comes."""

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
from tests.conftest import make_user
from tests.helpers.imports import get_row_errors, run_generator
from tests.helpers.suggestions import SUGGESTION, SUGGESTIONS_URL, issue_token, make_token_client
from tests.renderers.test_fhir import get_fhir_resource, get_narrative
from treatments.models import Treatment

ERROR_MESSAGE = "U+000B, after “It hur”"
INVALID_TEXT = "It hur\x0bts."


@pytest.mark.parametrize("bad", ["\x00", "\x08", "\x0b", "\x1f", "\ufffe"])
def test_a_character_that_no_xml_holds_is_refused_by_its_number_and_where_it_stands(universe, bad):
    for record in (
        Symptom(slug="x", name=f"Sore {bad}arm"),
        Symptom(slug="x", name="Arm", synonyms=["arm", f"Sore {bad}arm"]),
        SideEffect(slug="x", text=f"Sore {bad}arm"),
        Passage(source=Source.objects.get(), first_line=3, last_line=4, section=f"Sore {bad}arm"),
    ):
        with pytest.raises(ValidationError) as refused:
            record.full_clean()
        told = str(refused.value.message_dict)
        assert f"U+{ord(bad):04X}, after “Sore ”" in told


def test_tabs_line_breaks_and_any_script_stay(universe):
    Symptom(slug="x", name="Schmérz 痛み 🦴", summary="One.\n\tTwo.\r\n").full_clean()


@pytest.mark.parametrize("name", ["ache | pain", "ache |", "| ache", "|", "ache |\tpain"])
def test_a_name_that_a_table_would_show_as_two_is_refused(universe, name):
    for said in ({"name": name}, {"name": "X", "synonyms": ["x", name]}):
        with pytest.raises(ValidationError, match="stands between names"):
            Symptom(slug="x", **said).full_clean()


def test_a_name_with_a_bar_of_its_own_is_one_in_every_table(universe):
    names = ["a|b", "a| b", "a |b"]
    odd = universe.make(Symptom, "odd", synonyms=names)
    odd.full_clean()
    assert CELL_SEPARATOR.join(names).split(CELL_SEPARATOR) == names
    (row,) = read_rows("x.csv", export_records(Symptom.objects.filter(slug="odd"), "csv"), Symptom)
    assert row.words["synonyms"] == names


def test_an_item_of_a_list_stands_in_one_line(universe):
    with pytest.raises(ValidationError, match="line break"):
        Symptom(slug="x", name="X", synonyms=["sore\narm"]).full_clean()


class TestEveryWayIn:
    """It is told to whoever writes, at the field that it is in."""

    def test_the_shipped_data(self, db, tmp_path, settings):
        settings.FIXTURE_DIRS = [tmp_path]
        fields = {"slug": "pain", "name": "Pain", "summary": INVALID_TEXT, "status": "published"}
        (tmp_path / "01_data.yaml").write_text(yaml.safe_dump([{"model": "symptoms.symptom", "fields": fields}]))
        with pytest.raises(CommandError) as refused:
            load_fixtures()
        assert f"symptom pain: summary: There is a character that cannot be shown, {ERROR_MESSAGE}" in str(
            refused.value
        )

    @pytest.mark.parametrize("slug", ["pain", "numb"])  # One that is public, and a new one.
    @pytest.mark.parametrize("form", ["csv", "yaml"])
    def test_a_file(self, universe, users, slug, form):
        record = {"slug": slug, "name": slug.capitalize(), "summary": INVALID_TEXT}
        data = {
            "csv": "\n".join([",".join(record), ",".join(record.values())]),
            "yaml": json.dumps([{"model": "symptoms.symptom", "fields": record}]),
        }[form]
        rows = read_rows(f"x.{form}", data.encode(), Symptom)
        batch = Batch.objects.create(name="x", rows=[row.as_dict() for row in rows], why="New.", by=users["editor"])
        told = get_row_errors(
            run_generator(import_rows(rows, EditRequest(users["editor"], "New.", Way.IMPORT, batch), dry_run=True))
        )
        assert [column for _, column in told] == ["summary"]
        assert ERROR_MESSAGE in str(told)

    def test_a_file_in_what_names_a_record(self, universe, users):
        record = {"slug": "nu\0mb", "name": "Nu\0mb", "parent": ["pa\0in"], "synonyms": ["so\0re"]}
        rows = read_rows("x.yaml", json.dumps([{"model": "symptoms.symptom", "fields": record}]).encode())
        batch = Batch.objects.create(name="x", rows=[], why="New.", by=users["editor"])
        told = get_row_errors(
            run_generator(import_rows(rows, EditRequest(users["editor"], "New.", Way.IMPORT, batch), dry_run=True))
        )
        assert {column for _, column in told} == set(record)
        assert "U+0000, after “nu”" in told["line 1", "slug"]

    def test_the_form(self, universe, users, client):
        client.force_login(users["editor"])
        url = reverse("admin:symptoms_symptom_add")
        answer = client.post(
            url, {"slug": "numb", "name": "Numb", "summary": INVALID_TEXT, "kind": "unstated", "why": "New."}
        )
        assert ERROR_MESSAGE in answer.content.decode()
        assert not Symptom.objects.filter(slug="numb").exists()

    def test_the_editing_service(self, universe, users):
        wish = EditRequest(users["editor"], "New.", submit=True)
        with pytest.raises(ValidationError) as refused:
            create_draft(Symptom, {"slug": "numb", "name": "Numb", "summary": INVALID_TEXT}, wish)
        assert ERROR_MESSAGE in str(refused.value.message_dict["summary"])
        pain = Symptom.objects.get(slug="pain")
        with pytest.raises(ValidationError) as refused:
            save_or_propose(pain, serialize_record(pain) | {"summary": INVALID_TEXT}, wish)
        assert ERROR_MESSAGE in str(refused.value.message_dict["summary"])

    def test_what_is_told_with_it(self, users):
        with pytest.raises(ValidationError) as refused:
            EditRequest(users["editor"], INVALID_TEXT)
        assert ERROR_MESSAGE in str(refused.value.message_dict["why"])

    @pytest.mark.parametrize("member", ["text", "proposed", "evidence"])
    def test_a_suggestion(self, universe, member):
        app = make_token_client(issue_token(make_user("anna")))
        answer = app.post(SUGGESTIONS_URL, SUGGESTION | {member: INVALID_TEXT}, format="json")
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["pointer"] == f"#/{member}"
        assert ERROR_MESSAGE in error["detail"]


def test_what_was_written_before_is_well_formed_all_the_same(universe, api):
    SideEffect.objects.filter(slug="class-bone").update(text=INVALID_TEXT, mechanism="un\x08known")
    Treatment.objects.filter(slug="class").update(name="Cl\x0bass")
    found = get_fhir_resource(api, "side-effects/class-bone/")
    assert "It hur ts." in get_narrative(found)
    assert etree.fromstring(found["text"]["div"]) is not None
    assert found["subject"][0]["display"] == "Cl ass"
