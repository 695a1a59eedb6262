"""FHIR says what can be said in FHIR, says the rest in words, and says what it left out."""

from fhir.resources import get_fhir_model_class
from lxml import etree

from kb.renderers.fhir_clinical_use import MAX_ID_LENGTH, build_logical_id
from symptoms.models import SideEffect, Symptom
from treatments.models import Caution, Indication, Treatment

FHIR = "application/fhir+json"
SPECIAL = "drug & class <b>can</b> “cause” it's"


def get_fhir_resource(api, path, **params):
    """An answer in FHIR, which is sound FHIR R5."""
    answer = api.get(f"/api/v1/{path}", params, HTTP_ACCEPT=FHIR)
    assert answer.status_code == 200, answer.content.decode()
    assert answer["Content-Type"] == FHIR
    assert "Accept" in answer["Vary"]
    found = answer.json()
    get_fhir_model_class(found["resourceType"]).model_validate(found)
    return found


def get_narrative(definition):
    """The narrative of a resource, as a reader of XHTML sees it."""
    return "".join(etree.fromstring(definition["text"]["div"]).itertext())


def test_a_side_effect_is_an_undesirable_effect_with_the_codes_of_both(universe, api):
    drug, bone = Treatment.objects.get(slug="loner"), Symptom.objects.get(slug="bone-ache")
    Treatment.objects.filter(pk=drug.pk).update(codes=["atc:L02BG04", "chembl.compound:CHEMBL1444"])
    Symptom.objects.filter(pk=bone.pk).update(codes=["hp:0002653"])
    found = get_fhir_resource(api, "side-effects/loner-bone/")
    assert found["type"] == "undesirable-effect"
    assert found["undesirableEffect"] == {
        "symptomConditionEffect": {
            "concept": {
                "coding": [{"system": "http://human-phenotype-ontology.org", "code": "HP:0002653"}],
                "text": "Bone-ache",
            }
        },
        "frequencyOfOccurrence": {"text": "Rare"},
    }
    assert found["subject"] == [{"reference": "#treatment", "type": "Medication", "display": "Loner"}]
    assert found["contained"][0]["code"] == {
        "coding": [{"system": "http://www.whocc.no/atc", "code": "L02BG04"}],  # HL7 has settled no URI for ChEMBL.
        "text": "Loner",
    }
    assert found["identifier"][0]["value"] == "http://testserver/api/v1/side-effects/loner-bone/"
    citation = found["extension"][-1]["valueRelatedArtifact"]
    assert (citation["type"], citation["citation"]) == ("citation", "Page, Head, lines 1–2")
    assert citation["document"]["url"] == "http://testserver/api/v1/sources/page/"


def test_what_fhir_has_no_place_for_stands_in_words(universe, api):
    statement = SideEffect.objects.get(slug="class-bone")
    SideEffect.objects.filter(pk=statement.pk).update(
        text=SPECIAL, scope="some", certainty="possible", population="women", mechanism="unknown", duration="a week"
    )
    found = get_fhir_resource(api, "side-effects/class-bone/")
    told = get_narrative(found)
    for said in (
        SPECIAL,
        "Some members of the class",
        "Possible",
        "Women",
        "unknown",
        "a week",
        "Page, Head, lines 1–2",
    ):
        assert said in told
    assert found["population"] == [{"reference": "#population", "display": "Women"}]
    assert {one["id"] for one in found["contained"]} == {"treatment", "population"}


def test_a_treatment_is_a_medication_only_where_that_is_certain(universe, api):
    kinds = {
        "pill": ({"kind": "drug"}, "Medication"),
        "pills": ({"kind": "class", "codes": ["atc:L02BG"]}, "Medication"),
        "knife": ({"kind": "procedure"}, "ActivityDefinition"),
        "ways": ({"kind": "class", "codes": ["mesh:D012345"]}, "ActivityDefinition"),
    }
    for slug, (fields, kind) in kinds.items():
        universe.make_statement(
            Caution, f"{slug}-care", treatment=universe.make(Treatment, slug, **fields), effect=slug
        )
        found = get_fhir_resource(api, f"cautions/{slug}-care/")
        assert found["contained"][0]["resourceType"] == found["subject"][0]["type"] == kind


