"""A new version of the shipped data reaches an installation as drafts and proposals, never over an editor's work."""

import json

import pytest
from django.core.management import call_command

from kb.editorial.editing import Wish, begin, discard, save
from kb.editorial.review import approve, reject
from kb.editorial.snapshot import content_of
from kb.import_export import fixture_upgrade as shipping
from kb.import_export import fixtures as loading
from kb.models import Batch, Change, Passage, Shipment, Version
from symptoms.models import SideEffect, Symptom

SOURCE = {"slug": "page", "title": "Page", "sha256": "0" * 64, "lines": 9}
TEXT = {"text": "Drug causes pain.", "treatment": ["drug"], "symptom": ["pain"], "citations": [["page", 1, 2]]}
FIRST = {
    ("kb.source", "page"): SOURCE,
    ("kb.passage", "1"): {"source": ["page"], "section": "Head", "first_line": 1, "last_line": 2},
    ("treatments.treatment", "drug"): {"slug": "drug", "name": "Drug"},
    ("symptoms.symptom", "pain"): {"slug": "pain", "name": "Pain", "summary": "First.", "synonyms": ["ache"]},
    ("symptoms.sideeffect", "drug-pain"): {"slug": "drug-pain", "effect": "causes", "frequency": "rare", **TEXT},
}


@pytest.fixture
def ship(tmp_path, settings, db, capsys):
    """Files that say what they said first, but for what is given; None leaves a record out. Gives what is told."""
    settings.FIXTURE_DIRS = [tmp_path]
    said = {place: dict(fields) for place, fields in FIRST.items()}

    def ship(changes=None, **options):
        for place, fields in (changes or {}).items():
            said[place] = fields and said.get(place, {}) | fields
        records = [
            {"model": model, "fields": fields if model == "kb.passage" else {"status": "published"} | fields}
            for (model, _), fields in said.items()
            if fields
        ]
        (tmp_path / "01_data.yaml").write_text(json.dumps(records))
        capsys.readouterr()
        call_command("load_knowledge", **options)
        return capsys.readouterr().out

    ship()
    return ship


PAIN, DRUG_PAIN = ("symptoms.symptom", "pain"), ("symptoms.sideeffect", "drug-pain")


def pain():
    return Symptom.objects.get(slug="pain")


def waiting():
    return Change.objects.get(state="submitted", author=None)


def edit(people, record, **values):
    change = save(record, content_of(record) | values, Wish(people["editor"], "Better so.", send=True))
    approve(people["reviewer"], change, change.lock)
    record.refresh_from_db()


def test_the_same_files_bring_nothing_and_take_no_time(ship, django_assert_max_num_queries):
    assert Shipment.objects.count() == len(FIRST) + 1
    with django_assert_max_num_queries(20):
        assert "kept" in ship()
    assert not Change.objects.exists()
    assert not Batch.objects.exists()


def test_what_the_files_say_otherwise_waits_for_review(ship, people):
    assert "1 changes" in ship({PAIN: {"summary": "Second."}})
    assert pain().summary == "First."
    change = waiting()
    assert (change.way, change.batch.name) == ("shipped", Batch.objects.get().name)
    approve(people["reviewer"], change, change.lock)
    assert pain().summary == "Second."
    assert "kept" in ship()
    assert Change.objects.count() == 1


def test_only_what_the_files_changed_is_proposed_upon_what_an_editor_made_of_it(ship, people):
    edit(people, pain(), synonyms=["ache", "hurt"])
    ship({PAIN: {"summary": "Second."}})
    assert waiting().content["synonyms"] == ["ache", "hurt"]
    assert waiting().content["summary"] == "Second."


def test_where_an_editor_changed_the_same_the_editor_s_words_stay(ship, people):
    edit(people, pain(), summary="Mine.")
    told = ship({PAIN: {"summary": "Second.", "kind": "symptom"}})
    assert "summary: Second." in told
    assert waiting().content["summary"] == "Mine."
    assert waiting().content["kind"] == "symptom"
    assert "summary: Second." in waiting().why
    assert pain().summary == "Mine."


def test_what_an_editor_did_already_is_not_proposed(ship, people):
    edit(people, pain(), summary="Second.")
    ship({PAIN: {"summary": "Second."}})
    assert not Change.objects.filter(author=None).exists()


def test_new_records_are_drafts_that_any_reviewer_publishes(ship, people, ask):
    told = ship(
        {
            ("symptoms.sideeffect", "drug-numb"): {**TEXT, "slug": "drug-numb", "text": "Numbs.", "symptom": ["numb"]},
            ("symptoms.symptom", "numb"): {"slug": "numb", "name": "Numb", "parent": ["pain"]},
            ("kb.passage", "2"): {"source": ["page"], "first_line": 3, "last_line": 4},
        }
    )
    assert "2 new drafts" in told
    assert "1 new passages" in told
    ask("symptoms/numb/", status=404)
    assert Passage.objects.filter(first_line=3).exists()
    for slug in ("numb", "drug-numb"):
        change = Change.objects.get(slug=slug)
        approve(people["reviewer"], change, change.lock)
    ask("side-effects/drug-numb/")


