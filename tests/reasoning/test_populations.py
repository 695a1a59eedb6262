"""Populations: which entries they mean in the shipped data, and which cancers can be the disease of one person."""

import pytest

from kb.choices import POPULATION_ENTRIES
from kb.models import Cancer
from kb.reasoning.hierarchies import EntryHierarchies
from kb.reasoning.populations import PopulationEntries
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")


@pytest.fixture
def populations(shipped_data):
    return PopulationEntries(EntryHierarchies())


def get_key(slug, model=Cancer):
    return model, model.objects.get(slug=slug).pk


def test_every_population_finds_its_entries(populations):
    assert {population.value for population in POPULATION_ENTRIES} == populations.by_population.keys()
    count = sum(len(slugs) for _, slugs in POPULATION_ENTRIES.values())
    assert sum(map(len, populations.by_population.values())) == count


@pytest.mark.parametrize(
    ("left", "right", "together"),
    [
        ("breast-cancer", "prostate-cancer", False),
        ("breast-cancer", "triple-negative-breast-cancer", True),
        ("breast-cancer", "bone-metastasis", True),
        ("lung-cancer", "bone-metastasis", True),
        ("metastatic-cancer", "breast-cancer", True),
        ("multiple-myeloma", "thyroid-cancer", False),
        ("primary-bone-cancer", "bone-metastasis", False),
        ("cancer", "prostate-cancer", True),
    ],
)
def test_two_cancers_go_together_if_one_is_or_can_become_the_other(populations, left, right, together):
    keys = [get_key(slug)[1] for slug in (left, right)]
    assert populations.can_go_together(*keys) is populations.can_go_together(*reversed(keys)) is together


@pytest.mark.parametrize(
    ("population", "given", "excluded"),
    [
        ("people-with-breast-cancer", ["prostate-cancer"], True),
        ("people-with-breast-cancer", ["prostate-cancer", "breast-cancer"], False),
        ("people-with-breast-cancer", ["bone-metastasis"], False),
        ("people-with-breast-cancer", [], False),
        ("people-with-cancer-that-affects-bone", ["multiple-myeloma"], False),
        ("people-with-cancer", ["kidney-cancer"], False),
        ("women", ["prostate-cancer"], False),
    ],
)
def test_a_population_is_excluded_by_another_cancer_alone(populations, population, given, excluded):
    keys = [*map(get_key, given), get_key("letrozole", Treatment)]
    assert populations.is_excluded(population, keys) is excluded


def test_only_what_cancers_spread_as_and_what_is_above_or_below_that_is_a_state(populations):
    states = {cancer.slug for cancer in Cancer.objects.public() if populations.is_state(cancer.pk)}
    assert states == {"metastatic-cancer", "bone-metastasis", "metastatic-breast-cancer", "metastatic-lung-cancer"}


def test_the_red_flags_for_people_with_a_cancer_come_with_it_and_not_with_every_symptom(get_json):
    emergencies = {"spinal-cord-compression-red-flag", "spinal-cord-compression-red-flag-in-people-with-cancer"}
    for slug in ("breast-cancer", "kidney-cancer", "multiple-myeloma"):
        flags = [flag["slug"] for flag in get_json(f"cancers/{slug}/")["red_flags"]]
        assert emergencies <= set(flags)
        assert flags[0] == "spinal-cord-compression-red-flag"
        assert ("hypercalcaemia-red-flag" in flags) == (slug == "multiple-myeloma")
    answer = get_json("management-options/", symptom="hot-flushes", having="breast-cancer")
    assert emergencies.isdisjoint(flag["slug"] for flag in answer["red_flags"])


