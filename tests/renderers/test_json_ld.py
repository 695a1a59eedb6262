"""JSON-LD: which statements become plain schema.org properties and which only claims; types; the data set."""

import hashlib
import zlib

import pytest

from kb.models import Cancer, Release, ReleaseFile
from symptoms.models import ManagementOption, Manifestation, RedFlag, RiskFactor, Symptom
from tests.helpers.json_ld import expand_document, find_schema_org_errors, get_json_ld
from treatments.models import Indication, Treatment


def test_inherited_statements_are_mentions_and_not_claims(extended_universe, api):
    document = get_json_ld(api, "/api/v1/treatments/drug/")
    own_slugs = {claim["@id"].split("/")[-2] for claim in document["subjectOf"]}
    mentions = {claim["@id"].split("/")[-2]: claim for claim in document["mainEntityOfPage"]["mentions"]}
    assert own_slugs == {"drug-joint", "balm-with-drug"}
    assert {"class-bone", "medicine-joint", "flag"} <= set(mentions)
    assert "Said of a class that it belongs to (drug > class)" in mentions["class-bone"]["description"]
    assert "Contested by" in mentions["medicine-joint"]["description"]


@pytest.mark.parametrize(
    ("fields", "is_plain"),
    [
        ({}, True),
        ({"certainty": "possible"}, True),
        ({"scope": "some"}, False),
        ({"population": "women"}, False),
        ({"goal": "reduce-risk"}, False),
        ({"condition": "before surgery"}, False),
    ],
)
def test_an_indication_is_a_plain_property_only_without_a_limit(universe, api, fields, is_plain):
    drug = universe.make(Treatment, "pill", kind="drug")
    growth = universe.make(Cancer, "lump")
    universe.make_statement(Indication, "pill-for-lump", treatment=drug, cancer=growth, **fields)
    document = get_json_ld(api, "/api/v1/cancers/lump/")
    treatments = [node["name"] for node in document.get("possibleTreatment", [])]
    assert treatments == (["Pill"] if is_plain else [])
    assert [claim["text"] for claim in document["subjectOf"]] == ["pill-for-lump."]


@pytest.mark.parametrize(
    ("fields", "is_plain"),
    [
        ({"certainty": "definite"}, True),
        ({"certainty": "likely"}, False),
        ({"certainty": "possible"}, False),
        ({}, False),  # An unstated certainty does not make it a plain fact.
        *(
            ({"certainty": "definite", name: value}, False)
            for name, value in {
                "pattern": "when trying to grip things",
                "timing": "when left untreated",
                "mechanism": "where the spine is involved",
                "frequency": "rare",
                "constancy": "comes-and-goes",
                "movement": "worse",
                "involvement": "the spine",
                "population": "women",
                "scope": "some",
            }.items()
        ),
    ],
)
def test_a_sign_is_a_plain_property_only_if_definite_and_without_a_limit(universe, api, fields, is_plain):
    numb = universe.make(Symptom, "numb", kind="symptom")
    universe.make_statement(Manifestation, "growth-shows-numb", cancer=Cancer.objects.get(), symptom=numb, **fields)
    document = get_json_ld(api, "/api/v1/cancers/growth/")
    assert [node["name"] for node in document.get("signOrSymptom", [])] == (["Numb"] if is_plain else [])
    assert [claim["text"] for claim in document["subjectOf"]] == ["growth-shows-numb."]


@pytest.mark.parametrize(
    ("fields", "is_plain"),
    [
        ({"certainty": "possible"}, True),  # The property is named possibleTreatment.
        ({"mechanism": "it warms"}, True),
        ({"severity": ["mild"]}, False),
        ({"evidence": "personal-reports"}, False),
        ({"time_to_benefit": "weeks"}, False),
        ({"effect": "prevents"}, False),
    ],
)
def test_a_management_option_is_a_plain_property_only_without_a_limit(universe, api, fields, is_plain):
    drug = universe.make(Treatment, "pill", kind="drug")
    universe.make_statement(
        ManagementOption, "pill-helps", treatment=drug, symptom=Symptom.objects.get(slug="joint-ache"), **fields
    )
    document = get_json_ld(api, "/api/v1/symptoms/joint-ache/")
    assert [node["name"] for node in document.get("possibleTreatment", [])] == (["Pill"] if is_plain else [])


