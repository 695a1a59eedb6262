"""Entries and sources as JSON-LD, in the words of schema.org: plain properties only where nothing is lost by them."""

from django.urls import reverse
from rest_framework.renderers import JSONRenderer

from kb.api.exceptions import API, PEOPLE
from kb.choices import Population, Scope
from kb.code_systems import SYSTEMS, split, url_of
from kb.models import Statement
from kb.renderers.qualifiers import place, qualifiers
from kb.renderers.references import entries_in, kind_at, named_in

SCHEMA_ORG = "https://schema.org/"
NOTHING = (None, "", [], "unstated")
DATE, ADDRESS = {"@type": "Date"}, {"@type": "@id"}
CONTEXT = {
    "@version": 1.1,
    "@vocab": SCHEMA_ORG,
    **dict.fromkeys(["dateModified", "lastReviewed"], DATE),
    **dict.fromkeys(["contentUrl", "inCodeSet", "item", "url"], ADDRESS),
}


class JsonLd(JSONRenderer):
    """An entry or a source as linked data, for who knows schema.org."""

    media_type = "application/ld+json"
    format = "jsonld"
    every_field = True
    says = (
        "The record in JSON-LD, in the words of schema.org. A statement stays a Claim with its sentence, what limits "
        "it, and its sources; only what is said of all, for everybody, undisputed and without any limit is a plain "
        "property as well."
    )

    def render(self, data, accepted_media_type=None, renderer_context=None):
        request = (renderer_context or {}).get("request")
        return super().render(self.document(data, request), accepted_media_type, renderer_context)

    @classmethod
    def described(cls, schema):
        shape = {
            "type": "object",
            "externalDocs": {"url": SCHEMA_ORG, "description": "The vocabulary"},
            "properties": {"@context": {"type": "string"}, "@id": {"type": "string"}, "@type": {"type": "string"}},
            "required": ["@context", "@id", "@type"],
        }
        examples = [brief(example.value) for example in schema.get_examples()]
        return shape, cls.says, next(map(cls().document, examples), None)

    def document(self, answer, request=None):
        """The document of one record, with the address of its context."""
        context = reverse("context")
        known = entries_in(answer)
        body = entry(answer, known) if answer["url"] in known else source(answer, known)
        return {"@context": request.build_absolute_uri(context) if request else context} | body


def brief(answer):
    """An answer with one kind of statement in it: enough to see what they look like."""
    about = [*answer.get("statements", {}).items()][:1]
    return answer | {"statements": dict(about)}


def filled(node):
    """A node without what nobody knows."""
    return {name: value for name, value in node.items() if value not in (None, "", [], {})}


def entry(answer, known):
    """An entry: its names, its codes, what can plainly be said of it, and all that is said of it, with its sources."""
    record = known[answer["url"]]
    kind = type(record).schema_org
    own = kind.properties.get(kind.of(record), {})
    others = [name for name in answer.get("brand_names", []) if "brand_names" not in own]
    said = [
        (kind_at(statement["url"]), statement)
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
        "code": [medical_code(curie) for curie in answer["codes"]],
        **{term: answer[name] for name, term in own.items()},
        **plain_properties(answer["url"], said, known),
        "subjectOf": [claim(model, one, known) for model, one in said if is_named(answer, one)],
        "mainEntityOfPage": page(answer)
        | filled(
            {
                "breadcrumb": breadcrumb(answer["breadcrumb"]),
                "mentions": [claim(model, one, known) for model, one in said if not is_named(answer, one)]
                + [claim(kind_at(one["url"]), one, known) for one in others_of(answer["red_flags"], said)],
            }
        ),
    }
    return filled(node)


def source(answer, known):
    """A source: what it says of itself, what was read of it, and the statements that rest on it."""
    means = f" ({answer['date_means']})" if answer["date_means"] else ""
    told = [
        answer["reviewer"] and f"Reviewed by {answer['reviewer']}.",
        answer["dated"] and f"Dated {answer['dated']}{means}.",
        f"The text that was read has {answer['lines']} lines.",
        answer["note"],
    ]
    flags = others_of(answer["red_flags"], [(None, one) for one in answer["cited_by"]])
    node = {
        "@type": "CreativeWork",
        "@id": answer["url"],
        "identifier": answer["slug"],
        "name": answer["title"],
        "publisher": filled({"name": answer["publisher"]}),
        "dateModified": answer["dated"] if "updated" in answer["date_means"] else None,
        "description": " ".join(filter(None, told)),
        "encoding": {"@type": "MediaObject", "sha256": answer["sha256"]},
        "mainEntityOfPage": page(answer)
        | filled({"mentions": [claim(kind_at(one["url"]), one, known) for one in [*answer["cited_by"], *flags]]}),
    }
    return filled(node)


