"""FHIR R5 of all shipped statements: validity, completeness and codes."""

import re

import pytest

from kb.code_systems import CODE_SYSTEMS, split_curie
from kb.renderers.fhir_clinical_use import SUBSETTED
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.helpers.fhir import get_fhir_resource, get_narrative
from treatments.models import Caution, Indication, Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")

# Values of required bindings, which the library does not validate; see https://hl7.org/fhir/R5.
ALLOWED_CODES = {
    ("ClinicalUseDefinition", "type"): {"indication", "interaction", "undesirable-effect", "warning"},
    ("Bundle", "type"): {"searchset"},
    ("Group", "type"): {"person"},
    ("Group", "membership"): {"definitional"},
    ("ActivityDefinition", "status"): {"active"},
}
EXPECTED_TYPES = {
    "side-effects": (SideEffect, {"undesirable-effect"}),
    "indications": (Indication, {"indication"}),
    "cautions": (Caution, {"interaction", "warning"}),
    "red-flags": (RedFlag, {"warning"}),
}


def iter_resources(value):
    """Yield every resource in a response, at any depth."""
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from iter_resources(item)
    if isinstance(value, dict) and "resourceType" in value:
        yield value


def iter_codings(value):
    """Yield every coding in a response, at any depth."""
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from iter_codings(item)
    if isinstance(value, dict) and "system" in value and "code" in value:
        yield value


def get_related_artifacts(definition):
    """Return the related artifacts of a definition: red flags and cited passages."""
    return [
        extension["valueRelatedArtifact"]
        for extension in definition["extension"]
        if "valueRelatedArtifact" in extension
    ]


@pytest.mark.parametrize("name", EXPECTED_TYPES)
def test_every_shipped_statement_is_valid_and_complete_fhir(name, api, get_json):
    model, types = EXPECTED_TYPES[name]
    page = get_fhir_resource(api, f"{name}/", page_size=200)
    statements = {record["url"]: record for record in get_json(f"{name}/", page_size=200)["results"]}
    assert page["total"] == model.objects.public().count()
    assert len(statements) == min(page["total"], 200)
    definitions = {entry["fullUrl"]: entry["resource"] for entry in page["entry"] if entry["search"]["mode"] == "match"}
    inexpressible = (
        {url for url, statement in statements.items() if statement["effect"] == "protects"}
        if name == "side-effects"
        else set()
    )
    assert set(definitions) == set(statements) - inexpressible
    for url, definition in definitions.items():
        statement, narrative = statements[url], get_narrative(definition)
        assert definition["type"] in types
        assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", definition["id"])
        assert statement["text"] in narrative
        citations = get_related_artifacts(definition)
        assert [artifact["document"]["url"] for artifact in citations] == [
            cited["source"]["url"] for cited in statement["citations"]
        ]
        for value in statement.values():
            if isinstance(value, dict):
                assert value["name"] in narrative
    ids = [definition["id"] for definition in definitions.values()]
    assert len(set(ids)) == len(ids)
    for resource in iter_resources(page):
        for (resource_type, member), allowed in ALLOWED_CODES.items():
            if resource["resourceType"] == resource_type:
                assert resource[member] in allowed
        if resource["resourceType"] == "ClinicalUseDefinition":
            assert resource["status"]["coding"] == [
                {"system": "http://hl7.org/fhir/publication-status", "code": "active"}
            ]


def test_every_code_has_the_format_of_its_system(api):
    patterns = {
        system.uri: system.code_format.format(code=system.pattern) for system in CODE_SYSTEMS.values() if system.uri
    }
    codes = set()
    for name in EXPECTED_TYPES:
        for coding in iter_codings(get_fhir_resource(api, f"{name}/", page_size=200)):
            if coding["system"] not in {"http://hl7.org/fhir/publication-status", SUBSETTED["system"]}:
                assert re.fullmatch(patterns[coding["system"]], coding["code"])
                codes.add((coding["system"], coding["code"]))
    for entry in (Symptom.objects.get(slug="bone-pain"), Treatment.objects.get(slug="tamoxifen")):
        for prefix, code in map(split_curie, entry.codes):
            system = CODE_SYSTEMS[prefix]
            assert not system.uri or (system.uri, system.code_format.format(code=code)) in codes


@pytest.mark.parametrize(
    "path",
    [
        "side-effects/taxanes-causes-bone-pain/",
        "cautions/duloxetine-with-tamoxifen/",
        "indications/hormonal-therapy-for-bone-metastasis/",
        "red-flags/bone-pain-red-flag/",
    ],
)
def test_one_record_is_valid_fhir_with_its_red_flags(path, api, get_json):
    definition = get_fhir_resource(api, path)
    flags = [flag for flag in get_json(path)["red_flags"] if flag["url"] != definition["identifier"][0]["value"]]
    related = [artifact for artifact in get_related_artifacts(definition) if "label" in artifact]
    assert [artifact["resourceReference"]["reference"] for artifact in related] == [flag["url"] for flag in flags]
    for flag in flags:
        assert flag["text"] in get_narrative(definition)


def test_a_shipped_disagreement_is_a_modifier_extension(api, get_json):
    slug = "tamoxifen-causes-bone-loss"
    contradicting_statement = get_json("side-effects/tamoxifen-protects-from-bone-loss/")
    page = get_fhir_resource(api, "side-effects/", page_size=200)
    (list_resource,) = [e["resource"] for e in page["entry"] if e.get("fullUrl", "").endswith(f"/{slug}/")]
    for definition in (get_fhir_resource(api, f"side-effects/{slug}/"), list_resource):
        modifiers = {
            extension["url"].rpartition("#")[2]: extension["valueString"]
            for extension in definition["modifierExtension"]
        }
        assert contradicting_statement["text"] in modifiers["disagreements"]


def test_possible_certainty_is_a_modifier_of_indications_only(api, get_json):
    for name in EXPECTED_TYPES:
        possible_urls = {
            record["url"] for record in get_json(f"{name}/", page_size=200, certainty="possible")["results"]
        }
        for entry in get_fhir_resource(api, f"{name}/", page_size=200)["entry"]:
            if entry["search"]["mode"] == "match":
                values = {
                    member: [
                        extension["valueString"]
                        for extension in entry["resource"].get(member, [])
                        if extension["url"].endswith("/#certainty")
                    ]
                    for member in ("extension", "modifierExtension")
                }
                expected = values["modifierExtension" if name == "indications" else "extension"]
                assert (expected == ["Possible: it can, may or might"]) == (entry["fullUrl"] in possible_urls)
                assert len(values["extension"] + values["modifierExtension"]) <= 1