def test_a_caution_is_an_interaction_with_another_treatment_and_else_a_warning(extended_universe, api):
    two = get_fhir_resource(api, "cautions/balm-with-drug/")
    assert two["type"] == "interaction"
    assert two["interaction"]["interactant"] == [
        {
            "itemCodeableConcept": {
                "coding": [{"system": "http://www.whocc.no/atc", "code": "L02BG04"}],
                "text": "Drug",
            }
        }
    ]
    one = get_fhir_resource(api, "cautions/needle-care/")
    assert one["type"] == "warning"
    assert one["warning"] == {"description": "needle-care.", "code": {"text": "y"}}


def test_an_indication_names_its_goal_only_where_it_is_stated(universe, api):
    drug, growth = Treatment.objects.get(slug="drug"), Indication._meta.get_field("cancer").related_model.objects.get()
    universe.make_statement(Indication, "for-growth", treatment=drug, cancer=growth)
    universe.make_statement(Indication, "to-shrink", treatment=drug, cancer=growth, goal="shrink")
    disease = {"concept": {"text": "Growth"}}
    assert get_fhir_resource(api, "indications/for-growth/")["indication"] == {"diseaseSymptomProcedure": disease}
    assert get_fhir_resource(api, "indications/to-shrink/")["indication"] == {
        "diseaseSymptomProcedure": disease,
        "intendedEffect": {"concept": {"text": "Shrink the tumour"}},
    }


def test_what_narrows_a_statement_is_not_to_be_passed_over(universe, api):
    drug, growth = Treatment.objects.get(slug="drug"), Indication._meta.get_field("cancer").related_model.objects.get()
    universe.make_statement(Indication, "if-late", treatment=drug, cancer=growth, condition="when it has spread")
    assert get_fhir_resource(api, "indications/if-late/")["modifierExtension"] == [
        {"url": "http://testserver/api/v1/indications/#condition", "valueString": "when it has spread"}
    ]
    some = get_fhir_resource(api, "side-effects/medicine-joint/")["modifierExtension"]
    assert some == [{"url": "http://testserver/api/v1/side-effects/#scope", "valueString": "Some members of the class"}]
    asked = get_fhir_resource(api, "side-effects/", treatment="drug", symptom="joint-ache")["entry"][0]["resource"]
    names = [extension["url"].partition("#")[2] for extension in asked["modifierExtension"]]
    assert names == ["scope", "basis", "contested_by"]
    assert asked["modifierExtension"][2]["valueString"] == "drug-joint. [drug-joint]"  # In words, not a slug alone.
    assert "modifierExtension" not in get_fhir_resource(api, "side-effects/class-bone/")


def test_a_statement_that_another_contradicts_says_so_whatever_was_asked(universe, api):
    loner, bone = Treatment.objects.get(slug="loner"), Symptom.objects.get(slug="bone-ache")
    universe.make_statement(SideEffect, "loner-spares-bone", treatment=loner, symptom=bone, effect="protects")
    page = get_fhir_resource(api, "side-effects/", slug="loner-bone")
    for definition in (get_fhir_resource(api, "side-effects/loner-bone/"), page["entry"][0]["resource"]):
        (modifier,) = definition["modifierExtension"]
        assert modifier["url"] == "http://testserver/api/v1/side-effects/#disagreements"
        assert modifier["valueString"] == "loner-spares-bone. [loner-spares-bone] on its effect: open"
        assert "loner-spares-bone. [loner-spares-bone] on its effect: open" in get_narrative(definition)


def test_a_use_that_is_only_possible_is_not_to_be_taken_for_a_sure_one_and_a_harm_not_to_be_passed_over(universe, api):
    drug, growth = Treatment.objects.get(slug="drug"), Indication._meta.get_field("cancer").related_model.objects.get()
    universe.make_statement(Indication, "may-help", treatment=drug, cancer=growth, certainty="possible")
    SideEffect.objects.filter(slug="class-bone").update(certainty="possible")
    use, harm = get_fhir_resource(api, "indications/may-help/"), get_fhir_resource(api, "side-effects/class-bone/")
    (mark,) = use["modifierExtension"]
    assert mark["url"] == "http://testserver/api/v1/indications/#certainty"
    assert mark["valueString"] == harm["extension"][0]["valueString"] == "Possible: it can, may or might"
    assert "modifierExtension" not in harm