def others_of(red_flags, said):
    """The red flags that are not among what is said already."""
    shown = {one["url"] for _, one in said}
    return [flag for flag in red_flags if flag["url"] not in shown]


def is_named(answer, statement):
    """Whether a statement is about the entry itself: not only about a class that it belongs to, or a kind of it."""
    return any(one["url"] == answer["url"] for one in named_in(statement))


def medical_code(curie):
    """A code, with the address at which its system explains it."""
    prefix, code = split(curie)
    system = SYSTEMS[prefix]
    return filled(
        {
            "@type": "MedicalCode",
            "codeValue": system.written.format(code=code),
            "codingSystem": system.name,
            "inCodeSet": system.uri,
            "url": url_of(curie),
        }
    )


def thing(reference, known):
    """An entry that something names: its type, its address, its name."""
    record = known[reference["url"]]
    return {"@type": type(record).schema_org.of(record), "@id": reference["url"], "name": reference["name"]}


def plain_properties(url, said, known):
    """What can be said of an entry in one word: no reservation that a statement makes is lost by it."""
    found = {}
    for model, statement in said:
        for reading in model.schema_org:
            of, value = statement[reading.of], statement[reading.value]
            if of is None or of["url"] != url or is_reserved(model, statement, reading):
                continue
            (first, *_) = reading.types
            node = {"@type": first, "name": value} if isinstance(value, str) else thing(value, known)
            if node["@type"] in reading.types and node not in found.setdefault(reading.name, []):
                found[reading.name].append(node)
    return found


def is_reserved(model, statement, reading):
    """Whether a statement says more than a plain property could: for whom, when, how firmly, against what."""
    read = {reading.of, reading.value, *reading.only, *reading.beside}
    return (
        statement["scope"] == Scope.SOME
        or statement["population"] not in {Population.UNSTATED, Population.EVERYONE}
        or bool(statement["contested_by"] or statement["disagreements"])
        or any(statement[name] not in NOTHING for name in own_fields(model) if name not in read)
        or any(statement[name] not in words for name, words in reading.only.items())
    )


def own_fields(model):
    """The fields that a kind of statement has besides those of every kind."""
    common = {field.name for field in [*Statement._meta.fields, *Statement._meta.many_to_many]}
    every = [*model._meta.fields, *model._meta.many_to_many]
    return [field.name for field in every if field.name not in common and not field.primary_key]


def claim(model, statement, known):
    """A statement as it stands: its sentence, what limits it in words, what it is about, and on whose word."""
    about = [thing(one, known) for one in named_in(statement) if one["url"] in known]
    node = {
        "@type": "Claim",
        "@id": statement["url"],
        "genre": str(model._meta.verbose_name_plural),
        "text": statement["text"],
        "description": "; ".join(f"{name}: {value}" for name, value in qualifiers(model, statement)),
        "about": list({node["@id"]: node for node in about}.values()),
        "citation": [
            {
                "@type": "CreativeWork",
                "name": place(cited),
                "isPartOf": {"@type": "CreativeWork", "@id": cited["source"]["url"], "name": cited["source"]["name"]},
            }
            for cited in statement["citations"]
        ],
    }
    return filled(node)


def page(answer):
    """The page on which people read of the record."""
    return {
        "@type": "WebPage",
        "url": answer["url"].replace(API, PEOPLE, 1),
        **filled({"dateModified": answer["updated_at"][:10], "lastReviewed": answer["reviewed_on"]}),
    }


def breadcrumb(above):
    """The entries that an entry belongs to, the broadest first."""
    items = [
        {"@type": "ListItem", "position": position, "name": one["name"], "item": one["url"]}
        for position, one in enumerate(above, start=1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items} if items else None
