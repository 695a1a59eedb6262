"""Loading fixtures: all or nothing, with validation errors; verification of citations."""

import pytest
import yaml
from django.core.management import call_command
from django.core.management.base import CommandError

from kb.dataset.version import data_version
from kb.editorial.citation_verification import CitationVerifier, read_texts
from kb.import_export import fixtures
from kb.import_export.fixtures import load_fixtures
from kb.models import Passage, Source
from kb.utils.uploads.yaml_records import read_yaml_records
from symptoms.models import SideEffect, Symptom
from tests.helpers.ancestries import read_ancestries, walk_links
from treatments.models import Treatment


def test_a_knowledge_base_that_holds_records_is_left_unchanged(universe, capsys):
    call_command("load_knowledge")
    assert "kept" in capsys.readouterr().out
    assert Treatment.objects.count() == 5


def test_the_data_version_changes_with_the_data(universe):
    versions = [data_version()]
    SideEffect.objects.filter(slug="class-bone").update(text="Another text on the same day.")
    versions.append(data_version())
    Passage.objects.update(section="Other")
    versions.append(data_version())
    SideEffect.objects.get(slug="class-bone").citations.clear()
    versions.append(data_version())
    assert len(set(versions)) == 4


@pytest.fixture
def write_fixture(tmp_path, settings):
    settings.FIXTURE_DIRS = [tmp_path]

    def write_fixture(*records):
        (tmp_path / "01_data.yaml").write_text(yaml.safe_dump([{"model": m, "fields": f} for m, f in records]))

    return write_fixture


VALID_FIELDS = {"slug": "pain", "name": "Pain", "status": "published"}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (("symptoms.symptom", VALID_FIELDS | {"codes": ["icd99:X"]}), "code system"),
        (("symptoms.symptom", VALID_FIELDS | {"codes": ["atc:banana"]}), "does not look like a code"),
        (("symptoms.symptom", VALID_FIELDS | {"synonyms": ["ache", "ache"]}), "stands twice"),
        (("symptoms.symptom", VALID_FIELDS | {"kind": "mood"}), "not a word of this list"),
        (("symptoms.symptom", VALID_FIELDS | {"parents": [["nowhere"]]}), "nowhere"),
        (("symptoms.symptom", VALID_FIELDS | {"colour": "red"}), "colour"),
        (("symptoms.symptom", VALID_FIELDS | {"synonyms": None}), "null"),
        (("symptoms.symptom", VALID_FIELDS | {"synonyms": 5}), "synonyms: give a list"),
        (("treatments.treatment", VALID_FIELDS | {"routes": ["by post"]}), "by post"),
        (
            ("symptoms.guidance", {"slug": "x", "text": "X.", "status": "published", "symptom": ["ache"]}),
            "cites nothing",
        ),
    ],
)
def test_invalid_data_are_refused_completely_with_an_error(db, write_fixture, record, message):
    write_fixture(("symptoms.symptom", VALID_FIELDS | {"slug": "ache", "name": "Ache"}), record)
    with pytest.raises(CommandError, match=r"Nothing was loaded") as caught:
        load_fixtures()
    assert message in str(caught.value).lower()
    assert not Symptom.objects.exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- model: [", "01_data.yaml: This is no YAML that can be read in line"),
        ("[]", "01_data.yaml: The file holds no records."),
        ("- symptoms.symptom", "01_data.yaml, line 1: Write each record as"),
        ("- fields: {slug: pain}", "01_data.yaml, line 1: Write each record as"),
        ("- &a {model: symptoms.symptom, fields: {slug: pain}}\n- *a", "01_data.yaml: Write each record out"),
        ("- model: symptoms.symptom\n  fields: {slug: pain, kind: mood}", "01_data.yaml, line 1: "),
    ],
)
def test_an_unreadable_file_is_refused_by_its_name(db, tmp_path, settings, text, message):
    settings.FIXTURE_DIRS = [tmp_path]
    (tmp_path / "01_data.yaml").write_text(text)
    with pytest.raises(CommandError) as caught:
        load_fixtures()
    assert message in str(caught.value)


def test_the_files_are_parsed_once(db, write_fixture, monkeypatch):
    parsed = []
    monkeypatch.setattr(fixtures, "read_yaml_records", lambda text: parsed.append(text) or read_yaml_records(text))
    write_fixture(("symptoms.symptom", VALID_FIELDS))
    load_fixtures()
    assert len(parsed) == 1


