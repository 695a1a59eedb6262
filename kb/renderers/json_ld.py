"""Entries and sources as JSON-LD, in the words of schema.org: plain properties only where nothing is lost by them."""

from django.urls import reverse
from rest_framework.renderers import JSONRenderer

from kb.api.exceptions import API_V1_PREFIX, HTML_PREFIX
from kb.choices import Population, Scope
from kb.code_systems import CODE_SYSTEMS, build_code_url, split_curie
from kb.models import Statement
from kb.renderers.qualifiers import format_passage, get_qualifiers
from kb.renderers.references import get_model_by_url, iterate_references, load_entries

SCHEMA_ORG = "https://schema.org/"
EMPTY_VALUES = (None, "", [], "unstated")
DATE_TYPE, IRI_TYPE = {"@type": "Date"}, {"@type": "@id"}
CONTEXT = {
    "@version": 1.1,
    "@vocab": SCHEMA_ORG,
    **dict.fromkeys(["dateModified", "lastReviewed"], DATE_TYPE),
    **dict.fromkeys(["contentUrl", "inCodeSet", "item", "url"], IRI_TYPE),
}


class JsonLdRenderer(JSONRenderer):
    """An entry or a source as linked data, for who knows schema.org."""

    media_type = "application/ld+json"
    format = "jsonld"
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
            "type": "object",
            "externalDocs": {"url": SCHEMA_ORG, "description": "The vocabulary"},
            "properties": {"@context": {"type": "string"}, "@id": {"type": "string"}, "@type": {"type": "string"}},
            "required": ["@context", "@id", "@type"],
        }
        examples = [shorten_example(example.value) for example in schema.get_examples()]
        return shape, cls.description, next(map(cls().build_document, examples), None)

    def build_document(self, answer, request=None):
        """The document of one record, with the address of its context."""
        context = reverse("context")
        known = load_entries(answer)
        body = build_entry(answer, known) if answer["url"] in known else build_source(answer, known)
        return {"@context": request.build_absolute_uri(context) if request else context} | body


def shorten_example(answer):
    """An answer with one kind of statement in it: enough to see what they look like."""
    about = [*answer.get("statements", {}).items()][:1]
    return answer | {"statements": dict(about)}


def drop_empty_values(node):
    """A node without what nobody knows."""
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}


def build_entry(answer, known):
    """An entry: its names, its codes, what can plainly be said of it, and all that is said of it, with its sources."""
    record = known[answer["url"]]
    kind = type(record).schema_org
    own = kind.properties.get(kind.of(record), {})
    others = [name for name in answer.get("brand_names", []) if "brand_names" not in own]
    said = [
        (get_model_by_url(statement["url"]), statement)
        for statements in answer["statements"].values()
        for statement in statements
    ]
    node = {
        "@type": kind.of(record),
        "@id": answer["url"],
        "identifier": answer["slug"],
        "name": answer["name"],
        "alternateName": [*answer["synonyms"], *others],
        "description": answer["summary"],
        "code": [build_medical_code(curie) for curie in answer["codes"]],
        **{term: answer[name] for name, term in own.items()},
        **build_plain_properties(answer["url"], said, known),
        "subjectOf": [build_claim(model, one, known) for model, one in said if is_about_entry(answer, one)],
        "mainEntityOfPage": build_web_page(answer)
        | drop_empty_values(
            {
                "breadcrumb": build_breadcrumb_list(answer["breadcrumb"]),
                "mentions": [build_claim(model, one, known) for model, one in said if not is_about_entry(answer, one)]
                + [
                    build_claim(get_model_by_url(one["url"]), one, known)
                    for one in get_remaining_red_flags(answer["red_flags"], said)
                ],
            }
        ),
    }
    return drop_empty_values(node)


