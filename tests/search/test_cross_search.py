"""Search over all models: what is named, what is said of it, and whole questions."""

import pytest

from kb.models import Cancer
from kb.reasoning.hierarchies import HIERARCHIES_CACHE, get_current_hierarchies
from kb.search.cross_search import SearchResult, load_records, search
from kb.search.fulltext import search_full_text
from kb.search.phrase_entries import Rank
from symptoms.models import ManagementOption, RedFlag, SideEffect, Symptom
from treatments.models import Treatment


def find_slugs(model, phrase):
    return [record.slug for record in search_full_text(model.objects.all(), phrase)]


def search_slugs(phrase):
    return [hit.slug for hit in search(phrase).hits]


@pytest.mark.usefixtures("universe")
class TestAllModels:
    """`search` over all models."""

    def test_a_name_ranks_first_then_inherited_statements(self):
        result = search("Brandol")
        assert [(hit.slug, hit.rank) for hit in result.hits] == [
            ("drug", Rank.NAME),
            ("drug-joint", Rank.ABOUT_ENTRIES),
            ("class-bone", Rank.ABOUT_ENTRIES),
            ("medicine-joint", Rank.ABOUT_ENTRIES),
        ]
        assert result.corrections == {}

    def test_statements_about_all_named_entries_are_found(self):
        assert search_slugs("bone ache brandol") == ["bone-ache", "drug", "class-bone"]
        assert search_slugs("brandol joint-ache") == ["drug", "joint-ache", "drug-joint", "medicine-joint"]

    def test_a_symptom_includes_narrower_ones(self):
        assert search_slugs("drug pain") == ["drug", "pain", "class-bone", "drug-joint", "medicine-joint"]

    def test_words_that_are_not_names_must_occur_in_the_statement(self):
        SideEffect.objects.filter(slug="class-bone").update(mechanism="through inflammation")
        assert search_slugs("brandol inflammation") == ["drug", "class-bone"]

    def test_a_typing_error_is_corrected_to_the_nearest_name_and_reported(self):
        result = search("Brandul bone")
        assert result.corrections == {"brandul": "brandol"}
        assert result.hits[0].slug == "drug"

    def test_a_word_that_occurs_in_a_text_is_not_corrected(self):
        SideEffect.objects.filter(slug="class-bone").update(text="Brandel is a village.")
        assert search("brandel").corrections == {}
        assert search_slugs("brandel") == ["class-bone"]

    def test_an_unknown_word_finds_nothing_and_is_named(self):
        assert search("zzyqxw") == SearchResult([], {}, is_complete=False, missing_words=("zzyqxw",))

    def test_where_nothing_holds_all_words_the_most_and_the_rarest_come_first_and_say_what_they_lack(self):
        SideEffect.objects.filter(slug="loner-bone").update(text="It comes at night.")
        SideEffect.objects.filter(slug="class-bone").update(text="It comes at dawn and at night.")
        SideEffect.objects.filter(slug="medicine-joint").update(text="It comes at noon and at night.")
        result = search("quince dawn night")
        assert (result.is_complete, result.missing_words) == (False, ("quince",))
        assert [(hit.slug, hit.rank, hit.missing_words) for hit in result.hits] == [
            ("class-bone", Rank.PARTIAL, ("quince",)),
            ("loner-bone", Rank.PARTIAL, ("quince", "dawn")),
            ("medicine-joint", Rank.PARTIAL, ("quince", "dawn")),
        ]
        rare_first = search("noon dawn night quince").hits
        assert [hit.slug for hit in rare_first] == ["class-bone", "medicine-joint", "loner-bone"]

    def test_where_something_holds_all_words_nothing_partial_is_listed(self):
        SideEffect.objects.filter(slug="class-bone").update(text="At dawn and at night.")
        SideEffect.objects.filter(slug="loner-bone").update(text="At night.")
        result = search("dawn night")
        assert (result.is_complete, [hit.slug for hit in result.hits]) == (True, ["class-bone"])

    def test_a_name_counts_as_one_word_and_through_classes_where_not_all_is_found(self):
        hits = search("brandol quince").hits
        assert [hit.slug for hit in hits[:2]] == ["drug", "class-bone"]
        assert {hit.missing_words for hit in hits[1:]} == {("quince",)}

    def test_everyday_words_find_what_they_mean(self, universe):
        universe.make(Symptom, "fracture", name="Fracture")
        universe.make_statement(
            SideEffect,
            "drug-fracture",
            treatment=Treatment.objects.get(slug="drug"),
            symptom=Symptom.objects.get(slug="fracture"),
            effect="causes",
        )
        result = search("can brandol leave me with something broken")
        assert [(hit.slug, hit.rank) for hit in result.hits[:2]] == [
            ("drug", Rank.NAME_IN_PHRASE),
            ("fracture", Rank.IMPLIED_IN_PHRASE),
        ]
        assert "drug-fracture" in search_slugs("broken brandol")

    def test_an_everyday_word_is_itself_before_it_means_something_else(self, universe):
        universe.make(Symptom, "tired", name="Tired")
        universe.make(Symptom, "fatigue", name="Fatigue")
        assert search_slugs("tired")[0] == "tired"

    def test_the_kinds_that_a_question_asks_for_come_first(self, universe):
        for slug, model, fields in [
            ("a-drug-helps", ManagementOption, {}),
            ("b-drug-causes", SideEffect, {"effect": "causes"}),
        ]:
            drug, bone = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="bone-ache")
            universe.make_statement(model, slug, treatment=drug, symptom=bone, text="It is so.", **fields)

        def find_first(phrase):
            return next(slug for slug in search_slugs(phrase) if slug.startswith(("a-", "b-")))

        assert find_first("brandol bone-ache") == "a-drug-helps"
        assert find_first("why brandol bone-ache") == "b-drug-causes"
        assert find_first("why does my bone-ache come from brandol") == "b-drug-causes"

    def test_two_words_that_are_one_in_a_name_are_joined_and_reported(self):
        assert search("bran-dol").corrections == {"bran dol": "brandol"}
        assert search_slugs("bran-dol") == search_slugs("brandol")

    def test_a_red_flag_ranks_before_other_statements(self, universe):
        flag = universe.make_statement(
            RedFlag, "zz-flag", text="A rather long sentence about when to call.", action="call"
        )
        flag.signs.add(Symptom.objects.get(slug="pain"))
        assert search_slugs("bone ache")[:2] == ["bone-ache", "zz-flag"]

    def test_the_beginning_of_a_longer_name_matches_it(self, universe):
        universe.make(Cancer, "long", name="Too much growth in the bone")
        assert [(hit.slug, hit.rank) for hit in search("too much growth").hits] == [("long", Rank.IN_NAME)]

    def test_drafts_are_not_found(self):
        Treatment.objects.filter(slug="drug").update(status="draft")
        SideEffect.objects.all().update(status="draft")
        assert search_slugs("brandol") == []

    def test_the_records_of_a_page_are_loaded_in_order(self, django_assert_max_num_queries):
        page = search("drug pain").hits[:4]
        with django_assert_max_num_queries(4 * len({hit.model for hit in page})):
            found = load_records(page, get_current_hierarchies())
        assert [(type(item.record), item.record.pk) for item in found] == [(hit.model, hit.pk) for hit in page]

    def test_the_number_of_queries_does_not_grow_with_the_records(self, universe, django_assert_max_num_queries):
        phrases = ["brandol bone ache", "brandul", "drug pain", "zzyq " * 40, "ab cd ef gh ij kl mn op qr st uv wx yz"]

        def count_queries(phrase):
            HIERARCHIES_CACHE.clear()  # It keeps what a write has not touched.
            with django_assert_max_num_queries(50) as queries:
                search(phrase)
            return len(queries)

        query_counts = [count_queries(phrase) for phrase in phrases]
        drug, pain = Treatment.objects.get(slug="drug"), Symptom.objects.get(slug="pain")
        for number in range(30):
            narrower_symptom = universe.make(Symptom, f"ache-{number}", parents=[pain])
            universe.make(Treatment, f"drug-{number}", parents=drug.parents.all())
            universe.make_statement(
                SideEffect, f"said-{number}", treatment=drug, symptom=narrower_symptom, effect="causes"
            )
        assert [count_queries(phrase) for phrase in phrases] == query_counts


