"""All that ships and can be said in FHIR is sound FHIR R5, with codes of the systems that FHIR knows."""

import re

import pytest

from kb.code_systems import CODE_SYSTEMS, split_curie
from symptoms.models import RedFlag, SideEffect, Symptom
from tests.renderers.test_fhir import get_fhir_resource, get_narrative
from treatments.models import Caution, Indication, Treatment

pytestmark = pytest.mark.usefixtures("shipped_data")

# The values of the required bindings, which the library does not look at; https://hl7.org/fhir/R5 lists them.
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
    """Every resource in an answer, however deep."""
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from iter_resources(item)
    if isinstance(value, dict) and "resourceType" in value:
        yield value


def iter_codings(value):
    """Every code in an answer, however deep."""
    for item in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        yield from iter_codings(item)
    if isinstance(value, dict) and "system" in value and "code" in value:
        yield value


def get_related_artifacts(definition):
    """What a definition is related to: red flags, and the places that it cites."""
    return [one["valueRelatedArtifact"] for one in definition["extension"] if "valueRelatedArtifact" in one]


@pytest.mark.parametrize("name", EXPECTED_TYPES)
def test_every_shipped_statement_is_sound_fhir_and_nothing_it_says_is_lost(name, api, get_json):
    model, types = EXPECTED_TYPES[name]
    page = get_fhir_resource(api, f"{name}/", page_size=200)
    said = {one["url"]: one for one in get_json(f"{name}/", page_size=200)["results"]}
    assert len(said) == model.objects.public().count() == page["total"]
    found = {entry["fullUrl"]: entry["resource"] for entry in page["entry"] if entry["search"]["mode"] == "match"}
    unsaid = {url for url, one in said.items() if one["effect"] == "protects"} if name == "side-effects" else set()
    assert set(found) == set(said) - unsaid
    for url, definition in found.items():
        statement, told = said[url], get_narrative(definition)
        assert definition["type"] in types
        assert re.fullmatch(r"[A-Za-z0-9\-.]{1,64}", definition["id"])
        assert statement["text"] in told
        cited = get_related_artifacts(definition)
        assert [one["document"]["url"] for one in cited] == [one["source"]["url"] for one in statement["citations"]]
        for value in statement.values():
            if isinstance(value, dict):
                assert value["name"] in told
    contained = [one["id"] for one in found.values()]
    assert len(set(contained)) == len(contained)
    for one in iter_resources(page):
        for (kind, member), allowed in ALLOWED_CODES.items():
            if one["resourceType"] == kind:
                assert one[member] in allowed
        if one["resourceType"] == "ClinicalUseDefinition":
            assert one["status"]["coding"] == [{"system": "http://hl7.org/fhir/publication-status", "code": "active"}]


def test_every_code_of_a_system_that_fhir_knows_is_told_as_that_system_writes_it(api):
    shapes = {
        system.uri: system.code_format.format(code=system.pattern) for system in CODE_SYSTEMS.values() if system.uri
    }
    told = set()
    for name in EXPECTED_TYPES:
        for one in iter_codings(get_fhir_resource(api, f"{name}/", page_size=200)):
            if one["system"] != "http://hl7.org/fhir/publication-status":
                assert re.fullmatch(shapes[one["system"]], one["code"])
                told.add((one["system"], one["code"]))
    for entry in (Symptom.objects.get(slug="bone-pain"), Treatment.objects.get(slug="tamoxifen")):
        for prefix, code in map(split_curie, entry.codes):
            system = CODE_SYSTEMS[prefix]
            assert not system.uri or (system.uri, system.code_format.format(code=code)) in told


@pytest.mark.parametrize(
    "path",
    [
        "side-effects/taxanes-causes-bone-pain/",
        "cautions/duloxetine-with-tamoxifen/",
        "indications/hormonal-therapy-for-bone-metastasis/",
        "red-flags/bone-pain-red-flag/",
    ],
)
def test_one_record_is_sound_fhir_with_its_red_flags(path, api, get_json):
    definition = get_fhir_resource(api, path)
    flags = [flag for flag in get_json(path)["red_flags"] if flag["url"] != definition["identifier"][0]["value"]]
    related = [one for one in get_related_artifacts(definition) if "label" in one]
    assert [one["resourceReference"]["reference"] for one in related] == [flag["url"] for flag in flags]
    for flag in flags:
        assert flag["text"] in get_narrative(definition)


def test_what_contradicts_a_statement_is_not_to_be_passed_over(api, get_json):
    slug, rival = "hormonal-therapy-causes-bone-loss", get_json("side-effects/tamoxifen-protects-from-bone-loss/")
    page = get_fhir_resource(api, "side-effects/", page_size=200)
    (listed,) = [e["resource"] for e in page["entry"] if e.get("fullUrl", "").endswith(f"/{slug}/")]
    for definition in (get_fhir_resource(api, f"side-effects/{slug}/"), listed):
        told = {one["url"].rpartition("#")[2]: one["valueString"] for one in definition["modifierExtension"]}
        assert rival["text"] in told["disagreements"]


def test_only_of_an_indication_it_is_a_modifier_that_it_is_possible(api, get_json):
    for name in EXPECTED_TYPES:
        possible = {one["url"] for one in get_json(f"{name}/", page_size=200, certainty="possible")["results"]}
        for entry in get_fhir_resource(api, f"{name}/", page_size=200)["entry"]:
            if entry["search"]["mode"] == "match":
                marks = {
                    extension: [
                        one["valueString"]
                        for one in entry["resource"].get(extension, [])
                        if one["url"].endswith("/#certainty")
                    ]
                    for extension in ("extension", "modifierExtension")
                }
                told = marks["modifierExtension" if name == "indications" else "extension"]
                assert (told == ["Possible: it can, may or might"]) == (entry["fullUrl"] in possible)
                assert len(marks["extension"] + marks["modifierExtension"]) <= 1