def build_source(answer, known):
    """A source: what it says of itself, what was read of it, and the statements that rest on it."""
    means = f" ({answer['date_means']})" if answer["date_means"] else ""
    told = [
        answer["reviewer"] and f"Reviewed by {answer['reviewer']}.",
        answer["dated"] and f"Dated {answer['dated']}{means}.",
        f"The text that was read has {answer['lines']} lines.",
        answer["note"],
    ]
    flags = get_remaining_red_flags(answer["red_flags"], [(None, one) for one in answer["cited_by"]])
    node = {
        "@type": "CreativeWork",
        "@id": answer["url"],
        "identifier": answer["slug"],
        "name": answer["title"],
        "publisher": drop_empty_values({"name": answer["publisher"]}),
        "dateModified": answer["dated"] if "updated" in answer["date_means"] else None,
        "description": " ".join(filter(None, told)),
        "encoding": {"@type": "MediaObject", "sha256": answer["sha256"]},
        "mainEntityOfPage": build_web_page(answer)
        | drop_empty_values(
            {
                "mentions": [
                    build_claim(get_model_by_url(one["url"]), one, known) for one in [*answer["cited_by"], *flags]
                ]
            }
        ),
    }
    return drop_empty_values(node)


def get_remaining_red_flags(red_flags, said):
    """The red flags that are not among what is said already."""
    shown = {one["url"] for _, one in said}
    return [flag for flag in red_flags if flag["url"] not in shown]


def is_about_entry(answer, statement):
    """Whether a statement is about the entry itself: not only about a class that it belongs to, or a kind of it."""
    return any(one["url"] == answer["url"] for one in iterate_references(statement))


def build_medical_code(curie):
    """A code, with the address at which its system explains it."""
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


def build_thing(reference, known):
    """An entry that something names: its type, its address, its name."""
    record = known[reference["url"]]
    return {"@type": type(record).schema_org.of(record), "@id": reference["url"], "name": reference["name"]}


def build_plain_properties(url, said, known):
    """What can be said of an entry in one word: no reservation that a statement makes is lost by it."""
    found = {}
    for model, statement in said:
        for reading in model.schema_org:
            of, value = statement[reading.of], statement[reading.value]
            if of is None or of["url"] != url or has_reservations(model, statement, reading):
                continue
            (first, *_) = reading.types
            node = {"@type": first, "name": value} if isinstance(value, str) else build_thing(value, known)
            if node["@type"] in reading.types and node not in found.setdefault(reading.name, []):
                found[reading.name].append(node)
    return found


def has_reservations(model, statement, reading):
    """Whether a statement says more than a plain property could: for whom, when, how firmly, against what."""
    read = {reading.of, reading.value, *reading.conditions, *reading.allowed_fields}
    return (
        statement["scope"] == Scope.SOME
        or statement["population"] not in {Population.UNSTATED, Population.EVERYONE}
        or bool(statement["contested_by"] or statement["disagreements"])
        or any(statement[name] not in EMPTY_VALUES for name in get_own_fields(model) if name not in read)
        or any(statement[name] not in words for name, words in reading.conditions.items())
    )


def get_own_fields(model):
    """The fields that a kind of statement has besides those of every kind."""
    common = {field.name for field in [*Statement._meta.fields, *Statement._meta.many_to_many]}
    every = [*model._meta.fields, *model._meta.many_to_many]
    return [field.name for field in every if field.name not in common and not field.primary_key]


def build_claim(model, statement, known):
    """A statement as it stands: its sentence, what limits it in words, what it is about, and on whose word."""
    about = [build_thing(one, known) for one in iterate_references(statement) if one["url"] in known]
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
                "name": format_passage(cited),
                "isPartOf": {"@type": "CreativeWork", "@id": cited["source"]["url"], "name": cited["source"]["name"]},
            }
            for cited in statement["citations"]
        ],
    }
    return drop_empty_values(node)


def build_web_page(answer):
    """The page on which people read of the record."""
    return {
        "@type": "WebPage",
        "url": answer["url"].replace(API_V1_PREFIX, HTML_PREFIX, 1),
        **drop_empty_values({"dateModified": answer["updated_at"][:10], "lastReviewed": answer["reviewed_on"]}),
    }


def build_breadcrumb_list(above):
    """The entries that an entry belongs to, the broadest first."""
    items = [
        {"@type": "ListItem", "position": position, "name": one["name"], "item": one["url"]}
        for position, one in enumerate(above, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items} if items else None
