"""A file makes new records drafts, writes drafts, and proposes changes of what is public."""

import pytest
import yaml

from kb.editorial.editing import Wish, begin, save
from kb.editorial.review import approve
from kb.editorial.snapshot import content_of
from kb.models import Change, Version
from symptoms.models import Symptom
from tests.helpers.imports import faults, table
from tests.helpers.imports import take as take
from treatments.models import Treatment


def test_each_on_its_way(universe, people, take, ask):
    begin(Symptom, {"slug": "stiff", "name": "Stiff"}, Wish(people["editor"], "New."))
    data = table("slug,name,summary", "numb,Numb,No feeling.", "stiff,Stiff,Hard to bend.", "pain,Pain,It hurts.")
    result = take(data, Symptom)
    assert [o.state for o in result.outcomes] == ["new", "changed", "changed"]
    assert Symptom.objects.get(slug="numb").status == "draft"
    assert Symptom.objects.get(slug="stiff").summary == "Hard to bend."
    change = Change.objects.get()
    assert (change.content["summary"], change.state, change.way) == ("It hurts.", "draft", "import")
    assert change.batch.done_at
    assert ask("symptoms/pain/")["summary"] == ""
    assert {v.way for v in Version.objects.filter(slug="numb")} == {"import"}


def test_nothing_is_published_by_an_import(universe, take):
    result = take(table("slug,name,status", "numb,Numb,published"), Symptom)
    assert Symptom.objects.get(slug="numb").status == "draft"
    assert "publishes" in result.outcomes[0].notes[0]


def test_a_file_of_new_records_that_name_each_other_is_reviewed_and_published(universe, people, take, ask):
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
            {"model": "symptoms.symptom", "fields": {"slug": "numb-hand", "name": "Numb hand", "parent": ["numb"]}},
            {"model": "symptoms.symptom", "fields": {"slug": "numb", "name": "Numb"}},
            {"model": "kb.passage", "fields": {"source": ["page"], "first_line": 3, "last_line": 4}},
        ]
    ).encode()
    result = take(data, name="x.yaml", send=True)
    assert faults(result) == {}
    assert result.brought
    for slug in ("numb", "numb-hand", "drug-numb"):
        change = Change.objects.get(slug=slug)
        approve(people["reviewer"], change, change.lock)
    assert ask("side-effects/drug-numb/")["citations"][0]["first_line"] == 3


def test_a_column_that_is_missing_leaves_the_field_and_an_empty_cell_empties_it(universe, take):
    take(table("slug,brand_names,kind", "drug,,"), Treatment)
    content = Change.objects.get().content
    assert (content["brand_names"], content["kind"]) == ([], Treatment._meta.get_field("kind").default)
    assert content["synonyms"] == ["drüg-e"]


def test_what_somebody_has_proposed_before_is_kept(universe, people, take):
    pain = Symptom.objects.get(slug="pain")
    save(pain, content_of(pain) | {"synonyms": ["hurt"]}, Wish(people["editor"], "Said so."))
    take(table("slug,summary", "pain,It hurts."), Symptom)
    change = Change.objects.get()
    assert (change.content["synonyms"], change.content["summary"]) == (["hurt"], "It hurts.")


@pytest.mark.parametrize(
    "data",
    [
        table("slug;summary", "pain;Oh, no"),
        b"\xef\xbb\xbf" + table("slug,summary", 'pain,"Oh, no"'),
        table("sep=;", "slug;summary", "pain;Oh, no"),
        table("\tSlug\tSummary\t".strip(), "pain\tOh, no"),
    ],
)
def test_separated_as_spreadsheets_do(universe, take, data):
    assert take(data, Symptom).outcomes[0].differences[0].after == "Oh, no"
