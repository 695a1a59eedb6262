"""FHIR R5: statements as ClinicalUseDefinition, their narratives, modifier extensions and bundles."""

from kb.models import Cancer
from kb.renderers.fhir_clinical_use import MAX_ID_LENGTH, build_logical_id
from symptoms.models import SideEffect, Symptom
from tests.helpers.fhir import FHIR, get_fhir_resource, get_narrative
from treatments.models import Caution, Indication, Treatment

TEXT_WITH_MARKUP = "drug & class <b>can</b> “cause” it's"


def test_a_side_effect_is_an_undesirable_effect_with_the_codes_of_both(universe, api):
    drug, bone = Treatment.objects.get(slug="loner"), Symptom.objects.get(slug="bone-ache")
    Treatment.objects.filter(pk=drug.pk).update(codes=["atc:L02BG04", "chembl.compound:CHEMBL1444"])
    Symptom.objects.filter(pk=bone.pk).update(codes=["hp:0002653"])
    resource = get_fhir_resource(api, "side-effects/loner-bone/")
    assert resource["type"] == "undesirable-effect"
    assert resource["undesirableEffect"] == {
        "symptomConditionEffect": {
            "concept": {
                "coding": [{"system": "http://human-phenotype-ontology.org", "code": "HP:0002653"}],
                "text": "Bone-ache",
            }
        },
        "frequencyOfOccurrence": {"text": "Rare"},
    }
    assert resource["subject"] == [{"reference": "#treatment", "type": "Medication", "display": "Loner"}]
    assert resource["contained"][0]["code"] == {
        "coding": [{"system": "http://www.whocc.no/atc", "code": "L02BG04"}],  # HL7 has no URI for ChEMBL.
        "text": "Loner",
    }
    assert resource["identifier"][0]["value"] == "http://testserver/api/v1/side-effects/loner-bone/"
    citation = resource["extension"][-1]["valueRelatedArtifact"]
    assert (citation["type"], citation["citation"]) == ("citation", "Page, Head, lines 1–2")
    assert citation["document"]["url"] == "http://testserver/api/v1/sources/page/"


def test_fields_without_a_fhir_element_are_in_the_narrative(universe, api):
    statement = SideEffect.objects.get(slug="class-bone")
    SideEffect.objects.filter(pk=statement.pk).update(
        text=TEXT_WITH_MARKUP,
        scope="some",
        certainty="possible",
        population="women",
        mechanism="unknown",
        duration="a week",
    )
    resource = get_fhir_resource(api, "side-effects/class-bone/")
    narrative = get_narrative(resource)
    for text in (
        TEXT_WITH_MARKUP,
        "Some members of the class",
        "Possible",
        "Only for women",
        "unknown",
        "a week",
        "Page, Head, lines 1–2",
    ):
        assert text in narrative
    assert resource["population"] == [{"reference": "#population", "display": "Women"}]
    assert {contained["id"] for contained in resource["contained"]} == {"treatment", "population"}


def test_the_use_of_a_treatment_is_part_of_the_population(universe, api):
    growth = Cancer.objects.get()
    Cancer.objects.update(codes=["icd10cm:C80"])
    SideEffect.objects.filter(slug="class-bone").update(for_cancer=growth)
    SideEffect.objects.filter(slug="loner-bone").update(for_cancer=growth, population="women")
    names = {"class-bone": "People, treated for Growth", "loner-bone": "Women, treated for Growth"}
    for slug, name in names.items():
        resource = get_fhir_resource(api, f"side-effects/{slug}/")
        (group,) = [contained for contained in resource["contained"] if contained["id"] == "population"]
        assert group["name"] == resource["population"][0]["display"] == name
        (characteristic,) = group["characteristic"]
        assert characteristic["code"] == {"text": "Treated for"}
        assert characteristic["valueCodeableConcept"]["coding"][0]["code"] == "C80"
        assert "Only when used for growth" in get_narrative(resource)


def test_a_raised_risk_is_a_noted_undesirable_effect_and_seriousness_its_class(universe, api):
    SideEffect.objects.filter(slug="class-bone").update(effect="raises-risk", seriousness="serious")
    resource = get_fhir_resource(api, "side-effects/class-bone/")
    assert resource["undesirableEffect"]["classification"] == {"text": "Serious"}
    notes = [extension.get("valueString") for extension in resource["extension"]]
    assert "Raises the risk of it" in notes
    assert "modifierExtension" not in resource
    assert "Causes it" not in str(get_fhir_resource(api, "side-effects/loner-bone/")["extension"])


