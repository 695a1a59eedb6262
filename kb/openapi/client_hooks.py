"""OpenAPI hooks for client generators: one type for each enumeration, an optional token for public operations."""

OPTIONAL_TOKEN = [{"token": []}, {}]  # As drf-spectacular describes it, and of all operations that do not say more.
BARE_ENUM_KEYS = {"type", "enum"}  # The keys of an inline enumeration without anything of its own.


def simplify_for_generators(result, generator, request, public):
    """Postprocessing hook: let parameters share the enumerations of fields, and make a token optional by default."""
    enumerations = index_unique_enums(result["components"]["schemas"])
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        for parameter in operation.get("parameters", []):
            parameter["schema"] = replace_enum_with_ref(parameter["schema"], enumerations)
        if operation.get("security") == OPTIONAL_TOKEN:
            del operation["security"]  # Said once, since generators would demand a token of such an operation.
    return result | {"security": OPTIONAL_TOKEN}


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
