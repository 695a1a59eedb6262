"""OpenAPI hooks for schemas: descriptions of enumerations, and what may be null in words of OpenAPI 3.1."""

from django.conf import settings
from django.utils.module_loading import import_string


def describe_enumerations(result, generator, request, public):
    """Postprocessing hook: describe each enumeration with its docstring and the labels of its values."""
    for module, names in settings.ENUMERATIONS.items():
        for name in names:
            enum = import_string(f"{module}.{name}")
            values = "\n".join(f"* `{value}` - {label}" for value, label in enum.choices)
            if schema := result["components"]["schemas"].get(name):
                schema["description"] = f"{enum.__doc__}\n\n{values}"
    return result


def convert_to_openapi_3_1(result, generator, request, public):
    """Postprocessing hook: mark what may be null as OpenAPI 3.1 does; drop `readOnly`, which all fields have."""
    result["components"]["schemas"].pop("NullEnum", None)
    return convert_nullables(result)


def convert_nullables(node):
    """Return a node of the document, or a list of nodes, with everything in it converted; examples stay as they are."""
    if isinstance(node, list):
        return [convert_nullables(item) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("$ref") == "#/components/schemas/NullEnum":
        return {"type": "null"}
    node = {
        name: value if name in ("example", "examples") else convert_nullables(value) for name, value in node.items()
    }
    if node.get("readOnly") is True:
        del node["readOnly"]
    if node.pop("nullable", False) is True and "null" not in node.get("type", ()):
        node["type"] = [node["type"], "null"]
    return node