def test_an_aim_is_a_modifier_of_an_indication(universe, api):
    named = {"treatment": Treatment.objects.get(slug="drug"), "cancer": Cancer.objects.get()}
    universe.make_statement(Indication, "drug-aim", certainty="aim", **named)
    (modifier,) = get_fhir_resource(api, "indications/drug-aim/")["modifierExtension"]
    assert modifier["valueString"].startswith("Aim:")


def test_a_treatment_is_a_medication_only_if_its_kind_says_so(universe, api):
    kinds = {
        "pill": ({"kind": "drug"}, "Medication"),
        "pills": ({"kind": "class", "codes": ["atc:L02BG"]}, "Medication"),
        "knife": ({"kind": "procedure"}, "ActivityDefinition"),
        "ways": ({"kind": "class", "codes": ["mesh:D012345"]}, "ActivityDefinition"),
    }
    for slug, (fields, resource_type) in kinds.items():
        universe.make_statement(
            Caution, f"{slug}-care", treatment=universe.make(Treatment, slug, **fields), effect=slug
        )
        resource = get_fhir_resource(api, f"cautions/{slug}-care/")
        assert resource["contained"][0]["resourceType"] == resource["subject"][0]["type"] == resource_type


def test_a_caution_is_an_interaction_or_else_a_warning(extended_universe, api):
    interaction = get_fhir_resource(api, "cautions/balm-with-drug/")
    assert interaction["type"] == "interaction"
    assert interaction["interaction"]["interactant"] == [
        {
            "itemCodeableConcept": {
                "coding": [{"system": "http://www.whocc.no/atc", "code": "L02BG04"}],
                "text": "Drug",
            }
        }
    ]
    warning = get_fhir_resource(api, "cautions/needle-care/")
    assert warning["type"] == "warning"
    assert warning["warning"] == {"description": "needle-care.", "code": {"text": "y"}}


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


def test_what_limits_a_statement_is_a_modifier_extension(universe, api):
    drug, growth = Treatment.objects.get(slug="drug"), Indication._meta.get_field("cancer").related_model.objects.get()
    universe.make_statement(Indication, "if-late", treatment=drug, cancer=growth, condition="when it has spread")
    assert get_fhir_resource(api, "indications/if-late/")["modifierExtension"] == [
        {"url": "http://testserver/api/v1/indications/#condition", "valueString": "when it has spread"}
    ]
    scope_modifiers = get_fhir_resource(api, "side-effects/medicine-joint/")["modifierExtension"]
    assert scope_modifiers == [
        {"url": "http://testserver/api/v1/side-effects/#scope", "valueString": "Some members of the class"}
    ]
    resource = get_fhir_resource(api, "side-effects/", treatment="drug", symptom="joint-ache")["entry"][0]["resource"]
    names = [extension["url"].partition("#")[2] for extension in resource["modifierExtension"]]
    assert names == ["scope", "basis", "contested_by"]
    assert resource["modifierExtension"][2]["valueString"] == "drug-joint. [drug-joint]"  # The text, not only the slug.
    assert "modifierExtension" not in get_fhir_resource(api, "side-effects/class-bone/")


def test_a_disagreement_is_always_a_modifier_extension(universe, api):
    loner, bone = Treatment.objects.get(slug="loner"), Symptom.objects.get(slug="bone-ache")
    universe.make_statement(SideEffect, "loner-spares-bone", treatment=loner, symptom=bone, effect="protects")
    page = get_fhir_resource(api, "side-effects/", slug="loner-bone")
    for definition in (get_fhir_resource(api, "side-effects/loner-bone/"), page["entry"][0]["resource"]):
        (modifier,) = definition["modifierExtension"]
        assert modifier["url"] == "http://testserver/api/v1/side-effects/#disagreements"
        assert modifier["valueString"] == "loner-spares-bone. [loner-spares-bone] on its effect: open"
        assert "loner-spares-bone. [loner-spares-bone] on its effect: open" in get_narrative(definition)


def test_possible_certainty_modifies_an_indication_but_not_a_side_effect(universe, api):
    drug, growth = Treatment.objects.get(slug="drug"), Indication._meta.get_field("cancer").related_model.objects.get()
    universe.make_statement(Indication, "may-help", treatment=drug, cancer=growth, certainty="possible")
    SideEffect.objects.filter(slug="class-bone").update(certainty="possible")
    indication, side_effect = (
        get_fhir_resource(api, "indications/may-help/"),
        get_fhir_resource(api, "side-effects/class-bone/"),
    )
    (modifier,) = indication["modifierExtension"]
    assert modifier["url"] == "http://testserver/api/v1/indications/#certainty"
    assert modifier["valueString"] == side_effect["extension"][0]["valueString"] == "Possible: it can, may or might"
    assert "modifierExtension" not in side_effect


