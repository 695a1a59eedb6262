"""What the names in parameters mean: spellings, look-alikes, codes, dosages, lists, and the nearest names."""

import unicodedata
from random import Random

import pytest
from confusable_homoglyphs.confusables import confusables_data
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from kb.models import Entry, concrete_models
from kb.search.entry_resolution import resolve_entries
from kb.utils.characters import find_ascii_lookalike
from kb.utils.fuzzy import normalize_name
from symptoms.models import SideEffect, Symptom
from treatments.models import Treatment

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u2066\u2069\u200e\u200f\u061c\u034f\ufe0f\u180e\u115f"
FULL_WIDTH_OFFSET = ord("Ａ") - ord("A")
LOOKALIKES = {  # Letters of other alphabets, as Unicode lists them.
    letter: [
        prototype["c"]
        for prototype in confusables_data.get(letter, ())
        if len(prototype["c"]) == 1
        and prototype["c"].isalpha()
        and not unicodedata.normalize("NFKD", prototype["c"]).isascii()
    ]
    for letter in "abcdefghijknopqrstuvwxyzABCDEFGHJKLMNOPQRSTUVWXYZ"
}


def resolve_one(model, value):
    (resolution,) = resolve_entries([model], [value], "taking")
    return resolution


def find_slug(model, value):
    entry = resolve_one(model, value).entry
    return entry and entry.slug


def disguise_letter(letter, random):
    """Return a letter in another case, width or alphabet, with or without something that cannot be seen after it."""
    forms = [letter.upper(), letter.lower(), *LOOKALIKES.get(letter, ())]
    if letter.isascii() and letter.isalnum():
        forms.append(chr(ord(letter) + FULL_WIDTH_OFFSET))
    return random.choice(forms) + random.choice(["", random.choice(INVISIBLE)])


def test_letters_of_other_alphabets_are_the_latin_ones_that_they_look_like():
    for letter, lookalikes in LOOKALIKES.items():
        for lookalike in lookalikes:
            assert normalize_name(lookalike) == letter.casefold(), (letter, lookalike)
    assert find_ascii_lookalike("Ι") == "I"  # Iota, which Unicode gives as l.
    assert find_ascii_lookalike("ж") is None
    assert normalize_name("٣") == "3"
    assert normalize_name("letroz0le") == "letrozole"
    assert normalize_name("L02BG04 10 mg") == "l02bg04 10 mg"


def test_a_word_that_only_statements_hold_leads_to_the_entry_that_they_are_about(universe):
    SideEffect.objects.filter(slug="drug-joint").update(text="It is felt in the crypts.")
    assert [entry.slug for entry in resolve_one(Symptom, "crypt ache").nearest] == ["joint-ache"]


def test_a_name_of_two_entries_is_refused_with_both(universe):
    universe.make(Treatment, "second", synonyms=["Brandol"])
    resolution = resolve_one(Treatment, "brandol")
    assert resolution.entry is None
    assert "“Drug” (drug) and “Second” (second)" in resolution.says
    assert find_slug(Treatment, "second") == "second"


def test_a_slug_goes_before_a_name(universe):
    universe.make(Treatment, "brandol", name="Something else")
    assert find_slug(Treatment, "brandol") == "brandol"
    assert find_slug(Treatment, "Brandol") == "drug"


def test_drafts_are_not_named_and_retired_ones_name_what_stands_in_their_place(universe):
    universe.make(Treatment, "hidden", status="draft")
    Treatment.objects.filter(slug="other").update(status="retired", replaced_by=Treatment.objects.get(slug="drug"))
    assert resolve_one(Treatment, "hidden").nearest == ()
    retired = resolve_one(Treatment, "other")
    assert (retired.says, [entry.slug for entry in retired.nearest]) == ("“Other” (other) is retired.", ["drug"])


def test_the_queries_do_not_grow_with_the_values(universe, django_assert_max_num_queries):
    values = ["drug", "Brandol", "Brandol 1 mg", "atc:L02BG04", "nothing", "brandoll", "pain, ache", "crypt"] * 20
    with django_assert_max_num_queries(3):
        resolve_entries([Treatment], values)
    with django_assert_max_num_queries(1):
        resolve_entries([Treatment], ["drug", "loner"])


class TestWriting:
    """Names that differ only by what nobody sees are refused when they are written."""

    @pytest.mark.parametrize(
        "name", ["Dru\u200bg", "Drυg", "Ｄｒｕｇ", "Brandоl", "\ufeffBrandol", "Brandol®", "DRÜG E"]
    )
    def test_a_name_that_reads_like_one_of_another_entry_is_refused(self, universe, name):
        with pytest.raises(ValidationError, match=r"is already a name of “Drug” \(drug\)"):
            Treatment(slug="new", name=name).full_clean()
        with pytest.raises(ValidationError, match=r"is already a name of “Drug” \(drug\)"):
            Treatment(slug="new", name="New", synonyms=[name]).full_clean()

    def test_the_error_says_that_the_difference_cannot_be_seen(self, universe):
        with pytest.raises(ValidationError, match="only by invisible or look-alike characters"):
            Treatment(slug="new", name="Brandоl").full_clean()
        with pytest.raises(ValidationError) as error:
            Treatment(slug="new", name="BRANDOL").full_clean()
        assert "look-alike" not in str(error.value)

    def test_two_names_of_one_entry_that_look_alike_are_refused(self, universe):
        drug = Treatment.objects.get(slug="drug")
        drug.synonyms = ["drüg-e", "Drug E"]  # Two spellings.
        drug.full_clean()
        drug.synonyms = ["Brandоl"]
        with pytest.raises(ValidationError, match="are one name"):
            drug.full_clean()

    def test_a_name_that_cannot_be_seen_is_refused(self, universe):
        with pytest.raises(ValidationError, match="nothing that can be seen"):
            Treatment(slug="new", name="New", synonyms=["\u200b\u00ad"]).full_clean()


