"""The addresses under /fhir/: metadata, read and search, terminology, versions and errors, all validated as FHIR R5."""

import pytest
from fhir.resources import get_fhir_model_class

from kb.choices import Certainty
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.helpers.fhir import FHIR, get_fhir_resource
from treatments.models import Treatment

HPO = "http://human-phenotype-ontology.org"
BASE = "http://testserver/api/v1/fhir"


def get_outcome(api, url, status, **headers):
    """Return the issues of an OperationOutcome that an address answers, validated as FHIR R5."""
    response = api.get(url, headers=headers)
    assert (response.status_code, response["Content-Type"].partition(";")[0]) == (status, FHIR)
    outcome = response.json()
    get_fhir_model_class("OperationOutcome").model_validate(outcome)
    return outcome["issue"]


def get_ids(bundle, mode="match"):
    return [entry["resource"]["id"] for entry in bundle.get("entry", []) if entry["search"]["mode"] == mode]


def get_outcome_texts(bundle):
    resources = [entry["resource"] for entry in bundle["entry"] if entry["search"]["mode"] == "outcome"]
    return [issue["details"]["text"] for resource in resources for issue in resource["issue"]]


def test_metadata_names_what_can_be_read_and_searched(extended_universe, api):
    metadata = get_fhir_resource(api, "fhir/metadata")
    assert (metadata["fhirVersion"], metadata["kind"]) == ("5.0.0", "instance")
    (rest,) = metadata["rest"]
    resources = {resource["type"]: resource for resource in rest["resource"]}
    assert set(resources) == {"ClinicalUseDefinition", "CodeSystem", "ValueSet", "ConceptMap"}
    for resource_type, resource in resources.items():
        for parameter in resource["searchParam"]:
            response = api.get(f"/api/v1/fhir/{resource_type}", {parameter["name"]: "1"}, HTTP_ACCEPT=FHIR)
            assert "There is no parameter" not in response.content.decode(), parameter


def test_a_search_finds_every_kind_page_by_page(extended_universe, api):
    whole = get_fhir_resource(api, "fhir/ClinicalUseDefinition")
    ids = get_ids(whole)
    assert whole["total"] == len(ids) == 6
    assert get_ids(whole, "include") == []  # The one red flag is a match.
    assert [text.partition(" that")[0] for text in get_outcome_texts(whole)] == ["1 side effects"]
    found, url = [], f"{BASE}/ClinicalUseDefinition?_count=4"
    while url:
        page = api.get(url).json()
        found += get_ids(page)
        url = {link["relation"]: link["url"] for link in page["link"]}.get("next")
    assert found == ids
    for entry in whole["entry"][:6]:
        assert entry["fullUrl"] == f"{BASE}/ClinicalUseDefinition/{entry['resource']['id']}"
        read = get_fhir_resource(api, f"fhir/ClinicalUseDefinition/{entry['resource']['id']}")
        assert (read["type"], read["identifier"]) == (entry["resource"]["type"], entry["resource"]["identifier"])


@pytest.mark.parametrize(
    ("params", "ids"),
    [
        ({"type": "undesirable-effect"}, ["class-bone", "loner-bone", "medicine-joint"]),
        ({"type": "interaction"}, ["balm-with-drug"]),
        ({"type": "warning"}, ["needle-care", "flag"]),
        ({"type": "contraindication"}, []),
        ({"_id": "class-bone"}, ["class-bone"]),
        ({"identifier": "http://testserver/api/v1/side-effects/class-bone/"}, ["class-bone"]),
        ({"identifier": "urn:ietf:rfc:3986|http://testserver/api/v1/cautions/needle-care/"}, ["needle-care"]),
        ({"identifier": "http://testserver/api/v1/cautions/class-bone/"}, []),
        ({"effect": f"{HPO}|HP:0002653"}, ["class-bone", "loner-bone"]),
        ({"effect": "Bone-ache", "treatment": "drug"}, ["class-bone"]),
        ({"treatment": "drug", "type": "undesirable-effect"}, ["class-bone", "medicine-joint"]),
        ({"treatment": "atc:L02BG04", "type": "interaction"}, ["balm-with-drug"]),
        ({"status": "retired"}, []),
    ],
)
def test_a_search_is_narrowed(extended_universe, api, params, ids):
    Symptom.objects.filter(slug="bone-ache").update(codes=["hp:0002653"])
    bundle = get_fhir_resource(api, "fhir/ClinicalUseDefinition", **params)
    assert (get_ids(bundle), bundle["total"]) == (ids, len(ids))


