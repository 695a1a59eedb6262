"""The FHIR R5 renderer: a statement as a ClinicalUseDefinition, a page of a list as a Bundle."""

from rest_framework.exceptions import NotAcceptable

from kb.api.fhir import FHIR_FORMAT, FHIR_MEDIA_TYPE
from kb.models import Statement
from kb.renderers.fhir_clinical_use import build_red_flag_subset
from kb.renderers.json import JSONRenderer
from kb.renderers.references import get_model_by_url, load_entries, load_opposing_statements
from kb.serializers import get_record_serializer
from kb.validators import replace_invalid_xml

RESOURCE_DESCRIPTIONS = {
    "ClinicalUseDefinition": "The statement in FHIR R5. All that it says stands in its narrative as well, since FHIR "
    "has no place for some of it. What it must not be read without, such as what contradicts it, is a modifier "
    "extension. A side effect that protects is refused with 406.",
    "Bundle": "A page of the list in FHIR R5: each statement a ClinicalUseDefinition, then the red flags that come "
    "with them in short (`include`, `SUBSETTED`), then what could not be said in FHIR (`outcome`).",
}


def get_clinical_use(model):
    """Return the mapping of a model to ClinicalUseDefinition, None if FHIR has no equivalent."""
    return get_record_serializer(model).clinical_use if issubclass(model, Statement) else None


class FhirRenderer(JSONRenderer):
    """Renders side effects, indications, cautions and red flags as FHIR R5 in JSON."""

    count_params = ()
    media_type, format = FHIR_MEDIA_TYPE, FHIR_FORMAT
    needs_all_fields = True

    def render(self, data, accepted_media_type=None, renderer_context=None):
        request = (renderer_context or {}).get("request")
        return super().render(self.build_document(data, request), accepted_media_type, renderer_context)

    @classmethod
    def describe_response(cls, schema):
        resource = "ClinicalUseDefinition" if schema.view.action == "retrieve" else "Bundle"
        shape = {
            "title": f"Fhir{resource}",
            "type": "object",
            "externalDocs": {"url": f"https://hl7.org/fhir/R5/{resource.lower()}.html", "description": resource},
            "properties": {"resourceType": {"const": resource, "description": "The kind of resource in FHIR."}},
            "required": ["resourceType"],
            "additionalProperties": True,
        }
        if resource == "Bundle":  # Its entries are as the example of one.
            return shape, RESOURCE_DESCRIPTIONS[resource], None
        examples = (cls().build_document(example.value) for example in schema.get_examples())
        return shape, RESOURCE_DESCRIPTIONS[resource], next(examples, None)

    def build_document(self, answer, request=None):
        """Return the FHIR resource of a response: of one statement, or of a page of them."""
        answer = replace_invalid_xml(answer)  # FHIR allows no control characters; the narrative is XHTML.
        records_by_url = load_entries(answer) | load_opposing_statements(answer.get("results", [answer]))
        if "results" not in answer:
            return build_definition(answer, records_by_url)
        return build_bundle(answer, records_by_url, request.build_absolute_uri() if request else None)

    def check_can_render(self, record):
        """Raise NotAcceptable (406) if FHIR cannot express a record, rather than answer with something close to it."""
        if not get_clinical_use(type(record)).can_express(record):
            raise NotAcceptable(
                f"“{record.slug}” cannot be said as a ClinicalUseDefinition, which has no kind for it; ask for JSON."
            )


def build_definition(statement, records_by_url):
    """Return the ClinicalUseDefinition of a serialized statement."""
    model = get_model_by_url(statement["url"])
    return get_clinical_use(model).build_definition(model, statement, records_by_url)


def build_bundle(page, records_by_url, url):
    """Return a page as a Bundle: matches, then the red flags that come with them, then what FHIR cannot express."""
    entries, inexpressible = [], []
    for statement in page["results"]:
        if get_clinical_use(get_model_by_url(statement["url"])).can_express(statement):
            entries.append(build_entry(statement, build_definition(statement, records_by_url), "match"))
        else:
            inexpressible.append(statement)
    entries += [build_entry(flag, build_red_flag_subset(flag), "include") for flag in page["red_flags"]]
    if page.get("absence"):
        entries.append({"resource": build_absence_outcome(page["absence"]), "search": {"mode": "outcome"}})
    if inexpressible:
        entries.append({"resource": build_operation_outcome(inexpressible), "search": {"mode": "outcome"}})
    if more := page["more_red_flags"]:
        entries.append({"resource": build_more_red_flags_outcome(more), "search": {"mode": "outcome"}})
    urls_by_relation = {"self": url, "next": page.get("next"), "previous": page.get("previous")}
    links = [{"relation": relation, "url": target} for relation, target in urls_by_relation.items() if target]
    bundle = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": page.get("count"),
        "link": links,
        "entry": entries,
    }
    return {name: value for name, value in bundle.items() if value not in (None, [])}


def build_entry(statement, resource, mode):
    """Return the entry of a Bundle for a statement: one that matches, or one that comes with those."""
    return {"fullUrl": statement["url"], "resource": resource, "search": {"mode": mode}}


def build_more_red_flags_outcome(more):
    """Return an OperationOutcome that tells of the red flags that a Bundle has no place for."""
    text = f"{more['count']} more red flags ring for these: all of them stand at the address."
    issue = {"severity": "warning", "code": "incomplete", "details": {"text": text}, "diagnostics": more["url"]}
    return {"resourceType": "OperationOutcome", "issue": [issue]}


def build_absence_outcome(absence):
    """Return an OperationOutcome that says what an empty Bundle means, with the nearest that is stated."""
    texts = [absence["says"], *(answer["says"] for answer in absence["nearest"])]
    issues = [{"severity": "information", "code": "not-found", "details": {"text": text}} for text in texts]
    return {"resourceType": "OperationOutcome", "issue": issues}


def build_operation_outcome(statements):
    """Return an OperationOutcome that lists the matches left out of a Bundle, so that it is not taken for complete."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [
            {
                "severity": "warning",
                "code": "not-supported",
                "details": {"text": f"Left out, since no ClinicalUseDefinition can say it: {statement['text']}"},
                "diagnostics": statement["url"],
            }
            for statement in statements
        ],
    }
