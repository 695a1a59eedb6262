"""Statements in FHIR R5: one as a ClinicalUseDefinition, a page of a list as a Bundle."""

from rest_framework.exceptions import NotAcceptable
from rest_framework.renderers import JSONRenderer

from kb.models import Statement
from kb.reasoning.red_flags import entry_ids_named_by
from kb.renderers.references import get_model_by_url, load_entries, load_opposing_statements
from kb.serializers import get_statement_serializer, serialize_red_flags
from kb.validators import replace_invalid_xml

RESOURCE_DESCRIPTIONS = {
    "ClinicalUseDefinition": "The statement in FHIR R5. All that it says stands in its narrative as well, since FHIR "
    "has no place for some of it. What it must not be read without, such as what contradicts it, is a modifier "
    "extension. A side effect that protects is refused with 406.",
    "Bundle": "A page of the list in FHIR R5: each statement a ClinicalUseDefinition, then the red flags that come "
    "with them (`include`), then what could not be said in FHIR (`outcome`).",
}


def get_clinical_use(model):
    """How a kind of record is said as a ClinicalUseDefinition; nothing, where FHIR has no such thing."""
    return get_statement_serializer(model).clinical_use if issubclass(model, Statement) else None


class FhirRenderer(JSONRenderer):
    """Side effects, indications, cautions and red flags for systems that speak FHIR R5."""

    media_type = "application/fhir+json"
    format = "fhir"
    needs_all_fields = True

    def render(self, data, accepted_media_type=None, renderer_context=None):
        request = (renderer_context or {}).get("request")
        return super().render(self.build_document(data, request), accepted_media_type, renderer_context)

    @classmethod
    def describe_response(cls, schema):
        resource = "ClinicalUseDefinition" if schema.view.action == "retrieve" else "Bundle"
        shape = {
            "type": "object",
            "externalDocs": {"url": f"https://hl7.org/fhir/R5/{resource.lower()}.html", "description": resource},
            "properties": {"resourceType": {"const": resource}},
            "required": ["resourceType"],
        }
        examples = [example.value for example in schema.get_examples()]
        if schema.view.action == "list":
            examples = [build_example_page(record, schema.model) for record in examples]
        return shape, RESOURCE_DESCRIPTIONS[resource], next(map(cls().build_document, examples), None)

    def build_document(self, answer, request=None):
        """The resource that says an answer: of one record, or of a page of them."""
        answer = replace_invalid_xml(answer)  # The narrative is XHTML, and no text of FHIR holds control characters.
        known = load_entries(answer) | load_opposing_statements(answer.get("results", [answer]))
        if "results" not in answer:
            return build_definition(answer, known)
        return build_bundle(answer, known, request.build_absolute_uri() if request else None)

    def check_can_render(self, record):
        """A record that FHIR cannot say is not given in FHIR; nothing near to it is said instead."""
        if not get_clinical_use(type(record)).can_express(record):
            raise NotAcceptable(
                f"“{record.slug}” cannot be said as a ClinicalUseDefinition, which has no kind for it; ask for JSON."
            )


def build_definition(statement, known):
    """The ClinicalUseDefinition of one statement."""
    model = get_model_by_url(statement["url"])
    return get_clinical_use(model).build_definition(model, statement, known)


def build_example_page(record, model):
    """A page with one record on it, and one of the red flags that come with it."""
    flags = serialize_red_flags(entry_ids_named_by([model.objects.get(slug=record["slug"])]), {})
    return {"count": 1, "red_flags": flags[:1], "results": [record]}


def build_bundle(page, known, address):
    """A page of a list: what matches, the red flags that come with it, and what could not be said."""
    entries, unsaid, shown = [], [], set()
    for mode, statements in (("match", page["results"]), ("include", page["red_flags"])):
        for statement in statements:
            if not get_clinical_use(get_model_by_url(statement["url"])).can_express(statement):
                unsaid.append(statement)
            elif statement["url"] not in shown:
                shown.add(statement["url"])
                found = build_definition(statement, known)
                entries.append({"fullUrl": statement["url"], "resource": found, "search": {"mode": mode}})
    if unsaid:
        entries.append({"resource": build_operation_outcome(unsaid), "search": {"mode": "outcome"}})
    addresses = {"self": address, "next": page.get("next"), "previous": page.get("previous")}
    links = [{"relation": relation, "url": url} for relation, url in addresses.items() if url]
    found = {"resourceType": "Bundle", "type": "searchset", "total": page.get("count"), "link": links, "entry": entries}
    return {name: value for name, value in found.items() if value not in (None, [])}


def build_operation_outcome(statements):
    """Says which of the statements that matched are not in a Bundle, so that nobody takes it for the whole."""
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
