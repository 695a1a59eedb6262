"""JSON-LD of the shipped data: validity under schema.org, and completeness."""

import pytest

from kb.models import Entry, Source, concrete_models, resource_name
from kb.renderers.json_ld import CONTEXT, SCHEMA_ORG
from tests.helpers.json_ld import build_whole_json_ld, expand_document, find_schema_org_errors, get_json_ld, iter_nodes
from tests.helpers.lists import iter_pages

HOST = "http://testserver"
pytestmark = pytest.mark.usefixtures("shipped_data")


def test_the_validator_finds_unknown_properties_and_wrong_types():
    def find_errors(**properties):
        return [*find_schema_org_errors(expand_document({"@context": CONTEXT, "@type": "Drug"} | properties))]

    assert find_errors(proprietaryName="x", code={"@type": "MedicalCode", "codeValue": "y"}) == []
    (error,) = find_errors(possibleTreatment="x")
    assert error == "('Drug',) has no https://schema.org/possibleTreatment"
    (error,) = find_errors(code={"@type": "Drug"})
    assert "https://schema.org/code of ('Drug',) holds no" in error


@pytest.mark.parametrize("model", [Source, *concrete_models(Entry)])
def test_every_shipped_entry_and_source_is_valid_json_ld(model, api, get_json):
    urls = [
        record["url"]
        for page in iter_pages(api, f"{resource_name(model)}/", page_size=200, fields="url")
        for record in page["results"]
    ]
    for index, url in enumerate(urls):
        document = get_json_ld(api, url)
        (expanded,) = expand_document(document, api)
        assert [*find_schema_org_errors(expanded)] == [], url
        assert expanded["@id"] == url
        if index % 10 == 0:
            payload = api.get(url).json()
            claim_urls = {node["@id"] for node in iter_nodes(expanded) if f"{SCHEMA_ORG}Claim" in node.get("@type", [])}
            parts = [*payload.get("statements", {}).values(), payload.get("cited_by", {"results": [], "next": None})]
            statements = [*payload["red_flags"], *(statement for part in parts for statement in part["results"])]
            assert claim_urls == {statement["url"] for statement in statements}
            related = document["mainEntityOfPage"].get("relatedLink", [])
            assert related == [part["next"] for part in parts if part["next"]]
            assert len(document.get("code", [])) == len(payload.get("codes", []))


def test_a_claim_carries_its_limits_and_sources(get_json):
    document = build_whole_json_ld("/api/v1/symptoms/bone-loss/")
    claims = {node["@id"]: node for node in [*document["subjectOf"], *document["mainEntityOfPage"]["mentions"]]}
    statement = get_json("side-effects/tamoxifen-protects-from-bone-loss/")
    claim = claims[statement["url"].removeprefix(HOST)]
    assert claim["text"] == statement["text"]
    assert "Effect: Protects from it" in claim["description"]
    assert "Limits: Only for postmenopausal women" in claim["description"]
    about = {f"{HOST}{node['@id']}" for node in claim["about"]}
    assert about == {statement["treatment"]["url"], statement["symptom"]["url"]}
    assert len(claim["citation"]) == len(statement["citations"])
    assert f"{HOST}{claim['citation'][0]['isPartOf']['@id']}" == statement["citations"][0]["source"]["url"]


@pytest.mark.parametrize(
    ("path", "name", "entry_name"),
    [
        ("symptoms/spinal-cord-compression/", "signOrSymptom", "Incontinence"),  # Limited to "when left untreated".
        ("cancers/bone-metastasis/", "signOrSymptom", "Fatigue"),  # Limited to "where nothing explains it".
        ("symptoms/joint-pain/", "signOrSymptom", "Hand weakness"),  # Limited to "when trying to grip things".
    ],
)
def test_a_statement_with_a_limit_is_only_a_claim(path, name, entry_name):
    document = build_whole_json_ld(f"/api/v1/{path}")
    assert entry_name not in [node["name"] for node in document.get(name, [])]
    claims = [claim for claim in document["subjectOf"] if claim["genre"] == "manifestations"]
    assert entry_name in [node["name"] for claim in claims for node in claim["about"]]


def test_the_front_page_is_a_dataset_without_a_licence(api, get_json):
    document = get_json_ld(api, "/")
    assert [*find_schema_org_errors(expand_document(document, api))] == []
    root = get_json("")
    assert document["version"] == root["data_version"]
    assert document["@type"] == "Dataset"
    assert "license" not in document
    assert len(document["isBasedOn"]) == 5
    assert {part["@id"] for part in document["hasPart"]} == {part["url"] for part in root["resources"]}
    assert api.get("/", {"format": "jsonld"}).json() == document


def test_the_downloads_of_a_resource_are_complete(api):
    for part in get_json_ld(api, "/")["hasPart"]:
        for download in part["distribution"]:
            response = api.get(download["contentUrl"])
            assert response["Content-Type"].partition(";")[0] == download["encodingFormat"]
            if download["encodingFormat"] == "application/x-ndjson":
                assert f"{len(response.getvalue().splitlines())} records" == part["size"]