def test_red_flags_are_included_in_a_resource_and_in_a_bundle(extended_universe, api):
    resource = get_fhir_resource(api, "side-effects/class-bone/")
    assert "Red flags:flag. (act)" in get_narrative(resource)
    (flag,) = [e["valueRelatedArtifact"] for e in resource["extension"] if "label" in e["valueRelatedArtifact"]]
    assert flag["resourceReference"]["reference"] == "http://testserver/api/v1/red-flags/flag/"
    page = get_fhir_resource(api, "side-effects/", symptom="bone-ache")
    modes = [(entry["search"]["mode"], entry["resource"]["id"]) for entry in page["entry"]]
    assert modes == [("match", "class-bone"), ("match", "loner-bone"), ("include", "flag")]
    red_flags_page = get_fhir_resource(api, "red-flags/")
    assert [entry["search"]["mode"] for entry in red_flags_page["entry"]] == ["match"]
    assert red_flags_page["entry"][0]["resource"]["warning"] == {"description": "flag.", "code": {"text": "act"}}
    assert "Signs: Bone-ache" in get_narrative(red_flags_page["entry"][0]["resource"])


def test_a_statement_that_fhir_cannot_express_is_refused_and_listed_as_an_outcome(universe, api, get_json):
    response = api.get("/api/v1/side-effects/drug-joint/", {"format": "fhir"})
    assert response.status_code == 406
    assert response["Content-Type"] == FHIR
    (issue,) = response.json()["issue"]
    assert issue["code"] == "not-supported"
    assert "drug-joint" in issue["details"]["text"]
    page = get_fhir_resource(api, "side-effects/", symptom="joint-ache")
    assert page["total"] == get_json("side-effects/", symptom="joint-ache")["count"] == 2
    match, outcome = page["entry"]
    assert match["resource"]["id"] == "medicine-joint"
    assert outcome["search"] == {"mode": "outcome"}
    (issue,) = outcome["resource"]["issue"]
    assert issue["diagnostics"] == "http://testserver/api/v1/side-effects/drug-joint/"
    assert "drug-joint." in issue["details"]["text"]


def test_a_bundle_states_the_basis_of_each_statement(universe, api):
    page = get_fhir_resource(api, "side-effects/", treatment="drug", symptom="bone-ache")
    (entry,) = page["entry"]
    assert entry["resource"]["subject"][0]["display"] == "Class"
    assert "Said of a class that it belongs to (drug > class)" in get_narrative(entry["resource"])


def test_a_list_is_paged_with_links(universe, api):
    page = get_fhir_resource(api, "side-effects/", page_size=1, format="fhir")
    links = {link["relation"]: link["url"] for link in page["link"]}
    assert page["type"] == "searchset"
    assert set(links) == {"self", "next"}
    last_page = api.get(links["next"].replace("page=2", "page=4")).json()
    assert {link["relation"] for link in last_page["link"]} == {"self", "previous"}
    empty_page = get_fhir_resource(api, "side-effects/", frequency="common")
    assert empty_page["total"] == 0
    assert [entry["search"]["mode"] for entry in empty_page["entry"]] == ["outcome"]  # Its absence.


def test_fhir_is_offered_for_clinical_uses_only_and_with_all_fields(extended_universe, api):
    wrong = [("treatments/drug/", ""), ("side-effects/", "omit"), ("red-flags/flag/", "fields")]
    for path, parameter in wrong:
        response = api.get(f"/api/v1/{path}", {"format": "fhir"} | ({parameter: "text"} if parameter else {}))
        assert response.status_code == 400
        (issue,) = response.json()["issue"]
        assert issue["expression"] == [f"http.{parameter or 'format'}"]
    assert api.get("/api/v1/treatments/", HTTP_ACCEPT=FHIR).status_code == 406
    assert api.get("/api/v1/side-effects/nothing/", {"format": "fhir"})["Content-Type"] == FHIR


def test_a_slug_too_long_for_fhir_has_a_unique_id():
    slugs = ["a" * 64, "a" * 65, "a" * 66, "with_underscore", "with-underscore"]
    ids = [build_logical_id(slug) for slug in slugs]
    assert ids[0] == slugs[0]
    assert len(set(ids)) == len(slugs)
    assert all(len(logical_id) <= MAX_ID_LENGTH and "_" not in logical_id for logical_id in ids)
