"""The shipped data against the source documents: facts that are easy to get wrong, asked for through the API."""

import re
from datetime import date

import pytest

from kb.editorial.citation_verification import CitationVerifier, read_texts
from kb.models import Entry, Passage, Source, Statement, record_models
from symptoms.models import ManagementOption, RedFlag, SideEffect
from tests.helpers.lists import get_results
from treatments.models import Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")


def get_cited_lines(record, source="bone-and-joint-pain"):
    """Return all line numbers of a source that a record cites."""
    return {
        line
        for citation in record["citations"]
        if citation["source"]["slug"] == source
        for line in range(citation["first_line"], citation["last_line"] + 1)
    }


def test_there_are_five_sources_dated_only_where_they_say_so():
    dated = dict(Source.objects.values_list("slug", "dated"))
    assert dated == {
        "bone-and-joint-pain": date(2025, 12, 18),
        "bone-pain-and-weakened-bones": None,
        "secondary-bone-cancer": date(2013, 9, 19),
        "treatments-for-bone-metastasis": None,
        "understanding-bone-metastases": date(2025, 7, 3),
    }


def test_every_passage_is_cited_and_lies_within_its_source():
    for passage in Passage.objects.select_related("source"):
        passage.full_clean()
        assert any(
            getattr(passage, m.citations.field.remote_field.get_accessor_name()).exists()
            for m in get_statement_models()
        )


def get_statement_models():
    return [model for model in record_models() if issubclass(model, Statement)]


def test_every_entry_is_named_in_a_statement_or_has_members():
    mentioned = {(type(e), e.pk) for m in get_statement_models() for s in m.objects.with_related() for e in s.entries()}
    for model in record_models():
        if issubclass(model, Entry):
            for entry in model.objects.all():
                assert (model, entry.pk) in mentioned or entry.members.exists(), entry


def test_letrozole_inherits_joint_pain_from_aromatase_inhibitors(get_json):
    statements = get_results(get_json, "side-effects", treatment="letrozole", symptom="joint-pain")
    (statement,) = [
        r for r in statements if r["treatment"]["slug"] == "aromatase-inhibitors" and 54 in get_cited_lines(r)
    ]
    assert (statement["basis"], statement["via"]) == ("inherited", ["letrozole", "aromatase-inhibitors"])
    assert (statement["frequency"], statement["effect"]) == ("common", "causes")


def test_femara_is_letrozole(get_json):
    assert [r["slug"] for r in get_results(get_json, "treatments", name="FEMARA")] == ["letrozole"]


@pytest.mark.parametrize("drug", ["abemaciclib", "olaparib", "trastuzumab-deruxtecan"])
def test_what_some_targeted_therapies_cause_is_said_of_each_that_is_named_and_possible_through_its_class(
    get_json, drug
):
    statements = get_results(get_json, "side-effects", treatment=drug, symptom="bone-pain")
    bases = {r["treatment"]["slug"]: r["basis"] for r in statements if 78 in get_cited_lines(r)}
    assert bases.pop(drug) == "direct"
    assert set(bases.values()) == {"possible"}


def test_taxane_pain_starts_within_days_and_lasts_about_a_week(get_json):
    statements = [
        r
        for r in get_results(get_json, "side-effects", treatment="docetaxel", symptom="bone-pain")
        if 71 in get_cited_lines(r)
    ]
    assert {r["basis"] for r in statements} == {"direct", "inherited"}
    for statement in statements:
        assert "days" in statement["onset"]
        assert "week" in statement["duration"]
        assert (statement["duration_max"], statement["onset_max"]) == ("P7D", None)


def test_tamoxifen_does_the_opposite_to_bone_after_the_menopause(get_json):
    before = get_results(
        get_json, "side-effects", treatment="tamoxifen", population="premenopausal-women", exact="true"
    )
    after = get_results(
        get_json, "side-effects", treatment="tamoxifen", population="postmenopausal-women", exact="true"
    )
    assert ("bone-loss", "causes") in {(r["symptom"]["slug"], r["effect"]) for r in before if 59 in get_cited_lines(r)}
    assert ("bone-loss", "protects") in {(r["symptom"]["slug"], r["effect"]) for r in after if 60 in get_cited_lines(r)}


def test_tamoxifen_after_menopause_contests_bone_loss_from_hormonal_therapy(get_json):
    statements = get_results(get_json, "side-effects", treatment="tamoxifen", symptom="bone-loss")
    contested_by = {r["slug"]: r["contested_by"] for r in statements if r["symptom"]["slug"] == "bone-loss"}
    inherited = [r["slug"] for r in statements if r["basis"] != "direct" and r["symptom"]["slug"] == "bone-loss"]
    assert inherited
    for slug in inherited:
        (rival,) = contested_by[slug]
        assert (rival["slug"], rival["limits"]) == (
            "tamoxifen-protects-from-bone-loss",
            ["Only for postmenopausal women."],
        )


def test_tamoxifen_has_fewer_fractures_and_less_joint_pain_than_aromatase_inhibitors(get_json):
    statements = get_results(get_json, "comparisons", treatment="tamoxifen", comparator="aromatase-inhibitors")
    assert {(r["symptom"]["slug"], r["outcome"]) for r in statements} == {
        ("fracture", "less-often"),
        ("joint-pain", "less-often"),
    }


def test_what_relieves_bone_pain_can_cause_it_too(get_json):
    both = {r["slug"] for r in get_results(get_json, "treatments", causes="bone-pain", manages="bone-pain")}
    assert {"bisphosphonates", "denosumab", "radiotherapy"} <= both
    assert not {"letrozole", "morphine"} & both


