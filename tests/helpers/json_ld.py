"""Asks for JSON-LD as a stranger would: with a processor, our own context, and the vocabulary of schema.org."""

import re
from functools import cache
from importlib import import_module

from pyld import jsonld

from kb.renderers.json_ld import SCHEMA_ORG

LITERAL_TYPES = {"Text", "Date", "DateTime", "Number", "Integer", "Boolean", "URL"}


def get_json_ld(api, path):
    """An answer in JSON-LD."""
    response = api.get(path, HTTP_ACCEPT="application/ld+json")
    assert response.status_code == 200, response.content.decode()
    assert response["Content-Type"] == "application/ld+json"
    assert "Accept" in response["Vary"]
    return response.json()


def expand_document(document, api=None):
    """A document as a processor understands it that can load our own context and nothing else."""

    def load(url, options):
        assert url == "http://testserver/api/v1/context.jsonld"
        context = api.get("/api/v1/context.jsonld")
        assert context["Content-Type"] == "application/ld+json"
        found = {"contentType": context["Content-Type"], "documentUrl": url, "document": context.json()}
        return found | {"contextUrl": None}

    return jsonld.expand(document, {"documentLoader": load})


def iter_nodes(value):
    """Every node of an expanded document that is a thing, and no bare text."""
    if isinstance(value, list):
        for item in value:
            yield from iter_nodes(item)
    elif isinstance(value, dict) and "@value" not in value:
        yield value
        for name, item in value.items():
            if not name.startswith("@"):
                yield from iter_nodes(item)


def get_types(node):
    """The types of a node; anything is a thing."""
    return tuple(address.removeprefix(SCHEMA_ORG) for address in node.get("@type", [f"{SCHEMA_ORG}Thing"]))


@cache
def get_schema_class(kind):
    """What the vocabulary says of a type, out of its own module: the package as a whole takes long to build."""
    module = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind).lower()
    return getattr(import_module(f"schema_org.models.{module}"), kind)


@cache
def get_property_ranges(kind):
    """What schema.org lets a type have: what each property may hold."""
    return {f"{SCHEMA_ORG}{one.schema_name}": {*one.ranges} for one in get_schema_class(kind).SCHEMA_PROPERTIES}


def find_schema_org_errors(expanded):
    """What schema.org does not know, or not of that type, or not with that value."""
    for node in iter_nodes(expanded):
        known = {name: ranges for kind in get_types(node) for name, ranges in get_property_ranges(kind).items()}
        for name, values in node.items():
            if name not in known and not name.startswith("@"):
                yield f"{get_types(node)} has no {name}"
            for value in values if name in known else ():
                if "@value" in value:
                    found = LITERAL_TYPES
                elif "@type" in value:
                    found = {one for kind in get_types(value) for one in get_schema_class(kind).SCHEMA_TYPES}
                else:
                    continue  # An address, or something of which only the name is known.
                if not found & known[name]:
                    yield f"{name} of {get_types(node)} holds no {value}"
