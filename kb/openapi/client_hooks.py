"""OpenAPI as generators of clients read it best: one type for an enumeration, no token where none is needed."""

BARE_ENUM_KEYS = {"type", "enum"}  # What an enumeration is described with where nothing but its words is told.


def simplify_for_generators(result, generator, request, public):
    """Parameters and fields share the types of the enumerations; what is public asks for no token."""
    enumerations = index_unique_enums(result["components"]["schemas"])
    for operation in (operation for methods in result["paths"].values() for operation in methods.values()):
        for parameter in operation.get("parameters", []):
            parameter["schema"] = replace_enum_with_ref(parameter["schema"], enumerations)
        if {} in operation.get("security", []):  # A token only lifts a limit there; generators would demand one.
            del operation["security"]
    return result


def index_unique_enums(schemas):
    """The enumerations by their words, where no two have the same."""
    words = [frozenset(schema.get("enum", ())) for schema in schemas.values()]
    return {found: name for name, found in zip(schemas, words, strict=True) if found and words.count(found) == 1}


def replace_enum_with_ref(shape, enumerations):
    """The shape of a parameter, with an enumeration by its name."""
    if "items" in shape:
        return shape | {"items": replace_enum_with_ref(shape["items"], enumerations)}
    name = enumerations.get(frozenset(shape.get("enum", ())))
    return {"$ref": f"#/components/schemas/{name}"} if name and shape.keys() <= BARE_ENUM_KEYS else shape
