"""A statement as a ClinicalUseDefinition of FHIR R5: what FHIR has a place for in that place, all of it in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from django.utils.html import format_html, format_html_join

from kb.choices import Population, Scope
from kb.code_systems import CODE_SYSTEMS, split_curie
from kb.reasoning.inheritance import Basis
from kb.renderers.qualifiers import format_passage, get_qualifiers, humanize_value, is_reference
from kb.renderers.references import get_opposing_urls

MAX_ID_LENGTH = 64
RELATED_ARTIFACT_URL = "http://hl7.org/fhir/StructureDefinition/artifact-relatedArtifact"
URI_SYSTEM = "urn:ietf:rfc:3986"  # What FHIR calls a URI that identifies something.
LIMITING_VALUES = {
    "scope": [Scope.SOME],
    "basis": [Basis.POSSIBLE],
    "contested_by": None,
    "disagreements": None,
    "condition": None,
}
ACTIVE_STATUS = {"coding": [{"system": "http://hl7.org/fhir/publication-status", "code": "active"}]}


@dataclass(frozen=True)
class ClinicalUseMapping:
    """How a kind of statement is said as a ClinicalUseDefinition."""

    build_elements: Callable[
        [dict, dict], dict
    ]  # What only this kind has, made of a statement and of the entries it names.
    required_values: Mapping[str, list] = field(
        default_factory=dict
    )  # What must hold of a statement; FHIR cannot say the others.
    limiting_values: Mapping[str, list] = field(
        default_factory=dict
    )  # What it must not be read without, besides NARROWS.

    def can_express(self, statement):
        """Whether a statement, as a record or as an answer, is one that FHIR can say."""
        said = statement if isinstance(statement, dict) else vars(statement)
        return all(said[name] in words for name, words in self.required_values.items())

    def build_definition(self, model, statement, known):
        """The ClinicalUseDefinition of one statement."""
        own, statement = self.build_elements(statement, known), expand_opposing_statements(statement, known)
        contained, limits = (
            own.pop("contained", []),
            find_limiting_fields(statement, LIMITING_VALUES | self.limiting_values),
        )
        narrowed = build_field_extensions(model, statement, limits)
        firmness = build_field_extensions(model, statement, {"certainty"}.difference(limits))
        if statement["population"] != Population.UNSTATED:
            people = build_population_group(Population(statement["population"]))
            contained = [*contained, people]
            own["population"] = [{"reference": "#population", "display": people["name"]}]
        return {
            "resourceType": "ClinicalUseDefinition",
            "id": build_logical_id(statement["slug"]),
            "meta": {"lastUpdated": statement["updated_at"]},
            "text": {"status": "generated", "div": build_narrative(model, statement)},
            **({"contained": contained} if contained else {}),
            "extension": [
                *firmness,
                *map(build_red_flag_extension, get_other_red_flags(statement)),
                *map(build_citation_extension, statement["citations"]),
            ],
            **({"modifierExtension": narrowed} if narrowed else {}),
            "identifier": [{"system": URI_SYSTEM, "value": statement["url"]}],
            "status": ACTIVE_STATUS,
            **own,
        }


def build_logical_id(slug):
    """The slug, or what FHIR takes of a longer one: the rest is told apart by a digest."""
    if len(slug) <= MAX_ID_LENGTH and "_" not in slug:
        return slug
    digest = sha256(slug.encode()).hexdigest()[:12]
    return f"{slug[: MAX_ID_LENGTH - 13].replace('_', '-')}-{digest}"


def build_codeable_concept(reference, known):
    """An entry by its name, with its codes in those systems for which HL7 has settled a URI."""
    codes = [split_curie(curie) for curie in known[reference["url"]].codes]
    coding = [
        {"system": CODE_SYSTEMS[prefix].uri, "code": CODE_SYSTEMS[prefix].code_format.format(code=code)}
        for prefix, code in codes
        if CODE_SYSTEMS[prefix].uri
    ]
    return ({"coding": coding} if coding else {}) | {"text": reference["name"]}


def build_population_group(population):
    """For whom a statement holds, as a group of people that is described and not listed."""
    return {
        "resourceType": "Group",
        "id": "population",
        "type": "person",
        "membership": "definitional",
        "name": population.label,
    }


def find_limiting_fields(statement, limits):
    """What a statement must not be read without: that it holds only of some, on a condition, or is contested.

    FHIR has no member for it, and who does not understand a modifier extension must not use what it modifies.
    """
    return [name for name, those in limits.items() if statement.get(name) in (those or [statement.get(name)])]


def build_field_extensions(model, statement, names):
    """What a statement says in these fields, in words, as extensions."""
    said, where = dict(get_qualifiers(model, statement)), statement["url"].rstrip("/").rpartition("/")[0]
    found = {name: said.get(humanize_value(name).capitalize()) for name in names}
    return [{"url": f"{where}/#{name}", "valueString": value} for name, value in found.items() if value]


def expand_opposing_statements(statement, known):
    """A statement with the sentences of those that contradict it beside their slugs."""
    told = {slug: f"{known[url]} [{slug}]" for slug, url in get_opposing_urls(statement).items()}
    return statement | {
        "contested_by": [told[slug] for slug in statement.get("contested_by") or []],
        "disagreements": [other | {"slug": told[other["slug"]]} for other in statement.get("disagreements") or []],
    }


def build_citation_extension(passage):
    """A place in a source that says so, as a citation."""
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
    """A red flag that must not be missed by who reads of the symptom."""
    reference = {"reference": flag["url"], "type": "ClinicalUseDefinition", "display": flag["text"]}
    return {
        "url": RELATED_ARTIFACT_URL,
        "valueRelatedArtifact": {"type": "documentation", "label": "Red flag", "resourceReference": reference},
    }


def get_other_red_flags(statement):
    """The red flags that come with a statement, less itself."""
    return [flag for flag in statement.get("red_flags", []) if flag["url"] != statement["url"]]


def build_narrative(model, statement):
    """All that is said, in words: nothing that the source limits it by is lost where FHIR has no place for it."""
    named = [
        (
            humanize_value(name).capitalize(),
            ", ".join(one["name"] for one in (value if isinstance(value, list) else [value])),
        )
        for name, value in statement.items()
        if name not in {"citations", "red_flags"} and value and is_reference(value)
    ]
    reviewed = [("Reviewed by a clinician on", statement["reviewed_on"])] if statement["reviewed_on"] else []
    facts = [*named, *get_qualifiers(model, statement), *reviewed]
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
