"""Upgrades of the shipped data: new fixture files become drafts and proposals, and never overwrite an editor's work."""

import pytest

from kb.editorial.editing import EditRequest, create_draft, discard_draft
from kb.editorial.review import approve, reject
from kb.import_export.fixtures import is_up_to_date
from kb.models import Batch, Change, Passage, Shipment, Version, record_models
from symptoms.models import SideEffect, Symptom
from tests.helpers.fixture_upgrade import (
    DRUG_PAIN_KEY,
    FIRST_RECORDS,
    PAIN_KEY,
    STATEMENT_FIELDS,
    get_pain,
    get_upgrade_change,
    publish_edit,
)
from tests.helpers.fixture_upgrade import load_fixtures as load_fixtures


def test_unchanged_files_change_nothing_and_take_few_queries(load_fixtures, django_assert_max_num_queries):
    assert Shipment.objects.count() == len(FIRST_RECORDS) + 1
    with django_assert_max_num_queries(20):
        assert "kept" in load_fixtures()
    assert not Change.objects.exists()
    assert not Batch.objects.exists()


def test_a_changed_file_awaits_review(load_fixtures, users):
    assert "1 changes" in load_fixtures({PAIN_KEY: {"summary": "Second."}})
    assert get_pain().summary == "First."
    change = get_upgrade_change()
    assert (change.way, change.batch.name) == ("shipped", Batch.objects.get().name)
    approve(users["reviewer"], change, change.lock)
    assert get_pain().summary == "Second."
    assert "kept" in load_fixtures()
    assert Change.objects.count() == 1


def test_only_changed_fields_are_proposed_on_top_of_an_editors_version(load_fixtures, users):
    publish_edit(users, get_pain(), synonyms=["ache", "hurt"])
    load_fixtures({PAIN_KEY: {"summary": "Second."}})
    assert get_upgrade_change().content["synonyms"] == ["ache", "hurt"]
    assert get_upgrade_change().content["summary"] == "Second."


def test_where_an_editor_changed_the_same_field_the_edit_stays(load_fixtures, users):
    publish_edit(users, get_pain(), summary="Mine.")
    output = load_fixtures({PAIN_KEY: {"summary": "Second.", "kind": "symptom"}})
    assert "summary: Second." in output
    assert get_upgrade_change().content["summary"] == "Mine."
    assert get_upgrade_change().content["kind"] == "symptom"
    assert "summary: Second." in get_upgrade_change().why
    assert get_pain().summary == "Mine."


def test_an_edit_already_made_is_not_proposed(load_fixtures, users):
    publish_edit(users, get_pain(), summary="Second.")
    load_fixtures({PAIN_KEY: {"summary": "Second."}})
    assert not Change.objects.filter(author=None).exists()


def test_new_records_are_drafts_that_any_reviewer_can_publish(load_fixtures, users, get_json):
    output = load_fixtures(
        {
            ("symptoms.sideeffect", "drug-numb"): {
                **STATEMENT_FIELDS,
                "slug": "drug-numb",
                "text": "Numbs.",
                "symptom": ["numb"],
            },
            ("symptoms.symptom", "numb"): {"slug": "numb", "name": "Numb", "parents": [["pain"]]},
            ("kb.passage", "2"): {"source": ["page"], "first_line": 3, "last_line": 4},
        }
    )
    assert "2 new drafts" in output
    assert "1 new passages" in output
    get_json("symptoms/numb/", status=404)
    assert Passage.objects.filter(first_line=3).exists()
    for slug in ("numb", "drug-numb"):
        change = Change.objects.get(slug=slug)
        approve(users["reviewer"], change, change.lock)
    get_json("side-effects/drug-numb/")


def test_a_newer_upgrade_replaces_a_pending_one_and_includes_it(load_fixtures):
    load_fixtures({PAIN_KEY: {"summary": "Second."}})
    load_fixtures({PAIN_KEY: {"synonyms": ["ache", "hurt"]}})
    assert (get_upgrade_change().content["summary"], get_upgrade_change().content["synonyms"]) == (
        "Second.",
        ["ache", "hurt"],
    )
    load_fixtures({PAIN_KEY: {"summary": "Third."}})
    assert get_upgrade_change().content["summary"] == "Third."
    load_fixtures({PAIN_KEY: {"summary": "First.", "synonyms": ["ache"]}})
    assert Change.objects.get().state == "withdrawn"


def test_a_pending_draft_follows_the_files(load_fixtures):
    numb = ("symptoms.symptom", "numb")
    load_fixtures({numb: {"slug": "numb", "name": "Numb"}})
    load_fixtures({numb: {"summary": "No feeling."}})
    assert Symptom.objects.get(slug="numb").summary == "No feeling."
    assert (get_upgrade_change().content["status"], get_upgrade_change().content["summary"]) == (
        "published",
        "No feeling.",
    )