def test_an_empty_search_says_that_it_proves_nothing(extended_universe, api):
    (text,) = get_outcome_texts(get_fhir_resource(api, "fhir/ClinicalUseDefinition", treatment="balm", symptom="pain"))
    assert "Nothing is stated" in text or "none that" in text


def test_the_red_flags_of_what_is_named_come_along(extended_universe, api):
    bundle = get_fhir_resource(api, "fhir/ClinicalUseDefinition", effect="bone-ache")
    assert get_ids(bundle, "include") == ["flag"]


def test_an_id_that_was_cut_is_read(extended_universe, api):
    loner, bone = Treatment.objects.get(slug="loner"), Symptom.objects.get(slug="bone-ache")
    for slug in (f"{'long-' * 15}a", f"{'long-' * 15}b", "with_underscore"):
        universe_statement = extended_universe.make_statement(
            SideEffect, slug, treatment=loner, symptom=bone, effect="causes", onset=slug[:200]
        )
        bundle = get_fhir_resource(api, "fhir/ClinicalUseDefinition", search=universe_statement.text.rstrip("."))
        (logical_id,) = [each for each in get_ids(bundle) if each.startswith(("long", "with"))] or [None]
        read = get_fhir_resource(api, f"fhir/ClinicalUseDefinition/{logical_id}")
        assert read["identifier"][0]["value"].endswith(f"/{slug}/")
    get_outcome(api, f"{BASE}/ClinicalUseDefinition/with_underscore", 404)


def test_what_is_retired_or_cannot_be_said_is_told_as_an_outcome(extended_universe, api):
    (issue,) = get_outcome(api, f"{BASE}/ClinicalUseDefinition/drug-joint", 406)
    assert issue["code"] == "not-supported"
    RedFlag.objects.filter(slug="flag").update(status="retired")
    (issue,) = get_outcome(api, f"{BASE}/ClinicalUseDefinition/flag", 410)
    assert issue["code"] == "deleted"
    SideEffect.objects.filter(slug="class-bone").update(status="draft")
    get_outcome(api, f"{BASE}/ClinicalUseDefinition/class-bone", 404)


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("fhir/ClinicalUseDefinition?nmae=x", 400, "invalid"),
        ("fhir/ClinicalUseDefinition?_count=0", 400, "invalid"),
        ("fhir/ClinicalUseDefinition?_page=9", 404, "not-found"),
        ("fhir/ClinicalUseDefinition?effect=http://snomed.info/sct|1", 400, "invalid"),
        ("fhir/ClinicalUseDefinition?treatment=nothing-like-it", 400, "invalid"),
        ("fhir/CodeSystem/nothing", 404, "not-found"),
        ("fhir/ConceptMap/certainty", 404, "not-found"),
        ("fhir/Patient", 404, "not-found"),
        ("fhir/metadata?_format=xml", 406, "not-supported"),
    ],
)
def test_errors_under_fhir_are_outcomes_whatever_is_accepted(extended_universe, api, path, status, code):
    for accept in (FHIR, "*/*", "application/json"):
        assert {issue["code"] for issue in get_outcome(api, f"/api/v1/{path}", status, accept=accept)} == {code}


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (FHIR, FHIR),
        (f"{FHIR}, */*;q=0.8", FHIR),
        (f"{FHIR}; fhirVersion=4.0", FHIR),
        ("*/*", "application/problem+json"),
        (f"application/json, {FHIR};q=0.5", "application/problem+json"),
        (f"application/json, {FHIR}", "application/problem+json"),
        ("text/html", "application/problem+json"),
    ],
)
def test_an_error_is_an_outcome_for_who_prefers_fhir(universe, api, accept, content_type):
    for path in ("side-effects/nothing/", "nothing/at/all", "treatments/nothing/"):
        assert api.get(f"/api/v1/{path}", headers={"accept": accept})["Content-Type"] == content_type


