"""The changelog and the citation files of a release."""

import json

import yaml

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.releases import build_release
from kb.releases.changelog import diff_fields
from symptoms.models import SideEffect
from treatments.models import Treatment


def get_changes(get_release_file, release):
    return {change["slug"]: change for change in json.loads(get_release_file(release, "changes.json"))["changes"]}


def test_a_release_lists_the_changes_since_the_last_with_their_reasons(universe, users, get_release_file):
    build_release("2026.11")
    first = get_changes(get_release_file, "2026.11")
    assert {change["event"] for change in first.values()} == {"published"}
    assert len(first) == 15
    statement = SideEffect.objects.get(slug="class-bone")
    change = save_or_propose(
        statement,
        serialize_record(statement) | {"frequency": "rare"},
        EditRequest(users["editor"], "Line 2 says so.", submit=True),
    )
    approve(users["reviewer"], change, change.lock)
    universe.make(Treatment, "heir")
    SideEffect.objects.filter(slug="loner-bone").update(status="draft")
    drug = SideEffect.objects.get(slug="drug-joint")
    SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=drug)
    build_release("2026.12")
    changes = get_changes(get_release_file, "2026.12")
    assert changes.keys() == {"class-bone", "heir", "loner-bone", "medicine-joint"}
    assert changes["class-bone"]["fields"] == {"frequency": {"before": "unstated", "now": "rare"}}
    assert changes["class-bone"]["why"] == ["Line 2 says so."]
    assert changes["heir"]["event"] == "published"
    assert changes["loner-bone"]["event"] == "removed"
    assert (changes["medicine-joint"]["event"], changes["medicine-joint"]["replaced_by"]) == ("retired", "drug-joint")
    text = get_release_file("2026.12", "CHANGES.md").decode()
    for line in (
        "what is new since 2026.11",
        "- side-effects `class-bone`: class-bone.",
        "frequency: “unstated” → “rare”",
        "Why: Line 2 says so.",
        "“drug-joint” stands in its place",
    ):
        assert line in text


def test_a_new_name_of_a_treatment_is_one_change(universe, get_release_file):
    build_release("2026.11")
    Treatment.objects.filter(slug="class").update(name="Group")
    build_release("2026.12")
    assert get_changes(get_release_file, "2026.12").keys() == {"class"}


def test_the_citation_files_claim_no_licence(universe, api, get_release_file):
    build_release("2026.12")
    citation = yaml.safe_load(get_release_file("2026.12", "CITATION.cff"))
    assert (citation["cff-version"], citation["type"], citation["version"]) == ("1.2.0", "dataset", "2026.12")
    assert "license" not in citation
    assert citation["references"] == []  # The only source names no publisher.
    assert b"@misc{" in get_release_file("2026.12", "CITATION.bib")
    assert b"has not been chosen yet" in get_release_file("2026.12", "LICENCE.txt")
    assert api.get("/api/v1/releases/2026.12/LICENCE.txt")["Content-Type"] == "text/plain; charset=utf-8"


def test_a_draft_is_not_named_as_the_replacement(universe, get_release_file):
    build_release("2026.11")
    replacement = universe.make(Treatment, "heir", status="draft")
    Treatment.objects.filter(slug="other").update(status="retired", replaced_by=replacement)
    build_release("2026.12")
    assert get_changes(get_release_file, "2026.12")["other"]["replaced_by"] is None
    assert b"heir" not in get_release_file("2026.12", "CHANGES.md")


def test_a_field_that_only_one_release_has_is_not_a_change():
    assert diff_fields({"slug": "x", "old": 1, "name": "a"}, {"slug": "x", "new": 2, "name": "b"}) == {
        "name": {"before": "a", "now": "b"}
    }


def test_text_of_records_is_escaped_in_markdown(universe, get_release_file):
    build_release("2026.11")
    Treatment.objects.filter(slug="drug").update(name="*Drug*\n- <b>x</b>", summary="[a](b)")
    build_release("2026.12")
    lines = get_release_file("2026.12", "CHANGES.md").decode().splitlines()
    assert r"- treatments `drug`: \*Drug\* - \<b>x\</b>" in lines
    assert any(r"→ “\[a](b)”" in line for line in lines)