def test_a_newer_shipment_takes_the_place_of_one_that_waits_and_loses_nothing_of_it(ship):
    ship({PAIN: {"summary": "Second."}})
    ship({PAIN: {"synonyms": ["ache", "hurt"]}})
    assert (waiting().content["summary"], waiting().content["synonyms"]) == ("Second.", ["ache", "hurt"])
    ship({PAIN: {"summary": "Third."}})
    assert waiting().content["summary"] == "Third."
    ship({PAIN: {"summary": "First.", "synonyms": ["ache"]}})
    assert Change.objects.get().state == "withdrawn"


def test_a_draft_that_waits_follows_the_files(ship):
    numb = ("symptoms.symptom", "numb")
    ship({numb: {"slug": "numb", "name": "Numb"}})
    ship({numb: {"summary": "No feeling."}})
    assert Symptom.objects.get(slug="numb").summary == "No feeling."
    assert (waiting().content["status"], waiting().content["summary"]) == ("published", "No feeling.")


def test_what_was_rejected_is_not_offered_again_until_the_files_change(ship, people):
    ship({PAIN: {"summary": "Second."}})
    reject(people["reviewer"], waiting(), waiting().lock, "No source says so.")
    ship({DRUG_PAIN: {"onset": "at once"}})
    assert waiting().slug == "drug-pain"
    ship({PAIN: {"summary": "Third."}})
    assert Change.objects.get(slug="pain", state="submitted").content["summary"] == "Third."


def test_what_an_editor_discarded_or_retired_is_not_brought_back(ship, people):
    numb = ("symptoms.symptom", "numb")
    ship({numb: {"slug": "numb", "name": "Numb"}})
    discard(people["editor"], Symptom.objects.get(slug="numb"))
    edit(people, SideEffect.objects.get(slug="drug-pain"), status="retired")
    told = ship({numb: {"summary": "No feeling."}, DRUG_PAIN: {"frequency": "common"}})
    assert "numb: was discarded here" in told
    assert "drug-pain: is retired here" in told
    assert not Symptom.objects.filter(slug="numb").exists()
    assert not Change.objects.filter(state="submitted").exists()


def test_a_record_that_is_no_longer_in_the_files_stays(ship):
    assert "drug-pain: is no longer in the files" in ship({DRUG_PAIN: None})
    assert SideEffect.objects.get(slug="drug-pain").status == "published"
    assert "no longer" not in ship()


def test_a_record_that_an_editor_made_under_the_same_name_is_left_alone(ship, people):
    begin(Symptom, {"slug": "numb", "name": "Numb", "summary": "Mine."}, Wish(people["editor"], "New."))
    assert "made here under the same name" in ship({("symptoms.symptom", "numb"): {"slug": "numb", "name": "Numb"}})
    assert Symptom.objects.get(slug="numb").summary == "Mine."


def test_what_cannot_be_brought_is_told_and_tried_again_with_the_next_files(ship):
    numb = ("symptoms.symptom", "numb")
    assert "already a name" in ship({numb: {"slug": "numb", "name": "Ache"}})
    assert "1 new drafts" in ship({numb: {"name": "Numb"}})


def test_a_heading_of_a_cited_place_is_proposed(ship):
    ship({("kb.passage", "1"): {"section": "Other"}})
    assert Passage.objects.get().section == "Head"
    assert waiting().content["section"] == "Other"


def test_overwriting_makes_everything_as_the_files_say_and_history_keeps_what_it_was(ship, people):
    edit(people, pain(), summary="Mine.")
    ship({PAIN: {"synonyms": []}})
    ship(overwrite=True)
    assert (pain().summary, pain().synonyms) == ("First.", [])
    assert {v.content["summary"] for v in Version.objects.about(pain())} == {"First.", "Mine."}
    assert not Change.objects.filter(state="submitted").exists()
    assert shipping.nothing_new()


class TestInstallationsFromBefore:
    """Where nothing tells what the files said when they were loaded, history does, or an editor's work is assumed."""

    @pytest.fixture(autouse=True)
    def _before(self, ship):
        Shipment.objects.all().delete()

    def test_history_tells_what_was_loaded(self, ship, people):
        edit(people, pain(), synonyms=["hurt"])
        ship({PAIN: {"summary": "Second."}})
        assert (waiting().content["summary"], waiting().content["synonyms"]) == ("Second.", ["hurt"])

    def test_without_a_history_what_differs_is_left_alone(self, ship):
        Version.objects.all().delete()
        told = ship({PAIN: {"summary": "Second."}})
        assert "nothing tells who made it so" in told
        assert not Change.objects.exists()
        ship({PAIN: {"synonyms": []}})
        assert waiting().content["summary"] == "First."

    def test_a_knowledge_base_of_somebody_s_own_gets_nothing(self, ship):
        for model in (SideEffect, Passage):
            model.objects.all().delete()
        Symptom.objects.all().delete()
        assert "nothing" in ship()
        assert not Symptom.objects.exists()


def test_an_empty_base_is_loaded_whole(db, ship):
    SideEffect.objects.all().delete()
    Passage.objects.all().delete()
    for model in loading.record_models():
        model.objects.all().delete()
    assert "records loaded" in ship()
    assert not Change.objects.exists()