def test_another_version_of_fhir_is_refused_and_this_one_is_named(universe, api):
    for path in ("side-effects/", "fhir/metadata", "fhir/ClinicalUseDefinition"):
        for version in ("5.0", "5.0.0"):
            response = api.get(f"/api/v1/{path}", headers={"accept": f"{FHIR}; fhirVersion={version}"})
            assert (response.status_code, response["Content-Type"]) == (200, FHIR)
        for version in ("4.0", "6.0", "x"):
            (issue,) = get_outcome(api, f"/api/v1/{path}", 406, accept=f"{FHIR}; fhirVersion={version}")
            assert "fhirVersion=5.0" in issue["details"]["text"]
    response = api.get("/api/v1/side-effects/", headers={"accept": f"{FHIR};fhirVersion=4.0, application/json;q=0.1"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")


def test_the_controlled_words_are_code_systems_and_value_sets(universe, api):
    systems = get_fhir_resource(api, "fhir/CodeSystem")
    certainty = get_fhir_resource(api, "fhir/CodeSystem/certainty")
    assert certainty in [entry["resource"] for entry in systems["entry"]]
    assert [(each["code"], each["display"]) for each in certainty["concept"]] == Certainty.choices
    value_set = get_fhir_resource(api, "fhir/ValueSet/certainty")
    assert certainty["valueSet"] == value_set["url"]
    assert value_set["compose"]["include"] == [{"system": certainty["url"]}]
    drug = next(
        each for each in get_fhir_resource(api, "fhir/CodeSystem/treatments")["concept"] if each["code"] == "drug"
    )
    assert drug["property"] == [{"code": "parent", "valueCode": "class"}]
    assert drug["designation"] == [{"value": "drüg-e"}]
    for params, count in [
        ({"name": "cert"}, 1),
        ({"url": certainty["url"]}, 1),
        ({"_id": "x"}, 0),
        ({"status": "draft"}, 0),
    ]:
        assert get_fhir_resource(api, "fhir/CodeSystem", **params)["total"] == count


def test_the_codes_of_entries_are_concept_maps_that_claim_no_equivalence(universe, api):
    Treatment.objects.filter(slug="drug").update(codes=["atc:L02BG04", "chembl.compound:CHEMBL1444"])
    Symptom.objects.filter(slug="bone-ache").update(codes=["hp:0002653"], status="retired")
    (group,) = get_fhir_resource(api, "fhir/ConceptMap/treatments")["group"]  # HL7 has no URI for ChEMBL.
    assert (group["source"], group["target"]) == (f"{BASE}/CodeSystem/treatments", "http://www.whocc.no/atc")
    assert group["element"] == [
        {"code": "drug", "display": "Drug", "target": [{"code": "L02BG04", "relationship": "related-to"}]}
    ]
    assert "group" not in get_fhir_resource(api, "fhir/ConceptMap/symptoms")
    assert get_fhir_resource(api, "fhir/ConceptMap")["total"] == 4


def test_every_resource_of_the_shipped_data_is_fhir_r5(shipped_data, api):
    for path in ("CodeSystem", "ValueSet", "ConceptMap"):
        get_fhir_resource(api, f"fhir/{path}")
    total, seen, page = None, 0, 1
    while seen != total:
        bundle = get_fhir_resource(api, "fhir/ClinicalUseDefinition", _count=200, _page=page)
        total, seen, page = bundle["total"], seen + len(get_ids(bundle)), page + 1
    assert total > 250
