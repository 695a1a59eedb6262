"""Full-text search of one model, equal on every database."""

import pytest

from kb.models import Source
from kb.search.cross_search import search
from kb.search.fulltext import search_full_text
from kb.utils.text_analysis import stem_words
from symptoms.models import RedFlag, SideEffect, Symptom
from treatments.models import Treatment

HOSTILE_PHRASES = [
    *[
        '"',
        "'",
        "(((",
        "NEAR(",
        "a AND",
        "OR",
        "NOT",
        "drug NOT pain",
        "* : ^",
        "drug*",
        "col:drug",
        "😀",
        "\x00",
        "\ud800",
    ],
    *[
        "%",
        "_",
        "\\",
        "|",
        "drug | pain",
        "!drug",
        "<->",
        "&",
        ":*",
        "'; drop table x; --",
        "{drug}",
        "drug\n\n",
        "",
        " ",
    ],
    *["x" * 5000, "é" * 200, "().,;:!?" * 25, "ab cd ef gh ij kl mn op qr st uv wx yz " * 5, "²½ 一二三 ß ﬁ İ"],
]


def find_slugs(model, phrase):
    return [record.slug for record in search_full_text(model.objects.all(), phrase)]


def search_slugs(phrase):
    return [hit.slug for hit in search(phrase).hits]


@pytest.mark.parametrize(
    ("first_spelling", "second_spelling"),
    [
        ("oestrogen", "Estrogens"),
        ("hypercalcaemia", "HYPERCALCEMIA"),
        ("tumour", "tumors"),
        ("immobilisation", "immobilized"),
        ("metastasis", "metastases"),
        ("centre", "centers"),
        ("orthopaedic", "orthopedic"),
        ("Überempfindlichkeit", "uberempfindlichkeit"),
        ("Paget’s disease of the bone", "paget disease bones"),
    ],
)
def test_two_spellings_have_the_same_stem(first_spelling, second_spelling):
    assert stem_words(first_spelling) == stem_words(second_spelling)


@pytest.mark.usefixtures("universe")
class TestOneModel:
    """`search_full_text` on one model."""

    @pytest.mark.parametrize("phrase", ["Brandol", "brandols", "BRANDÔL", "drug-e", "bran", "drug brandol"])
    def test_an_entry_is_found_by_any_name_ending_or_beginning(self, phrase):
        assert find_slugs(Treatment, phrase) == ["drug"]

    def test_two_letters_are_not_a_prefix(self):
        assert find_slugs(Treatment, "br") == []

    def test_only_the_last_word_is_a_prefix(self):
        assert find_slugs(Symptom, "bon ache") == []
        assert find_slugs(Symptom, "bone ac") == []
        assert find_slugs(Symptom, "bone ach") == ["bone-ache"]

    def test_a_statement_is_found_by_its_words_and_the_names_of_its_entries(self, universe):
        SideEffect.objects.filter(slug="drug-joint").update(text="It spares the knees.", onset="after menopause")
        for phrase in ("knees", "knee brandol", "joint knee", "brandol menopausal"):
            assert find_slugs(SideEffect, phrase) == ["drug-joint"]
        assert find_slugs(SideEffect, "knees bone") == []

    def test_a_statement_is_found_by_one_of_several_entries_once(self, universe):
        flag = universe.make_statement(RedFlag, "flag", action="call")
        flag.signs.add(*Symptom.objects.all())
        assert find_slugs(RedFlag, "ache") == ["flag"]

    def test_a_statement_is_not_found_by_the_summary_of_its_entry(self):
        Treatment.objects.filter(slug="drug").update(summary="A purple pill.")
        assert find_slugs(Treatment, "purple") == ["drug"]
        assert find_slugs(SideEffect, "purple") == []

    def test_names_rank_before_texts(self, universe):
        universe.make(Symptom, "a", name="Here", summary="Stiff in the morning, and a limb.")
        universe.make(Symptom, "b", name="Limb that is stiff")
        universe.make(Symptom, "c", name="Stiff limb at night")
        universe.make(Symptom, "d", name="Rigor", synonyms=["stiff limbs"])
        universe.make(Symptom, "e", name="Stiff limb")
        universe.make(Symptom, "f", name="There", summary="A stiff limb.")
        ranked = search_full_text(Symptom.objects.all(), "stiff limb")
        assert [record.slug for record in ranked] == ["e", "d", "c", "b", "f", "a"]
        assert [record.rank for record in ranked] == [0, 1, 2, 3, 4, 5]
        assert all(record.relevance > 0 for record in ranked)

    def test_a_source_is_found_by_its_texts_and_not_by_its_digest(self):
        Source.objects.update(publisher="Some charity", note="Its end is missing.")
        for phrase in ("page", "charity", "missing end"):
            assert find_slugs(Source, phrase) == ["page"]
        assert find_slugs(Source, "0000") == []

    def test_it_filters_a_queryset(self):
        narrowed = SideEffect.objects.filter(effect="protects")
        assert [record.slug for record in search_full_text(narrowed, "joint")] == ["drug-joint"]
        assert search_full_text(narrowed, "joint").count() == 1

    @pytest.mark.parametrize("phrase", HOSTILE_PHRASES)
    def test_no_phrase_is_an_error(self, phrase):
        for model in (Treatment, SideEffect, RedFlag, Source):
            assert (
                len(search_full_text(model.objects.all(), phrase))
                == search_full_text(model.objects.all(), phrase).count()
            )
        search(phrase)

    def test_a_phrase_without_words_finds_nothing(self):
        for phrase in ("", "((", "😀", "of the"):
            assert find_slugs(Treatment, phrase) == []