def test_red_flags_come_with_a_side_effect_and_with_a_page_of_them(extended_universe, api):
    one = get_fhir_resource(api, "side-effects/class-bone/")
    assert "Red flags:flag. (act)" in get_narrative(one)
    (flag,) = [e["valueRelatedArtifact"] for e in one["extension"] if "label" in e["valueRelatedArtifact"]]
    assert flag["resourceReference"]["reference"] == "http://testserver/api/v1/red-flags/flag/"
    page = get_fhir_resource(api, "side-effects/", symptom="bone-ache")
    modes = [(entry["search"]["mode"], entry["resource"]["id"]) for entry in page["entry"]]
    assert modes == [("match", "class-bone"), ("match", "loner-bone"), ("include", "flag")]
    own = get_fhir_resource(api, "red-flags/")
    assert [entry["search"]["mode"] for entry in own["entry"]] == ["match"]
    assert own["entry"][0]["resource"]["warning"] == {"description": "flag.", "code": {"text": "act"}}
    assert "Signs: Bone-ache" in get_narrative(own["entry"][0]["resource"])


def test_what_cannot_be_said_is_refused_alone_and_named_in_a_page(universe, api, get_json):
    refused = api.get("/api/v1/side-effects/drug-joint/", {"format": "fhir"})
    assert refused.status_code == 406
    assert refused["Content-Type"] == "application/problem+json"
    assert "drug-joint" in refused.json()["detail"]
    page = get_fhir_resource(api, "side-effects/", symptom="joint-ache")
    assert page["total"] == get_json("side-effects/", symptom="joint-ache")["count"] == 2
    match, outcome = page["entry"]
    assert match["resource"]["id"] == "medicine-joint"
    assert outcome["search"] == {"mode": "outcome"}
    (issue,) = outcome["resource"]["issue"]
    assert issue["diagnostics"] == "http://testserver/api/v1/side-effects/drug-joint/"
    assert "drug-joint." in issue["details"]["text"]


def test_a_page_tells_on_what_each_statement_answers(universe, api):
    page = get_fhir_resource(api, "side-effects/", treatment="drug", symptom="bone-ache")
    (entry,) = page["entry"]
    assert entry["resource"]["subject"][0]["display"] == "Class"
    assert "Said of a class that it belongs to (drug > class)" in get_narrative(entry["resource"])


def test_a_list_is_cut_into_pages_that_lead_to_each_other(universe, api):
    page = get_fhir_resource(api, "side-effects/", page_size=1, format="fhir")
    links = {link["relation"]: link["url"] for link in page["link"]}
    assert page["type"] == "searchset"
    assert set(links) == {"self", "next"}
    last = api.get(links["next"].replace("page=2", "page=4")).json()
    assert {link["relation"] for link in last["link"]} == {"self", "previous"}
    empty = get_fhir_resource(api, "side-effects/", frequency="common")
    assert (empty["total"], "entry" in empty) == (0, False)


def test_only_what_is_a_clinical_use_is_given_in_fhir_and_only_whole(extended_universe, get_json, api):
    assert get_json("treatments/drug/", 400, format="fhir")["errors"][0]["nearest"] is None
    assert api.get("/api/v1/treatments/", HTTP_ACCEPT=FHIR).status_code == 406
    assert get_json("side-effects/", 400, format="fhir", omit="text")["errors"][0]["parameter"] == "omit"
    assert get_json("red-flags/flag/", 400, format="fhir", fields="text")["errors"][0]["parameter"] == "fields"
    assert api.get("/api/v1/side-effects/nothing/", {"format": "fhir"})["Content-Type"] == "application/problem+json"


def test_a_slug_that_is_too_long_for_fhir_stays_an_id_of_its_own():
    slugs = ["a" * 64, "a" * 65, "a" * 66, "with_underscore", "with-underscore"]
    ids = [build_logical_id(slug) for slug in slugs]
    assert ids[0] == slugs[0]
    assert len(set(ids)) == len(slugs)
    assert all(len(found) <= MAX_ID_LENGTH and "_" not in found for found in ids)