def test_a_rejected_change_is_proposed_again_only_when_the_files_change(load_fixtures, users):
    load_fixtures({PAIN_KEY: {"summary": "Second."}})
    reject(users["reviewer"], get_upgrade_change(), get_upgrade_change().lock, "No source says so.")
    load_fixtures({DRUG_PAIN_KEY: {"onset": "at once"}})
    assert get_upgrade_change().slug == "drug-pain"
    load_fixtures({PAIN_KEY: {"summary": "Third."}})
    assert Change.objects.get(slug="pain", state="submitted").content["summary"] == "Third."


def test_a_discarded_or_retired_record_is_not_restored(load_fixtures, users):
    numb = ("symptoms.symptom", "numb")
    load_fixtures({numb: {"slug": "numb", "name": "Numb"}})
    discard_draft(users["editor"], Symptom.objects.get(slug="numb"))
    publish_edit(users, SideEffect.objects.get(slug="drug-pain"), status="retired")
    output = load_fixtures({numb: {"summary": "No feeling."}, DRUG_PAIN_KEY: {"frequency": "common"}})
    assert "numb: was discarded here" in output
    assert "drug-pain: is retired here" in output
    assert not Symptom.objects.filter(slug="numb").exists()
    assert not Change.objects.filter(state="submitted").exists()


def test_a_record_missing_from_the_files_stays(load_fixtures):
    assert "drug-pain: is no longer in the files" in load_fixtures({DRUG_PAIN_KEY: None})
    assert SideEffect.objects.get(slug="drug-pain").status == "published"
    assert "no longer" not in load_fixtures()


def test_an_editors_record_of_the_same_slug_is_left_unchanged(load_fixtures, users):
    create_draft(
        Symptom, {"slug": "numb", "name": "Numb", "summary": "Mine."}, EditRequest(users["editor"], "It is missing.")
    )
    assert "made here under the same name" in load_fixtures(
        {("symptoms.symptom", "numb"): {"slug": "numb", "name": "Numb"}}
    )
    assert Symptom.objects.get(slug="numb").summary == "Mine."


def test_an_invalid_record_is_reported_and_tried_again_with_the_next_files(load_fixtures):
    numb = ("symptoms.symptom", "numb")
    assert "already a name" in load_fixtures({numb: {"slug": "numb", "name": "Ache"}})
    assert "1 new drafts" in load_fixtures({numb: {"name": "Numb"}})


def test_a_changed_heading_of_a_cited_passage_is_proposed(load_fixtures):
    load_fixtures({("kb.passage", "1"): {"section": "Other"}})
    assert Passage.objects.get().section == "Head"
    assert get_upgrade_change().content["section"] == "Other"


def test_overwriting_restores_the_files_and_keeps_the_history(load_fixtures, users):
    publish_edit(users, get_pain(), summary="Mine.")
    load_fixtures({PAIN_KEY: {"synonyms": []}})
    load_fixtures(overwrite=True)
    assert (get_pain().summary, get_pain().synonyms) == ("First.", [])
    assert {v.content["summary"] for v in Version.objects.for_records(get_pain())} == {"First.", "Mine."}
    assert not Change.objects.filter(state="submitted").exists()
    assert is_up_to_date()


class TestOlderInstallations:
    """Without stored shipments the history says what was loaded, else an editor's work is assumed."""

    @pytest.fixture(autouse=True)
    def _without_shipments(self, load_fixtures):
        Shipment.objects.all().delete()

    def test_the_history_says_what_was_loaded(self, load_fixtures, users):
        publish_edit(users, get_pain(), synonyms=["hurt"])
        load_fixtures({PAIN_KEY: {"summary": "Second."}})
        assert (get_upgrade_change().content["summary"], get_upgrade_change().content["synonyms"]) == (
            "Second.",
            ["hurt"],
        )

    def test_without_a_history_a_different_record_is_left_unchanged(self, load_fixtures):
        Version.objects.all().delete()
        output = load_fixtures({PAIN_KEY: {"summary": "Second."}})
        assert "nothing tells who made it so" in output
        assert not Change.objects.exists()
        load_fixtures({PAIN_KEY: {"synonyms": []}})
        assert get_upgrade_change().content["summary"] == "First."

    def test_a_knowledge_base_with_other_records_gets_nothing(self, load_fixtures):
        for model in (SideEffect, Passage):
            model.objects.all().delete()
        Symptom.objects.all().delete()
        assert "nothing" in load_fixtures()
        assert not Symptom.objects.exists()


def test_an_empty_knowledge_base_is_loaded_completely(db, load_fixtures):
    SideEffect.objects.all().delete()
    Passage.objects.all().delete()
    for model in record_models():
        model.objects.all().delete()
    assert "records loaded" in load_fixtures()
    assert not Change.objects.exists()