def test_a_chain_runs_from_chemotherapy_to_the_bone_pain_of_growth_factors(get_json):
    assert get_results(get_json, "side-effects", treatment="chemotherapy", symptom="neutropenia", effect="causes")
    assert get_results(get_json, "management-options", treatment="growth-factors", symptom="neutropenia")
    assert get_results(get_json, "side-effects", treatment="pegfilgrastim", symptom="bone-pain", effect="causes")


def test_duloxetine_has_evidence_for_aromatase_inhibitors_and_a_caution_with_tamoxifen(get_json):
    statements = get_results(get_json, "management-options", treatment="duloxetine", symptom="joint-pain", exact="true")
    (option,) = [r for r in statements if r["evidence"] == "clinical-trial"]
    assert option["cause_treatment"]["slug"] == "aromatase-inhibitors"
    assert option["population"] == "people-taking-aromatase-inhibitors"
    (caution,) = get_results(get_json, "cautions", treatment="duloxetine", with_treatment="tamoxifen")
    assert get_cited_lines(caution) == {156}


def test_acupuncture_for_joint_pain_is_said_only_of_aromatase_inhibitors(get_json):
    statements = get_results(get_json, "management-options", treatment="acupuncture", symptom="joint-pain")
    said_of_it = [r for r in statements if r["basis"] == "direct"]
    assert {r["cause_treatment"]["slug"] for r in said_of_it} == {"aromatase-inhibitors"}
    assert {r["basis"] for r in statements if r not in said_of_it} <= {"possible"}


def test_two_documents_differ_on_whether_metastatic_pain_is_continuous(get_json):
    patterns = {
        r["pattern"]: {c["source"]["slug"] for c in r["citations"]}
        for r in get_results(get_json, "manifestations", symptom="bone-pain", cancer="bone-metastasis", exact="true")
    }
    assert any("continuous" in p and s == {"secondary-bone-cancer"} for p, s in patterns.items())
    assert any("come" in p and s == {"bone-and-joint-pain"} for p, s in patterns.items())


def test_radiotherapy_takes_two_to_three_weeks_and_can_flare(get_json):
    statements = get_results(get_json, "management-options", treatment="radiotherapy", symptom="bone-pain")
    assert {r["benefit_max"] for r in statements} >= {"P21D"}
    (flare,) = get_results(get_json, "side-effects", treatment="radiotherapy", symptom="pain-flare")
    assert flare["frequency"] == "sometimes"


def test_jaw_osteonecrosis_is_very_rare(get_json):
    statements = get_results(get_json, "side-effects", symptom="osteonecrosis-of-the-jaw")
    assert {r["frequency"] for r in statements} == {"very-rare"}
    assert get_results(get_json, "side-effects", treatment="zoledronic-acid", symptom="osteonecrosis-of-the-jaw")


def test_the_urgency_of_spinal_cord_compression_follows_each_document(get_json):
    urgency = {
        next(c["source"]["slug"] for c in r["citations"]): r["urgency"]
        for r in get_results(get_json, "red-flags", suspects="spinal-cord-compression")
    }
    assert urgency == {"bone-pain-and-weakened-bones": "immediate", "secondary-bone-cancer": "emergency"}


def test_the_red_flags_of_a_symptom_come_with_it(get_json):
    flags = get_json("symptoms/leg-weakness/", omit="statements,red_flags")["red_flags"]
    assert flags[0]["urgency"] == "emergency"
    assert "spinal-cord-compression" in {r["suspects"]["slug"] for r in flags if r["suspects"]}


def test_painkillers_are_named_by_severity(get_json):
    mild = {r["treatment"]["slug"] for r in get_results(get_json, "management-options", severity="mild")}
    severe = {r["treatment"]["slug"] for r in get_results(get_json, "management-options", severity="severe")}
    assert {"paracetamol", "ibuprofen"} <= mild
    assert {"morphine", "oxycodone"} <= severe
    assert not {"morphine", "oxycodone", "codeine"} & mild


def test_the_missing_list_of_cancers_is_not_filled_in(get_json):
    for site in get_results(get_json, "metastatic-sites", source="secondary-bone-cancer"):
        if 12 in get_cited_lines(site, "secondary-bone-cancer"):
            assert site["cancer"]["slug"] == "cancer"


def test_advertisements_are_not_cited():
    for model in get_statement_models():
        for passage in Passage.objects.filter(**{f"{model._meta.model_name}_set__isnull": False}).distinct():
            if passage.source.slug == "understanding-bone-metastases":
                assert passage.last_line <= 53
            if passage.source.slug == "secondary-bone-cancer":
                assert passage.last_line <= 31


def test_no_figure_is_invented():
    for model in (SideEffect, ManagementOption, RedFlag):
        for statement in model.objects.all():
            assert not re.search(r"\d\s?%|\bper cent\b|\b\d+ in \d+\b", statement.text), statement


def test_codes_are_those_that_were_verified(sources_dir):
    import csv

    verified = {}
    with (sources_dir.parent / "codes.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            verified.setdefault(row["curie"], set()).add(row["name"].casefold())
    for model in record_models():
        if issubclass(model, Entry):
            for entry in model.objects.exclude(codes=[]):
                assert set(entry.codes) <= set(verified), entry
                if model is Treatment and entry.kind == "drug" and entry.brand_names:
                    assert all(entry.name.casefold() in verified[code] for code in entry.codes), entry


def test_every_citation_holds(sources_dir):
    report = CitationVerifier(read_texts(sources_dir)).run()
    assert report.failures == []
    assert report.not_checkable == []
    assert report.passed > 3000
