"""The mapping of a statement to a FHIR R5 ClinicalUseDefinition: its elements, extensions and narrative."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from django.db.models import Q
from django.utils.html import format_html, format_html_join

from kb.choices import Population, Scope
from kb.code_systems import CODE_SYSTEMS, split_curie
from kb.reasoning.inheritance import Basis
from kb.renderers.qualifiers import format_passage, get_qualifiers, humanize_value, is_reference
from kb.renderers.references import get_opposing_urls

MAX_ID_LENGTH = 64
RELATED_ARTIFACT_URL = "http://hl7.org/fhir/StructureDefinition/artifact-relatedArtifact"
URI_SYSTEM = "urn:ietf:rfc:3986"  # The system of an identifier that is a URI.
# Values of a statement that limit it and that no element holds: a modifier extension each. None stands for any value.
# A system that does not understand a modifier extension must not use the resource.
LIMITING_VALUES: Mapping[str, list | None] = {
    "scope": [Scope.SOME],
    "basis": [Basis.POSSIBLE],
    "contested_by": None,
    "disagreements": None,
    "condition": None,
}
SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
ACTIVE_STATUS = {"coding": [{"system": "http://hl7.org/fhir/publication-status", "code": "active"}]}


@dataclass(frozen=True)
class ClinicalUseMapping:
    """How statements of a model are expressed as a ClinicalUseDefinition."""

    # Builds the elements of this model alone, of a serialized statement and the entries it references by URL.
    build_elements: Callable[[dict, dict], dict]
    # The values that a statement must have to be expressed at all.
    required_values: Mapping[str, list] = field(default_factory=dict)
    # The types of ClinicalUseDefinition that statements of this model become, each with the condition for it.
    types: Mapping[str, Q] = field(default_factory=dict)
    # The values that limit a statement of this model, besides LIMITING_VALUES.
    limiting_values: Mapping[str, list | None] = field(default_factory=dict)
    # The values that no element holds and that limit nothing, besides the certainty: an extension each.
    noted_values: Mapping[str, list | None] = field(default_factory=dict)

    @property
    def expressible(self):
        """The condition for statements that FHIR can express."""
        return Q(**{f"{name}__in": allowed for name, allowed in self.required_values.items()})

    def can_express(self, statement):
        """Whether FHIR can express a statement, given as a record or serialized."""
        values = statement if isinstance(statement, dict) else vars(statement)
        return all(values[name] in allowed for name, allowed in self.required_values.items())

    def build_definition(self, model, statement, records_by_url):
        """Return the ClinicalUseDefinition of a serialized statement."""
        elements = self.build_elements(statement, records_by_url)
        statement = expand_opposing_statements(statement, records_by_url)
        contained = elements.pop("contained", [])
        limits = find_matching_fields(statement, {**LIMITING_VALUES, **self.limiting_values})
        modifier_extensions = build_field_extensions(model, statement, limits)
        noted = find_matching_fields(statement, {"certainty": None, **self.noted_values})
        extensions = build_field_extensions(model, statement, [name for name in noted if name not in limits])
        if group := build_population_group(statement, records_by_url):
            contained = [*contained, group]
            elements["population"] = [{"reference": "#population", "display": group["name"]}]
        return {
            "resourceType": "ClinicalUseDefinition",
            "id": build_logical_id(statement["slug"]),
            "meta": {"lastUpdated": statement["updated_at"]},
            "text": {"status": "generated", "div": build_narrative(model, statement)},
            **({"contained": contained} if contained else {}),
            "extension": [
                *extensions,
                *map(build_red_flag_extension, get_other_red_flags(statement)),
                *map(build_citation_extension, statement["citations"]),
            ],
            **({"modifierExtension": modifier_extensions} if modifier_extensions else {}),
            "identifier": [{"system": URI_SYSTEM, "value": statement["url"]}],
            "status": ACTIVE_STATUS,
            **elements,
        }


def build_logical_id(slug):
    """Return the slug as a FHIR id; one too long or with an underscore is cut and completed by its digest."""
    if len(slug) <= MAX_ID_LENGTH and "_" not in slug:
        return slug
    digest = sha256(slug.encode()).hexdigest()[:12]
    return f"{slug[: MAX_ID_LENGTH - 13].replace('_', '-')}-{digest}"


def build_codeable_concept(reference, records_by_url):
    """Return a CodeableConcept of an entry: its name, and its codes in systems that have a URI from HL7."""
    codes = [split_curie(curie) for curie in records_by_url[reference["url"]].codes]
    coding = [
        {"system": CODE_SYSTEMS[prefix].uri, "code": CODE_SYSTEMS[prefix].code_format.format(code=code)}
        for prefix, code in codes
        if CODE_SYSTEMS[prefix].uri
    ]
    return ({"coding": coding} if coding else {}) | {"text": reference["name"]}


def build_population_group(statement, records_by_url):
    """Return the people for whom a statement holds as a Group without listed members; None where that is unstated.

    The cancer for which the treatment is used, if the statement is limited to that, is a characteristic of the Group.
    """
    population, cancer = Population(statement["population"]), statement.get("for_cancer")
    if population == Population.UNSTATED and not cancer:
        return None
    name = population.label if population != Population.UNSTATED else "People"
    group = {"resourceType": "Group", "id": "population", "type": "person", "membership": "definitional"}
    if not cancer:
        return group | {"name": name}
    characteristic = {
        "code": {"text": "Treated for"},
        "valueCodeableConcept": build_codeable_concept(cancer, records_by_url),
        "exclude": False,
    }
    return group | {"name": f"{name}, treated for {cancer['name']}", "characteristic": [characteristic]}


def find_matching_fields(statement, values_by_field):
    """Return the fields of which a statement has one of the given values; None stands for any value."""
    return [name for name, values in values_by_field.items() if values is None or statement.get(name) in values]


def build_field_extensions(model, statement, names):
    """Return an extension for each of these fields that has a value, with the value in words."""
    labels = dict(get_qualifiers(model, statement))
    base_url = statement["url"].rstrip("/").rpartition("/")[0]
    values = {name: labels.get(humanize_value(name).capitalize()) for name in names}
    return [{"url": f"{base_url}/#{name}", "valueString": value} for name, value in values.items() if value]


def expand_opposing_statements(statement, records_by_url):
    """Return the statement with the sentences of those that contradict it beside their slugs."""
    texts = {key: f"{records_by_url[url]} [{key[1]}]" for key, url in get_opposing_urls(statement).items()}
    return statement | {
        name: [other | {"slug": texts[other["kind"], other["slug"]]} for other in statement.get(name) or []]
        for name in ("contested_by", "disagreements")
    }


def build_citation_extension(passage):
    """Return the extension of a cited passage."""
    source = passage["source"]
    return {
        "url": RELATED_ARTIFACT_URL,
        "valueRelatedArtifact": {
            "type": "citation",
            "display": source["name"],
            "citation": format_passage(passage),
            "document": {"url": source["url"], "title": source["name"]},
        },
    }


def build_red_flag_extension(flag):
    """Return the extension that refers to a red flag."""
    reference = {"reference": flag["url"], "type": "ClinicalUseDefinition", "display": flag["text"]}
    return {
        "url": RELATED_ARTIFACT_URL,
        "valueRelatedArtifact": {"type": "documentation", "label": "Red flag", "resourceReference": reference},
    }


def build_red_flag_subset(flag):
    """Return the ClinicalUseDefinition of a red flag of which only the reference is known, marked as not the whole."""
    limits = " ".join(flag["limits"])
    group = {"resourceType": "Group", "id": "population", "type": "person", "membership": "definitional"}
    narrative = format_html(
        '<div xmlns="http://www.w3.org/1999/xhtml"><p>{}</p><p>{}</p></div>',
        flag["text"],
        " ".join(filter(None, [f"Urgency: {humanize_value(flag['urgency'])}.", limits])),
    )
    return {
        "resourceType": "ClinicalUseDefinition",
        "id": build_logical_id(flag["slug"]),
        "meta": {"tag": [SUBSETTED]},
        "text": {"status": "generated", "div": narrative},
        **({"contained": [group | {"name": limits}]} if limits else {}),
        "identifier": [{"system": URI_SYSTEM, "value": flag["url"]}],
        "status": ACTIVE_STATUS,
        "type": "warning",
        **({"population": [{"reference": "#population", "display": limits}]} if limits else {}),
        "warning": {"description": flag["text"]},
    }


def get_other_red_flags(statement):
    """Return the red flags of a statement other than itself."""
    return [flag for flag in statement.get("red_flags", []) if flag["url"] != statement["url"]]


def build_narrative(model, statement):
    """Return the narrative in XHTML: all of the statement in words, including what no element of FHIR holds."""
    references = [
        (
            humanize_value(name).capitalize(),
            ", ".join(reference["name"] for reference in (value if isinstance(value, list) else [value])),
        )
        for name, value in statement.items()
        if name not in {"citations", "red_flags"} and value and is_reference(value)
    ]
    reviewed = [("Reviewed by a clinician on", statement["reviewed_on"])] if statement["reviewed_on"] else []
    facts = [*references, *get_qualifiers(model, statement), *reviewed]
    parts = [
        format_html("<p>{}</p>", statement["text"]),
        format_html("<ul>{}</ul>", format_html_join("", "<li>{}: {}</li>", facts)),
        format_html(
            "<p>Stated in:</p><ul>{}</ul>",
            format_html_join("", "<li>{}</li>", [(format_passage(passage),) for passage in statement["citations"]]),
        ),
    ]
    if flags := get_other_red_flags(statement):
        items = format_html_join("", "<li>{} {}</li>", [(flag["text"], f"({flag['action']})") for flag in flags])
        parts.append(format_html("<p>Red flags:</p><ul>{}</ul>", items))
    return f'<div xmlns="http://www.w3.org/1999/xhtml">{"".join(parts)}</div>'
