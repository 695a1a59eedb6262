"""OpenAPI hooks for client generators: one type for each enumeration, no token for public operations."""

BARE_ENUM_KEYS = {"type", "enum"}  # The keys of an inline enumeration without anything of its own.


def simplify_for_generators(result, generator, request, public):
    """Postprocessing hook: let parameters share the enumerations of fields, and public operations need no token."""
    enumerations = index_unique_enums(result["components"]["schemas"])
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        for parameter in operation.get("parameters", []):
            parameter["schema"] = replace_enum_with_ref(parameter["schema"], enumerations)
        if {} in operation.get("security", []):  # A token is optional there, but generators would demand one.
            del operation["security"]
    return result


def index_unique_enums(schemas):
    """Map the values of each enumeration to its name, unless another enumeration has the same values."""
    values = [frozenset(schema.get("enum", ())) for schema in schemas.values()]
    return {enum: name for name, enum in zip(schemas, values, strict=True) if enum and values.count(enum) == 1}


def replace_enum_with_ref(schema, enumerations):
    """Return the schema of a parameter with a reference in place of an inline enumeration."""
    if "items" in schema:
        return schema | {"items": replace_enum_with_ref(schema["items"], enumerations)}
    name = enumerations.get(frozenset(schema.get("enum", ())))
    return {"$ref": f"#/components/schemas/{name}"} if name and schema.keys() <= BARE_ENUM_KEYS else schema
