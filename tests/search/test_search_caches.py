"""What search keeps of one state of the data changes no answer, and is not older than the data."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.editorial.editing import EditRequest, save_or_propose
from kb.editorial.review import approve
from kb.editorial.snapshot import serialize_record
from kb.models import Entry, concrete_models
from kb.reasoning.hierarchies import EntryHierarchies, get_current_hierarchies
from kb.search import searched_records
from kb.search.cross_search import PUBLIC_STATUSES, search
from kb.search.name_index import NameIndex
from kb.search.phrases import Phrase, Term
from kb.utils.text_analysis import stem
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment

WORDS = (
    "pain bone bones joint letrozole letrazole Femara taxol chemo sore knees injection radio therapy calcium high "
    "mets cancer breast why treat at night worse strontium zzyqxw hormonal therapies risk low 5 drug jaw numb legs"
).split()
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=6).map(" ".join)


@pytest.fixture
def publish(users):
    """Publish other values of a record, as editors do."""

    def publish(record, **values):
        request = EditRequest(users["editor"], "Better so.", submit=True)
        change = save_or_propose(record, serialize_record(record) | values, request)
        approve(users["reviewer"], change, change.lock)

    return publish


@pytest.fixture
def find_slugs(get_json):
    return lambda phrase: [hit["slug"] for hit in get_json("search/", q=phrase)["results"]]


def test_a_published_edit_is_found_by_the_next_search(universe, find_slugs, publish):
    assert find_slugs("quincunx") == []
    assert "class-bone" in find_slugs("bone ache")
    publish(SideEffect.objects.get(slug="class-bone"), text="A quincunx is what it brings.")
    assert find_slugs("quincunx") == ["class-bone"]
    publish(Treatment.objects.get(slug="drug"), synonyms=["Xylophane"])
    assert find_slugs("xylophane")[:2] == ["drug", "drug-joint"]
    assert find_slugs("xylophene")[0] == "drug"  # A typing error in a new name.


def test_what_is_retired_is_not_found_by_the_next_search(universe, find_slugs, publish):
    assert "class-bone" in find_slugs("bone ache")
    publish(SideEffect.objects.get(slug="class-bone"), status="retired")
    assert "class-bone" not in find_slugs("bone ache")


def test_a_name_is_found_by_no_search_after_its_entry_is_a_draft_again(universe, find_slugs):
    assert find_slugs("brandol")[0] == "drug"
    drug = Treatment.objects.get(slug="drug")
    drug.status = "draft"
    drug.save()
    assert "drug" not in find_slugs("brandol")


@pytest.mark.usefixtures("shipped_data")
class TestShippedData:
    """On the data as they ship."""

    @given(asked=st.lists(phrases, min_size=1, max_size=6))
    def test_no_result_depends_on_what_was_searched_before(self, asked):
        kept = get_current_hierarchies()
        for phrase in asked:
            assert search(phrase, kept) == search(phrase, EntryHierarchies())

    @given(asked=phrases)
    def test_a_cache_that_is_emptied_in_the_middle_changes_nothing(self, asked):
        expected = search(asked, EntryHierarchies())
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(searched_records, "MAX_SEARCHED_RECORDS", 7)
            assert search(asked, EntryHierarchies()) == expected

    @given(words=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3), is_prefix=st.booleans())
    def test_names_are_found_as_a_walk_through_all_entries_finds_them(self, words, is_prefix):
        names, phrase = NameIndex(EntryHierarchies()), Phrase(" ".join(words))
        stems = " ".join(phrase.stems)
        entries = [entry for model in concrete_models(Entry) for entry in model.objects.all()]
        texts = {(type(entry), entry.pk): entry.search_index.partition("|")[0] for entry in entries}
        named = names.find_named(stems, PUBLIC_STATUSES)
        public = {(type(entry), entry.pk) for entry in entries if entry.status == "published"}
        expected = {key for key in public if stems and f"\n{stems}\n" in texts[key]}
        assert {(model, key) for model, keys in named.items() for key in keys} == expected
        term = Term(stem(words[0].lower()), is_prefix)
        end = "" if is_prefix else r"\s"
        with_term = {key for key, text in texts.items() if re.search(rf"\s{term.stem}{end}", text)}
        assert names.find_by_term(term) == with_term

    def test_what_is_read_of_a_record_is_what_stands_in_it(self):
        symptom = Symptom.objects.get(slug="bone-pain")
        effect = SideEffect.objects.public().filter(symptom=symptom).first()
        (found,) = searched_records.fetch_searched_records(SideEffect, [effect.pk], EntryHierarchies())
        assert (found.slug, found.index_text, found.length) == (effect.slug, effect.search_index, len(effect.text))
        assert set(found.entry_keys) == {(type(entry), entry.pk) for entry in effect.entries()}