def test_a_cycle_is_refused(db, write_fixture):
    write_fixture(
        ("symptoms.symptom", VALID_FIELDS | {"parents": [["ache"]]}),
        ("symptoms.symptom", VALID_FIELDS | {"slug": "ache", "name": "Ache", "parents": [["pain"]]}),
    )
    with pytest.raises(CommandError, match="circle"):
        load_fixtures()


def test_a_hierarchy_may_be_turned_round(db, write_fixture):
    for parents in ({"a": "b", "b": "c"}, {"c": "b", "b": "a"}):
        write_fixture(
            *(
                (
                    "symptoms.symptom",
                    {"slug": slug, "name": slug, "parents": [[parents[slug]]] if slug in parents else []},
                )
                for slug in "abc"
            )
        )
        load_fixtures()
        stored = {entry.slug: entry.parents.get().slug for entry in Symptom.objects.exclude(parents=None)}
        assert stored == parents
        assert read_ancestries(Symptom) == walk_links(Symptom)


def test_two_entries_cannot_share_a_name(db, write_fixture):
    write_fixture(
        ("symptoms.symptom", VALID_FIELDS),
        ("symptoms.symptom", VALID_FIELDS | {"slug": "ache", "name": "Ache", "synonyms": ["PAIN"]}),
    )
    with pytest.raises(CommandError, match="already a name"):
        load_fixtures()


class TestCitations:
    """The command `verify_citations` on a small text."""

    TEXT = b"Head\nThese drugs can help:\n- Brandol eases an ache in the bone.\n\nOther\nNothing here.\n"

    @pytest.fixture(autouse=True)
    def _text(self, universe, tmp_path):
        import hashlib

        (tmp_path / "page.txt").write_bytes(self.TEXT)
        Source.objects.update(sha256=hashlib.sha256(self.TEXT).hexdigest(), lines=6)
        SideEffect.objects.all().delete()
        self.u, self.directory = universe, tmp_path
        universe.passage.first_line = universe.passage.last_line = 3
        universe.passage.save()

    def find_failures(self):
        return CitationVerifier(read_texts(self.directory)).run().failures

    def test_an_entry_is_recognised_by_any_of_its_names_and_inflections(self):
        self.u.make_statement(
            SideEffect, "s", treatment=Treatment.objects.get(slug="drug"), symptom=Symptom.objects.get(slug="bone-ache")
        )
        assert [f for f in self.find_failures() if "loner" not in f] == []

    def test_an_entry_that_the_lines_do_not_name_is_a_failure(self):
        assert any("“Loner” is not spoken of in Page, line 3 (Head)" in failure for failure in self.find_failures())

    def test_another_text_is_a_failure(self):
        (self.directory / "page.txt").write_bytes(self.TEXT + b"More.\n")
        assert any("not the one that was read" in failure for failure in self.find_failures())

    def test_lines_that_do_not_exist_are_a_failure(self):
        Passage.objects.update(first_line=4, last_line=4)
        assert any("no such lines" in failure for failure in self.find_failures())

    def test_a_missing_heading_is_a_failure(self):
        Passage.objects.update(section="Other")
        assert any("no heading" in failure for failure in self.find_failures())

    def test_a_copied_sentence_is_a_failure(self):
        self.u.make(Symptom, "copied", summary="Head: these drugs can help: Brandol eases an ache in the bone.")
        assert any("is copied from a source" in failure for failure in self.find_failures())

    def test_a_missing_text_cannot_be_checked(self):
        (self.directory / "page.txt").unlink()
        report = CitationVerifier(read_texts(self.directory)).run()
        assert report.failures == []
        assert "source page: there is no text page.txt" in map(str, report.not_checkable)

    def test_the_command_prints_the_counts_and_fails_on_a_failure(self, capsys):
        with pytest.raises(CommandError):
            call_command("verify_citations", sources=self.directory)
        assert "failed 1, in doubt 0, not checkable 0" in capsys.readouterr().out

    def test_a_missing_directory_is_reported(self, tmp_path):
        with pytest.raises(CommandError, match="no folder"):
            call_command("verify_citations", sources=tmp_path / "nowhere")
