"""What ships is sound JSON-LD, in words that schema.org has, and nothing that is said gets lost on the way."""

import pytest

from kb.models import Entry, Source, concrete_models, resource_name
from kb.renderers.json_ld import CONTEXT, SCHEMA_ORG
from tests.helpers.json_ld import expand_document, find_schema_org_errors, get_json_ld, iter_nodes
from tests.helpers.lists import iter_pages

pytestmark = pytest.mark.usefixtures("shipped_data")


def test_the_judge_sees_what_schema_org_does_not_have():
    def told(**said):
        return [*find_schema_org_errors(expand_document({"@context": CONTEXT, "@type": "Drug"} | said))]

    assert told(proprietaryName="x", code={"@type": "MedicalCode", "codeValue": "y"}) == []
    (fault,) = told(possibleTreatment="x")
    assert fault == "('Drug',) has no https://schema.org/possibleTreatment"
    (fault,) = told(code={"@type": "Drug"})
    assert "https://schema.org/code of ('Drug',) holds no" in fault


@pytest.mark.parametrize("model", [Source, *concrete_models(Entry)])
def test_every_shipped_entry_and_source_is_sound_json_ld(model, api, get_json):
    addresses = [
        record["url"]
        for page in iter_pages(api, f"{resource_name(model)}/", page_size=200, fields="url")
        for record in page["results"]
    ]
    for place, url in enumerate(addresses):
        document = get_json_ld(api, url)
        (expanded,) = expand_document(document, api)
        assert [*find_schema_org_errors(expanded)] == [], url
        assert expanded["@id"] == url
        if place % 10 == 0:
            answer = api.get(url).json()
            told = {node["@id"] for node in iter_nodes(expanded) if f"{SCHEMA_ORG}Claim" in node.get("@type", [])}
            said = [*answer.get("cited_by", []), *answer["red_flags"]]
            said += [one for kind in answer.get("statements", {}).values() for one in kind]
            assert told == {statement["url"] for statement in said}, "Each statement and each red flag is told."
            assert len(document.get("code", [])) == len(answer.get("codes", []))


def test_a_claim_carries_what_limits_it_and_its_sources(api, get_json):
    document = get_json_ld(api, "/api/v1/symptoms/bone-loss/")
    claims = {one["@id"]: one for one in [*document["subjectOf"], *document["mainEntityOfPage"]["mentions"]]}
    said = get_json("side-effects/tamoxifen-protects-from-bone-loss/")
    claim = claims[said["url"]]
    assert claim["text"] == said["text"]
    assert "Effect: Protects from it" in claim["description"]
    assert "Population: Postmenopausal women" in claim["description"]
    assert {node["@id"] for node in claim["about"]} == {said["treatment"]["url"], said["symptom"]["url"]}
    assert len(claim["citation"]) == len(said["citations"])
    assert claim["citation"][0]["isPartOf"]["@id"] == said["citations"][0]["source"]["url"]


@pytest.mark.parametrize(
    ("path", "name", "limited"),
    [
        ("symptoms/spinal-cord-compression/", "signOrSymptom", "Incontinence"),  # When left untreated.
        ("cancers/bone-metastasis/", "signOrSymptom", "Fatigue"),  # Where nothing explains it.
        ("symptoms/joint-pain/", "signOrSymptom", "Hand weakness"),  # When trying to grip things.
    ],
)
def test_what_is_said_with_a_limit_stays_a_claim(path, name, limited, api):
    document = get_json_ld(api, f"/api/v1/{path}")
    assert limited not in [node["name"] for node in document.get(name, [])]
    claimed = [claim for claim in document["subjectOf"] if claim["genre"] == "manifestations"]
    assert limited in [node["name"] for claim in claimed for node in claim["about"]]


def test_the_front_page_is_a_data_set_that_claims_no_licence(api, get_json):
    document = get_json_ld(api, "/")
    assert [*find_schema_org_errors(expand_document(document, api))] == []
    root = get_json("")
    assert document["version"] == root["data_version"]
    assert document["@type"] == "Dataset"
    assert "license" not in document
    assert len(document["isBasedOn"]) == 5
    assert {part["@id"] for part in document["hasPart"]} == {part["url"] for part in root["resources"]}
    assert api.get("/", {"format": "jsonld"}).json() == document


def test_the_downloads_of_a_part_are_the_whole_of_it(api):
    for part in get_json_ld(api, "/")["hasPart"]:
        for download in part["distribution"]:
            answer = api.get(download["contentUrl"])
            assert answer["Content-Type"].partition(";")[0] == download["encodingFormat"]
            if download["encodingFormat"] == "application/x-ndjson":
                assert f"{len(answer.getvalue().splitlines())} records" == part["size"]
