"""JSON-LD: processing with pyld and our own context, and validation against the schema.org vocabulary."""

import re
from functools import cache
from importlib import import_module

from pyld import jsonld

from kb.releases.data_files import get_whole_answer
from kb.renderers.json_ld import SCHEMA_ORG, JsonLdRenderer

LITERAL_TYPES = {"Text", "Date", "DateTime", "Number", "Integer", "Boolean", "URL"}


def build_whole_json_ld(path):
    """Return the JSON-LD of a record with all its statements, as releases have it: without a host in its addresses."""
    return JsonLdRenderer().build_document(get_whole_answer(path))


def get_json_ld(api, path):
    """Return a response in JSON-LD."""
    response = api.get(path, HTTP_ACCEPT="application/ld+json")
    assert response.status_code == 200, response.content.decode()
    assert response["Content-Type"] == "application/ld+json"
    assert "Accept" in response["Vary"]
    return response.json()


def expand_document(document, api=None):
    """Expand a document with a processor that can load our own context and nothing else."""

    def load(url, options):
        assert url == "http://testserver/api/v1/context.jsonld"
        context = api.get("/api/v1/context.jsonld")
        assert context["Content-Type"] == "application/ld+json"
        result = {"contentType": context["Content-Type"], "documentUrl": url, "document": context.json()}
        return result | {"contextUrl": None}

    return jsonld.expand(document, {"documentLoader": load})


def iter_nodes(value):
    """Yield every node of an expanded document that is not a literal."""
    if isinstance(value, list):
        for item in value:
            yield from iter_nodes(item)
    elif isinstance(value, dict) and "@value" not in value:
        yield value
        for name, item in value.items():
            if not name.startswith("@"):
                yield from iter_nodes(item)


def get_types(node):
    """Return the types of a node; a node without a type is a Thing."""
    return tuple(address.removeprefix(SCHEMA_ORG) for address in node.get("@type", [f"{SCHEMA_ORG}Thing"]))


@cache
def get_schema_class(type_name):
    """Return the class of a schema.org type from its own module: importing the whole package takes long."""
    module = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type_name).lower()
    return getattr(import_module(f"schema_org.models.{module}"), type_name)


@cache
def get_property_ranges(type_name):
    """Return the properties of a schema.org type, and the types that each may hold."""
    return {f"{SCHEMA_ORG}{prop.schema_name}": {*prop.ranges} for prop in get_schema_class(type_name).SCHEMA_PROPERTIES}


def find_schema_org_errors(expanded):
    """Yield what schema.org does not have: properties, properties of a type, and values of a property."""
    for node in iter_nodes(expanded):
        ranges_by_name = {
            name: ranges for type_name in get_types(node) for name, ranges in get_property_ranges(type_name).items()
        }
        for name, values in node.items():
            if name not in ranges_by_name and not name.startswith("@"):
                yield f"{get_types(node)} has no {name}"
            for value in values if name in ranges_by_name else ():
                if "@value" in value:
                    value_types = LITERAL_TYPES
                elif "@type" in value:
                    value_types = {
                        schema_type
                        for type_name in get_types(value)
                        for schema_type in get_schema_class(type_name).SCHEMA_TYPES
                    }
                else:
                    continue  # A URL, or a node without a type.
                if not value_types & ranges_by_name[name]:
                    yield f"{name} of {get_types(node)} holds no {value}"