def test_what_holds_for_one_cause_only_is_no_plain_property(universe, api):
    drug, growth = universe.make(Treatment, "pill", kind="drug"), Cancer.objects.get()
    numb, itch = (universe.make(Symptom, slug, kind="symptom") for slug in ("numb", "itch"))
    limited = {"certainty": "definite", "cause_treatment": drug}
    universe.make_statement(ManagementOption, "pill-helps", treatment=drug, symptom=itch, **limited)
    universe.make_statement(Manifestation, "growth-shows-numb", cancer=growth, symptom=numb, **limited)
    for path, name in [("symptoms/itch/", "possibleTreatment"), ("cancers/growth/", "signOrSymptom")]:
        document = get_json_ld(api, f"/api/v1/{path}")
        assert name not in document
        (claim,) = document["subjectOf"]
        assert "Limits: Only when it comes from pill" in claim["description"]


@pytest.mark.parametrize(("certainty", "is_plain"), [("definite", True), ("likely", False), ("unstated", False)])
def test_a_risk_factor_is_a_plain_property_only_if_definite(universe, api, certainty, is_plain):
    growth = Cancer.objects.get()
    universe.make_statement(
        RiskFactor,
        "pill-raises-growth",
        cancer=growth,
        factor="the pill",
        factor_treatment=universe.make(Treatment, "pill"),  # It limits nothing: it is what the factor names.
        effect="raises",
        certainty=certainty,
    )
    document = get_json_ld(api, "/api/v1/cancers/growth/")
    assert [node["name"] for node in document.get("riskFactor", [])] == (["the pill"] if is_plain else [])


def test_a_specific_type_is_used_only_if_the_kind_is_known(universe, api):
    kinds = {"drug": "Drug", "procedure": "TherapeuticProcedure", "class": "MedicalEntity", "unstated": "MedicalEntity"}
    for kind, expected_type in kinds.items():
        universe.make(Treatment, f"a-{kind}", kind=kind, brand_names=[f"{kind}ol"])
        document = get_json_ld(api, f"/api/v1/treatments/a-{kind}/")
        assert document["@type"] == expected_type
        assert (document.get("proprietaryName") or document.get("alternateName")) == [f"{kind}ol"]
    for kind, expected_type in {
        "symptom": "MedicalSymptom",
        "finding": "MedicalSign",
        "unstated": "MedicalCondition",
    }.items():
        universe.make(Symptom, f"a-{kind}", kind=kind)
        assert get_json_ld(api, f"/api/v1/symptoms/a-{kind}/")["@type"] == expected_type


def test_the_red_flags_of_a_source_are_mentions(universe, api):
    universe.make_statement(RedFlag, "flag", action="act").signs.add(Symptom.objects.get(slug="bone-ache"))
    assert "http://testserver/api/v1/red-flags/flag/" in {
        claim["@id"] for claim in get_json_ld(api, "/api/v1/sources/page/")["mainEntityOfPage"]["mentions"]
    }


def test_the_front_page_is_html_by_default_and_links_to_its_json_ld(db, api):
    for accepted in ("text/html", "*/*", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"):
        page = api.get("/", HTTP_ACCEPT=accepted)
        assert page["Content-Type"].startswith("text/html")
        assert "Accept" in page["Vary"]
    assert '<link rel="alternate" type="application/ld+json" href="/?format=jsonld">' in page.content.decode()
    assert api.get("/", {"format": "csv"}).status_code == 400
    assert api.post("/").status_code == 405


def test_json_ld_is_not_offered_for_lists_and_selected_fields(universe, get_json):
    assert get_json("treatments/drug/", 400, format="jsonld", fields="name")["errors"][0]["parameter"] == "fields"
    assert get_json("treatments/", 400, format="jsonld")["errors"][0]["parameter"] == "format"


def test_release_files_are_downloads_only_while_the_data_are_the_same(universe, get_json, api):
    assert "distribution" not in get_json_ld(api, "/")
    for name, version in {"2026.11": "another version", "2026.12": get_json("")["data_version"]}.items():
        release = Release.objects.create(name=name, data_version=version, version="1", records=1)
        file = {"name": "treatments.csv", "says": "Treatments.", "media_type": "text/csv", "size": 4}
        file |= {"sha256": hashlib.sha256(b"slug").hexdigest(), "packed": zlib.compress(b"slug")}
        ReleaseFile.objects.create(release=release, **file)
    document = get_json_ld(api, "/")
    assert [*find_schema_org_errors(expand_document(document, api))] == []
    (download,) = document["distribution"]
    assert download["contentUrl"] == "http://testserver/api/v1/releases/2026.12/treatments.csv"
    assert download["sha256"] == hashlib.sha256(b"slug").hexdigest()
    assert api.get(download["contentUrl"]).getvalue() == b"slug"
