"""Imports: new records become drafts, drafts are edited, and published records get a proposed change."""

import json

import pytest
import yaml

from kb.editorial.editing import EditRequest, create_draft, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Change, Version
from symptoms.models import Symptom
from tests.helpers.imports import encode_lines, get_row_errors
from tests.helpers.imports import import_file as import_file
from treatments.models import Treatment


def test_each_row_becomes_a_draft_an_edit_or_a_change(universe, users, import_file, get_json):
    create_draft(Symptom, {"slug": "stiff", "name": "Stiff"}, EditRequest(users["editor"], "It is missing."))
    data = encode_lines(
        "slug,name,summary", "numb,Numb,No feeling.", "stiff,Stiff,Hard to bend.", "pain,Pain,It hurts."
    )
    result = import_file(data, Symptom)
    assert [o.state for o in result.outcomes] == ["new", "changed", "changed"]
    assert Symptom.objects.get(slug="numb").status == "draft"
    assert Symptom.objects.get(slug="stiff").summary == "Hard to bend."
    change = Change.objects.get()
    assert (change.content["summary"], change.state, change.way) == ("It hurts.", "draft", "import")
    assert change.batch.done_at
    assert get_json("symptoms/pain/")["summary"] == ""
    assert {v.way for v in Version.objects.filter(slug="numb")} == {"import"}


def test_nothing_is_published_by_an_import(universe, import_file):
    result = import_file(encode_lines("slug,name,status", "numb,Numb,published"), Symptom)
    assert Symptom.objects.get(slug="numb").status == "draft"
    assert "publishes" in result.outcomes[0].notes[0]


def test_new_records_that_refer_to_each_other_are_imported_and_published(universe, users, import_file, get_json):
    data = yaml.safe_dump(
        [
            {
                "model": "symptoms.sideeffect",
                "fields": {
                    "slug": "drug-numb",
                    "treatment": ["drug"],
                    "symptom": ["numb-hand"],
                    "effect": "causes",
                    "text": "Drug can numb the hand.",
                    "citations": [["page", 3, 4]],
                },
            },
            {"model": "symptoms.symptom", "fields": {"slug": "numb-hand", "name": "Numb hand", "parents": [["numb"]]}},
            {"model": "symptoms.symptom", "fields": {"slug": "numb", "name": "Numb"}},
            {"model": "kb.passage", "fields": {"source": ["page"], "first_line": 3, "last_line": 4}},
        ]
    ).encode()
    result = import_file(data, name="x.yaml", send=True)
    assert get_row_errors(result) == {}
    assert result.is_imported
    for slug in ("numb", "numb-hand", "drug-numb"):
        change = Change.objects.get(slug=slug)
        approve(users["reviewer"], change, change.lock)
    assert get_json("side-effects/drug-numb/")["citations"][0]["first_line"] == 3


def test_records_on_one_line_are_all_imported(universe, import_file):
    records = [{"model": "symptoms.symptom", "fields": {"slug": slug, "name": slug}} for slug in ("numb", "stiff")]
    assert [o.key for o in import_file(json.dumps(records).encode(), name="x.yaml").outcomes] == ["numb", "stiff"]
    assert Symptom.objects.filter(slug__in=["numb", "stiff"]).count() == 2


def test_a_missing_column_leaves_the_field_and_an_empty_cell_clears_it(universe, import_file):
    import_file(encode_lines("slug,brand_names,kind", "drug,,"), Treatment)
    content = Change.objects.get().content
    assert (content["brand_names"], content["kind"]) == ([], Treatment._meta.get_field("kind").default)
    assert content["synonyms"] == ["drüg-e"]


def test_an_earlier_proposal_is_extended(universe, users, import_file):
    pain = Symptom.objects.get(slug="pain")
    save_or_propose(pain, serialize_record(pain) | {"synonyms": ["hurt"]}, EditRequest(users["editor"], "Said so."))
    import_file(encode_lines("slug,summary", "pain,It hurts."), Symptom)
    change = Change.objects.get()
    assert (change.content["synonyms"], change.content["summary"]) == (["hurt"], "It hurts.")


@pytest.mark.parametrize(
    "data",
    [
        encode_lines("slug;summary", "pain;Oh, no"),
        b"\xef\xbb\xbf" + encode_lines("slug,summary", 'pain,"Oh, no"'),
        encode_lines("sep=;", "slug;summary", "pain;Oh, no"),
        encode_lines("\tSlug\tSummary\t".strip(), "pain\tOh, no"),
    ],
)
def test_separators_and_byte_order_marks_of_spreadsheets_are_recognised(universe, import_file, data):
    assert import_file(data, Symptom).outcomes[0].differences[0].after == "Oh, no"