@pytest.mark.usefixtures("shipped_data")
@given(seed=st.integers(0, 2**32))
def test_every_shipped_name_means_its_entry_in_any_case_width_alphabet_and_with_invisible_characters(seed):
    random = Random(seed)  # noqa: S311
    for model in concrete_models(Entry):
        slugs = {
            "".join(disguise_letter(letter, random) for letter in name)
            + random.choice(["", "®", " ™", "(R)", "\u200b®"]): entry.slug
            for entry in model.objects.public()
            for name in entry.names()
        }
        resolutions = resolve_entries([model], [*slugs])
        assert {r.value: r.entry and r.entry.slug for r in resolutions} == slugs


@pytest.mark.usefixtures("shipped_data")
@pytest.mark.parametrize(
    ("value", "slug", "dosage"),
    [
        ("Arimidex 1 mg tablets", "anastrozole", "1 mg tablets"),
        ("letrozole 2.5mg film-coated tablets", "letrozole", "2.5mg film coated tablets"),
        ("Femara 2,5 mg", "letrozole", "2,5 mg"),
        ("Zometa 4 mg/5 ml concentrate for solution for infusion", "zoledronic-acid", None),
        ("tamoxifen citrate 20mg once a day", "tamoxifen", None),
        ("Tab. letrozole 2.5 mg od", "letrozole", None),
        ("paracetamol (500 mg)", "paracetamol", None),
        ("vitamin D 1000 IU", "vitamin-d", "1000 iu"),
        ("Femara (letrozole) 2.5 mg", "letrozole", "2.5 mg"),
        ("Femara (letrozole)", "letrozole", ""),
        ("rxnorm:72965", "letrozole", ""),
        ("RxNorm: 72965", "letrozole", ""),
        ("ATC:l02bg04", "letrozole", ""),
        ("http://www.nlm.nih.gov/research/umls/rxnorm|72965", "letrozole", ""),
        ("Pain creams", "ointments-and-creams", ""),  # A name, and not a form of pain.
        ("medicated patches", "medicated-patches", ""),
        ("GnRHagonists", "gnrh-agonists", ""),
        ("“Femara”", "letrozole", ""),
    ],
)
def test_a_value_means_a_treatment(value, slug, dosage):
    resolution = resolve_one(Treatment, value)
    assert resolution.entry.slug == slug
    assert dosage in {None, resolution.dosage}
    assert resolution.entry.name in resolution.says
    assert not resolution.dosage or f"“{resolution.dosage}” is left aside" in resolution.says


@pytest.mark.usefixtures("shipped_data")
def test_only_what_is_taken_has_a_dosage():
    assert resolve_one(Symptom, "bone pain 2 weeks").entry is None


@pytest.mark.usefixtures("shipped_data")
@pytest.mark.parametrize(
    ("value", "problem", "nearest"),
    [
        (
            "letrozole, tamoxifen",
            "“letrozole, tamoxifen” reads like a list: give each name by itself, and repeat the parameter: "
            "taking=letrozole&taking=tamoxifen.",
            ["letrozole", "tamoxifen"],
        ),
        ("letrozole and tamoxifen", "reads like a list", ["letrozole", "tamoxifen"]),
        ("Arimidex 1 mg; Herceptin", "taking=Arimidex+1+mg&taking=Herceptin.", ["anastrozole"]),
        ("Femara (tamoxifen)", "There is no treatment", ["letrozole", "tamoxifen"]),
        (
            "atc:L01CD01",
            "belongs to “Nab-paclitaxel” (nab-paclitaxel) and “Paclitaxel”",
            ["nab-paclitaxel", "paclitaxel"],
        ),
        ("atc:L02BG99", "There is no treatment with the code “atc:L02BG99”.", []),
        ("rxnorm:abc", "does not look like a code of RxNorm", []),
        ("Herceptin", "There is no treatment with the slug or name “Herceptin”.", []),
        ("letrazole", "There is no treatment", ["letrozole"]),
        ("zolendronic acid", "There is no treatment", ["zoledronic-acid"]),
        ("1 mg tablets", "There is no treatment", []),
    ],
)
def test_a_value_that_means_no_single_treatment_tells_why_and_names_the_nearest(value, problem, nearest):
    resolution = resolve_one(Treatment, value)
    assert resolution.entry is None
    assert problem in resolution.says
    assert [entry.slug for entry in resolution.nearest] == nearest


@pytest.mark.usefixtures("shipped_data")
@pytest.mark.parametrize(
    ("value", "nearest"),
    [
        ("knee pain", "joint-pain"),
        ("sore hips", "joint-pain"),
        ("foot pain", "pain"),
        ("leg pain", "pain"),
        ("bone-pian", "bone-pain"),
        ("throwing up", "vomiting"),
        ("tired", "fatigue"),
        ("thin bones", "bone-loss"),
        ("numb legs", "leg-numbness"),
        ("jaw", "jaw-pain"),
        ("broken hip", "fracture"),
        ("shortness of breath", None),
        ("headache", None),
        ("rash", None),
    ],
)
def test_the_nearest_name_is_sought_by_the_meaning_of_words_before_their_letters(value, nearest):
    resolution = resolve_one(Symptom, value)
    entries = [resolution.entry] if resolution.entry else resolution.nearest  # Some of these are names of their own.
    assert next((entry.slug for entry in entries), None) == nearest
