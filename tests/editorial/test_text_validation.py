"""No text holds what some format cannot show or keep apart; whoever writes one is told, on whatever way it comes."""

import json

import pytest
import yaml
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.urls import reverse
from lxml import etree

from kb.choices import Way
from kb.editorial.editing import Wish, begin, save
from kb.editorial.snapshot import content_of
from kb.import_export import bring, export, read
from kb.import_export.fixtures import load
from kb.models import Batch, Passage, Source
from kb.renderers.tabular import BETWEEN
from symptoms.models import SideEffect, Symptom
from tests.conftest import person
from tests.helpers.imports import faults, finished
from tests.helpers.suggestions import SAID, URL, give, holder
from tests.renderers.test_fhir import resource, words
from treatments.models import Treatment

TOLD = "U+000B, after “It hur”"
HURT = "It hur\x0bts."


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
    assert BETWEEN.join(names).split(BETWEEN) == names
    (row,) = read("x.csv", export(Symptom.objects.filter(slug="odd"), "csv"), Symptom)
    assert row.words["synonyms"] == names


def test_an_item_of_a_list_stands_in_one_line(universe):
    with pytest.raises(ValidationError, match="line break"):
        Symptom(slug="x", name="X", synonyms=["sore\narm"]).full_clean()


class TestEveryWayIn:
    """It is told to whoever writes, at the field that it is in."""

    def test_the_shipped_data(self, db, tmp_path, settings):
        settings.FIXTURE_DIRS = [tmp_path]
        fields = {"slug": "pain", "name": "Pain", "summary": HURT, "status": "published"}
        (tmp_path / "01_data.yaml").write_text(yaml.safe_dump([{"model": "symptoms.symptom", "fields": fields}]))
        with pytest.raises(CommandError) as refused:
            load()
        assert f"symptom pain: summary: There is a character that cannot be shown, {TOLD}" in str(refused.value)

    @pytest.mark.parametrize("slug", ["pain", "numb"])  # One that is public, and a new one.
    @pytest.mark.parametrize("form", ["csv", "yaml"])
    def test_a_file(self, universe, people, slug, form):
        record = {"slug": slug, "name": slug.capitalize(), "summary": HURT}
        data = {
            "csv": "\n".join([",".join(record), ",".join(record.values())]),
            "yaml": json.dumps([{"model": "symptoms.symptom", "fields": record}]),
        }[form]
        rows = read(f"x.{form}", data.encode(), Symptom)
        batch = Batch.objects.create(name="x", rows=[row.as_json() for row in rows], why="New.", by=people["editor"])
        told = faults(finished(bring(rows, Wish(people["editor"], "New.", Way.IMPORT, batch), trial=True)))
        assert [column for _, column in told] == ["summary"]
        assert TOLD in str(told)

    def test_a_file_in_what_names_a_record(self, universe, people):
        record = {"slug": "nu\0mb", "name": "Nu\0mb", "parent": ["pa\0in"], "synonyms": ["so\0re"]}
        rows = read("x.yaml", json.dumps([{"model": "symptoms.symptom", "fields": record}]).encode())
        batch = Batch.objects.create(name="x", rows=[], why="New.", by=people["editor"])
        told = faults(finished(bring(rows, Wish(people["editor"], "New.", Way.IMPORT, batch), trial=True)))
        assert {column for _, column in told} == set(record)
        assert "U+0000, after “nu”" in told["line 1", "slug"]

    def test_the_form(self, universe, people, client):
        client.force_login(people["editor"])
        url = reverse("admin:symptoms_symptom_add")
        answer = client.post(url, {"slug": "numb", "name": "Numb", "summary": HURT, "kind": "unstated", "why": "New."})
        assert TOLD in answer.content.decode()
        assert not Symptom.objects.filter(slug="numb").exists()

    def test_the_editing_service(self, universe, people):
        wish = Wish(people["editor"], "New.", send=True)
        with pytest.raises(ValidationError) as refused:
            begin(Symptom, {"slug": "numb", "name": "Numb", "summary": HURT}, wish)
        assert TOLD in str(refused.value.message_dict["summary"])
        pain = Symptom.objects.get(slug="pain")
        with pytest.raises(ValidationError) as refused:
            save(pain, content_of(pain) | {"summary": HURT}, wish)
        assert TOLD in str(refused.value.message_dict["summary"])

    def test_what_is_told_with_it(self, people):
        with pytest.raises(ValidationError) as refused:
            Wish(people["editor"], HURT)
        assert TOLD in str(refused.value.message_dict["why"])

    @pytest.mark.parametrize("member", ["text", "proposed", "evidence"])
    def test_a_suggestion(self, universe, member):
        app = holder(give(person("anna")))
        answer = app.post(URL, SAID | {member: HURT}, format="json")
        assert answer.status_code == 400
        (error,) = answer.json()["errors"]
        assert error["pointer"] == f"#/{member}"
        assert TOLD in error["detail"]


def test_what_was_written_before_is_well_formed_all_the_same(universe, api):
    SideEffect.objects.filter(slug="class-bone").update(text=HURT, mechanism="un\x08known")
    Treatment.objects.filter(slug="class").update(name="Cl\x0bass")
    found = resource(api, "side-effects/class-bone/")
    assert "It hur ts." in words(found)
    assert etree.fromstring(found["text"]["div"]) is not None
    assert found["subject"][0]["display"] == "Cl ass"