@pytest.mark.usefixtures("shipped_data")
@pytest.mark.parametrize(
    ("phrase", "expected_slugs"),
    [
        ("bone mets", ["bone-metastasis"]),
        ("too much calcium", ["hypercalcaemia", "hypercalcaemia-red-flag"]),
        ("oestrogen", ["low-oestrogen"]),
        ("hypercalcemia", ["hypercalcaemia", "hypercalcaemia-red-flag"]),
        ("Femara", ["letrozole", "femara-brand-name-letrozole"]),
        ("letrazole", ["letrozole"]),
        ("letrozole joint pain", ["letrozole", "joint-pain"]),
        ("taxol", ["paclitaxel"]),
        ("zolendronic acid", ["zoledronic-acid"]),
        ("weak legs", ["leg-weakness", "spinal-cord-compression-red-flag"]),
        ("jaw", ["jaw-pain", "osteonecrosis-of-the-jaw"]),
        ("is numb legs an emergency", ["leg-numbness", "spinal-cord-compression-red-flag"]),
        ("what can I do about sore knees on arimidex", ["anastrozole", "joint-pain"]),
        ("radio-therapy", ["radiotherapy"]),
    ],
)
def test_phrases_find_the_expected_shipped_records(phrase, expected_slugs):
    assert search_slugs(phrase)[: len(expected_slugs)] == expected_slugs


@pytest.mark.usefixtures("shipped_data")
@pytest.mark.parametrize(
    ("question", "expected_slug"),
    [
        ("why do my bones ache after my injection", "growth-factors-causes-bone-pain"),
        ("What can I do about sore knees on Arimidex?", "duloxetine-relieves-joint-pain-from-aromatase-inhibitors"),
        ("Is numb legs an emergency?", "spinal-cord-compression-red-flag"),
        ("I'm throwing up on chemo, why?", "chemotherapy-causes-vomiting"),
        ("how soon does radiotherapy help", "radiotherapy-can-take-two-to-three-weeks-to-effect-on-bone-pain-due-to"),
        ("how long does taxol pain last", "taxanes-causes-bone-pain"),
        ("calcium high confused", "hypercalcaemia-shows-confusion"),
        ("Can Herceptin give me joint pain?", "joint-pain"),
    ],
)
def test_a_whole_question_finds_what_answers_it_among_the_first(question, expected_slug):
    assert expected_slug in search_slugs(question)[:10]


@pytest.mark.usefixtures("shipped_data")
def test_both_spellings_and_a_typing_error_find_the_same():
    assert search_slugs("oestrogen") == search_slugs("estrogen")
    assert search_slugs("hypercalcaemia") == search_slugs("hypercalcemia")
    assert search_slugs("letrazole joint pain") == search_slugs("letrozole joint pain")
    assert "aromatase-inhibitors-causes-joint-pain" in search_slugs("letrozole joint pain")
    assert search("zolendronic acid").corrections == {"zolendronic": "zoledronic"}
