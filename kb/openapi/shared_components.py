"""OpenAPI hook: what several operations or schemas say alike stands once, among the components."""

import json
import re
from collections import Counter
from itertools import count

from kb.openapi.response_hooks import get_response_name

MIN_SHARED_LENGTH = 75  # Of JSON. What is shorter stays where it stands: a reference would be as long.
PARAMETER_DEFAULTS = {"required": False, "explode": True, "style": "form"}  # Of a parameter of a query.
# Bases of schemas that are alike: the description of each, and the fields by which its schemas are known.
BASES = {
    "Statement": ("What every statement says.", {"citation_check"}),
    "Entry": ("What every entry says.", {"synonyms"}),
    "Page": ("What every page of a list of records says.", {"absence", "results"}),
}
EXTENSIONS = {("Ask", "Explain")}  # Schemas that extend another one though the names do not hold one another.


def share_components(result, generator, request, public):
    """Postprocessing hook: put what repeats into `components`, with references in its place; the meaning stays."""
    components = result["components"]
    operations = [operation for methods in result["paths"].values() for operation in methods.values()]
    share_examples(operations, components.setdefault("examples", {}))
    share_responses(operations, components["responses"])
    share_parameters(operations, components.setdefault("parameters", {}))
    share_slug_schemas([*iter_parameters(operations), *components["parameters"].values()], components["schemas"])
    extend_contained_schemas(components["schemas"])
    for name, (description, fields) in BASES.items():
        extract_base(components["schemas"], name, description, fields)
    share_fields(components["schemas"])
    result["components"] = {section: dict(sorted(nodes.items())) for section, nodes in components.items() if nodes}
    return result


def share_examples(operations, components):
    """Share each example that several bodies have alike."""
    bodies = [
        content
        for operation in operations
        for body in (operation.get("requestBody", {}), *operation["responses"].values())
        for content in body.get("content", {}).values()
        if "examples" in content
    ]
    replace_repeated([content["examples"] for content in bodies], str, components, "#/components/examples/")


def share_responses(operations, components):
    """Share each response that several operations have alike, named by its status code."""
    responses = [operation["responses"] for operation in operations]
    replace_repeated(responses, get_response_name, components, "#/components/responses/")


def share_parameters(operations, components):
    """Share each parameter that several operations have alike; leave out what OpenAPI assumes anyway."""
    for parameter in iter_parameters(operations):
        for key, default in PARAMETER_DEFAULTS.items():
            if parameter["in"] == "query" and parameter.get(key) == default:
                del parameter[key]
    for operation in operations:
        operation["parameters"] = {parameter["name"]: parameter for parameter in operation.get("parameters", ())}
    holders = [operation["parameters"] for operation in operations]
    replace_repeated(holders, str, components, "#/components/parameters/")
    for operation in operations:
        if parameters := [*operation.pop("parameters").values()]:
            operation["parameters"] = parameters


def iter_parameters(operations):
    """Yield the parameters of all operations that stand there themselves."""
    for operation in operations:
        yield from (parameter for parameter in operation.get("parameters", ()) if "$ref" not in parameter)


def share_slug_schemas(parameters, schemas):
    """Share the schema of parameters that take slugs of the same kinds of records."""
    holders = [
        {"-or-".join(schema["items"]["x-records"]): schema} if "x-records" in schema.get("items", ()) else {}
        for schema in (parameter["schema"] for parameter in parameters)
    ]
    replace_repeated(holders, lambda kinds: f"{to_camel_case(kinds)}Slugs", schemas, "#/components/schemas/")
    for parameter, holder in zip(parameters, holders, strict=True):
        parameter["schema"] = next(iter(holder.values()), parameter["schema"])


def share_fields(schemas):
    """Share each field that several schemas describe alike, named as the field is."""
    parts = [part for schema in schemas.values() for part in (schema, *schema.get("allOf", ()))]
    holders = [part["properties"] for part in parts if "properties" in part]
    replace_repeated(holders, to_camel_case, schemas, "#/components/schemas/")


def replace_repeated(holders, build_name, components, prefix):
    """Move each node that stands in several of the mappings `holders` to the components; put references in its place.

    `build_name` makes the name of the component from the key; a number follows a name that is taken.
    """
    counts = Counter(encode(node) for holder in holders for node in holder.values())
    refs = {}
    for key, node in [item for holder in holders for item in holder.items()]:
        text = encode(node)
        if counts[text] > 1 and len(text) >= MIN_SHARED_LENGTH and text not in refs:
            name = build_name(key)
            names = (f"{name}{number}" if number > 1 else name for number in count(1))
            free_name = next(candidate for candidate in names if candidate not in components)
            components[free_name] = node
            refs[text] = {"$ref": f"{prefix}{free_name}"}
    for holder in holders:
        holder.update({key: refs.get(encode(node), node) for key, node in holder.items()})


def encode(node):
    return json.dumps(node, sort_keys=True)


def to_camel_case(name):
    return "".join(part.title() for part in re.split("[-_]", name))


def extend_contained_schemas(schemas):
    """Let a schema extend the largest one of which it has all fields, if their names hold one another."""
    originals = {name: dict(schema) for name, schema in schemas.items() if "properties" in schema}
    for name, original in originals.items():
        bases = [
            base
            for base, other in originals.items()
            if (base in name or name in base or (name, base) in EXTENSIONS)
            and len(other["properties"]) < len(original["properties"])
            and other["properties"].items() <= original["properties"].items()
        ]
        if bases:
            base = max(bases, key=lambda base: len(originals[base]["properties"]))
            schemas[name] = extend(original, base, originals[base])


def extract_base(schemas, name, description, fields):
    """Put what all schemas with these fields of their own describe alike into a new base, which they extend."""
    members = {key: schema for key, schema in schemas.items() if fields <= schema.get("properties", {}).keys()}
    if not members or name in schemas:
        return
    first, *others = members.values()
    alike = {
        field: shape
        for field, shape in first["properties"].items()
        if all(other["properties"].get(field) == shape for other in others)
    }
    required = [field for field in first["required"] if field in alike]
    base = {"type": "object", "description": description, "properties": alike, "required": required}
    schemas[name] = base
    schemas.update({key: extend(schema, name, base) for key, schema in members.items()})


def extend(schema, base_name, base):
    """Return a schema with a reference to its base, and beside it, as generators of clients want it, what it adds."""
    own = {
        "properties": {name: shape for name, shape in schema["properties"].items() if name not in base["properties"]},
        "required": [name for name in schema["required"] if name not in base["required"]],
    }
    rest = {key: value for key, value in schema.items() if key not in own}
    added = {key: value for key, value in own.items() if value}
    return rest | {"allOf": [{"$ref": f"#/components/schemas/{base_name}"}, *([added] if added else [])]}
