"""The JSON-LD renderer of entries and sources in schema.org terms, with each statement as a Claim."""

from itertools import chain

from django.urls import reverse

from kb.api.exceptions import API_V1_PREFIX, HTML_PREFIX
from kb.choices import Scope
from kb.code_systems import CODE_SYSTEMS, build_code_url, split_curie
from kb.models import Statement
from kb.renderers.json import JSONRenderer
from kb.renderers.qualifiers import format_passage, get_qualifiers
from kb.renderers.references import get_model_by_url, iterate_references, load_entries

SCHEMA_ORG = "https://schema.org/"
EMPTY_VALUES: tuple = (None, "", [], "unstated")
DATE_TYPE, IRI_TYPE = {"@type": "Date"}, {"@type": "@id"}
CONTEXT = {
    "@version": 1.1,
    "@vocab": SCHEMA_ORG,
    **dict.fromkeys(["dateModified", "lastReviewed"], DATE_TYPE),
    **dict.fromkeys(["contentUrl", "inCodeSet", "item", "relatedLink", "url"], IRI_TYPE),
}
KEYWORDS = {"@context": "The address of its vocabulary.", "@id": "The record's address.", "@type": "Its type."}


class JsonLdRenderer(JSONRenderer):
    """Renders an entry or a source as schema.org linked data."""

    media_type, format = "application/ld+json", "jsonld"
    needs_all_fields = True
    description = (
        "The record in JSON-LD, in the words of schema.org. A statement stays a Claim with its sentence, what limits "
        "it, and its sources; only what is said of all, for everybody, undisputed and without any limit is a plain "
        "property as well."
    )

    def render(self, data, accepted_media_type=None, renderer_context=None):
        request = (renderer_context or {}).get("request")
        return super().render(self.build_document(data, request), accepted_media_type, renderer_context)

    @classmethod
    def describe_response(cls, schema):
        shape = {
            "title": "LinkedRecord",
            "type": "object",
            "externalDocs": {"url": SCHEMA_ORG, "description": "The vocabulary"},
            "properties": {name: {"type": "string", "description": text} for name, text in KEYWORDS.items()},
            "required": [*KEYWORDS],
            "additionalProperties": True,
        }
        examples = [shorten_example(example.value) for example in schema.get_examples()]
        return shape, cls.description, next(map(cls().build_document, examples), None)

    def build_document(self, answer, request=None):
        """Return the document of one record, with the URL of its context."""
        context = reverse("context")
        records_by_url = load_entries(answer)
        build_node = build_entry if answer["url"] in records_by_url else build_source
        body = build_node(answer, records_by_url)
        return {"@context": request.build_absolute_uri(context) if request else context} | body


def shorten_example(answer):
    """Return a response with the statements of the first model only, as an example for the OpenAPI document."""
    first = [*answer.get("statements", {}).items()][:1]
    return answer | {"statements": dict(first)}


def drop_empty_values(node):
    """Return a node without its empty values."""
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}


def build_entry(answer, records_by_url):
    """Return the node of an entry: names, codes, plain properties, claims about it, and claims that mention it."""
    record = records_by_url[answer["url"]]
    kind = type(record).schema_org
    own_terms = kind.properties.get(kind.type_of(record), {})
    other_names = [name for name in answer.get("brand_names", []) if "brand_names" not in own_terms]
    rows = chain.from_iterable(part["results"] for part in answer["statements"].values())
    statements = [(get_model_by_url(statement["url"]), statement) for statement in rows]
    claims = [(statement, build_claim(model, statement, records_by_url)) for model, statement in statements]
    red_flags = get_remaining_red_flags(answer["red_flags"], [statement for _, statement in statements])
    node = {
        "@type": kind.type_of(record),
        "@id": answer["url"],
        "identifier": answer["slug"],
        "name": answer["name"],
        "alternateName": [*answer["synonyms"], *other_names],
        "description": answer["summary"],
        "code": [build_medical_code(curie) for curie in answer["codes"]],
        **{term: answer[name] for name, term in own_terms.items()},
        **build_plain_properties(answer["url"], statements, records_by_url),
        "subjectOf": [claim for statement, claim in claims if is_about_entry(answer, statement)],
        "mainEntityOfPage": build_web_page(answer, *answer["statements"].values())
        | drop_empty_values(
            {
                "breadcrumb": [*map(build_breadcrumb_list, answer["breadcrumbs"])],
                "mentions": [
                    *(claim for statement, claim in claims if not is_about_entry(answer, statement)),
                    *build_claims(red_flags, records_by_url),
                ],
            }
        ),
    }
    return drop_empty_values(node)


