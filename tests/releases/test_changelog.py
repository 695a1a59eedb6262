"""What a release tells of itself: what is new since the last one, in words and as data, and how to cite it."""

import json

import yaml

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.releases import build_release
from kb.releases import changelog as compared
from symptoms.models import SideEffect
from treatments.models import Treatment


def get_changes(get_release_file, release):
    return {change["slug"]: change for change in json.loads(get_release_file(release, "changes.json"))["changes"]}


def test_a_release_tells_what_is_new_since_the_last_and_why(universe, users, get_release_file):
    build_release("2026.11")
    first = get_changes(get_release_file, "2026.11")
    assert {change["event"] for change in first.values()} == {"published"}
    assert len(first) == 15
    said = SideEffect.objects.get(slug="class-bone")
    change = save_or_propose(
        said,
        serialize_record(said) | {"frequency": "rare"},
        EditRequest(users["editor"], "Line 2 says so.", submit=True),
    )
    approve(users["reviewer"], change, change.lock)
    universe.make(Treatment, "heir")
    SideEffect.objects.filter(slug="loner-bone").update(status="draft")
    drug = SideEffect.objects.get(slug="drug-joint")
    SideEffect.objects.filter(slug="medicine-joint").update(status="retired", replaced_by=drug)
    build_release("2026.12")
    told = get_changes(get_release_file, "2026.12")
    assert told.keys() == {"class-bone", "heir", "loner-bone", "medicine-joint"}
    assert told["class-bone"]["fields"] == {"frequency": {"before": "unstated", "now": "rare"}}
    assert told["class-bone"]["why"] == ["Line 2 says so."]
    assert told["heir"]["event"] == "published"
    assert told["loner-bone"]["event"] == "removed"
    assert (told["medicine-joint"]["event"], told["medicine-joint"]["replaced_by"]) == ("retired", "drug-joint")
    words = get_release_file("2026.12", "CHANGES.md").decode()
    for line in (
        "what is new since 2026.11",
        "- side-effects `class-bone`: class-bone.",
        "frequency: “unstated” → “rare”",
        "Why: Line 2 says so.",
        "“drug-joint” stands in its place",
    ):
        assert line in words


def test_another_name_of_a_treatment_is_told_once_and_not_of_all_that_name_it(universe, get_release_file):
    build_release("2026.11")
    Treatment.objects.filter(slug="class").update(name="Group")
    build_release("2026.12")
    assert get_changes(get_release_file, "2026.12").keys() == {"class"}


def test_how_to_cite_is_told_to_programs_and_claims_no_licence(universe, api, get_release_file):
    build_release("2026.12")
    told = yaml.safe_load(get_release_file("2026.12", "CITATION.cff"))
    assert (told["cff-version"], told["type"], told["version"]) == ("1.2.0", "dataset", "2026.12")
    assert "license" not in told
    assert told["references"] == []  # The only source names no publisher.
    assert b"@misc{" in get_release_file("2026.12", "CITATION.bib")
    assert b"has not been chosen yet" in get_release_file("2026.12", "LICENCE.txt")
    assert api.get("/api/v1/releases/2026.12/LICENCE.txt")["Content-Type"] == "text/plain; charset=utf-8"


def test_a_draft_that_would_stand_in_its_place_is_not_named(universe, get_release_file):
    build_release("2026.11")
    heir = universe.make(Treatment, "heir", status="draft")
    Treatment.objects.filter(slug="other").update(status="retired", replaced_by=heir)
    build_release("2026.12")
    assert get_changes(get_release_file, "2026.12")["other"]["replaced_by"] is None
    assert b"heir" not in get_release_file("2026.12", "CHANGES.md")


def test_a_field_that_only_one_release_knows_is_no_change_of_a_record():
    assert compared.diff_fields({"slug": "x", "old": 1, "name": "a"}, {"slug": "x", "new": 2, "name": "b"}) == {
        "name": {"before": "a", "now": "b"}
    }


def test_words_that_somebody_wrote_are_no_signs_of_markdown(universe, get_release_file):
    build_release("2026.11")
    Treatment.objects.filter(slug="drug").update(name="*Drug*\n- <b>x</b>", summary="[a](b)")
    build_release("2026.12")
    lines = get_release_file("2026.12", "CHANGES.md").decode().splitlines()
    assert r"- treatments `drug`: \*Drug\* - \<b>x\</b>" in lines
    assert any(r"→ “\[a](b)”" in line for line in lines)
