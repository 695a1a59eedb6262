"""OpenAPI references to shared components."""

RED_FLAGS_SCHEMA = {
    "type": "array",
    "items": {"$ref": "#/components/schemas/RedFlag"},
}  # Described by their own resource.