def build_source(answer, records_by_url):
    """Return the node of a source: its bibliographic data, the digest of its text, and claims that cite it."""
    date_meaning = f" ({answer['date_means']})" if answer["date_means"] else ""
    sentences = [
        answer["reviewer"] and f"Reviewed by {answer['reviewer']}.",
        answer["dated"] and f"Dated {answer['dated']}{date_meaning}.",
        f"The text that was read has {answer['lines']} lines.",
        answer["note"],
    ]
    cited_by = answer["cited_by"]["results"]
    red_flags = get_remaining_red_flags(answer["red_flags"], cited_by)
    node = {
        "@type": "CreativeWork",
        "@id": answer["url"],
        "identifier": answer["slug"],
        "name": answer["title"],
        "publisher": drop_empty_values({"name": answer["publisher"]}),
        "dateModified": answer["dated"] if "updated" in answer["date_means"] else None,
        "description": " ".join(filter(None, sentences)),
        "encoding": {"@type": "MediaObject", "sha256": answer["sha256"]},
        "mainEntityOfPage": build_web_page(answer, answer["cited_by"])
        | drop_empty_values({"mentions": build_claims([*cited_by, *red_flags], records_by_url)}),
    }
    return drop_empty_values(node)


def get_remaining_red_flags(red_flags, statements):
    """Return the red flags that are not among the statements."""
    urls = {statement["url"] for statement in statements}
    return [flag for flag in red_flags if flag["url"] not in urls]


def is_about_entry(answer, statement):
    """Whether a statement references the entry itself, not only a broader or narrower one."""
    return any(reference["url"] == answer["url"] for reference in iterate_references(statement))


def build_medical_code(curie):
    """Return the MedicalCode of a CURIE, with the URL of its page in the code system."""
    prefix, code = split_curie(curie)
    system = CODE_SYSTEMS[prefix]
    return drop_empty_values(
        {
            "@type": "MedicalCode",
            "codeValue": system.code_format.format(code=code),
            "codingSystem": system.name,
            "inCodeSet": system.uri,
            "url": build_code_url(curie),
        }
    )


def build_thing(reference, records_by_url):
    """Return the node of a referenced entry: its type, URL and name."""
    record = records_by_url[reference["url"]]
    return {"@type": type(record).schema_org.type_of(record), "@id": reference["url"], "name": reference["name"]}


def build_plain_properties(url, statements, records_by_url):
    """Return the schema.org properties of an entry that its statements without any reservation amount to."""
    properties: dict[str, list[dict]] = {}
    for model, statement in statements:
        for reading in model.schema_org:
            subject, value = statement[reading.subject_field], statement[reading.value_field]
            if subject is None or subject["url"] != url or has_reservations(model, statement, reading):
                continue
            (first, *_) = reading.types
            node = {"@type": first, "name": value} if isinstance(value, str) else build_thing(value, records_by_url)
            if node["@type"] in reading.types and node not in properties.setdefault(reading.name, []):
                properties[reading.name].append(node)
    return properties


def has_reservations(model, statement, reading):
    """Whether a statement says more than a plain property could: for whom, when, how certainly, disputed by what."""
    read = {reading.subject_field, reading.value_field, *reading.conditions, *reading.allowed_fields}
    return (
        statement["scope"] == Scope.SOME
        or bool(statement["limits"])
        or bool(statement["contested_by"] or statement["disagreements"])
        or any(statement[name] not in EMPTY_VALUES for name in get_own_fields(model) if name not in read)
        or any(statement[name] not in allowed for name, allowed in reading.conditions.items())
    )


def get_own_fields(model):
    """Return the names of the fields that a statement model adds to those of every statement."""
    common = {field.name for field in [*Statement._meta.fields, *Statement._meta.many_to_many]}
    fields = [*model._meta.fields, *model._meta.many_to_many]
    return [field.name for field in fields if field.name not in common and not field.primary_key]


def build_claims(statements, records_by_url):
    """Return the Claims of statements of any model."""
    return [build_claim(get_model_by_url(statement["url"]), statement, records_by_url) for statement in statements]


def build_claim(model, statement, records_by_url):
    """Return a statement as a Claim: its sentence, its qualifiers in words, the entries it is about, its citations."""
    references = [reference for reference in iterate_references(statement) if reference["url"] in records_by_url]
    about = [build_thing(reference, records_by_url) for reference in references]
    node = {
        "@type": "Claim",
        "@id": statement["url"],
        "genre": str(model._meta.verbose_name_plural),
        "text": statement["text"],
        "description": "; ".join(f"{name}: {value}" for name, value in get_qualifiers(model, statement)),
        "about": list({node["@id"]: node for node in about}.values()),
        "citation": [
            {
                "@type": "CreativeWork",
                "name": format_passage(passage),
                "isPartOf": {
                    "@type": "CreativeWork",
                    "@id": passage["source"]["url"],
                    "name": passage["source"]["name"],
                },
            }
            for passage in statement["citations"]
        ],
    }
    return drop_empty_values(node)


def build_web_page(answer, *parts):
    """Return the WebPage that shows the record to people, with links to the rest of those parts that are not whole."""
    return {
        "@type": "WebPage",
        "url": answer["url"].replace(API_V1_PREFIX, HTML_PREFIX, 1),
        **drop_empty_values({"dateModified": answer["updated_at"][:10], "lastReviewed": answer["reviewed_on"]}),
        **drop_empty_values({"relatedLink": [part["next"] for part in parts if part["next"]]}),
    }


def build_breadcrumb_list(ancestors):
    """Return broader entries, the broadest first, as a BreadcrumbList."""
    items = [
        {"@type": "ListItem", "position": position, "name": ancestor["name"], "item": ancestor["url"]}
        for position, ancestor in enumerate(ancestors, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}
