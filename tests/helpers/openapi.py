"""OpenAPI documents: the committed one, and one that is generated now."""

import json
from functools import cache
from io import StringIO

import yaml
from django.conf import settings
from django.core.management import call_command


def parse_yaml(text):
    """Parse YAML by libyaml, ten times as fast as in Python: the description of the API has 18,000 lines."""
    return yaml.load(text, Loader=yaml.CSafeLoader)


@cache
def read_committed_schema():
    """Return openapi.yaml as it is in the repository; nobody may change the result."""
    return parse_yaml((settings.BASE_DIR / "openapi.yaml").read_text())


@cache
def read_expanded_schema():
    """Return openapi.yaml with everything that is shared where it is used; nobody may change the result."""
    return expand_schema(read_committed_schema())


def expand_schema(document):
    """Return a document with the parameters, responses, examples and fields that are shared where they are used.

    Each schema has the fields of its bases; references to records, pages and enumerations stay.
    """
    components = document["components"]
    merged = {name: merge_bases(schema, components["schemas"]) for name, schema in components["schemas"].items()}
    inlined = {name for name, schema in merged.items() if not {"properties", "enum"} & {*schema}}

    def expand(node):
        if isinstance(node, list):
            return [expand(item) for item in node]
        if not isinstance(node, dict):
            return node
        section, name = node.get("$ref", "#/components//").split("/")[2:]
        if section in ("parameters", "responses", "examples") or name in inlined:
            return expand((components | {"schemas": merged})[section][name])
        return {key: value if key == "value" else expand(value) for key, value in node.items()}

    schemas = {name: schema for name, schema in merged.items() if name not in inlined}
    return expand(document | {"components": components | {"schemas": schemas}})


def merge_bases(schema, schemas):
    """Return a schema with properties of its own for those of the schemas that it extends."""
    if schema.get("type") != "object" or "allOf" not in schema:
        return schema
    parts = [
        merge_bases(schemas[part["$ref"].rpartition("/")[2]], schemas) if "$ref" in part else part
        for part in schema["allOf"]
    ]
    merged = {
        "properties": {name: shape for part in parts for name, shape in part.get("properties", {}).items()},
        "required": [name for part in parts for name in part.get("required", ())],
    }
    return {key: value for key, value in schema.items() if key != "allOf"} | merged


def generate_schema():
    """Return the description of the API as the code generates it now; fail on any warning."""
    output = StringIO()
    call_command("spectacular", "--format=openapi-json", "--validate", "--fail-on-warn", stdout=output)
    return json.loads(output.getvalue())