@pytest.mark.parametrize(
    ("symptom", "taking", "having", "says"),
    [
        ("fracture", "oophorectomy", [], "step by step"),
        ("bone-pain", "docetaxel", [], "It could be the cause: that is stated of it."),
        ("jaw-pain", "ibuprofen", ["bone-metastasis"], "help with what is broader"),
        ("fracture", "tumour-removal", [], "that need not hold of it"),
        ("anaemia", "hormonal-therapy", ["breast-cancer"], "or of another use. Only for people with prostate cancer."),
        ("anaemia", "hormonal-therapy", ["prostate-cancer"], "that is stated of it."),
        ("joint-stiffness", "tamoxifen", [], "step by step"),
        ("weakened-bones", "letrozole", [], "step by step"),
        ("back-pain", "paclitaxel", [], "step by step"),
    ],
)
def test_explain_says_no_more_and_no_less_than_is_stated(get_json, symptom, taking, having, says):
    (suspect,) = get_json("explain/", symptom=symptom, taking=taking, having=having)["taking"]
    assert says in suspect["says"]
    is_firm_help = any(s["basis"] != "possible" for s in [*suspect["helps"], *suspect["protects"]])
    assert ("it is said to help" in suspect["says"]) <= is_firm_help


def test_an_operation_is_not_switched_to_another_medicine(get_json):
    for taking, has_switches in [("oophorectomy", False), ("orchidectomy", False), ("letrozole", True)]:
        assert bool(get_json("management-options/", symptom="joint-pain", taking=taking)["switches"]) is has_switches


def test_options_for_what_there_is_are_told_beside_those_for_the_symptom_itself(get_json):
    answer = get_json("management-options/", symptom="cancer-pain", having="bone-metastasis")
    (broader,) = answer["broader"]
    assert answer["count"]
    assert broader["broader_symptom"]["slug"] == "pain"
    assert {option["fit"] for option in broader["options"]} == {"stated-for-this-cause"}
    assert "opioids" in {option["treatment"]["slug"] for option in broader["options"]}
    assert get_json("management-options/", symptom="cancer-pain")["broader"] == []


def test_where_there_is_no_option_the_answer_tells_what_is_said_of_help_in_other_ways(get_json):
    answer = get_json("management-options/", symptom="osteonecrosis-of-the-jaw", taking="denosumab")
    assert answer["count"] == 0
    assert "if-osteonecrosis-jaw-does-develop-there-ways-to-treat" in {s["slug"] for s in answer["guidance"]}
    answer = get_json("management-options/", symptom="nausea", having="bone-metastasis", taking="docetaxel")
    slugs = {s["slug"] for s in answer["guidance"]}
    assert "various-treatments-can-often-make-symptoms-secondary-bone-cancer-much" in slugs
    assert any(slug.startswith("doctor-can-help-to-keep-side-effects-chemotherapy") for slug in slugs)


def test_every_red_flag_that_rings_for_a_symptom_is_listed_for_it(get_json):
    for symptom in ("tingling", "confusion", "hand-weakness", "kidney-stones", "leg-weakness"):
        listed = {flag["slug"] for flag in get_json("red-flags/", symptom=symptom, page_size=200)["results"]}
        assert listed
        assert listed <= {flag["slug"] for flag in get_json(f"symptoms/{symptom}/")["red_flags"]}


def test_an_answer_about_a_kind_of_pain_has_no_red_flags_of_another_kind(get_json):
    for symptom in ("jaw-pain", "muscle-pain", "back-pain"):
        for path in ("explain/", "management-options/"):
            flags = {flag["slug"] for flag in get_json(path, symptom=symptom, taking="zoledronic-acid")["red_flags"]}
            assert "hypercalcaemia-red-flag" not in flags


def test_who_has_two_cancers_has_each_of_them(populations):
    given = [get_key("metastatic-breast-cancer"), get_key("prostate-cancer")]
    for population, excluded in [
        ("people-with-breast-cancer", False),
        ("people-with-prostate-cancer", False),
        ("people-with-hormone-receptor-positive-breast-cancer", True),
    ]:
        assert populations.is_excluded(population, given) is excluded
